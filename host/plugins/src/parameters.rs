//! Parameters are checked against the plugin's own JSON Schema before the plugin sees them.

use gantry_model::{Diagnostic, limits};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use crate::error::{LoadError, did_you_mean};

/// What parameters a plugin takes.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// None: it takes none.
    schema: Option<Schema>,
}

#[derive(Debug)]
struct Schema {
    json: Value,
    validator: Validator,
}

impl Parameters {
    /// Takes the schema as the plugin gave it. A `$ref` may only point into the schema itself.
    pub(crate) fn compile(schema: Option<&str>) -> Result<Self, LoadError> {
        let Some(text) = schema else {
            return Ok(Self { schema: None });
        };
        if text.len() > limits::PARAMETERS_SCHEMA_MAX_BYTES {
            let max = limits::PARAMETERS_SCHEMA_MAX_BYTES;
            return Err(LoadError::Schema(format!(
                "it has {} bytes, at most {max}",
                text.len()
            )));
        }
        let json: Value =
            serde_json::from_str(text).map_err(|error| LoadError::Schema(error.to_string()))?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            // Linear time: the schema comes from the plugin, the text from whoever can commit.
            .with_pattern_options(PatternOptions::regex())
            .build(&json)
            .map_err(|error| LoadError::Schema(error.to_string()))?;
        Ok(Self {
            schema: Some(Schema { json, validator }),
        })
    }

    /// The schema, for forms and lists.
    pub(crate) fn schema(&self) -> Option<&Value> {
        self.schema.as_ref().map(|schema| &schema.json)
    }

    /// The parameters as the plugin gets them, or what is wrong with each.
    pub(crate) fn check(&self, plugin: &str, given: &Value) -> Result<Value, Vec<Diagnostic>> {
        let mut parameters = match given {
            Value::Null => Map::new(),
            Value::Object(map) => map.clone(),
            _ => {
                return Err(vec![refusal(
                    "parameters",
                    "parameters are a mapping of names to values",
                )]);
            }
        };
        let Some(schema) = &self.schema else {
            let extra = |name: &String| {
                refusal(
                    name,
                    format!("plugin {plugin:?} takes no parameters, but {name:?} is given"),
                )
            };
            let refused: Vec<Diagnostic> = parameters.keys().map(extra).collect();
            return if refused.is_empty() {
                Ok(Value::Object(parameters))
            } else {
                Err(refused)
            };
        };
        for (name, value) in &mut parameters {
            schema.coerce(name, value);
        }
        let parameters = Value::Object(parameters);
        let errors: Vec<Diagnostic> = schema
            .validator
            .iter_errors(&parameters)
            .flat_map(|error| schema.explain(plugin, &error))
            .collect();
        if errors.is_empty() {
            Ok(parameters)
        } else {
            Err(errors)
        }
    }
}

impl Schema {
    /// Argo CD's parameters are strings, lists of strings and maps of strings. A string where the
    /// schema takes only another type is read as JSON, if it is JSON of that type.
    fn coerce(&self, name: &str, value: &mut Value) {
        let Value::String(text) = &*value else { return };
        let property = self.json.get("properties").and_then(|all| all.get(name));
        let Some(wanted) = property.and_then(|p| p.get("type")).and_then(only_type) else {
            return;
        };
        let Ok(read) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let fits = match wanted {
            "integer" | "number" => read.is_number(),
            "boolean" => read.is_boolean(),
            "object" => read.is_object(),
            "array" => read.is_array(),
            _ => false,
        };
        if fits {
            *value = read;
        }
    }

    fn explain(&self, plugin: &str, error: &ValidationError<'_>) -> Vec<Diagnostic> {
        let field = field_path(error.instance_path().as_str());
        let within = |name: &str| {
            if field.is_empty() {
                name.to_owned()
            } else {
                format!("{field}.{name}")
            }
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let unknown = |name: &String| {
                    let message = format!("plugin {plugin:?} has no parameter {:?}", within(name));
                    let diagnostic = refusal(&within(name), message);
                    if field.is_empty() {
                        diagnostic.help(did_you_mean(name, &self.known()))
                    } else {
                        diagnostic
                    }
                };
                unexpected.iter().map(unknown).collect()
            }
            ValidationErrorKind::Required { property } => {
                let name = within(property.as_str().unwrap_or_default());
                vec![refusal(
                    &name,
                    format!("plugin {plugin:?} needs the parameter {name:?}"),
                )]
            }
            _ => vec![refusal(&field, format!("parameter {field:?}: {error}"))],
        }
    }

    fn known(&self) -> Vec<String> {
        let properties = self.json.get("properties").and_then(Value::as_object);
        properties
            .map(|all| all.keys().cloned().collect())
            .unwrap_or_default()
    }
}

