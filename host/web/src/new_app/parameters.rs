//! Fields for a renderer's parameters, as its JSON Schema has them.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::json::{entries, items, scalar, text};
use crate::visit::Fields;

/// How a parameter is typed in.
#[derive(Debug, PartialEq, Eq)]
enum Field<'a> {
    Choice(Vec<String>),
    Bool,
    Number,
    Text,
    /// A text each line.
    Lines,
    /// What has more structure than a field.
    Yaml,
    Unknown(&'a str),
}

fn field(schema: &Value) -> Field<'_> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Field::Choice(values.iter().map(scalar).collect());
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or_default(),
        Some(Value::String(kind)) => kind,
        _ => "",
    };
    match kind {
        "boolean" => Field::Bool,
        "integer" | "number" => Field::Number,
        "string" => Field::Text,
        "array" if text(schema, "/items/type") == "string" => Field::Lines,
        "array" | "object" | "" => Field::Yaml,
        other => Field::Unknown(other),
    }
}

/// The name of a parameter's field.
fn name_of(parameter: &str) -> String {
    format!("p.{parameter}")
}

/// All of them.
pub(super) fn draw(schema: &Value, sent: &Fields) -> Markup {
    let properties = entries(schema, "/properties");
    let required: Vec<&str> = items(schema, "/required")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    html! {
        @if properties.is_empty() { p .dim { "This renderer takes no parameters." } }
        @for (name, schema) in properties {
            (one(name, schema, sent, required.contains(&name)))
        }
    }
}

fn one(name: &str, schema: &Value, sent: &Fields, is_required: bool) -> Markup {
    let id = name_of(name);
    let (given, description) = (sent.raw(&id), text(schema, "/description"));
    let otherwise = schema.get("default").map(scalar).unwrap_or_default();
    let title = match text(schema, "/title") {
        "" => name,
        title => title,
    };
    html! {
        label .parameter {
            span { (title) @if is_required { " *" } }
            @match field(schema) {
                Field::Choice(values) => (select(&id, &values, given)),
                Field::Bool => (select(&id, &["true".to_owned(), "false".to_owned()], given)),
                Field::Number => input name=(id) type="number" step="any" value=(given) placeholder=(otherwise);,
                Field::Text | Field::Unknown(_) if text(schema, "/contentMediaType").is_empty() && name != "values" =>
                    input name=(id) value=(given) placeholder=(otherwise) spellcheck="false";,
                Field::Lines => textarea name=(id) rows="2" spellcheck="false" placeholder="one a line" { (given) },
                _ => textarea .code name=(id) rows="4" spellcheck="false" placeholder="YAML" { (given) },
            }
            @if !description.is_empty() { small { (description) } }
        }
    }
}

fn select(id: &str, values: &[String], given: &str) -> Markup {
    html! {
        select name=(id) {
            option value="" { "default" }
            @for value in values { option value=(value) selected[value == given] { (value) } }
        }
    }
}

/// The parameters that were typed in; what is empty is left to the renderer.
pub(super) fn read(schema: &Value, sent: &Fields) -> Result<Map<String, Value>, String> {
    let mut parameters = Map::new();
    for (name, schema) in entries(schema, "/properties") {
        let id = name_of(name);
        let given = sent.raw(&id);
        if given.trim().is_empty() {
            continue;
        }
        let value = match field(schema) {
            Field::Bool => Value::Bool(given == "true"),
            Field::Number => serde_json::from_str(given.trim())
                .map_err(|_| format!("{name}: {given} is no number"))?,
            Field::Choice(_) => choice(schema, given),
            Field::Text | Field::Unknown(_) => Value::from(given.replace("\r\n", "\n")),
            Field::Lines => given
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect(),
            Field::Yaml => {
                let documents =
                    gantry_yaml::parse(given).map_err(|error| format!("{name}: {error}"))?;
                documents
                    .into_iter()
                    .next()
                    .map(|document| document.value)
                    .unwrap_or_default()
            }
        };
        parameters.insert(name.to_owned(), value);
    }
    Ok(parameters)
}

/// The value of a choice, of the type that the schema has it in.
fn choice(schema: &Value, given: &str) -> Value {
    let found = items(schema, "/enum")
        .iter()
        .find(|value| scalar(value) == given);
    found.cloned().unwrap_or_else(|| Value::from(given))
}

/// As `spec.source.plugin.parameters` has them: texts, lists of texts, maps of texts.
pub(super) fn for_plugin(parameters: &Map<String, Value>) -> Vec<Value> {
    let one = |(name, value): (&String, &Value)| match value {
        Value::Array(list) => {
            json!({"name": name, "array": list.iter().map(scalar).collect::<Vec<_>>()})
        }
        Value::Object(map) => {
            let map: Map<String, Value> = map
                .iter()
                .map(|(key, value)| (key.clone(), Value::from(scalar(value))))
                .collect();
            json!({"name": name, "map": map})
        }
        other => json!({"name": name, "string": scalar(other)}),
    };
    parameters.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{draw, read};
    use crate::visit::Fields;

    fn schema() -> Value {
        json!({"type": "object", "required": ["text"], "properties": {
            "text": {"type": "string", "description": "Some <b>text</b>."},
            "count": {"type": ["integer", "null"], "default": 3},
            "on": {"type": "boolean"},
            "mode": {"enum": ["fast", 2]},
            "files": {"type": "array", "items": {"type": "string"}},
            "values": {"type": "object"},
        }})
    }

    #[test]
    fn every_type_is_read_back_as_it_is_in_the_schema() {
        let sent = Fields::read(b"p.text=a&p.count=4&p.on=false&p.mode=2&p.files=a%0D%0A%0D%0Ab&p.values=x%3A+%5B1%5D&p.other=1");
        let read = read(&schema(), &sent).expect("parameters");
        assert_eq!(
            Value::Object(read),
            json!({"text": "a", "count": 4, "on": false, "mode": 2, "files": ["a", "b"], "values": {"x": [1]}})
        );
    }

    #[test]
    fn what_is_empty_is_left_out_and_what_is_wrong_is_said() {
        assert!(
            read(&schema(), &Fields::read(b"p.text=&p.on="))
                .expect("none")
                .is_empty()
        );
        assert!(read(&schema(), &Fields::read(b"p.count=many")).is_err());
        assert!(read(&schema(), &Fields::read(b"p.values=%5B")).is_err());
    }

    #[test]
    fn what_a_plugin_says_is_text() {
        let html = draw(&schema(), &Fields::default()).into_string();
        assert!(html.contains("Some &lt;b&gt;text&lt;/b&gt;."), "{html}");
        assert!(html.contains("<option value=\"fast\">"), "{html}");
        assert!(html.contains("name=\"p.files\""), "{html}");
    }
}
