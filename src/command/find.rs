//! `find`: who has a name like this?

use graph::query::search;
use serde_json::json;

use super::Context;
use crate::cli::Find;
use crate::output::say;
use crate::report::Failure;
use crate::wiring;

pub(super) fn run(args: &Find, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let hits = search(&view, &args.text, &args.kind, args.limit);
    if args.json.wanted {
        let all: Vec<_> = hits
            .iter()
            .map(|hit| {
                let aliases = view.aliases(hit.entity);
                json!({
                    "id": view.entity_id(hit.entity).to_string(),
                    "kind": view.kind(hit.entity).as_str(),
                    "name": &*view.name(hit.entity),
                    "aliases": aliases.iter().map(|alias| &**alias).collect::<Vec<_>>(),
                    "score": hit.score,
                    "matched": &*hit.matched,
                    "field": hit.field.as_str(),
                    "relations": view.relations(hit.entity, None).len(),
                })
            })
            .collect();
        return context.out.json(&all);
    }
    if hits.is_empty() {
        say(format_args!("nothing has a name like `{}`", args.text));
        return Ok(());
    }
    let rows = hits.iter().map(|hit| {
        [
            view.kind(hit.entity).to_string(),
            view.name(hit.entity).to_string(),
            hit.matched.to_string(),
            hit.field.as_str().to_owned(),
            view.relations(hit.entity, None).len().to_string(),
            view.entity_id(hit.entity).to_string(),
        ]
    });
    context.out.table(["KIND", "NAME", "MATCHED", "BY", "RELATIONS", "ID"], rows)
}
