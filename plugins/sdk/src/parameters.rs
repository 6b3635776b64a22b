//! Parameters as a type of the plugin's own, and the JSON Schema that the host checks them by.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::renderer::{Diagnostic, Problems};

/// The parameters of a renderer that takes none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NoParameters {}

/// What else in a schema may name properties.
const BESIDE_PROPERTIES: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];
/// What says which further properties there may be.
const FURTHER: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];

/// The schema of a type. Strict: a misspelt parameter is refused, unless the type itself takes any
/// (a flattened map).
pub fn schema<P: JsonSchema>() -> String {
    let mut settings = SchemaSettings::draft2020_12();
    // The host looks at a parameter's own type to make a number of `"3"`.
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<P>();
    // The name of a Rust type tells users nothing.
    schema.remove("title");
    let has =
        |schema: &Schema, keywords: &[&str]| keywords.iter().any(|k| schema.get(*k).is_some());
    if !has(&schema, &FURTHER) {
        let [additional, unevaluated] = FURTHER;
        let keyword = if has(&schema, &BESIDE_PROPERTIES) {
            unevaluated
        } else {
            additional
        };
        schema.insert(keyword.to_owned(), false.into());
    }
    schema.to_value().to_string()
}

/// The parameters. The host has checked them against the schema, so an error means that the type
/// takes less than its schema says.
#[doc(hidden)]
pub fn read<P: DeserializeOwned>(text: &str) -> Result<P, Problems> {
    serde_json::from_str(text)
        .map_err(|error| Diagnostic::error("parameters", error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::{Map, Value, json};

    use super::{NoParameters, read, schema};

    /// How it is rendered.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(default, rename_all = "camelCase")]
    #[derive(Default)]
    struct Parameters {
        /// How many.
        max_replicas: u32,
        host: Option<String>,
        inner: Inner,
        #[serde(flatten)]
        shared: Shared,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default)]
    struct Inner {
        on: bool,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default)]
    struct Shared {
        /// Also below.
        recurse: bool,
    }

    fn schema_of<P: JsonSchema>() -> Value {
        serde_json::from_str(&schema::<P>()).unwrap()
    }

    #[test]
    fn doc_comments_describe_and_misspelt_names_are_refused() {
        let schema = schema_of::<Parameters>();
        assert_eq!(schema["description"], "How it is rendered.");
        assert_eq!(schema["additionalProperties"], false);
        assert!(schema.get("title").is_none());
        let properties = &schema["properties"];
        assert_eq!(properties["maxReplicas"]["description"], "How many.");
        assert_eq!(properties["maxReplicas"]["type"], "integer");
        assert_eq!(properties["host"]["type"], json!(["string", "null"]));
        assert_eq!(properties["inner"]["type"], "object");
        assert_eq!(properties["recurse"]["description"], "Also below.");
    }

    #[test]
    fn no_parameters_is_an_empty_object() {
        let schema = schema_of::<NoParameters>();
        assert_eq!(
            (&schema["type"], &schema["additionalProperties"]),
            (&json!("object"), &json!(false))
        );
        assert!(schema.get("properties").is_none());
    }

    #[test]
    fn a_flattened_map_takes_any() {
        #[derive(Deserialize, JsonSchema)]
        struct Any {
            #[serde(flatten)]
            _all: Map<String, Value>,
        }
        assert_eq!(schema_of::<Any>()["additionalProperties"], true);
    }

    #[test]
    fn a_type_that_takes_less_than_its_schema_says_so() {
        let read_one = read::<Parameters>(r#"{"maxReplicas": 3, "recurse": true}"#).unwrap();
        assert!(read_one.max_replicas == 3 && read_one.shared.recurse);
        let problems = read::<Parameters>(r#"{"maxReplicas": "x"}"#).unwrap_err();
        assert_eq!(problems.0[0].code, "parameters");
    }
}
