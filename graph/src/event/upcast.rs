//! Each older version of a payload → the next. Pure functions, one step each, kept for ever;
//! samples of every version ever written are read in tests.

use serde_json::Value;

/// One step: from this version of this kind to the next.
pub(super) struct Step {
    pub(super) kind: &'static str,
    pub(super) from: u16,
    pub(super) lift: fn(Value) -> Result<Value, String>,
}

/// Every step there is. Version 1 is the only one written so far.
pub(super) const STEPS: &[Step] = &[];

/// Lifts a payload from `version` to `current`.
///
/// # Errors
/// What is missing, or why a step failed.
pub(super) fn lift(
    steps: &[Step],
    kind: &str,
    version: u16,
    current: u16,
    mut payload: Value,
) -> Result<Value, String> {
    for from in version..current {
        let step = steps
            .iter()
            .find(|s| s.kind == kind && s.from == from)
            .ok_or_else(|| format!("no step leads from version {from} of {kind} to the next"))?;
        payload = (step.lift)(payload)?;
    }
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[Step] = &[
        Step {
            kind: "K",
            from: 1,
            lift: |mut v| {
                let old =
                    v.as_object_mut().and_then(|o| o.remove("old")).ok_or("`old` is missing")?;
                Ok(serde_json::json!({ "new": old }))
            },
        },
        Step { kind: "K", from: 2, lift: |v| Ok(serde_json::json!([v])) },
    ];

    #[test]
    fn steps_follow_one_another_and_a_missing_one_is_named() {
        let lifted = lift(TWO, "K", 1, 3, serde_json::json!({"old": 7})).unwrap();
        assert_eq!(lifted, serde_json::json!([{"new": 7}]));
        assert!(lift(TWO, "K", 1, 3, serde_json::json!({})).unwrap_err().contains("`old`"));
        assert!(
            lift(TWO, "K", 3, 4, serde_json::json!({})).unwrap_err().contains("version 3 of K")
        );
    }
}
