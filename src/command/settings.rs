//! `config show`: every setting, and where it came from.

use serde_json::json;

use super::Context;
use crate::cli::Json;
use crate::report::Failure;

pub(super) fn show(json: Json, context: &mut Context) -> Result<(), Failure> {
    let settings = context.config.settings();
    if json.wanted {
        let all: Vec<_> = settings
            .iter()
            .map(|setting| {
                json!({
                    "name": setting.key.name,
                    "value": setting.value.to_string_lossy(),
                    "origin": setting.origin.to_string(),
                    "variable": setting.key.variable,
                    "default": setting.key.default,
                    "meaning": setting.key.meaning,
                })
            })
            .collect();
        return context.out.json(&all);
    }
    let rows: Vec<[String; 5]> = settings
        .iter()
        .map(|setting| {
            [
                setting.key.name.to_owned(),
                setting.value.to_string_lossy().into_owned(),
                setting.origin.to_string(),
                setting.key.variable.to_owned(),
                setting.key.meaning.to_owned(),
            ]
        })
        .collect();
    context.out.table(["SETTING", "VALUE", "FROM", "VARIABLE", "MEANING"], rows)
}
