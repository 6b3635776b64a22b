//! What differs between two objects: field by field, and line by line.

use gantry_model::limits;
use gantry_yaml::emit;
use maud::{Markup, html};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::json::text;

/// A field that differs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) path: String,
    pub(crate) live: Option<String>,
    pub(crate) desired: Option<String>,
}

/// One item of `ManagedResources`, with its states read.
pub(crate) struct Compared<'a> {
    pub(crate) item: &'a Value,
    pub(crate) live: Value,
    pub(crate) desired: Value,
}

impl<'a> Compared<'a> {
    /// Reads the states: what runs, and what a sync would leave.
    pub(crate) fn read(item: &'a Value) -> Self {
        let state = |names: [&str; 2]| {
            let read = |name: &str| serde_json::from_str::<Value>(text(item, name)).ok();
            let found = names
                .into_iter()
                .filter_map(read)
                .find(|state| !state.is_null());
            found.map_or(Value::Null, tidy)
        };
        Self {
            item,
            live: state(["/normalizedLiveState", "/liveState"]),
            desired: state(["/predictedLiveState", "/targetState"]),
        }
    }

    /// The fields that differ.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.live.is_null() || self.desired.is_null() {
            return changes;
        }
        collect(&self.live, &self.desired, String::new(), &mut changes);
        changes
    }

    /// What a sync would do with it, if anything.
    pub(crate) fn verb(&self) -> Option<&'static str> {
        if !text(self.item, "/hook").is_empty() || crate::json::is(self.item, "/hook") {
            return None;
        }
        match (self.live.is_null(), self.desired.is_null()) {
            (true, true) => None,
            (true, false) => Some("to be created"),
            (false, true) => Some("to be pruned"),
            (false, false) => (!self.changes().is_empty()).then_some("differs"),
        }
    }
}

/// An object without what servers keep for themselves.
pub(crate) fn tidy(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

fn collect(live: &Value, desired: &Value, path: String, changes: &mut Vec<Change>) {
    match (live, desired) {
        _ if live == desired => {}
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let path = step(&path, key);
                match (a.get(key), b.get(key)) {
                    (Some(live), Some(desired)) => collect(live, desired, path, changes),
                    (live, desired) => changes.push(change(path, live, desired)),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for place in 0..a.len().max(b.len()) {
                let path = format!("{path}[{}]", label(a.get(place), b.get(place), place));
                match (a.get(place), b.get(place)) {
                    (Some(live), Some(desired)) => collect(live, desired, path, changes),
                    (live, desired) => changes.push(change(path, live, desired)),
                }
            }
        }
        _ => changes.push(change(path, Some(live), Some(desired))),
    }
}

/// An element's name where both sides have the same, else its place.
fn label(live: Option<&Value>, desired: Option<&Value>, place: usize) -> String {
    let name = |value: Option<&Value>| {
        value
            .map(|value| text(value, "/name").to_owned())
            .filter(|name| !name.is_empty())
    };
    match (name(live), name(desired)) {
        (Some(a), Some(b)) if a == b => a,
        _ => place.to_string(),
    }
}

fn step(path: &str, key: &str) -> String {
    let is_plain = key
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    match (is_plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[\"{key}\"]"),
    }
}

fn change(path: String, live: Option<&Value>, desired: Option<&Value>) -> Change {
    let show = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => emit(value).trim_end().to_owned(),
        other => other.to_string(),
    };
    Change {
        path,
        live: live.map(show),
        desired: desired.map(show),
    }
}

/// The fields, drawn.
pub(crate) fn fields(changes: &[Change]) -> Markup {
    let side = |value: &Option<String>, class: &str| {
        html! { td class=(class) { @match value { Some(value) => pre { (value) }, None => span .dim { "not set" } } } }
    };
    html! {
        div .scroll {
            table .fields {
                thead { tr { th scope="col" { "Field" } th scope="col" { "Live" } th scope="col" { "Desired" } } }
                tbody {
                    @for change in changes {
                        tr { th scope="row" .mono { (change.path) } (side(&change.live, "old")) (side(&change.desired, "new")) }
                    }
                }
            }
        }
    }
}

