//! What a form's fields mean in a manifest.

use serde_json::{Map, Value, json};

use super::parameters;
use crate::visit::Fields;

/// Sync options that are boxes: the option, and what it is called.
pub(super) const OPTIONS: [(&str, &str); 4] = [
    ("CreateNamespace=true", "Auto-create namespace"),
    ("PruneLast=true", "Prune last"),
    ("ApplyOutOfSyncOnly=true", "Apply out of sync only"),
    (
        "ServerSideApply=true",
        "Server-side apply, over other managers",
    ),
];

/// Renderers that have a block of their own in a source.
const BLOCKS: [(&str, &str); 3] = [
    ("plain-yaml", "directory"),
    ("helm", "helm"),
    ("kustomize", "kustomize"),
];

/// The plugin that a form chose; none: as the directory says.
pub(super) fn plugin_of(sent: &Fields) -> &str {
    sent.get("renderer")
}

/// A manifest to begin with.
pub(super) fn example() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "guestbook"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://github.com/argoproj/argocd-example-apps.git", "path": "guestbook", "targetRevision": "HEAD"},
            "destination": {"name": "in-cluster", "namespace": "guestbook"},
            "syncPolicy": {"syncOptions": ["CreateNamespace=true"]},
        },
    })
}

/// The manifest.
pub(super) fn manifest(sent: &Fields, schema: Option<&Value>) -> Result<Value, String> {
    for (field, label) in [
        ("name", "Application name"),
        ("repo", "Repository URL"),
        ("cluster", "Cluster"),
    ] {
        if !sent.is(field) {
            return Err(format!("{label} is missing."));
        }
    }
    if !sent.is("path") && !sent.is("chart") {
        return Err("Path or chart is missing: . is the repository's root.".to_owned());
    }
    let project = if sent.is("project") {
        sent.get("project")
    } else {
        "default"
    };
    let mut metadata = json!({"name": sent.get("name")});
    if sent.is("cascade") {
        metadata["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    }
    let mut spec = json!({
        "project": project,
        "source": source(sent, schema)?,
        "destination": destination(sent),
    });
    let policy = policy(sent);
    if !policy.is_empty() {
        spec["syncPolicy"] = Value::Object(policy);
    }
    Ok(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": metadata, "spec": spec,
    }))
}

fn source(sent: &Fields, schema: Option<&Value>) -> Result<Value, String> {
    let revision = if sent.is("revision") {
        sent.get("revision")
    } else {
        "HEAD"
    };
    let mut source = json!({"repoURL": sent.get("repo"), "targetRevision": revision});
    if sent.is("chart") {
        source["chart"] = json!(sent.get("chart"));
    } else {
        source["path"] = json!(sent.get("path"));
    }
    let plugin = plugin_of(sent);
    let given = match schema {
        Some(schema) => parameters::read(schema, sent)?,
        None => Map::new(),
    };
    match BLOCKS.iter().find(|(name, _)| *name == plugin) {
        _ if plugin.is_empty() => {}
        // The empty block of a directory says that it is one.
        Some((_, block)) => source[*block] = Value::Object(given),
        None => {
            source["plugin"] =
                json!({"name": plugin, "parameters": parameters::for_plugin(&given)});
        }
    }
    Ok(source)
}

fn destination(sent: &Fields) -> Value {
    let cluster = sent.get("cluster");
    let field = if cluster.contains("://") {
        "server"
    } else {
        "name"
    };
    let mut destination = json!({});
    destination[field] = json!(cluster);
    if sent.is("namespace") {
        destination["namespace"] = json!(sent.get("namespace"));
    }
    destination
}

fn policy(sent: &Fields) -> Map<String, Value> {
    let mut policy = Map::new();
    if sent.get("policy") == "automatic" {
        let mut automated = Map::new();
        for field in ["prune", "selfHeal"] {
            if sent.is(field) {
                automated.insert(field.to_owned(), Value::Bool(true));
            }
        }
        policy.insert("automated".to_owned(), Value::Object(automated));
    }
    let options = sent.all("option");
    if !options.is_empty() {
        policy.insert("syncOptions".to_owned(), json!(options));
    }
    policy
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::manifest;
    use crate::visit::Fields;

    #[test]
    fn a_form_becomes_a_manifest() {
        let sent = Fields::read(
            b"name=shop&repo=https%3A%2F%2Fgit.example%2Fshop&path=deploy&cluster=spoke-1&namespace=shop&policy=automatic&prune=1&option=CreateNamespace%3Dtrue&renderer=plain-yaml&p.recurse=true",
        );
        let schema = json!({"type": "object", "properties": {"recurse": {"type": "boolean"}, "include": {"type": "string"}}});
        assert_eq!(
            manifest(&sent, Some(&schema)).expect("a manifest"),
            json!({
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": "https://git.example/shop", "targetRevision": "HEAD", "path": "deploy", "directory": {"recurse": true}},
                    "destination": {"name": "spoke-1", "namespace": "shop"},
                    "syncPolicy": {"automated": {"prune": true}, "syncOptions": ["CreateNamespace=true"]},
                },
            })
        );
        let sent = Fields::read(b"name=shop&repo=r&path=.&cluster=https%3A%2F%2Fk&renderer=template&p.values=replicas%3A+2");
        let schema = json!({"properties": {"values": {"type": "object"}}});
        let made = manifest(&sent, Some(&schema)).expect("a manifest");
        assert_eq!(
            made["spec"]["source"]["plugin"],
            json!({"name": "template", "parameters": [{"name": "values", "map": {"replicas": "2"}}]})
        );
        assert_eq!(made["spec"]["destination"], json!({"server": "https://k"}));
        assert!(manifest(&Fields::read(b"name=a&repo=r&cluster=c"), None).is_err());
    }
}
