//! The walking questions over plain graphs in the same process: petgraph's adjacency, and arrays
//! that hold nothing but who supplies whom. No clocks, no claims, no merges, no writer beside: how
//! far any design can still go. Parameters and answers are those of the real questions.

use std::collections::HashMap;

use graph::model::{FuzzyDate, Predicate};
use graph::view::View;
use jiff::civil::Date;
use petgraph::Direction::{self, Incoming, Outgoing};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde_json::Value;

use crate::answer::Answer;
use crate::load::Ids;

/// Links of firms in one direction or the other.
pub(crate) trait Adjacency {
    /// Whom the supply links of an entity lead to, with the days between which they held.
    fn near(&self, of: u32, way: Direction, see: impl FnMut(u32, &Held));
    /// How many entities there are.
    fn len(&self) -> usize;
}

/// The days between which a relation held.
pub(crate) type Held = (Option<Date>, Option<Date>);

/// A supply relation: who, to whom, when.
pub(crate) type Edge = (u32, u32, Held);

/// Every relation as an edge of petgraph's graph, as an application would keep it.
pub(crate) struct Petgraph(DiGraph<(), (Predicate, Held)>);

impl Petgraph {
    pub(crate) fn of(view: &View) -> Self {
        let mut graph = DiGraph::new();
        let places: HashMap<_, _> = view.entities().map(|e| (e, graph.add_node(()))).collect();
        for relation in view.all_relations() {
            let (source, target) = view.ends(relation);
            let weight = (view.predicate(relation), held(view, relation));
            graph.add_edge(places[&source], places[&target], weight);
        }
        Self(graph)
    }

    /// The same edges for arrays.
    pub(crate) fn supplies(&self) -> Vec<Edge> {
        let place = |at: NodeIndex| u32::try_from(at.index()).unwrap();
        let supplies = self.0.edge_references().filter(|e| e.weight().0 == Predicate::Supplies);
        supplies.map(|e| (place(e.source()), place(e.target()), e.weight().1)).collect()
    }
}

fn held(view: &View, relation: graph::state::RelationIx) -> Held {
    let validity = view.relation(relation).unwrap().validity;
    (validity.from().map(FuzzyDate::earliest), validity.to().map(FuzzyDate::latest))
}

impl Adjacency for Petgraph {
    fn near(&self, of: u32, way: Direction, mut see: impl FnMut(u32, &Held)) {
        for edge in self.0.edges_directed(NodeIndex::new(of as usize), way) {
            let (predicate, held) = edge.weight();
            if *predicate == Predicate::Supplies {
                let other = if way == Outgoing { edge.target() } else { edge.source() };
                see(u32::try_from(other.index()).unwrap(), held);
            }
        }
    }

    fn len(&self) -> usize {
        self.0.node_count()
    }
}

/// Supply relations alone, in two arrays for each direction.
pub(crate) struct Arrays {
    out: Csr,
    into: Csr,
}

struct Csr {
    starts: Vec<usize>,
    ends: Vec<u32>,
    held: Vec<Held>,
}

impl Arrays {
    pub(crate) fn of(count: usize, edges: &[Edge]) -> Self {
        let turned: Vec<Edge> = edges.iter().map(|(a, b, held)| (*b, *a, *held)).collect();
        Self { out: Csr::of(count, edges.to_vec()), into: Csr::of(count, turned) }
    }
}

impl Csr {
    fn of(count: usize, mut edges: Vec<Edge>) -> Self {
        edges.sort_by_key(|edge| edge.0);
        let mut starts = vec![0; count + 1];
        edges.iter().for_each(|edge| starts[edge.0 as usize + 1] += 1);
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let (ends, held) = edges.into_iter().map(|edge| (edge.1, edge.2)).unzip();
        Self { starts, ends, held }
    }
}

impl Adjacency for Arrays {
    fn near(&self, of: u32, way: Direction, mut see: impl FnMut(u32, &Held)) {
        let csr = if way == Outgoing { &self.out } else { &self.into };
        let range = csr.starts[of as usize]..csr.starts[of as usize + 1];
        csr.ends[range.clone()].iter().zip(&csr.held[range]).for_each(|(to, held)| see(*to, held));
    }

    fn len(&self) -> usize {
        self.out.starts.len() - 1
    }
}

/// A plain graph, and the text of each id.
pub(crate) struct Plain<'a, A> {
    pub(crate) graph: &'a A,
    pub(crate) texts: &'a [String],
}

/// Ids of the file by the place of an entity, and their texts in the graph.
pub(crate) struct Places {
    pub(crate) by_file_id: HashMap<String, u32>,
    pub(crate) texts: Vec<String>,
}

