//! `gantry plugin inspect`: all there is to say of one file.

use gantry_plugins::{Claim, Examination};
use indicatif::HumanBytes;
use serde_json::Value;

use crate::Outcome;
use crate::args::{Format, InspectArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::subject;
use crate::table::Table;

pub(crate) fn run(args: &InspectArgs, output: &Output) -> Result<Outcome, Failure> {
    let examination = subject::examine(&args.file)?;
    match args.output {
        Format::Json => output.json(&examination)?,
        Format::Yaml => output.yaml(&examination)?,
        Format::Table => output.print(&text(&examination))?,
    }
    Ok(Outcome::Good)
}

fn text(told: &Examination) -> String {
    let bytes = |bytes: u64| HumanBytes(bytes).to_string();
    let memory = &told.memory;
    let most = memory.maximum_bytes.map_or("no bound".to_owned(), bytes);
    let memory = format!(
        "{} at first; its own bound: {most}; the host's: {}",
        bytes(memory.initial_bytes),
        bytes(memory.limit_bytes)
    );
    let load = format!(
        "{:.0} ms compiled, {:.1} ms from the cache",
        told.load.compile_ms, told.load.cached_ms
    );
    let mut facts = vec![
        ("summary", told.facts.summary.clone()),
        ("kind", told.facts.kind.as_str().to_owned()),
        ("world", told.facts.world.clone()),
        ("interface", told.interface_version.clone()),
        ("digest", told.facts.digest.to_string()),
        ("size", bytes(told.facts.size_bytes)),
        ("memory", memory),
        ("load", load),
    ];
    facts.extend(told.claims.iter().map(|claim| ("claim", kind(claim))));
    facts.extend(told.imports.iter().map(|import| ("import", import.clone())));
    let mut text = String::new();
    for (name, value) in facts {
        text.push_str(&format!("{name:<12}{value}\n"));
    }
    if let Some(schema) = &told.facts.parameters_schema {
        text.push_str(&format!("\n{}", parameters(schema)));
    }
    text
}

fn kind(claim: &Claim) -> String {
    if claim.group.is_empty() {
        claim.kind.clone()
    } else {
        format!("{}.{}", claim.kind, claim.group)
    }
}

/// The parameters as a table; `-o json` has the whole schema.
fn parameters(schema: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return "It takes no parameters.\n".to_owned();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|all| all.iter().any(|r| r == name));
    let mut table = Table::new(&["PARAMETER", "TYPE", "DEFAULT", "DESCRIPTION"]);
    for (name, property) in properties {
        let of = |field: &str| property.get(field).unwrap_or(&Value::Null);
        let default = if is_required(name) {
            "(required)".to_owned()
        } else {
            property
                .get("default")
                .map_or_else(String::new, Value::to_string)
        };
        table.row([
            name.clone(),
            text(of("type")),
            default,
            text(of("description")),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::parameters;
    use serde_json::json;

    #[test]
    fn parameters_are_told_with_type_default_and_description() {
        let schema = json!({
            "type": "object",
            "required": ["image"],
            "properties": {
                "image": {"type": "string", "description": "What runs."},
                "host": {"type": ["string", "null"], "default": null},
                "replicas": {"type": "integer", "default": 1},
            },
        });
        assert_eq!(
            parameters(&schema),
            "PARAMETER   TYPE                DEFAULT      DESCRIPTION\n\
             host        [\"string\",\"null\"]   null\n\
             image       string              (required)   What runs.\n\
             replicas    integer             1\n"
        );
        assert_eq!(
            parameters(&json!({"type": "object"})),
            "It takes no parameters.\n"
        );
    }
}
