//! What each kind of change makes of an object. Pure, but for the clock and the uid.

use std::path::Path;
use std::time::SystemTime;

use gantry_model::{Object, merge_patch};
use serde_json::{Map, Value, json};

use super::rows;
use crate::error::StoreError;
use crate::transfer::fold_string_data;

/// What a change makes of what is there. Versions are given when it is stored.
pub(super) enum Edit {
    /// This is there now.
    Put(Value),
    /// It is as it was, at this version.
    Same(Value, i64),
    /// It is gone; that was its last state.
    Remove(Value),
    /// There was nothing to change.
    Nothing,
}

/// Why a change is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Exists,
    Gone,
    Conflict,
}

impl Refusal {
    pub(super) fn error(self, kind: &'static str, name: String) -> StoreError {
        match self {
            Self::Exists => StoreError::Exists { kind, name },
            Self::Gone => StoreError::Gone { kind, name },
            Self::Conflict => StoreError::Conflict { kind, name },
        }
    }
}

impl Edit {
    /// The object as it is, or was at last.
    pub(super) fn into_object(self, path: &Path) -> Result<Object, StoreError> {
        match self {
            Self::Put(value) | Self::Remove(value) => rows::object(value, path),
            Self::Same(mut value, version) => {
                value["metadata"]["resourceVersion"] = json!(version.to_string());
                rows::object(value, path)
            }
            Self::Nothing => Err(StoreError::Corrupt {
                place: path.display().to_string(),
                reason: "a change had no result".to_owned(),
            }),
        }
    }
}

/// What only the home sets.
const OWN: [&str; 4] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
];

pub(super) fn create(mut value: Value, is_there: bool) -> Result<Edit, Refusal> {
    if is_there {
        return Err(Refusal::Exists);
    }
    fold(&mut value);
    let metadata = metadata_of(&mut value);
    for field in OWN {
        metadata.remove(field);
    }
    metadata.insert("uid".to_owned(), json!(uid()));
    metadata.insert("creationTimestamp".to_owned(), json!(now()));
    metadata.insert("generation".to_owned(), json!(1));
    Ok(Edit::Put(value))
}

pub(super) fn replace(found: Option<(Value, i64)>, value: Value) -> Result<Edit, Refusal> {
    let (before, version) = found.ok_or(Refusal::Gone)?;
    changed(before, version, value)
}

pub(super) fn patch(found: Option<(Value, i64)>, patch: &Value) -> Result<Edit, Refusal> {
    let (before, version) = found.ok_or(Refusal::Gone)?;
    let mut value = before.clone();
    // An unset version asks for any.
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    merge_patch::apply(&mut value, patch);
    changed(before, version, value)
}

pub(super) fn delete(found: Option<(Value, i64)>) -> Edit {
    let Some((mut value, version)) = found else {
        return Edit::Nothing;
    };
    if !has_finalizers(&value) {
        return Edit::Remove(value);
    }
    if value["metadata"]["deletionTimestamp"].is_string() {
        return Edit::Same(value, version);
    }
    value["metadata"]["deletionTimestamp"] = json!(now());
    value["metadata"]["deletionGracePeriodSeconds"] = json!(0);
    Edit::Put(value)
}

/// The change from one state to another, with what only the home sets as it was.
fn changed(before: Value, version: i64, mut value: Value) -> Result<Edit, Refusal> {
    let wanted = value["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default();
    if !wanted.is_empty() && wanted != version.to_string() {
        return Err(Refusal::Conflict);
    }
    fold(&mut value);
    let same_wish = wish(&before).eq(wish(&value));
    let metadata = metadata_of(&mut value);
    metadata.remove("resourceVersion");
    for field in OWN
        .into_iter()
        .chain(["name", "namespace", "deletionGracePeriodSeconds"])
    {
        match before["metadata"].get(field) {
            Some(own) => metadata.insert(field.to_owned(), own.clone()),
            None => metadata.remove(field),
        };
    }
    let generation = before["metadata"]["generation"]
        .as_u64()
        .unwrap_or_default();
    let generation = generation + u64::from(!same_wish);
    metadata.insert("generation".to_owned(), json!(generation));
    if value == before {
        return Ok(Edit::Same(before, version));
    }
    if value["metadata"]["deletionTimestamp"].is_string() && !has_finalizers(&value) {
        return Ok(Edit::Remove(value));
    }
    Ok(Edit::Put(value))
}

/// What an API server makes of a Secret.
fn fold(value: &mut Value) {
    if value["kind"] == "Secret"
        && let Some(secret) = value.as_object_mut()
    {
        fold_string_data(secret);
    }
}

/// What counts for the generation.
fn wish(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let fields = value.as_object().into_iter().flatten();
    fields.filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status"))
}

fn has_finalizers(value: &Value) -> bool {
    value["metadata"]["finalizers"]
        .as_array()
        .is_some_and(|list| !list.is_empty())
}

fn metadata_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value["metadata"].is_object() {
        value["metadata"] = json!({});
    }
    match &mut value["metadata"] {
        Value::Object(metadata) => metadata,
        _ => unreachable!("it was made a mapping"),
    }
}

fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// A random uid (RFC 9562, version 4).
fn uid() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[cfg(test)]
mod tests {
    use super::{Edit, Refusal, create, delete, patch, replace};
    use serde_json::{Value, json};

    fn put(edit: Result<Edit, Refusal>) -> Value {
        match edit {
            Ok(Edit::Put(value)) => value,
            _ => unreachable!("not put"),
        }
    }

    fn made() -> Value {
        let finalizers = json!(["a", "b"]);
        let metadata =
            json!({"name": "it", "namespace": "ns", "finalizers": finalizers, "uid": "mine"});
        put(create(
            json!({"metadata": metadata, "spec": {"a": 1}}),
            false,
        ))
    }

    #[test]
    fn an_object_has_what_an_api_server_gives_it() {
        let value = made();
        assert_ne!(value["metadata"]["uid"], "mine");
        assert_eq!(value["metadata"]["generation"], 1);
        assert!(value["metadata"]["creationTimestamp"].is_string());
        assert!(matches!(create(value, true), Err(Refusal::Exists)));
    }

    #[test]
    fn the_generation_grows_with_what_is_wished() {
        let value = made();
        let answered = put(patch(
            Some((value.clone(), 7)),
            &json!({"status": {"b": 2}}),
        ));
        assert_eq!(answered["metadata"]["generation"], 1);
        let wished = put(patch(
            Some((answered, 8)),
            &json!({"spec": {"a": null, "c": 3}}),
        ));
        assert_eq!(wished["metadata"]["generation"], 2);
        assert_eq!(wished["spec"], json!({"c": 3}));
        assert!(matches!(
            patch(Some((wished, 9)), &json!({"spec": {"c": 3}})),
            Ok(Edit::Same(_, 9))
        ));
        let other = json!({"metadata": {"name": "other", "uid": "x"}, "spec": {}});
        let replaced = put(replace(Some((value.clone(), 7)), other));
        assert_eq!(replaced["metadata"]["name"], "it");
        assert_eq!(replaced["metadata"]["uid"], value["metadata"]["uid"]);
    }

    #[test]
    fn a_version_may_be_asked_for() {
        let version = |text: &str| json!({"metadata": {"resourceVersion": text}, "spec": {"x": 1}});
        assert!(matches!(
            patch(Some((made(), 7)), &version("6")),
            Err(Refusal::Conflict)
        ));
        assert!(matches!(
            patch(Some((made(), 7)), &version("7")),
            Ok(Edit::Put(_))
        ));
        assert!(matches!(patch(None, &version("7")), Err(Refusal::Gone)));
    }

    #[test]
    fn an_object_goes_with_its_last_finalizer() {
        let Edit::Put(going) = delete(Some((made(), 1))) else {
            unreachable!("finalizers hold it")
        };
        assert!(going["metadata"]["deletionTimestamp"].is_string());
        assert!(matches!(delete(Some((going.clone(), 2))), Edit::Same(_, 2)));
        let one = put(patch(
            Some((going, 2)),
            &json!({"metadata": {"finalizers": ["b"]}}),
        ));
        let last = patch(Some((one, 3)), &json!({"metadata": {"finalizers": null}}));
        assert!(matches!(last, Ok(Edit::Remove(_))));
        assert!(matches!(delete(None), Edit::Nothing));
    }
}