/// The YAML of both, side by side, with a few lines around each change.
pub(crate) fn side_by_side(live: &Value, desired: &Value) -> Markup {
    let yaml = |value: &Value| {
        if value.is_null() {
            String::new()
        } else {
            emit(value)
        }
    };
    let (old, new) = (yaml(live), yaml(desired));
    if old.len() + new.len() > limits::DIFF_TEXT_MAX_BYTES {
        return html! { p .dim { "These are too long to lay side by side: see the fields." } };
    }
    let diff = TextDiff::from_lines(&old, &new);
    html! {
        div .scroll {
            table .sides {
                colgroup { col .number; col; col .number; col; }
                thead { tr { th scope="col" colspan="2" { "Live" } th scope="col" colspan="2" { "Desired" } } }
                @for group in diff.grouped_ops(limits::DIFF_CONTEXT_LINES) {
                    tbody {
                        @for op in &group {
                            @let changes: Vec<_> = diff.iter_changes(op).collect();
                            @for (old, new) in pair(&changes) {
                                @let is_same = old.is_some_and(|(.., is_changed)| !is_changed);
                                tr { (line(old, "old", is_same)) (line(new, "new", false)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

type Line<'a> = (usize, &'a str, bool);

/// Lines that went beside those that came; equal lines beside themselves.
fn pair<'a>(changes: &[similar::Change<&'a str>]) -> Vec<(Option<Line<'a>>, Option<Line<'a>>)> {
    let at = |change: &similar::Change<&'a str>, index: Option<usize>, is_changed: bool| {
        (
            index.map_or(0, |index| index + 1),
            change.value(),
            is_changed,
        )
    };
    let of = |tag: ChangeTag| changes.iter().filter(move |change| change.tag() == tag);
    let equal = of(ChangeTag::Equal).map(|c| {
        (
            Some(at(c, c.old_index(), false)),
            Some(at(c, c.new_index(), false)),
        )
    });
    let old: Vec<_> = of(ChangeTag::Delete)
        .map(|c| at(c, c.old_index(), true))
        .collect();
    let new: Vec<_> = of(ChangeTag::Insert)
        .map(|c| at(c, c.new_index(), true))
        .collect();
    let changed = (0..old.len().max(new.len())).map(|i| (old.get(i).copied(), new.get(i).copied()));
    equal.chain(changed).collect()
}

/// One side of a line; where both are the same, a narrow screen shows the other one only.
fn line(line: Option<Line<'_>>, side: &str, is_same: bool) -> Markup {
    html! {
        @match line {
            Some((number, text, is_changed)) => {
                td class=(if is_same { "number same" } else { "number" }) { (number) }
                td class=[if is_same { Some("same") } else { is_changed.then_some(side) }] { code { (text.trim_end_matches('\n')) } }
            }
            None => { td .number.none-number {} td .none {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Change, Compared, side_by_side};

    fn compared(live: &serde_json::Value, desired: &serde_json::Value) -> serde_json::Value {
        json!({"liveState": live.to_string(), "targetState": desired.to_string()})
    }

    #[test]
    fn fields_are_named_as_people_name_them() {
        let item = compared(
            &json!({"metadata": {"managedFields": [1], "annotations": {"a.b/c": "1"}}, "spec": {"replicas": 1, "containers": [{"name": "web", "image": "a"}, {"name": "old"}]}}),
            &json!({"metadata": {"annotations": {"a.b/c": "2"}}, "spec": {"replicas": 3, "containers": [{"name": "web", "image": "b"}]}}),
        );
        let read = Compared::read(&item);
        let some = |text: &str| Some(text.to_owned());
        let change = |path: &str, live, desired| Change {
            path: path.to_owned(),
            live,
            desired,
        };
        assert_eq!(
            read.changes(),
            [
                change("metadata.annotations[\"a.b/c\"]", some("1"), some("2")),
                change("spec.containers[web].image", some("a"), some("b")),
                change("spec.containers[1]", some("name: old"), None),
                change("spec.replicas", some("1"), some("3")),
            ]
        );
        assert_eq!(read.verb(), Some("differs"));
    }

    #[test]
    fn what_is_on_one_side_only_is_made_or_pruned() {
        let object = json!({"kind": "ConfigMap"});
        for (live, desired, expected) in [
            (json!(null), object.clone(), Some("to be created")),
            (object.clone(), json!(null), Some("to be pruned")),
            (object.clone(), object.clone(), None),
        ] {
            assert_eq!(Compared::read(&compared(&live, &desired)).verb(), expected);
        }
    }

    #[test]
    fn lines_stand_beside_those_they_replace_and_are_escaped() {
        let html =
            side_by_side(&json!({"a": "<b>", "c": 1}), &json!({"a": "<i>", "c": 1})).into_string();
        assert!(
            html.contains("<td class=\"old\"><code>a: &lt;b&gt;</code>"),
            "{html}"
        );
        assert!(
            html.contains("<td class=\"new\"><code>a: &lt;i&gt;</code>"),
            "{html}"
        );
        assert_eq!(html.matches("<code>c: 1</code>").count(), 2);
    }
}