impl Places {
    pub(crate) fn of(view: &View, ids: &Ids) -> Self {
        let texts: Vec<String> = view.entities().map(|e| view.entity_id(e).to_string()).collect();
        let places: HashMap<&str, u32> = texts.iter().map(String::as_str).zip(0..).collect();
        let by_file_id =
            ids.iter().map(|(file, id)| (file.clone(), places[id.to_string().as_str()])).collect();
        Self { by_file_id, texts }
    }

    pub(crate) fn asked(&self, params: &Value) -> Vec<(u32, Option<Date>)> {
        let params = params.as_array().unwrap().iter().map(|p| p.as_str().unwrap());
        params
            .map(|text| {
                let place = self.by_file_id.get(text).copied().unwrap_or_default();
                (place, text.parse().ok())
            })
            .collect()
    }
}

impl<A: Adjacency> Plain<'_, A> {
    /// The answer of a walking question; `None` for the others.
    pub(crate) fn answer(&self, name: &str, asked: &[(u32, Option<Date>)]) -> Option<Answer> {
        let row = |at: usize| asked[at].0;
        Some(match name {
            "q05_hop2" => {
                let mut far = Vec::new();
                self.graph.near(row(0), Outgoing, |near, _| {
                    self.graph.near(near, Outgoing, |other, _| far.push(other));
                });
                far.sort_unstable();
                far.dedup();
                far.retain(|far| *far != row(0));
                Answer::Ids(far.into_iter().map(|far| self.id(far)).collect())
            }
            "q06_down4" => self.traced(row(0), Outgoing, 4),
            "q07_up6" => self.traced(row(0), Incoming, 6),
            "q08_path" => Answer::Length(self.path(row(0), row(1))),
            "q09_common" => {
                let (mut of_one, mut of_both) = (Vec::new(), Vec::new());
                self.graph.near(row(0), Incoming, |supplier, _| of_one.push(supplier));
                of_one.sort_unstable();
                self.graph.near(row(1), Incoming, |supplier, _| {
                    if of_one.binary_search(&supplier).is_ok() {
                        of_both.push(supplier);
                    }
                });
                of_both.sort_unstable();
                of_both.dedup();
                Answer::Ids(of_both.into_iter().map(|both| self.id(both)).collect())
            }
            "q12_single" => {
                let count = |of| {
                    let mut count = 0;
                    self.graph.near(of, Incoming, |_, _| count += 1);
                    count
                };
                let all = 0..u32::try_from(self.graph.len()).unwrap();
                Answer::Ids(all.filter(|e| count(*e) == 1).map(|e| self.id(e)).collect())
            }
            "q13_asof" => {
                let (day, mut found) = (asked[1].1.unwrap(), Vec::new());
                for (word, way) in [("out", Outgoing), ("in", Incoming)] {
                    self.graph.near(row(0), way, |other, (from, to)| {
                        if from.is_none_or(|d| d <= day) && to.is_none_or(|d| day < d) {
                            found.push((word, self.id(other)));
                        }
                    });
                }
                Answer::Ways(found)
            }
            _ => return None,
        })
    }

    fn id(&self, at: u32) -> String {
        self.texts[at as usize].clone()
    }

    fn traced(&self, root: u32, way: Direction, depth: u32) -> Answer {
        let mut seen = vec![false; self.graph.len()];
        seen[root as usize] = true;
        let (mut front, mut reached) = (vec![root], Vec::new());
        for tier in 1..=depth {
            let mut next = Vec::new();
            for from in front {
                self.graph.near(from, way, |other, _| {
                    if !std::mem::replace(&mut seen[other as usize], true) {
                        next.push(other);
                        reached.push((self.id(other), tier));
                    }
                });
            }
            front = next;
        }
        Answer::Tiers(reached)
    }

    /// From both ends, always from the smaller front.
    fn path(&self, from: u32, to: u32) -> usize {
        let mut seen = vec![0_u8; self.graph.len()];
        (seen[from as usize], seen[to as usize]) = (1, 2);
        let (mut ahead, mut behind, mut length) = (vec![from], vec![to], 0);
        while !ahead.is_empty() && !behind.is_empty() {
            length += 1;
            let forth = ahead.len() <= behind.len();
            let (front, way, mine) =
                if forth { (&mut ahead, Outgoing, 1) } else { (&mut behind, Incoming, 2) };
            let (mut next, mut met) = (Vec::new(), false);
            for at in std::mem::take(front) {
                self.graph.near(at, way, |other, _| match &mut seen[other as usize] {
                    unseen @ 0 => {
                        *unseen = mine;
                        next.push(other);
                    }
                    whose => met |= *whose != mine,
                });
            }
            if met {
                return length;
            }
            *front = next;
        }
        0
    }
}
