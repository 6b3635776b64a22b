//! The fields that kustomize edits where a kustomization names no others.

use crate::fields::FieldSpec;

/// Group, version, kind, path, whether it is created.
type Row = (&'static str, &'static str, &'static str, &'static str, bool);

fn specs(rows: &[Row]) -> Vec<FieldSpec> {
    let spec = |&(group, version, kind, path, create): &Row| FieldSpec {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        path: path.to_owned(),
        create,
    };
    rows.iter().map(spec).collect()
}

/// Where the selectors of labels are, besides [`METADATA_LABELS`].
const SELECTORS: &[Row] = &[
    ("", "v1", "Service", "spec/selector", true),
    ("", "v1", "ReplicationController", "spec/selector", true),
    ("", "", "Deployment", "spec/selector/matchLabels", true),
    ("", "", "ReplicaSet", "spec/selector/matchLabels", true),
    ("", "", "DaemonSet", "spec/selector/matchLabels", true),
    ("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
    ("batch", "", "Job", "spec/selector/matchLabels", false),
    (
        "batch",
        "",
        "CronJob",
        "spec/jobTemplate/spec/selector/matchLabels",
        false,
    ),
    (
        "policy",
        "",
        "PodDisruptionBudget",
        "spec/selector/matchLabels",
        false,
    ),
    (
        "networking.k8s.io",
        "",
        "NetworkPolicy",
        "spec/podSelector/matchLabels",
        false,
    ),
    (
        "networking.k8s.io",
        "",
        "NetworkPolicy",
        "spec/ingress/from/podSelector/matchLabels",
        false,
    ),
    (
        "networking.k8s.io",
        "",
        "NetworkPolicy",
        "spec/egress/to/podSelector/matchLabels",
        false,
    ),
];

/// Selectors in the pod templates of [`SCHEDULED`], never created.
const SCHEDULING: &[&str] = &[
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
    "topologySpreadConstraints",
];
const SCHEDULED: &[&str] = &["Deployment", "StatefulSet"];

const METADATA_LABELS: &[Row] = &[
    ("", "", "", "metadata/labels", true),
    (
        "",
        "v1",
        "ReplicationController",
        "spec/template/metadata/labels",
        true,
    ),
    ("", "", "Deployment", "spec/template/metadata/labels", true),
    ("", "", "ReplicaSet", "spec/template/metadata/labels", true),
    ("", "", "DaemonSet", "spec/template/metadata/labels", true),
    (
        "apps",
        "",
        "StatefulSet",
        "spec/template/metadata/labels",
        true,
    ),
    (
        "apps",
        "",
        "StatefulSet",
        "spec/volumeClaimTemplates[]/metadata/labels",
        true,
    ),
    ("batch", "", "Job", "spec/template/metadata/labels", true),
    (
        "batch",
        "",
        "CronJob",
        "spec/jobTemplate/metadata/labels",
        true,
    ),
    (
        "batch",
        "",
        "CronJob",
        "spec/jobTemplate/spec/template/metadata/labels",
        true,
    ),
];

const ANNOTATIONS: &[Row] = &[
    ("", "", "", "metadata/annotations", true),
    (
        "",
        "v1",
        "ReplicationController",
        "spec/template/metadata/annotations",
        true,
    ),
    (
        "",
        "",
        "Deployment",
        "spec/template/metadata/annotations",
        true,
    ),
    (
        "",
        "",
        "ReplicaSet",
        "spec/template/metadata/annotations",
        true,
    ),
    (
        "",
        "",
        "DaemonSet",
        "spec/template/metadata/annotations",
        true,
    ),
    (
        "",
        "",
        "StatefulSet",
        "spec/template/metadata/annotations",
        true,
    ),
    (
        "batch",
        "",
        "Job",
        "spec/template/metadata/annotations",
        true,
    ),
    (
        "batch",
        "",
        "CronJob",
        "spec/jobTemplate/metadata/annotations",
        true,
    ),
    (
        "batch",
        "",
        "CronJob",
        "spec/jobTemplate/spec/template/metadata/annotations",
        true,
    ),
];

const IMAGES: &[Row] = &[
    ("", "", "", "spec/containers[]/image", true),
    ("", "", "", "spec/initContainers[]/image", true),
    ("", "", "", "spec/volumes[]/image/reference", true),
    ("", "", "", "spec/template/spec/containers[]/image", true),
    (
        "",
        "",
        "",
        "spec/template/spec/initContainers[]/image",
        true,
    ),
    (
        "",
        "",
        "",
        "spec/template/spec/volumes[]/image/reference",
        true,
    ),
];

const REPLICAS: &[Row] = &[
    ("", "", "Deployment", "spec/replicas", true),
    ("", "", "ReplicationController", "spec/replicas", true),
    ("", "", "ReplicaSet", "spec/replicas", true),
    ("", "", "StatefulSet", "spec/replicas", true),
];

/// Of `commonLabels`, and of `labels` with `includeSelectors`.
pub fn common_labels() -> Vec<FieldSpec> {
    let mut all = specs(SELECTORS);
    for kind in SCHEDULED {
        all.extend(SCHEDULING.iter().map(|term| FieldSpec {
            group: "apps".to_owned(),
            version: String::new(),
            kind: (*kind).to_owned(),
            path: format!("spec/template/spec/{term}/labelSelector/matchLabels"),
            create: false,
        }));
    }
    all.extend(specs(METADATA_LABELS));
    all
}

/// Of `labels` with `includeTemplates`.
pub fn template_labels() -> Vec<FieldSpec> {
    specs(METADATA_LABELS)
}

/// Of `labels` with neither.
pub fn metadata_labels() -> Vec<FieldSpec> {
    specs(METADATA_LABELS.get(..1).unwrap_or_default())
}

/// Of `commonAnnotations`.
pub fn common_annotations() -> Vec<FieldSpec> {
    specs(ANNOTATIONS)
}

/// Of `images`.
pub fn images() -> Vec<FieldSpec> {
    specs(IMAGES)
}

/// Of `replicas`.
pub fn replicas() -> Vec<FieldSpec> {
    specs(REPLICAS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::merge_specs;

    #[test]
    fn the_tables_have_no_spec_twice() {
        for (table, count) in [
            (common_labels(), 32),
            (template_labels(), 10),
            (metadata_labels(), 1),
            (common_annotations(), 9),
            (images(), 6),
            (replicas(), 4),
        ] {
            assert_eq!(table.len(), count);
            let mut merged = Vec::new();
            merge_specs(&mut merged, &table).expect("no conflict");
            assert_eq!(merged.len(), count, "{table:?}");
        }
    }
}
