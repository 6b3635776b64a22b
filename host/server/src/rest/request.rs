//! A path, a query and a body, as the request of a method.

use axum::body::Body;
use gantry_api::{Body as Place, Code, Fault, Route};
use gantry_model::limits;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::Refusal;
use crate::body;

/// The body as JSON, null where there is none. Of those who have not logged in, a small one.
pub(super) async fn json(body: Body, is_wanted: bool, is_known: bool) -> Result<Value, Refusal> {
    if !is_wanted {
        return Ok(Value::Null);
    }
    let read = body::read(body, limits::API_BODY_MAX_BYTES, is_known).await;
    let bytes = read.map_err(|unread| {
        let (status, text) = unread.told();
        Refusal::Http(status, text)
    })?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| invalid(format!("the body is no JSON: {error}")).into())
}

/// All of it together: what the path says goes before the query and the body.
pub(super) fn of(
    route: &Route,
    fields: &[(&'static str, &str)],
    query: &str,
    body: Value,
) -> Result<Value, Fault> {
    let mut request = match (route.body, body) {
        (Place::None, _) => Map::new(),
        (Place::Whole, Value::Object(map)) => map,
        (Place::Whole, Value::Null) => Map::new(),
        (Place::Whole, _) => return Err(invalid("the body is no object".to_owned())),
        (Place::Field(name), body) => {
            let mut map = Map::new();
            map.insert(name.to_owned(), body);
            map
        }
    };
    // What is judged and what is done must read a field alike.
    gantry_wire::fits(route.method, &request)
        .map_err(|error| invalid(format!("the body does not fit: {error}")))?;
    if route.body != Place::Whole {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (
                decoded(&key.replace('+', " "))?,
                decoded(&value.replace('+', " "))?,
            );
            if key.is_empty() || matches!(route.body, Place::Field(name) if key == name) {
                continue;
            }
            add(&mut request, &key, value);
        }
    }
    for (name, text) in fields {
        set(&mut request, name, decoded(text)?.into());
    }
    Ok(Value::Object(request))
}

/// What is there several times is a list.
fn add(request: &mut Map<String, Value>, key: &str, value: String) {
    let known = key
        .split('.')
        .try_fold(None, |at: Option<&Value>, part| match at {
            None => Some(request.get(part)),
            Some(value) => Some(value.get(part)),
        })
        .flatten()
        .cloned();
    let value = match known {
        Some(Value::Array(mut all)) => {
            all.push(value.into());
            Value::Array(all)
        }
        Some(one @ Value::String(_)) => Value::Array(vec![one, value.into()]),
        _ => value.into(),
    };
    set(request, key, value);
}

/// Sets a field by its path: `id.value`.
fn set(request: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        request.insert(path.to_owned(), value);
        return;
    };
    let within = request
        .entry(first.to_owned())
        .or_insert_with(|| Value::Object(Map::new()));
    if !within.is_object() {
        *within = Value::Object(Map::new());
    }
    if let Value::Object(within) = within {
        set(within, rest, value);
    }
}

fn decoded(text: &str) -> Result<String, Fault> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| invalid("the address is no text in UTF-8".to_owned()))
}

fn invalid(message: String) -> Fault {
    Fault::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use gantry_api::{Verb, find};
    use serde_json::{Value, json};

    use super::of;

    #[test]
    fn requests_are_put_together() {
        let cases: [(Verb, &str, &str, Value, Value); 6] = [
            (
                Verb::Get,
                "/api/v1/applications",
                "project=a&project=b&selector=x%3Dy&refresh=hard",
                Value::Null,
                json!({"project": ["a", "b"], "selector": "x=y", "refresh": "hard"}),
            ),
            (
                Verb::Get,
                "/api/v1/clusters/https%3A%2F%2Fa",
                "id.type=server",
                Value::Null,
                json!({"id": {"value": "https://a", "type": "server"}}),
            ),
            (
                Verb::Post,
                "/api/v1/applications",
                "upsert=true&application=x",
                json!({"metadata": {"name": "a"}}),
                json!({"upsert": "true", "application": {"metadata": {"name": "a"}}}),
            ),
            (
                Verb::Put,
                "/api/v1/applications/b",
                "",
                json!({"metadata": {"name": "a"}}),
                json!({"application": {"metadata": {"name": "b"}}}),
            ),
            (
                Verb::Post,
                "/api/v1/applications/b/sync",
                "prune=true",
                json!({"name": "a", "dryRun": true}),
                json!({"name": "b", "dryRun": true}),
            ),
            (
                Verb::Get,
                "/api/v1/applications/b",
                "name=other&appNamespace=n+m",
                Value::Null,
                json!({"name": "b", "appNamespace": "n m"}),
            ),
        ];
        for (verb, path, query, body, expected) in cases {
            let (route, fields) = find(verb, path).expect(path);
            assert_eq!(of(route, &fields, query, body), Ok(expected), "{path}");
        }
        let (route, fields) = find(Verb::Get, "/api/v1/applications/%ff").expect("a route");
        assert!(of(route, &fields, "", Value::Null).is_err());
    }

    #[test]
    fn cve_2023_50726_a_body_of_another_shape_is_refused() {
        let app = "/api/v1/applications/web";
        let cases = [
            (
                Verb::Post,
                format!("{app}/sync"),
                json!({"manifests": "{}"}),
            ),
            (
                Verb::Post,
                format!("{app}/sync"),
                json!({"resources": {"kind": "A"}}),
            ),
            (
                Verb::Put,
                format!("{app}/spec"),
                json!({"sources": {"repoURL": "a"}}),
            ),
            (Verb::Put, format!("{app}/spec"), json!("text")),
            (
                Verb::Put,
                app.to_owned(),
                json!({"metadata": {"labels": ["a"]}}),
            ),
        ];
        for (verb, path, body) in cases {
            let (route, fields) = find(verb, &path).expect("a route");
            let fault = of(route, &fields, "", body.clone()).expect_err("refused");
            assert!(fault.message.contains("does not fit"), "{body}: {fault}");
        }
    }
}
