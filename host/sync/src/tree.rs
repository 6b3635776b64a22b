//! The resource tree: an application's objects, and below each what it owns, by the `uid` in
//! `ownerReferences`. Pure.

use std::collections::HashMap;

use gantry_model::{Health, HealthStatus, Object, ObjectRef};
use serde::Serialize;
use serde_json::Value;

use crate::inspect::Inspected;
use crate::report::SyncStatus;

/// One object of the tree.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Which object.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// Whether it is what Git has; none for what Git does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncStatus>,
    /// How it is; none where its kind has no health.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthStatus>,
    /// Why, for what is not as it should be; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What it owns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// An object whose place in the tree is to be found.
pub(crate) struct Part {
    uid: String,
    node: Node,
}

impl Part {
    /// An object of the application; it has no `uid` where it is not in the cluster.
    pub(crate) fn new(inspected: &Inspected, uid: String) -> Self {
        let Inspected {
            object,
            sync,
            health,
            message,
        } = inspected.clone();
        let node = Node {
            object,
            sync: Some(sync),
            health,
            message,
            children: Vec::new(),
        };
        Self { uid, node }
    }
}

/// Puts what is owned below its owners; what none of them owns is left out.
pub(crate) fn tree(roots: Vec<Part>, others: Vec<(Object, Option<Health>)>) -> Vec<Node> {
    let mut owned: HashMap<String, Vec<Part>> = HashMap::new();
    let known: Vec<&str> = roots.iter().map(|part| part.uid.as_str()).collect();
    for (object, health) in others {
        // An object of the application is its own root, whoever else owns it.
        if known.contains(&object.uid()) {
            continue;
        }
        if let Some(owner) = owner(&object) {
            owned.entry(owner).or_default().push(child(&object, health));
        }
    }
    let mut grown = Vec::new();
    for part in roots {
        grown.push(grow(part, &mut owned));
    }
    grown
}

/// Every child has one parent and is taken once, so that owners in a circle end.
fn grow(part: Part, owned: &mut HashMap<String, Vec<Part>>) -> Node {
    let Part { uid, mut node } = part;
    let mut children = owned.remove(&uid).unwrap_or_default();
    children.sort_by(|a, b| a.node.object.cmp(&b.node.object));
    for child in children {
        node.children.push(grow(child, owned));
    }
    node
}

fn child(object: &Object, health: Option<Health>) -> Part {
    let (status, message) = match health {
        Some(health) if health.status == HealthStatus::Healthy => {
            (Some(health.status), String::new())
        }
        Some(health) => (Some(health.status), health.message),
        None => (None, String::new()),
    };
    Part {
        uid: object.uid().to_owned(),
        node: Node {
            object: object.reference(),
            sync: None,
            health: status,
            message,
            children: Vec::new(),
        },
    }
}

/// The `uid` of the owner that controls an object, else of the first.
fn owner(object: &Object) -> Option<String> {
    let owners = object
        .value()
        .pointer("/metadata/ownerReferences")?
        .as_array()?;
    let controls = |owner: &&Value| owner.get("controller") == Some(&Value::Bool(true));
    let owner = owners.iter().find(controls).or_else(|| owners.first())?;
    Some(owner.get("uid")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Node, Part, tree};
    use crate::inspect::Inspected;
    use crate::report::SyncStatus;
    use gantry_model::{Health, HealthStatus, Object};
    use serde_json::json;

    fn object(kind: &str, name: &str, owners: &[(&str, bool)]) -> Object {
        let owners: Vec<_> = owners
            .iter()
            .map(|(uid, controls)| json!({"uid": uid, "controller": controls}))
            .collect();
        let metadata = json!({"name": name, "uid": name, "ownerReferences": owners});
        let value = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
        Object::new(value, None).expect("an object")
    }

    fn lines(nodes: &[Node], depth: usize) -> Vec<String> {
        let mut all = Vec::new();
        for node in nodes {
            let health = node.health.map_or("-", HealthStatus::as_str);
            all.push(format!(
                "{}{} {health}",
                " ".repeat(depth),
                node.object.name
            ));
            all.extend(lines(&node.children, depth + 1));
        }
        all
    }

    fn grown(roots: &[&str], others: Vec<Object>) -> Vec<String> {
        let root = |name: &&str| {
            let inspected = Inspected {
                object: object("Deployment", name, &[]).reference(),
                sync: SyncStatus::Synced,
                health: None,
                message: String::new(),
            };
            Part::new(&inspected, (*name).to_owned())
        };
        let health = || Health {
            status: HealthStatus::Progressing,
            message: "why".to_owned(),
        };
        let others = others.into_iter().map(|o| (o, Some(health()))).collect();
        lines(&tree(roots.iter().map(root).collect(), others), 0)
    }

    #[test]
    fn what_is_owned_stands_below_its_owner() {
        let chain = vec![
            object("Pod", "pod-b", &[("set", true)]),
            object("Pod", "pod-a", &[("set", true)]),
            object("ReplicaSet", "set", &[("web", true)]),
            object("Pod", "stranger", &[("elsewhere", true)]),
            object("Pod", "free", &[]),
        ];
        let two_owners = vec![object("Pod", "pod", &[("a", false), ("b", true)])];
        let circle = vec![
            object("Pod", "x", &[("y", true)]),
            object("Pod", "y", &[("x", true)]),
        ];
        let root_too = vec![object("Job", "b", &[("a", true)])];
        let cases: [(&[&str], Vec<Object>, &[&str]); 4] = [
            (
                &["web"],
                chain,
                &[
                    "web -",
                    " set Progressing",
                    "  pod-a Progressing",
                    "  pod-b Progressing",
                ],
            ),
            (&["a", "b"], two_owners, &["a -", "b -", " pod Progressing"]),
            (&["a"], circle, &["a -"]),
            (&["a", "b"], root_too, &["a -", "b -"]),
        ];
        for (roots, others, expected) in cases {
            assert_eq!(grown(roots, others), expected);
        }
    }
}
