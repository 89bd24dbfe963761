//! `network`: who belongs to a named network, and which seats are claimed and not evidenced?

use graph::model::EntityKind;
use graph::query::Network;
use graph::view::View;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Network, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let entity = lookup::entity(&view, &args.name, Some(EntityKind::Network))?;
    let kind = view.kind(entity);
    if kind != EntityKind::Network {
        return Err(Failure::usage(format!("a {kind} has no members; name a NETWORK")));
    }
    let found = Network::of(&view, entity);
    if args.json.wanted {
        return context.out.json(&as_json(&view, &found));
    }
    match found.claimed_size() {
        Some(size) => say(format_args!(
            "{}: {size} claimed, {} known",
            view.name(entity),
            found.members.len()
        )),
        None => say(format_args!(
            "{}: {} known; no source says how many there are",
            view.name(entity),
            found.members.len()
        )),
    }
    let members = found.members.iter().map(|member| {
        [
            view.kind(member.entity).to_string(),
            view.name(member.entity).to_string(),
            format!("{:.2}", view.relation_confidence(member.relation).value()),
            view.entity_id(member.entity).to_string(),
        ]
    });
    let vacant = found.vacancies.iter().map(|vacancy| {
        let seats = format!("({} claimed, not named)", vacancy.count);
        [vacancy.kind.to_string(), seats, String::new(), String::new()]
    });
    context.out.table(["KIND", "NAME", "CONFIDENCE", "ID"], members.chain(vacant))
}

fn as_json(view: &View, found: &Network) -> Value {
    let members = found.members.iter().map(|member| {
        json!({
            "entity": answer::entity(view, member.entity),
            "relations": answer::relations(view, &[member.relation]),
        })
    });
    let claimed = found.claimed.iter().map(|claimed| {
        json!({
            "kind": claimed.kind.as_str(),
            "count": claimed.count,
            "claim": answer::claim(view, claimed.claim),
        })
    });
    let vacancies = found
        .vacancies
        .iter()
        .map(|vacancy| json!({ "kind": vacancy.kind.as_str(), "count": vacancy.count }));
    json!({
        "seq": view.seq().get(),
        "network": answer::entity(view, found.entity),
        "claimed_size": found.claimed_size(),
        "claimed": claimed.collect::<Vec<Value>>(),
        "members": members.collect::<Vec<Value>>(),
        "vacancies": vacancies.collect::<Vec<Value>>(),
        "among": answer::relations(view, &found.among),
    })
}
