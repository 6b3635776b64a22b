//! `Validate=false`: fields that a kind does not have are dropped, as a server does with a client's
//! own patch. Server-side apply refuses them whatever is asked, so they are taken out here, where its
//! refusal names them.

use gantry_model::Object;
use serde_json::Value;

/// The server's words behind a field (`structured-merge-diff`, `typed/validate.go`).
const UNDECLARED: &str = ": field not declared in schema";

/// The object without the fields that a refusal names; none where it names none.
pub(crate) fn without_undeclared(object: &Object, refusal: &str) -> Option<Object> {
    let paths = refusal.lines().filter_map(|line| {
        let path = line.trim().strip_suffix(UNDECLARED)?;
        // The first one may follow the words about the object.
        Some(
            path.rfind(": .")
                .map_or(path, |at| path.get(at + 2..).unwrap_or(path)),
        )
    });
    let mut value = object.value().clone();
    let mut removed = false;
    for path in paths {
        removed |= remove(&mut value, &parts(path)?);
    }
    let origin = object.origin().cloned();
    removed.then(|| Object::new(value, origin).ok()).flatten()
}

/// One step of a path: `.name`, or `[name="web"]`.
enum Part<'a> {
    Field(&'a str),
    Item(Vec<(&'a str, Value)>),
    Index(usize),
}

fn parts(path: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('.') {
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            let (name, tail) = tail.split_at(end);
            parts.push(Part::Field(name));
            rest = tail;
        } else {
            let tail = rest.strip_prefix('[')?;
            let (inner, tail) = tail.split_once(']')?;
            parts.push(selector(inner)?);
            rest = tail;
        }
    }
    Some(parts)
}

fn selector(text: &str) -> Option<Part<'_>> {
    if let Ok(index) = text.parse() {
        return Some(Part::Index(index));
    }
    let keys = text.split(',').map(|pair| {
        let (key, value) = pair.split_once('=')?;
        Some((key, serde_json::from_str(value).ok()?))
    });
    Some(Part::Item(keys.collect::<Option<_>>()?))
}

fn remove(value: &mut Value, parts: &[Part<'_>]) -> bool {
    match parts {
        [] => false,
        [Part::Field(name)] => value
            .as_object_mut()
            .is_some_and(|map| map.remove(*name).is_some()),
        [first, rest @ ..] => below(value, first).is_some_and(|below| remove(below, rest)),
    }
}

fn below<'v>(value: &'v mut Value, part: &Part<'_>) -> Option<&'v mut Value> {
    match part {
        Part::Field(name) => value.get_mut(*name),
        Part::Index(index) => value.get_mut(*index),
        Part::Item(keys) => {
            // A key that the manifest leaves out has the default that the server fills in.
            let fits = |item: &Value| {
                keys.iter()
                    .all(|(key, value)| item.get(*key).is_none_or(|own| own == value))
            };
            let list = value.as_array_mut()?;
            list.iter_mut().find(|item| fits(item))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_undeclared;
    use gantry_model::Object;
    use serde_json::json;

    #[test]
    fn the_fields_that_a_refusal_names_go() {
        let object = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "extra": 1,
            "spec": {"containers": [
                {"name": "b", "imag": "x"},
                {"name": "c", "imag": "x", "ports": [{"containerPort": 80, "nam": "y"}]},
            ]},
        });
        let object = Object::new(object, None).expect("an object");
        let one = "failed to create typed patch object (/a; /v1, Kind=Pod): .extra: field not declared in schema";
        let many = "failed to create typed patch object (/a; /v1, Kind=Pod): errors:\n  \
            .spec.containers[name=\"c\"].imag: field not declared in schema\n  \
            .spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"].nam: field not declared in schema";
        let without = without_undeclared(&object, one).expect("an object");
        assert_eq!(without.value()["extra"], json!(null));
        let without = without_undeclared(&object, many).expect("an object");
        assert_eq!(
            without.value()["spec"]["containers"],
            json!([{"name": "b", "imag": "x"}, {"name": "c", "ports": [{"containerPort": 80}]}])
        );
        for other in ["something else", ".absent: field not declared in schema"] {
            assert!(without_undeclared(&object, other).is_none(), "{other}");
        }
    }
}