/// The one type that a value must have if it is given at all: null beside it means "or nothing".
fn only_type(types: &Value) -> Option<&str> {
    match types {
        Value::String(only) => Some(only),
        Value::Array(several) => {
            let mut others = several.iter().filter(|one| *one != "null");
            let only = others.next()?.as_str();
            only.filter(|_| others.next().is_none())
        }
        _ => None,
    }
}

/// `/values/replicas` is `values.replicas`.
fn field_path(pointer: &str) -> String {
    let names = pointer
        .split('/')
        .skip(1)
        .map(|name| name.replace("~1", "/").replace("~0", "~"));
    names.collect::<Vec<_>>().join(".")
}

fn refusal(field: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("plugin-parameters", message).field(field)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Parameters;

    const SCHEMA: &str = r#"{
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]+$"},
            "replicas": {"type": "integer", "minimum": 1},
            "ratio": {"type": "number"},
            "recurse": {"type": "boolean"},
            "values": {"type": "object", "additionalProperties": {"type": "string"}},
            "hosts": {"type": "array", "items": {"type": "string"}},
            "either": {"type": ["integer", "string"]},
            "optional": {"type": ["integer", "null"]}
        }
    }"#;

    #[test]
    fn what_fits_passes_and_strings_become_what_the_schema_asks_for() {
        let parameters = Parameters::compile(Some(SCHEMA)).expect("a schema");
        let cases: &[(Value, Value)] = &[
            (json!({"name": "a"}), json!({"name": "a"})),
            (json!({"name": "true"}), json!({"name": "true"})),
            (
                json!({"name": "a", "replicas": "3"}),
                json!({"name": "a", "replicas": 3}),
            ),
            (
                json!({"name": "a", "ratio": "1.5"}),
                json!({"name": "a", "ratio": 1.5}),
            ),
            (
                json!({"name": "a", "recurse": "false"}),
                json!({"name": "a", "recurse": false}),
            ),
            (
                json!({"name": "a", "values": "{\"x\":\"y\"}"}),
                json!({"name": "a", "values": {"x": "y"}}),
            ),
            (
                json!({"name": "a", "hosts": "[\"x\"]"}),
                json!({"name": "a", "hosts": ["x"]}),
            ),
            (
                json!({"name": "a", "either": "3"}),
                json!({"name": "a", "either": "3"}),
            ),
            (
                json!({"name": "a", "optional": "3"}),
                json!({"name": "a", "optional": 3}),
            ),
        ];
        for (given, taken) in cases {
            assert_eq!(parameters.check("p", given).as_ref(), Ok(taken), "{given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_rule() {
        let parameters = Parameters::compile(Some(SCHEMA)).expect("a schema");
        let cases: &[(Value, &str, &str, &str)] = &[
            (json!({}), "name", "needs the parameter \"name\"", ""),
            (json!({"name": "A"}), "name", "^[a-z]+$", ""),
            (
                json!({"name": "a", "replicas": "many"}),
                "replicas",
                "not of type \"integer\"",
                "",
            ),
            (
                json!({"name": "a", "replicas": "0"}),
                "replicas",
                "minimum",
                "",
            ),
            (
                json!({"name": "a", "recurse": "yes"}),
                "recurse",
                "not of type \"boolean\"",
                "",
            ),
            (
                json!({"name": "a", "values": {"x": 1}}),
                "values.x",
                "not of type \"string\"",
                "",
            ),
            (
                json!({"name": "a", "recurze": true}),
                "recurze",
                "no parameter \"recurze\"",
                "did you mean \"recurse\"?",
            ),
            (json!(["a"]), "parameters", "a mapping", ""),
        ];
        for (given, field, message, help) in cases {
            let errors = parameters.check("p", given).expect_err(message);
            let [error] = &errors[..] else {
                panic!("{given}: {errors:?}")
            };
            assert_eq!(error.field.as_deref(), Some(*field), "{given}");
            assert!(
                error.message.contains(message),
                "{given}: {}",
                error.message
            );
            assert!(
                error.help.as_deref().unwrap_or_default().contains(help),
                "{given}: {:?}",
                error.help
            );
        }
    }

    #[test]
    fn a_plugin_without_a_schema_takes_none() {
        let parameters = Parameters::compile(None).expect("no schema");
        assert_eq!(parameters.check("p", &Value::Null), Ok(json!({})));
        let errors = parameters
            .check("p", &json!({"x": 1}))
            .expect_err("one too many");
        assert!(
            errors[0]
                .message
                .contains("takes no parameters, but \"x\" is given")
        );
    }

    #[test]
    fn bad_schemas_are_refused() {
        for schema in [
            "",
            "{",
            r#"{"type": 5}"#,
            r#"{"$ref": "https://example.com/s.json"}"#,
            r#"{"properties": {"x": {"pattern": "("}}}"#,
        ] {
            assert!(Parameters::compile(Some(schema)).is_err(), "{schema}");
        }
    }
}
