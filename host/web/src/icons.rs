//! The pictures: one sprite a page, drawn on a grid of 16.

use maud::{Markup, PreEscaped, html};

/// Name and drawing. Lines have the text's colour.
const ICONS: &[(&str, &str)] = &[
    (
        "gantry",
        r#"<path d="M2 14V5h12v9M2 5l3-3h6l3 3M8 5v5M6 10h4v3H6z"/>"#,
    ),
    (
        "apps",
        r#"<path d="M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z"/>"#,
    ),
    (
        "gear",
        r#"<circle cx="8" cy="8" r="2.2"/><path d="M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4"/>"#,
    ),
    (
        "plug",
        r#"<path d="M6 1.5v3M10 1.5v3M4 4.5h8V8a4 4 0 0 1-8 0zM8 12v2.5"/>"#,
    ),
    (
        "user",
        r#"<circle cx="8" cy="5" r="3"/><path d="M2.5 14.5a5.5 5.5 0 0 1 11 0"/>"#,
    ),
    ("out", r#"<path d="M6 2H2.5v12H6M6.5 8H14M11 5l3 3-3 3"/>"#),
    (
        "theme",
        r#"<circle cx="8" cy="8" r="6"/><path fill="currentColor" d="M8 2a6 6 0 0 1 0 12z"/>"#,
    ),
    (
        "external",
        r#"<path d="M9 2h5v5M14 2 7.5 8.5M12 9.5V14H2V4h4.5"/>"#,
    ),
    (
        "search",
        r#"<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 4 4"/>"#,
    ),
    ("plus", r#"<path d="M8 2.5v11M2.5 8h11"/>"#),
    ("minus", r#"<path d="M2.5 8h11"/>"#),
    ("close", r#"<path d="m3 3 10 10M13 3 3 13"/>"#),
    (
        "sync",
        r#"<path d="M13.5 6.5A5.8 5.8 0 0 0 3 5M2.5 9.5A5.8 5.8 0 0 0 13 11M3 1.5V5h3.5M13 14.5V11H9.5"/>"#,
    ),
    (
        "refresh",
        r#"<path d="M13.5 8A5.5 5.5 0 1 1 11.7 4M13.5 1.5v3.2h-3.2"/>"#,
    ),
    (
        "history",
        r#"<path d="M2.5 8A5.5 5.5 0 1 0 4.3 4M2.5 1.5v3.2h3.2M8 5v3.2l2.2 1.3"/>"#,
    ),
    (
        "diff",
        r#"<path d="M4 1.5h5l3.5 3.5v9.5H4zM8.2 6v4M6.2 8h4M6.2 12h4"/>"#,
    ),
    (
        "info",
        r#"<circle cx="8" cy="8" r="6.2"/><path d="M8 7.2v4M8 4.6v.4"/>"#,
    ),
    (
        "delete",
        r#"<path d="M2.5 4h11M6 4V2h4v2M4 4l.7 10h6.6L12 4M6.7 6.5v5M9.3 6.5v5"/>"#,
    ),
    (
        "tree",
        r#"<path d="M1.5 6h4v4h-4zM10.5 1.5h4v4h-4zM10.5 10.5h4v4h-4zM5.5 8H8M10.5 3.5H8v9h2.5"/>"#,
    ),
    (
        "list",
        r#"<path d="M5.5 3.5h9M5.5 8h9M5.5 12.5h9M1.5 3.5h1.2M1.5 8h1.2M1.5 12.5h1.2"/>"#,
    ),
    ("tiles", r#"<path d="M2 2.5h12v4.5H2zM2 9h12v4.5H2z"/>"#),
    (
        "logs",
        r#"<path d="M1.5 2.5h13v11h-13zM4 6l2.2 2L4 10M8 10.5h4"/>"#,
    ),
    ("alert", r#"<path d="M8 1.8 15 14H1zM8 6v4M8 11.6v.6"/>"#),
    (
        "lock",
        r#"<path d="M3 7h10v7.5H3zM5 7V4.5a3 3 0 0 1 6 0V7"/>"#,
    ),
    ("filter", r#"<path d="M1.5 2.5h13l-5 6v5l-3-1.5V8.5z"/>"#),
    (
        "git",
        r#"<circle cx="4" cy="3.5" r="1.8"/><circle cx="4" cy="12.5" r="1.8"/><circle cx="12" cy="5.5" r="1.8"/><path d="M4 5.3v5.4M12 7.3C12 10 7 9 4.6 10.8"/>"#,
    ),
    (
        "cluster",
        r#"<path d="m8 1.5 6 3.2v6.6l-6 3.2-6-3.2V4.7zM8 8v6.5M8 8 2 4.7M8 8l6-3.3"/>"#,
    ),
    ("folder", r#"<path d="M1.5 3h5l1.5 2h6.5v8.5h-13z"/>"#),
    (
        "clock",
        r#"<circle cx="8" cy="8" r="6.2"/><path d="M8 4.5V8l2.5 1.5"/>"#,
    ),
    ("chevron", r#"<path d="m6 3 5 5-5 5"/>"#),
    ("stop", r#"<path d="M3.5 3.5h9v9h-9z"/>"#),
    (
        "key",
        r#"<circle cx="5" cy="11" r="3"/><path d="m7.2 8.8 6.3-6.3M11 5l2.2 2.2M8.8 7.2l1.5 1.5"/>"#,
    ),
    // Health.
    (
        "healthy",
        r#"<path fill="currentColor" d="M8 14S1.8 10.2 1.8 5.9A3.3 3.3 0 0 1 8 4.3a3.3 3.3 0 0 1 6.2 1.6C14.2 10.2 8 14 8 14z"/>"#,
    ),
    (
        "progressing",
        r#"<path stroke-width="2" d="M8 2a6 6 0 1 1-5.6 3.8"/>"#,
    ),
    (
        "degraded",
        r#"<path fill="currentColor" d="M8 14S1.8 10.2 1.8 5.9A3.3 3.3 0 0 1 7.2 3.6L5.8 7l3 1.6L8 14zM9.4 13c1.8-1.3 4.8-4 4.8-7.1a3.3 3.3 0 0 0-5.3-2.5L8 6.4l3 1.5z"/>"#,
    ),
    (
        "suspended",
        r#"<circle cx="8" cy="8" r="6.2"/><path stroke-width="2" d="M6.2 5.5v5M9.8 5.5v5"/>"#,
    ),
    (
        "missing",
        r#"<path d="M3 14V7a5 5 0 0 1 10 0v7l-1.7-1.5L9.7 14 8 12.5 6.3 14l-1.6-1.5zM6.2 6.5v1M9.8 6.5v1"/>"#,
    ),
    (
        "unknown",
        r#"<circle cx="8" cy="8" r="6.2"/><path d="M6 6.3A2 2 0 1 1 8.2 8.4V9.6M8 11.4v.4"/>"#,
    ),
    // Sync status.
    (
        "synced",
        r#"<circle cx="8" cy="8" r="6.2"/><path d="m5 8.2 2.2 2.2L11 6.2"/>"#,
    ),
    (
        "outofsync",
        r#"<circle cx="8" cy="8" r="6.2"/><path d="M8 11.5V4.8M5.3 7.3 8 4.6l2.7 2.7"/>"#,
    ),
    (
        "failed",
        r#"<circle cx="8" cy="8" r="6.2"/><path d="m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8"/>"#,
    ),
    // Kinds.
    (
        "k-workload",
        r#"<path d="M2 4.5 8 1.5l6 3v7l-6 3-6-3zM2 4.5l6 3 6-3M8 7.5v7"/>"#,
    ),
    ("k-replicas", r#"<path d="M5 5h9v9H5zM2 11V2h9"/>"#),
    (
        "k-pod",
        r#"<path d="m8 1.5 5.6 3.2v6.6L8 14.5l-5.6-3.2V4.7z"/><circle cx="8" cy="8" r="2"/>"#,
    ),
    (
        "k-network",
        r#"<path d="M5.5 1.8h5v3.6h-5zM1.5 10.6h4v3.6h-4zM10.5 10.6h4v3.6h-4zM8 5.4V8M3.5 10.6V8h9v2.6"/>"#,
    ),
    (
        "k-config",
        r#"<path d="M3 1.5h7l3 3v10H3zM5.5 6.5h5M5.5 9h5M5.5 11.5h3"/>"#,
    ),
    (
        "k-job",
        r#"<path d="M4 2h8M4 14h8M5 2v2.5L8 8l3-3.5V2M5 14v-2.5L8 8l3 3.5V14"/>"#,
    ),
    (
        "k-storage",
        r#"<path d="M2.5 3.8C2.5 2.5 5 1.8 8 1.8s5.5.7 5.5 2v8.4c0 1.3-2.5 2-5.5 2s-5.5-.7-5.5-2zM2.5 3.8c0 1.3 2.5 2 5.5 2s5.5-.7 5.5-2M2.5 8c0 1.3 2.5 2 5.5 2s5.5-.7 5.5-2"/>"#,
    ),
    (
        "k-object",
        r#"<path d="M2.5 2.5h11v11h-11z"/><circle cx="8" cy="8" r="2"/>"#,
    ),
];

/// The sprite, once a page.
pub(crate) fn sprite() -> Markup {
    html! {
        svg .sprite aria-hidden="true" {
            @for (name, drawing) in ICONS {
                symbol id={ "i-" (name) } viewBox="0 0 16 16" { (PreEscaped(drawing)) }
            }
        }
    }
}

/// A picture beside a text that says the same.
pub(crate) fn icon(name: &str) -> Markup {
    html! { svg .i aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// The picture of a kind.
pub(crate) fn of_kind(kind: &str) -> &'static str {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout" | "Application"
        | "ApplicationSet" => "k-workload",
        "ReplicaSet" | "ControllerRevision" | "ReplicationController" => "k-replicas",
        "Pod" => "k-pod",
        "Service" | "Ingress" | "Endpoints" | "EndpointSlice" | "NetworkPolicy" | "Gateway"
        | "HTTPRoute" => "k-network",
        "ConfigMap" => "k-config",
        "Secret" | "ServiceAccount" | "Role" | "RoleBinding" | "ClusterRole"
        | "ClusterRoleBinding" => "lock",
        "Job" | "CronJob" => "k-job",
        "PersistentVolumeClaim" | "PersistentVolume" | "StorageClass" => "k-storage",
        "Namespace" => "folder",
        _ => "k-object",
    }
}

/// A health, with its word.
pub(crate) fn health(status: &str) -> Markup {
    let (picture, class) = match status {
        "Healthy" => ("healthy", "s-good"),
        "Progressing" => ("progressing", "s-busy spin"),
        "Degraded" => ("degraded", "s-bad"),
        "Suspended" => ("suspended", "s-held"),
        "Missing" => ("missing", "s-warn"),
        _ => ("unknown", "s-none"),
    };
    state(
        picture,
        class,
        if status.is_empty() { "Unknown" } else { status },
    )
}

/// A sync status, with its word.
pub(crate) fn sync(status: &str) -> Markup {
    let (picture, class) = match status {
        "Synced" => ("synced", "s-good"),
        "OutOfSync" => ("outofsync", "s-warn"),
        _ => ("unknown", "s-none"),
    };
    state(
        picture,
        class,
        if status.is_empty() { "Unknown" } else { status },
    )
}

/// How an operation stands, with Argo CD's word.
pub(crate) fn phase(phase: &str) -> Markup {
    let (picture, class, word) = match phase {
        "Succeeded" => ("synced", "s-good", "Sync OK"),
        "Running" => ("progressing", "s-busy spin", "Syncing"),
        "Terminating" => ("stop", "s-busy", "Terminating"),
        "Failed" => ("failed", "s-bad", "Sync failed"),
        "Error" => ("failed", "s-bad", "Sync error"),
        _ => ("unknown", "s-none", "Unknown"),
    };
    state(picture, class, word)
}

/// A picture and a word in one colour.
pub(crate) fn state(picture: &str, class: &str, word: &str) -> Markup {
    html! { span class={ "state " (class) } { (icon(picture)) span { (word) } } }
}

#[cfg(test)]
mod tests {
    use super::{ICONS, of_kind};

    #[test]
    fn every_kind_has_a_picture_that_is_drawn() {
        for kind in [
            "Deployment",
            "ReplicaSet",
            "Pod",
            "Service",
            "ConfigMap",
            "Secret",
            "Job",
            "PersistentVolume",
            "Namespace",
            "Other",
        ] {
            assert!(
                ICONS.iter().any(|(name, _)| *name == of_kind(kind)),
                "{kind}"
            );
        }
    }
}
