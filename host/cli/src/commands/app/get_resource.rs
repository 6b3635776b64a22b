//! `gantry app get-resource`: live objects of an application, and of what they own, field by field.

use gantry_model::{Diagnostic, ObjectRef};
use gantry_sync::Node;
use serde_json::{Map, Value};

use super::Desk;
use super::manifests::hidden;
use crate::Outcome;
use crate::args::app::{FieldsFormat, GetResourceArgs};
use crate::failure::Failure;
use crate::table::Table;

impl Desk<'_> {
    pub(super) async fn get_resource(&self, args: &GetResourceArgs) -> Result<Outcome, Failure> {
        let project = args.object.project.as_deref();
        let (_, object) = self.apps.one_of(&args.app, project).await?;
        let rendering = self.rendering(&object).await?;
        let (engine, application) = (&rendering.engine, &rendering.application);
        let nodes = self.nodes(&object, &rendering).await?;
        let mut wanted = Vec::new();
        nodes
            .iter()
            .for_each(|node| collect(node, args, &mut wanted));
        let mut found: Vec<(String, Value)> = Vec::new();
        let rules = engine.ignored();
        for reference in &wanted {
            let live = engine.live_object(application, reference).await;
            let live = live.map_err(|error| error.diagnostics())?;
            found.extend(live.map(|live| {
                let name = live.name().to_owned();
                (name, shown(hidden(live, &rules.sensitive), args))
            }));
        }
        if found.is_empty() {
            let message = format!("the application has no {} that fits", args.kind);
            let problem = Diagnostic::error("object", message);
            return Err(problem.help("see `gantry app resources`").into());
        }
        let values: Vec<&Value> = found.iter().map(|(_, value)| value).collect();
        match (args.output, values.as_slice()) {
            (FieldsFormat::Wide, _) => self.output.print(&table(&found, args).to_string())?,
            (FieldsFormat::Json, [one]) => self.output.json(one)?,
            (FieldsFormat::Json, several) => self.output.json(&several)?,
            (FieldsFormat::Yaml, several) => {
                let several = several.iter().copied().cloned();
                let text = gantry_yaml::emit_all(&several.collect::<Vec<_>>());
                self.output.print(&text)?;
            }
        }
        Ok(Outcome::Good)
    }
}

fn collect(node: &Node, args: &GetResourceArgs, found: &mut Vec<ObjectRef>) {
    let (object, flags) = (&node.object, &args.object);
    let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|w| w == text);
    if object.gvk.kind == args.kind
        && is(&flags.group, &object.gvk.group)
        && is(&flags.namespace, &object.namespace)
        && is(&flags.resource_name, &object.name)
    {
        found.push(object.clone());
    }
    for child in &node.children {
        collect(child, args, found);
    }
}

/// What of an object is asked for.
fn shown(mut object: Value, args: &GetResourceArgs) -> Value {
    if !args.show_managed_fields
        && let Some(metadata) = object["metadata"].as_object_mut()
    {
        metadata.remove("managedFields");
    }
    if args.filter_fields.is_empty() {
        return object;
    }
    let mut shown = Value::Object(Map::new());
    for field in &args.filter_fields {
        let path: Vec<&str> = field.split('.').collect();
        if let Some(part) = part(&object, &path) {
            join(&mut shown, part);
        }
    }
    shown
}

/// A field with all that is around it; of a list, that field of all its members.
fn part(value: &Value, path: &[&str]) -> Option<Value> {
    let [first, rest @ ..] = path else {
        return Some(value.clone());
    };
    match value {
        Value::Array(members) => {
            let parts = members.iter().map(|member| part(member, path));
            let parts: Vec<Option<Value>> = parts.collect();
            let none = || Value::Object(Map::new());
            let any = parts.iter().any(Option::is_some);
            // Each in its place, so that several fields of a member come together.
            any.then(|| parts.into_iter().map(|p| p.unwrap_or_else(none)).collect())
        }
        Value::Object(fields) => {
            let inner = part(fields.get(*first)?, rest)?;
            Some(Value::Object(Map::from_iter([(
                (*first).to_owned(),
                inner,
            )])))
        }
        _ => None,
    }
}

fn join(target: &mut Value, other: Value) {
    match (target, other) {
        (Value::Object(target), Value::Object(other)) => {
            for (key, value) in other {
                join(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(target), Value::Array(other)) => {
            for (member, value) in target.iter_mut().zip(other) {
                join(member, value);
            }
        }
        (target, other) => *target = other,
    }
}

fn table(objects: &[(String, Value)], args: &GetResourceArgs) -> Table {
    let has_name = args.object.resource_name.is_none();
    let head: &[&str] = if has_name {
        &["FIELD", "RESOURCE NAME", "VALUE"]
    } else {
        &["FIELD", "VALUE"]
    };
    let mut table = Table::new(head);
    for (name, object) in objects {
        let mut fields = Vec::new();
        flatten(object, String::new(), &mut fields);
        for (field, value) in fields {
            if has_name {
                table.row([field, name.clone(), value]);
            } else {
                table.row([field, value]);
            }
        }
    }
    table
}

/// All that is no mapping and no list, each with its path.
fn flatten(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(value, format!("{path}{dot}{key}"), found);
            }
        }
        Value::Array(members) => {
            for (index, value) in members.iter().enumerate() {
                flatten(value, format!("{path}[{index}]"), found);
            }
        }
        Value::String(text) => found.push((path, text.clone())),
        other => found.push((path, other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::{shown, table};
    use crate::args::app::GetResourceArgs;

    #[derive(Parser)]
    struct Get {
        #[command(flatten)]
        args: GetResourceArgs,
    }

    fn args(flags: &str) -> GetResourceArgs {
        let words = ["get-resource", "app", "--kind", "Pod"].into_iter();
        Get::try_parse_from(words.chain(flags.split_whitespace()))
            .expect(flags)
            .args
    }

    fn pod() -> Value {
        json!({
            "kind": "Pod",
            "metadata": {"name": "a", "managedFields": [{"manager": "x"}]},
            "spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "ports": [80]}]},
        })
    }

    #[test]
    fn only_what_is_asked_for_is_shown() {
        let whole = json!({"kind": "Pod", "metadata": {"name": "a"}, "spec": pod()["spec"]});
        for (flags, expected) in [
            ("", whole),
            ("--show-managed-fields", pod()),
            (
                "--filter-fields kind,metadata.name",
                json!({"kind": "Pod", "metadata": {"name": "a"}}),
            ),
            (
                "--filter-fields spec.containers.name,spec.containers.image",
                json!({"spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d"}]}}),
            ),
            ("--filter-fields status.podIP", json!({})),
        ] {
            assert_eq!(shown(pod(), &args(flags)), expected, "{flags}");
        }
    }

    #[test]
    fn a_table_has_a_line_for_each_field() {
        let objects = [(
            "a".to_owned(),
            json!({"spec": {"containers": [{"ports": [80]}]}, "x": true}),
        )];
        let told = table(&objects, &args("")).to_string();
        assert!(
            told.contains("spec.containers[0].ports[0]   a               80"),
            "{told}"
        );
        let told = table(&objects, &args("--resource-name a")).to_string();
        assert!(
            told.contains("x                             true"),
            "{told}"
        );
    }
}
