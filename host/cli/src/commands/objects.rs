//! Prints objects as manifests.

use serde_json::{Value, json};

use crate::args::ObjectFormat;
use crate::failure::Failure;
use crate::output::Output;

/// YAML documents, or one JSON `List`.
pub(super) fn print(
    values: &[Value],
    format: ObjectFormat,
    output: &Output,
) -> Result<(), Failure> {
    match format {
        ObjectFormat::Json => {
            output.json(&json!({"apiVersion": "v1", "kind": "List", "items": values}))
        }
        ObjectFormat::Yaml => {
            let documents = values.iter().map(gantry_yaml::emit);
            output.print(&documents.collect::<Vec<_>>().join("---\n"))
        }
    }
}
