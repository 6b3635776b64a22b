//! What the control plane may do in its hub, and why: `kubernetes.io/description` tells it to whoever reads
//! the roles in the cluster.

use serde_json::{Value, json};

use super::{Installation, NAME, labels};

/// The API group of roles.
const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn objects(installation: &Installation) -> Vec<Value> {
    vec![
        home(installation),
        binding(installation, "RoleBinding", "Role", NAME),
        applications_anywhere(installation),
        bound_everywhere(installation, &installation.cluster_wide_name()),
        hub_as_destination(installation),
        bound_everywhere(installation, &destination_name(installation)),
    ]
}

/// Its own objects.
fn home(installation: &Installation) -> Value {
    let mut metadata = installation.metadata();
    metadata["annotations"] = why(
        "Its own objects: applications, projects, the Secrets of clusters and repositories, settings; Leases \
         to share the clusters between replicas; Events to tell what it did.",
    );
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "Role",
        "metadata": metadata,
        "rules": [
            rule("argoproj.io", &["applications", "appprojects"], ALL),
            rule("", &["secrets", "configmaps"], ALL),
            rule("coordination.k8s.io", &["leases"], ALL),
            rule("", &["events"], &["create", "list", "patch"]),
        ],
    })
}

/// Applications in other namespaces, where `--application-namespaces` asks for them.
fn applications_anywhere(installation: &Installation) -> Value {
    let name = installation.cluster_wide_name();
    let description = "Applications in further namespaces (--application-namespaces), and their Events. Without \
                       such namespaces it may be deleted.";
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels(), "annotations": why(description)},
        "rules": [
            rule("argoproj.io", &["applications"], &["get", "list", "watch", "update", "patch"]),
            rule("", &["events"], &["create", "list", "patch"]),
        ],
    })
}

/// The hub as a destination.
fn hub_as_destination(installation: &Installation) -> Value {
    let name = destination_name(installation);
    let description = "The hub as a destination (https://kubernetes.default.svc): whatever Git holds is applied, \
                       watched and deleted. Narrow it, or delete it, where applications go to other clusters \
                       only: those have credentials of their own.";
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels(), "annotations": why(description)},
        "rules": [
            rule("*", &["*"], &["*"]),
            {"nonResourceURLs": ["*"], "verbs": ["*"]},
        ],
    })
}

fn destination_name(installation: &Installation) -> String {
    format!("{}-destination", installation.cluster_wide_name())
}

const ALL: &[&str] = &[
    "get", "list", "watch", "create", "update", "patch", "delete",
];

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

fn why(text: &str) -> Value {
    json!({"kubernetes.io/description": text})
}

fn bound_everywhere(installation: &Installation, role: &str) -> Value {
    let mut binding = binding(installation, "ClusterRoleBinding", "ClusterRole", role);
    binding["metadata"] = json!({"name": role, "labels": labels()});
    binding
}

fn binding(installation: &Installation, kind: &str, role_kind: &str, role: &str) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": kind,
        "metadata": installation.metadata(),
        "roleRef": {"apiGroup": RBAC, "kind": role_kind, "name": role},
        "subjects": [{
            "kind": "ServiceAccount",
            "name": NAME,
            "namespace": installation.namespace,
        }],
    })
}
