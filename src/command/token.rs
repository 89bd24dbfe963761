//! `token`: who may do what. Tokens live in a file of the data folder, apart from the log, so they
//! can be made and revoked while a server holds it.

use std::path::PathBuf;

use gql::{TokenInfo, TokenStore};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::json;

use super::Context;
use crate::cli::{AccessRole, Json, TokenNew};
use crate::output::say;
use crate::report::Failure;

pub(super) fn new(args: &TokenNew, context: &mut Context) -> Result<(), Failure> {
    let expires_at = args.expires.as_deref().map(|text| end_of(text, now())).transpose()?;
    let role = gql::AccessRole::from(args.role);
    let name = args.name.clone().unwrap_or_else(|| role.as_str().to_lowercase());
    let (folder, store) = store(context);
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(format!("the folder {} cannot be made: {error}", folder.display()))
    })?;
    let issued = store.issue(&name, role, expires_at)?;
    let ends = expires_at.map(|end| end.to_string());
    if args.json.wanted {
        return context.out.json(&json!({
            "id": issued.id,
            "secret": issued.secret,
            "name": name,
            "role": role.as_str(),
            "expires_at": ends,
        }));
    }
    context.out.line_now(&issued.secret)?;
    let ends = ends.map_or_else(|| "never expires".to_owned(), |end| format!("expires {end}"));
    say(format_args!(
        "token {} of `{name}`, {}, {ends}; this is the only time that its secret is shown",
        issued.id,
        role.as_str()
    ));
    Ok(())
}

pub(super) fn list(json: Json, context: &mut Context) -> Result<(), Failure> {
    let (_, store) = store(context);
    let (tokens, now) = (store.list()?, now());
    let has_ended = |token: &TokenInfo| token.expires_at.is_some_and(|end| end <= now);
    if json.wanted {
        let all: Vec<_> = tokens
            .iter()
            .map(|token| {
                json!({
                    "id": token.id,
                    "name": token.name,
                    "role": token.role.as_str(),
                    "created_at": token.created_at.to_string(),
                    "expires_at": token.expires_at.map(|end| end.to_string()),
                    "expired": has_ended(token),
                })
            })
            .collect();
        return context.out.json(&all);
    }
    if tokens.is_empty() {
        say("there are no tokens; `lianzhu token new --role editor` makes one");
        return Ok(());
    }
    let rows = tokens.iter().map(|token| {
        let ends = token.expires_at.map_or_else(|| "never".to_owned(), |end| end.to_string());
        let ends = if has_ended(token) { format!("{ends} (expired)") } else { ends };
        [
            token.id.clone(),
            token.name.clone(),
            token.role.as_str().to_owned(),
            token.created_at.to_string(),
            ends,
        ]
    });
    context.out.table(["ID", "NAME", "ROLE", "CREATED", "EXPIRES"], rows)
}

pub(super) fn revoke(id: &str, context: &mut Context) -> Result<(), Failure> {
    let (_, store) = store(context);
    store.revoke(id)?;
    say(format_args!("token {id} is revoked"));
    Ok(())
}

fn store(context: &Context) -> (PathBuf, TokenStore) {
    let (folder, _) = context.config.data();
    let store = TokenStore::of_folder(&folder);
    (folder, store)
}

impl From<AccessRole> for gql::AccessRole {
    fn from(role: AccessRole) -> gql::AccessRole {
        match role {
            AccessRole::Reader => gql::AccessRole::Reader,
            AccessRole::Reviewer => gql::AccessRole::Reviewer,
            AccessRole::Editor => gql::AccessRole::Editor,
            AccessRole::Admin => gql::AccessRole::Admin,
        }
    }
}

/// When a token ends: a span from now, or the end of a day in UTC.
fn end_of(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let unusable = |why: &str| {
        Failure::usage(format!("`{text}` cannot be used as the end of a token: {why}"))
            .way_out("write a span such as 30d or 12h, or a date such as 2026-12-31")
    };
    let end = if let Ok(date) = text.parse::<Date>() {
        let next = date.tomorrow().map_err(|_| unusable("the calendar ends there"))?;
        next.to_zoned_datetime(TimeZone::UTC).map(|zoned| zoned.timestamp())
    } else {
        let span: Span = text.parse().map_err(|_| unusable("it is neither a span nor a date"))?;
        now.to_zoned_datetime(TimeZone::UTC).checked_add(span).map(|zoned| zoned.timestamp())
    };
    let end = end.map_err(|_| unusable("it lies beyond the calendar"))?;
    if end > now { Ok(end) } else { Err(unusable("it lies in the past")) }
}

#[expect(clippy::disallowed_methods, reason = "a token's end is a matter of the wall clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_after_a_span_or_with_a_day() {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        for (text, end) in [
            ("30d", "2026-03-31T10:00:00Z"),
            ("12h", "2026-03-01T22:00:00Z"),
            ("1y", "2027-03-01T10:00:00Z"),
            ("2026-12-31", "2027-01-01T00:00:00Z"),
            ("2026-03-01", "2026-03-02T00:00:00Z"),
        ] {
            assert_eq!(end_of(text, now).unwrap().to_string(), end, "{text}");
        }
        for text in ["", "soon", "-3d", "2026-02-28", "30 moons"] {
            assert!(end_of(text, now).is_err(), "{text}");
        }
    }
}
