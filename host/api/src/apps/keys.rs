//! What each list asks of each application, taken out of it once.

use serde_json::Value;

use crate::app::{View, or};

/// What a state is called where there is none yet.
const UNKNOWN: &str = "Unknown";

/// What filters, orders and counts are about. Looking for it in ten thousand values takes longer than all else.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) name: Box<str>,
    pub(crate) namespace: Box<str>,
    pub(crate) project: Box<str>,
    /// The destination.
    pub(crate) server: Box<str>,
    pub(crate) cluster_name: Box<str>,
    pub(crate) to_namespace: Box<str>,
    pub(crate) sync: Box<str>,
    pub(crate) health: Box<str>,
    pub(crate) created: Box<str>,
    pub(crate) synced: Box<str>,
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
}

impl Keys {
    pub(super) fn of(app: View<'_>) -> Self {
        let labels = app.0.pointer("/metadata/labels").and_then(Value::as_object);
        let labels = labels.into_iter().flatten().map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name.as_str().into(), value.into())
        });
        Self {
            name: app.name().into(),
            namespace: app.namespace().into(),
            project: app.project().into(),
            server: app.text("/spec/destination/server").into(),
            cluster_name: app.text("/spec/destination/name").into(),
            to_namespace: app.text("/spec/destination/namespace").into(),
            sync: or(app.sync(), UNKNOWN).into(),
            health: or(app.health(), UNKNOWN).into(),
            created: app.text("/metadata/creationTimestamp").into(),
            synced: app.text("/status/operationState/finishedAt").into(),
            labels: labels.collect(),
        }
    }

    /// The cluster, by its URL, else by its name.
    pub(crate) fn cluster(&self) -> &str {
        or(&self.server, &self.cluster_name)
    }
}
