//! The walking questions of the workload, each answered over the public API, and checked.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use graph::model::Predicate;
use graph::state::EntityIx;
use graph::view::{AsOf, Lens, PredicateSet, Recorded, View};
use petgraph::Direction::{self, Incoming, Outgoing};
use petgraph::visit::NodeIndexable;
use serde_json::{Value, json};

use crate::load::Ids;

/// Counted runs of each parameter, after one that warms up and is checked.
const ROUNDS: usize = 5;

/// A view, with the ids of the facts both ways.
pub(crate) struct World {
    view: View,
    rows: HashMap<String, EntityIx>,
    ids: HashMap<EntityIx, String>,
}

impl World {
    pub(crate) fn new(view: View, ids: &Ids) -> Self {
        let rows: HashMap<String, EntityIx> =
            ids.iter().map(|(text, id)| (text.clone(), view.entity(*id).unwrap())).collect();
        let ids = rows.iter().map(|(text, row)| (*row, text.clone())).collect();
        Self { view, rows, ids }
    }

    /// Asks everything, and gives the figures of each question.
    pub(crate) fn ask(&self, workload: &Value) -> Value {
        let names = [
            "q05_hop2",
            "q06_down4",
            "q07_up6",
            "q08_path",
            "q09_common",
            "q12_single",
            "q13_asof",
        ];
        names.into_iter().map(|name| (name.to_owned(), self.measured(name, workload))).collect()
    }

    fn measured(&self, name: &str, workload: &Value) -> Value {
        let params = workload["params"][name].as_array().unwrap();
        let references = workload["refs"][name].as_array().unwrap();
        for (params, reference) in params.iter().zip(references) {
            let answer = self.answer(name, params);
            if sorted(answer) != sorted(reference.clone()) {
                eprintln!("{name}: a wrong answer to {params}");
                return json!({ "status": "wrong" });
            }
        }
        let mut times: Vec<f64> = Vec::new();
        for params in (0..ROUNDS).flat_map(|_| params) {
            let began = Instant::now();
            std::hint::black_box(self.answer(name, params));
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        json!({
            "status": "ok",
            "median_ms": times[times.len() / 2],
            "p99_ms": times[(times.len() * 99 / 100).min(times.len() - 1)],
            "runs": times.len(),
            "params": params.len(),
        })
    }

    fn answer(&self, name: &str, params: &Value) -> Value {
        let text = |at: usize| params[at].as_str().unwrap();
        let row = |at: usize| self.rows[text(at)];
        match name {
            "q05_hop2" => {
                let lens = supplies(&self.view);
                let near = lens.each_step(row(0), Outgoing).map(|(near, _)| near);
                let far: BTreeSet<EntityIx> = near
                    .flat_map(|near| lens.each_step(near, Outgoing))
                    .map(|(far, _)| far)
                    .filter(|far| *far != row(0))
                    .collect();
                far.into_iter().map(|far| self.id(far)).collect()
            }
            "q06_down4" => self.traced(row(0), Outgoing, 4),
            "q07_up6" => self.traced(row(0), Incoming, 6),
            "q08_path" => {
                let reached = self.walked(row(0), Outgoing, 40, Some(row(1)));
                json!(reached.last().unwrap().1)
            }
            "q09_common" => {
                let lens = supplies(&self.view);
                let suppliers = |of| lens.each_step(of, Incoming).map(|(supplier, _)| supplier);
                let of_one: BTreeSet<EntityIx> = suppliers(row(0)).collect();
                let of_both: BTreeSet<EntityIx> =
                    suppliers(row(1)).filter(|supplier| of_one.contains(supplier)).collect();
                of_both.into_iter().map(|both| self.id(both)).collect()
            }
            "q12_single" => {
                let lens = supplies(&self.view);
                let single =
                    self.view.entities().filter(|e| lens.each_step(*e, Incoming).count() == 1);
                single.map(|one| self.id(one)).collect()
            }
            "q13_asof" => {
                let as_of =
                    AsOf { recorded: Recorded::Now, valid_on: Some(text(1).parse().unwrap()) };
                let view = self.view.at(as_of).unwrap();
                let lens = supplies(&view);
                let ways = [("out", Outgoing), ("in", Incoming)].into_iter();
                ways.flat_map(|(word, way)| lens.each_step(row(0), way).map(move |s| (word, s.0)))
                    .map(|(word, other)| json!([word, self.id(other)]))
                    .collect()
            }
            other => panic!("no such question: {other}"),
        }
    }

    fn traced(&self, root: EntityIx, way: Direction, depth: u32) -> Value {
        let reached = self.walked(root, way, depth, None);
        reached.into_iter().map(|(entity, depth)| json!([self.id(entity), depth])).collect()
    }

    /// Everyone within a distance, nearest first; ends at `until`.
    fn walked(
        &self,
        root: EntityIx,
        way: Direction,
        depth: u32,
        until: Option<EntityIx>,
    ) -> Vec<(EntityIx, u32)> {
        let lens = supplies(&self.view);
        let mut seen = vec![false; lens.node_bound()];
        seen[lens.to_index(root)] = true;
        let mut reached: Vec<(EntityIx, u32)> = Vec::new();
        let (mut at, mut from) = (0, Some((root, 0)));
        while let Some((entity, tier)) = from.filter(|(_, tier)| *tier < depth) {
            for (other, _) in lens.each_step(entity, way) {
                if !std::mem::replace(&mut seen[lens.to_index(other)], true) {
                    reached.push((other, tier + 1));
                    if Some(other) == until {
                        return reached;
                    }
                }
            }
            from = reached.get(at).copied();
            at += 1;
        }
        reached
    }

    fn id(&self, entity: EntityIx) -> Value {
        Value::String(self.ids[&entity].clone())
    }
}

fn supplies(view: &View) -> Lens<'_> {
    Lens::new(view, PredicateSet::of([Predicate::Supplies]))
}

fn sorted(mut answer: Value) -> Value {
    if let Value::Array(rows) = &mut answer {
        rows.sort_by_cached_key(ToString::to_string);
    }
    answer
}
