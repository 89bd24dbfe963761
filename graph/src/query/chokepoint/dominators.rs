//! Dominators over arrays, by the algorithm of Cooper, Harvey and Kennedy: *A Simple, Fast Dominance
//! Algorithm*, 2001.
//!
//! Own code: petgraph's `simple_fast` keeps the predecessors of each node in a set of their own and
//! looks nodes up in a map at every step, which takes most of its time.

/// Links of a graph whose nodes are numbered from 0, those of one node side by side.
pub(super) struct Links {
    starts: Vec<usize>,
    ends: Vec<u32>,
}

/// No node.
const NONE: u32 = u32::MAX;

impl Links {
    pub(super) fn none() -> Self {
        Self { starts: vec![0], ends: Vec::new() }
    }

    /// Adds a link of the next node.
    pub(super) fn push(&mut self, to: u32) {
        self.ends.push(to);
    }

    /// Ends the links of the next node.
    pub(super) fn close(&mut self) {
        self.starts.push(self.ends.len());
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, at: u32) -> &[u32] {
        &self.ends[self.starts[at as usize]..self.starts[at as usize + 1]]
    }

    /// The nearest node that every way from node 0 to a node must pass, for each; `None` for node 0
    /// itself. There has to be a way to each. Cost: near linear in the links where ways are short,
    /// quadratic in the nodes at worst.
    pub(super) fn dominators(&self) -> Vec<Option<u32>> {
        let order = self.order();
        let mut ranks = vec![NONE; self.len()];
        for (node, rank) in order.iter().zip(0..) {
            ranks[*node as usize] = rank;
        }
        let before = self.turned(&ranks);
        // By rank; a dominator has a smaller one than what it dominates.
        let mut above = vec![NONE; order.len()];
        above[0] = 0;
        loop {
            let mut changed = false;
            for (at, own) in (1..).zip(1..order.len()) {
                let known = before.of(at).iter().copied().filter(|b| above[*b as usize] != NONE);
                let nearest = known.reduce(|a, b| meeting(&above, a, b)).unwrap_or(NONE);
                changed |= std::mem::replace(&mut above[own], nearest) != nearest;
            }
            if !changed {
                break;
            }
        }
        let mut dominators = vec![None; self.len()];
        for (node, above) in order.iter().zip(above).skip(1) {
            dominators[*node as usize] = order.get(above as usize).copied();
        }
        dominators
    }

    /// All nodes, each before those that a depth-first walk finds behind it alone:
    /// in reverse postorder.
    fn order(&self) -> Vec<u32> {
        let mut met = vec![false; self.len()];
        met[0] = true;
        let (mut order, mut path) = (Vec::new(), vec![(0, self.of(0).iter())]);
        while let Some((node, ahead)) = path.last_mut() {
            match ahead.find(|to| !met[**to as usize]) {
                Some(to) => {
                    met[*to as usize] = true;
                    path.push((*to, self.of(*to).iter()));
                }
                None => {
                    order.push(*node);
                    path.pop();
                }
            }
        }
        order.reverse();
        order
    }

    /// Each link the other way, nodes by their ranks.
    fn turned(&self, ranks: &[u32]) -> Self {
        let mut starts = vec![0; self.len() + 1];
        for to in &self.ends {
            starts[ranks[*to as usize] as usize + 1] += 1;
        }
        for at in 0..self.len() {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut ends = vec![NONE; self.ends.len()];
        for (from, range) in ranks.iter().zip(self.starts.windows(2)) {
            for to in &self.ends[range[0]..range[1]] {
                let place = &mut next[ranks[*to as usize] as usize];
                ends[*place] = *from;
                *place += 1;
            }
        }
        Self { starts, ends }
    }
}

/// The nearest node above both.
fn meeting(above: &[u32], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        if a > b {
            a = above[a as usize];
        } else {
            b = above[b as usize];
        }
    }
    a
}
