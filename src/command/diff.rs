//! `diff`: what differs between two points of either clock?

use graph::query::{self, Budget, Change, Diff, STEPS_MAX};
use graph::view::View;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Diff, context: &mut Context) -> Result<(), Failure> {
    let points = (args.from, args.from_valid_on, args.to, args.to_valid_on);
    if points == (None, None, None, None) {
        return Err(Failure::usage(
            "both points are the present, which does not differ from itself",
        )
        .way_out("name one, for instance --from SEQ or --from-valid-on DATE"));
    }
    let (folder, _) = context.config.data();
    let now = wiring::open_to_read(&folder, &context.config)?.view();
    let from = lookup::moment(&now, lookup::recorded(args.from), args.from_valid_on)?;
    let to = lookup::moment(&now, lookup::recorded(args.to), args.to_valid_on)?;
    let found = query::diff(&from, &to, args.limit, &Budget::steps(STEPS_MAX));
    Pair { from, to }.tell(&found, args.json, "nothing differs", context)
}

/// Two views that were compared.
pub(super) struct Pair {
    pub(super) from: View,
    pub(super) to: View,
}

impl Pair {
    /// Prints what differs; says so where nothing does.
    pub(super) fn tell(
        &self,
        found: &Diff,
        json: cli::Json,
        nothing: &str,
        context: &mut Context,
    ) -> Result<(), Failure> {
        if json.wanted {
            return context.out.json(&self.as_json(found));
        }
        if let Some(cut) = &found.truncated {
            say(answer::cut_short(cut));
        }
        let rows = self.rows(found);
        if rows.is_empty() && found.truncated.is_none() {
            say(nothing);
            return Ok(());
        }
        context.out.table(["CHANGE", "OF", "WHICH", "IN"], rows)
    }

    fn shows(&self, change: Change) -> &View {
        if change == Change::Went { &self.from } else { &self.to }
    }

    fn rows(&self, found: &Diff) -> Vec<[String; 4]> {
        let row = |change, of: &str, which: String, what: &[&str]| {
            [word(change).to_owned(), of.to_owned(), which, what.join(", ")]
        };
        let entities = found.entities.iter().map(|c| {
            let view = self.shows(c.change);
            row(c.change, view.kind(c.entity).as_str(), view.name(c.entity).to_string(), &c.what)
        });
        let relations = found.relations.iter().map(|c| {
            let view = self.shows(c.change);
            let (source, target) = view.ends(c.relation);
            let product = view.product(c.relation);
            let product = product.map(|p| format!("（{}）", view.name(p))).unwrap_or_default();
            let which = format!("{} → {}{product}", view.name(source), view.name(target));
            row(c.change, view.predicate(c.relation).as_str(), which, &c.what)
        });
        let figures = found.observations.iter().map(|c| {
            let sentence = self.shows(c.change).sentence(c.observation.claim);
            row(c.change, "figure", sentence, &[])
        });
        entities.chain(relations).chain(figures).collect()
    }

    fn as_json(&self, found: &Diff) -> Value {
        let entities = found.entities.iter().map(|c| {
            let entity = answer::entity(self.shows(c.change), c.entity);
            json!({ "change": word(c.change), "entity": entity, "what": c.what })
        });
        let relations = found.relations.iter().flat_map(|c| {
            let shown = answer::relations(self.shows(c.change), &[c.relation]).into_iter();
            shown.map(|r| json!({ "change": word(c.change), "relation": r, "what": c.what }))
        });
        let figures = found.observations.iter().map(|c| {
            let view = self.shows(c.change);
            json!({
                "change": word(c.change),
                "subject": answer::entity(view, c.observation.figure.subject),
                "statement": view.sentence(c.observation.claim),
                "claim": view.claim(c.observation.claim).id.to_string(),
            })
        });
        json!({
            "from": { "seq": self.from.seq().get(), "valid_on": self.from.valid_on().map(|d| d.to_string()) },
            "to": { "seq": self.to.seq().get(), "valid_on": self.to.valid_on().map(|d| d.to_string()) },
            "entities": entities.collect::<Vec<Value>>(),
            "relations": relations.collect::<Vec<Value>>(),
            "observations": figures.collect::<Vec<Value>>(),
            "truncated": answer::truncation(found.truncated),
        })
    }
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Came => "CAME",
        Change::Went => "WENT",
        Change::Changed => "CHANGED",
    }
}
