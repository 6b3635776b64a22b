//! `status.conditions`: what is wrong with an application, or worth knowing.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

/// One condition, in Argo CD's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Such as `ComparisonError`.
    pub(crate) kind: &'static str,
    /// What it is about, in one text.
    pub(crate) message: String,
}

impl Condition {
    /// The manifest asks for what cannot be.
    pub(crate) const INVALID_SPEC: &'static str = "InvalidSpecError";
    /// What runs could not be compared with Git.
    pub(crate) const COMPARISON: &'static str = "ComparisonError";
    /// A sync that nobody asked for failed, or is not tried again.
    pub(crate) const SYNC: &'static str = "SyncError";
    /// The objects could not be deleted.
    pub(crate) const DELETION: &'static str = "DeletionError";
    /// Another application has one of the objects.
    pub(crate) const SHARED: &'static str = "SharedResourceWarning";
    /// The sources have one object twice.
    pub(crate) const REPEATED: &'static str = "RepeatedResourceWarning";
    /// Something in its namespace belongs to no application.
    pub(crate) const ORPHANED: &'static str = "OrphanedResourceWarning";
    /// Everything else that is worth knowing.
    pub(crate) const WARNING: &'static str = "GantryWarning";

    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The condition of a diagnostic.
    pub(crate) fn of(kind: &'static str, found: &[Diagnostic]) -> Option<Self> {
        let texts: Vec<String> = found.iter().map(text).collect();
        (!texts.is_empty()).then(|| Self::new(kind, texts.join("; ")))
    }

    /// What the user should know beside errors.
    pub(crate) fn of_warning(warning: &Diagnostic) -> Self {
        let kind = match warning.code.as_str() {
            "shared-resource" => Self::SHARED,
            "repeated-resource" => Self::REPEATED,
            _ => Self::WARNING,
        };
        Self::new(kind, text(warning))
    }
}

/// One line of a diagnostic: what, where, what to do.
fn text(found: &Diagnostic) -> String {
    let place = found
        .field
        .as_ref()
        .filter(|field| !found.message.contains(*field));
    let place = place.map(|field| format!("{field}: ")).unwrap_or_default();
    let file = found.span.as_ref().map(|span| format!("{span}: "));
    let place = format!("{}{place}", file.unwrap_or_default());
    let help = found.help.as_ref().map(|help| format!(" ({help})"));
    format!("{place}{}{}", found.message, help.unwrap_or_default())
}

/// The list to write: those that were there before keep the time of their first sight.
pub(crate) fn merge(before: &Value, now: &[Condition], time: &str) -> Value {
    let before = before.as_array().map(Vec::as_slice).unwrap_or_default();
    let written = now.iter().map(|condition| {
        let same = before
            .iter()
            .find(|old| old["type"] == condition.kind && old["message"] == condition.message);
        let since = same.map_or_else(|| json!(time), |old| old["lastTransitionTime"].clone());
        json!({"type": condition.kind, "message": condition.message, "lastTransitionTime": since})
    });
    Value::Array(written.collect())
}

/// The list with these in the place of those of their types; the others stay.
pub(crate) fn put_among(before: &Value, now: &[Condition], time: &str) -> Value {
    let old = before.as_array().into_iter().flatten();
    let is_other = |old: &&Value| now.iter().all(|condition| old["type"] != condition.kind);
    let mut all: Vec<Value> = old.filter(is_other).cloned().collect();
    if let Value::Array(new) = merge(before, now, time) {
        all.extend(new);
    }
    Value::Array(all)
}

#[cfg(test)]
mod tests {
    use super::{Condition, merge, put_among};
    use gantry_model::{Diagnostic, Span};
    use serde_json::json;

    #[test]
    fn a_condition_says_where() {
        let file = Span {
            path: "deploy/web.yaml".to_owned(),
            start: None,
        };
        let found = Diagnostic::error("yaml", "no node")
            .at(file)
            .help("mend it");
        let told = Condition::of(Condition::COMPARISON, &[found]).expect("one");
        assert_eq!(told.message, "deploy/web.yaml: no node (mend it)");
    }

    #[test]
    fn what_lasts_keeps_its_time() {
        let one = |message: &str| Condition::new(Condition::COMPARISON, message);
        let first = merge(&json!(null), &[one("a"), one("b")], "1");
        let second = merge(&first, &[one("b"), one("c")], "2");
        let times: Vec<_> = second.as_array().expect("a list").iter().collect();
        assert_eq!(times[0]["lastTransitionTime"], "1");
        assert_eq!(times[1]["lastTransitionTime"], "2");
    }

    #[test]
    fn what_is_told_replaces_its_own_kind() {
        let one = |message: &str| Condition::new(Condition::DELETION, message);
        let other = Condition::new(Condition::COMPARISON, "c");
        let before = merge(&json!(null), &[one("a"), other], "1");
        let types = |list: &serde_json::Value| {
            let all = list.as_array().into_iter().flatten();
            let all = all.map(|c| format!("{} {}", c["message"], c["lastTransitionTime"]));
            all.collect::<Vec<_>>().join(", ")
        };
        let same = put_among(&before, &[one("a")], "2");
        assert_eq!(types(&same), r#""c" "1", "a" "1""#);
        let next = put_among(&before, &[one("b")], "2");
        assert_eq!(types(&next), r#""c" "1", "b" "2""#);
    }
}
