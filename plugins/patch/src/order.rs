//! The order that kustomize sorts objects in.

use std::cmp::Ordering;

use crate::id::{Gvk, Id};

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &[
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The `legacy` order: some kinds first, some last, the others between, each by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyOrder {
    first: Vec<String>,
    last: Vec<String>,
}

impl Default for LegacyOrder {
    fn default() -> Self {
        let owned = |kinds: &[&str]| kinds.iter().map(|k| (*k).to_owned()).collect();
        Self {
            first: owned(FIRST),
            last: owned(LAST),
        }
    }
}

/// Before, among or after all kinds that no list has. A kind in both lists comes last.
fn rank(first: &[impl AsRef<str>], last: &[impl AsRef<str>], kind: &str) -> (i8, usize) {
    let at = |kinds: &[_], kind| position(kinds, kind);
    if let Some(at) = position(last, kind) {
        return (1, at);
    }
    at(first, kind).map_or((0, 0), |at| (-1, at))
}

/// The last of equal ones counts.
fn position(kinds: &[impl AsRef<str>], kind: &str) -> Option<usize> {
    kinds.iter().rposition(|k| k.as_ref() == kind)
}

impl LegacyOrder {
    /// The order of a kustomization's `legacySortOptions`.
    pub fn new(first: &[String], last: &[String]) -> Self {
        Self {
            first: first.to_vec(),
            last: last.to_vec(),
        }
    }

    /// Which of two objects comes first.
    pub fn compare(&self, a: &Id, b: &Id) -> Ordering {
        if a.gvk == b.gvk {
            return ids(a, b);
        }
        let rank = |id: &Id| rank(&self.first, &self.last, &id.gvk.kind);
        rank(a).cmp(&rank(b)).then_with(|| {
            let order = sort_string(&a.gvk).cmp(&sort_string(&b.gvk));
            let both = a.gvk.kind == "Namespace" && b.gvk.kind == "Namespace";
            if both && (a.gvk.group.is_empty() || b.gvk.group.is_empty()) {
                order.reverse()
            } else {
                order
            }
        })
    }
}

/// Which of two kinds comes first by kustomize's own lists.
pub fn gvk(a: &Gvk, b: &Gvk) -> Ordering {
    rank(FIRST, LAST, &a.kind)
        .cmp(&rank(FIRST, LAST, &b.kind))
        .then_with(|| sort_string(a).cmp(&sort_string(b)))
}

fn or<'t>(text: &'t str, instead: &'t str) -> &'t str {
    if text.is_empty() { instead } else { text }
}

fn sort_string(gvk: &Gvk) -> String {
    format!(
        "{}_{}_{}",
        or(&gvk.group, "~G"),
        or(&gvk.version, "~V"),
        or(&gvk.kind, "~K")
    )
}

/// Namespace, then name, with a sign after every letter for what is missing, joined as kustomize
/// joins them.
fn ids(a: &Id, b: &Id) -> Ordering {
    let text = |id: &Id| format!("{}|{}", or(&id.namespace, "~X"), or(&id.name, "~N"));
    text(a).cmp(&text(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Id {
        let parts: Vec<&str> = text.split(' ').collect();
        let part = |i: usize| parts.get(i).copied().unwrap_or_default();
        Id {
            gvk: Gvk::from_api_version(part(0), part(1)),
            name: part(2).to_owned(),
            namespace: part(3).to_owned(),
        }
    }

    #[test]
    fn kinds_are_sorted_as_kustomize_sorts_them() {
        let sorted = [
            "v1 Namespace a",
            "apiextensions.k8s.io/v1 CustomResourceDefinition a",
            "v1 ConfigMap b a",
            "v1 ConfigMap a b",
            "v1 ConfigMap a",
            "v1 Service a",
            "apps/v1 Deployment a",
            "apps/v1 DaemonSet a",
            "example.com/v1 Alpha a",
            "v1 Pod a",
            "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration a",
        ];
        let mut ids: Vec<Id> = sorted.iter().rev().map(|text| id(text)).collect();
        ids.sort_by(|a, b| LegacyOrder::default().compare(a, b));
        assert_eq!(ids, sorted.map(id));
    }

    #[test]
    fn the_lists_may_be_others() {
        let list =
            |kinds: &[&str]| -> Vec<String> { kinds.iter().map(|k| (*k).to_owned()).collect() };
        let order = LegacyOrder::new(&list(&["Pod", "Service"]), &list(&["Namespace", "Pod"]));
        let sorted = [
            "v1 Service a",
            "apps/v1 Deployment a",
            "v1 Namespace a",
            "v1 Pod a",
        ];
        let mut ids: Vec<Id> = sorted.iter().rev().map(|text| id(text)).collect();
        ids.sort_by(|a, b| order.compare(a, b));
        assert_eq!(ids, sorted.map(id));
    }

    #[test]
    fn field_specs_are_sorted_by_kind() {
        let kinds = [
            "v1 Namespace",
            "apps/v1 Deployment",
            "apps/v1 DaemonSet",
            "v1 Pod",
        ];
        let mut gvks: Vec<Gvk> = kinds.iter().rev().map(|text| id(text).gvk).collect();
        gvks.sort_by(gvk);
        assert_eq!(gvks, kinds.map(|text| id(text).gvk));
    }
}
