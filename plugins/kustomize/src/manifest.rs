//! From a text to the objects in it, as kustomize's factory makes them (`api/resource/factory.go`).

use std::collections::VecDeque;

use gantry_yaml::{Dialect, Document, parse_as};
use serde_json::Value;

use crate::problem::{Problem, Result};

/// An object and the line of its text that it starts at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) value: Value,
    pub(crate) line: u32,
}

/// Reads the objects of a text that came from `path`. Lists stand for their items: those of a lone
/// `List` in place, those of others after everything else, as kustomize has them.
pub(crate) fn read(text: &str, path: &str) -> Result<Vec<Manifest>> {
    let documents =
        parse_as(text, Dialect::Kustomize).map_err(|error| Problem::yaml(&error, path))?;
    let mut queue: VecDeque<Manifest> = unwrap(documents).into();
    let mut manifests = Vec::with_capacity(queue.len());
    while let Some(mut manifest) = queue.pop_front() {
        if is_empty(&manifest.value) {
            continue;
        }
        check(&manifest, path)?;
        match take_items(&mut manifest, path)? {
            None => manifests.push(manifest),
            Some(items) => {
                let line = manifest.line;
                queue.extend(items.into_iter().map(|value| Manifest { value, line }));
            }
        }
    }
    Ok(manifests)
}

/// A lone `List` or `ResourceList` is only a wrapping.
fn unwrap(documents: Vec<Document>) -> Vec<Manifest> {
    let is_lone = documents.len() == 1;
    let mut manifests = Vec::with_capacity(documents.len());
    for document in documents {
        let line = document.line;
        let mut value = document.value;
        let is_wrapping = is_lone && matches!(kind(&value), "List" | "ResourceList");
        match value.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if is_wrapping => {
                manifests.extend(items.into_iter().map(|value| Manifest { value, line }));
            }
            Some(Value::Null) if is_wrapping => {}
            taken => {
                if let (Some(items), Some(place)) = (taken, value.get_mut("items")) {
                    *place = items;
                }
                manifests.push(Manifest { value, line });
            }
        }
    }
    manifests
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn check(manifest: &Manifest, path: &str) -> Result<()> {
    let refuse = |message: &str, help: &str| {
        Err(Problem::new("not-an-object", message)
            .at(path, manifest.line, 1)
            .help(help))
    };
    let kind = kind(&manifest.value);
    if kind.is_empty() {
        return refuse(
            "missing kind: this document is no Kubernetes object",
            "every document of a resource needs apiVersion, kind and metadata.name",
        );
    }
    let metadata = manifest.value.get("metadata");
    let name = metadata.and_then(|metadata| metadata.get("name"));
    let is_named = name
        .and_then(Value::as_str)
        .is_some_and(|name| !name.is_empty());
    if !is_named && !kind.ends_with("List") {
        return refuse(
            &format!("missing metadata.name in object of kind {kind}"),
            "name it",
        );
    }
    Ok(())
}

/// The items of a collection; none where the object is none.
fn take_items(manifest: &mut Manifest, path: &str) -> Result<Option<Vec<Value>>> {
    let kind = kind(&manifest.value);
    if !kind.ends_with("List") {
        return Ok(None);
    }
    let kind = kind.to_owned();
    match manifest.value.get_mut("items").map(Value::take) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Vec::new())),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(_) => {
            let problem = Problem::new("not-an-object", format!("{kind}/items is not a list"));
            Err(problem.at(path, manifest.line, 1))
        }
    }
}

fn kind(value: &Value) -> &str {
    value
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::read;

    fn names(text: &str) -> Vec<String> {
        let manifests = read(text, "a.yaml").unwrap();
        let name = |value: &serde_json::Value| value.pointer("/metadata/name").cloned();
        manifests
            .iter()
            .map(|m| name(&m.value).unwrap().as_str().unwrap().to_owned())
            .collect()
    }

    fn object(name: &str) -> String {
        format!("{{apiVersion: v1, kind: A, metadata: {{name: {name}}}}}")
    }

    #[test]
    fn lists_stand_for_their_items() {
        let (a, b, c) = (object("a"), object("b"), object("c"));
        let list = format!("kind: List\nitems: [{a}, {b}]\n");
        assert_eq!(names(&list), ["a", "b"]);
        assert_eq!(names(&format!("{list}---\n{c}")), ["c", "a", "b"]);
        let typed = format!("kind: AList\nitems: [{a}]\n---\n{b}");
        assert_eq!(names(&typed), ["b", "a"]);
        assert_eq!(
            names("kind: AList\nitems: []\n---\nkind: BList\nitems:\n"),
            [""; 0]
        );
        assert_eq!(names(&format!("---\n---\n# nothing\n---\n{a}")), ["a"]);
    }

    #[test]
    fn a_kind_that_only_ends_in_list_is_an_object() {
        let text = "apiVersion: v1\nkind: WhiteList\nmetadata: {name: a}\nspec: {}\n";
        assert_eq!(names(text), ["a"]);
    }

    #[test]
    fn what_is_no_object_is_named_with_its_line() {
        let cases = [
            ("a: 1\n", "missing kind", 1),
            (
                "kind: A\n---\n\nkind: B\nmetadata: {}\n",
                "missing metadata.name",
                1,
            ),
            (
                "apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n- 1\n",
                "missing kind",
                5,
            ),
            ("kind: AList\nitems: 3\n", "AList/items", 1),
            ("a: [\n", "", 2),
        ];
        for (text, message, line) in cases {
            let error = read(text, "a.yaml").unwrap_err();
            assert!(error.message().contains(message), "{}", error.message());
            let problems = gantry_sdk::renderer::Problems::from(error);
            let span = problems.0[0].span.clone().unwrap();
            assert_eq!(span.start.unwrap().line, line, "{text}");
        }
    }
}
