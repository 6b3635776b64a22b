//! An application as a home has it, for reading.

use serde_json::Value;

/// One application, field by field.
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(pub &'a Value);

impl<'a> View<'a> {
    /// A text, by its JSON pointer; empty where there is none.
    pub fn text(self, pointer: &str) -> &'a str {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A list, by its JSON pointer; empty where there is none.
    pub fn list(self, pointer: &str) -> &'a [Value] {
        self.0
            .pointer(pointer)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Its name.
    pub fn name(self) -> &'a str {
        self.text("/metadata/name")
    }

    /// The namespace of its manifest.
    pub fn namespace(self) -> &'a str {
        self.text("/metadata/namespace")
    }

    /// `NAMESPACE/NAME`, as Argo CD's commands print it.
    pub fn qualified(self) -> String {
        match self.namespace() {
            "" => self.name().to_owned(),
            namespace => format!("{namespace}/{}", self.name()),
        }
    }

    /// Its project: `default` where it names none.
    pub fn project(self) -> &'a str {
        or(self.text("/spec/project"), "default")
    }

    /// The cluster, by its URL, else by its name.
    pub fn cluster(self) -> &'a str {
        or(
            self.text("/spec/destination/server"),
            self.text("/spec/destination/name"),
        )
    }

    /// `spec.sources` if it has any, else `spec.source` alone.
    pub fn sources(self) -> Vec<View<'a>> {
        let several = self.list("/spec/sources");
        if several.is_empty() {
            return self
                .0
                .pointer("/spec/source")
                .map(View)
                .into_iter()
                .collect();
        }
        several.iter().map(View).collect()
    }

    /// Whether it has `spec.sources`.
    pub fn has_several_sources(self) -> bool {
        !self.list("/spec/sources").is_empty()
    }

    /// Whether the control plane syncs it by itself.
    pub fn is_automated(self) -> bool {
        let automated = self.0.pointer("/spec/syncPolicy/automated");
        automated.is_some_and(|a| a.is_object() && a["enabled"] != false)
    }

    /// Whether that deletes what is no longer in Git.
    pub fn prunes_automatically(self) -> bool {
        self.is_automated()
            && self.0.pointer("/spec/syncPolicy/automated/prune") == Some(&true.into())
    }

    /// Its sync status.
    pub fn sync(self) -> &'a str {
        self.text("/status/sync/status")
    }

    /// Its health.
    pub fn health(self) -> &'a str {
        self.text("/status/health/status")
    }

    /// `operation`: what was asked for and has not ended.
    pub fn operation(self) -> Option<&'a Value> {
        self.0
            .get("operation")
            .filter(|operation| operation.is_object())
    }

    /// `status.operationState`: the operation that runs, or the last one.
    pub fn operation_state(self) -> Option<View<'a>> {
        let state = self.0.pointer("/status/operationState");
        state.filter(|state| state.is_object()).map(View)
    }

    /// Whether an operation runs, whoever has asked for it.
    pub fn runs(self) -> bool {
        let state = self.operation_state();
        state.is_some_and(|state| matches!(state.text("/phase"), "Running" | "Terminating"))
    }

    /// Whether its deletion was asked for.
    pub fn is_being_deleted(self) -> bool {
        !self.text("/metadata/deletionTimestamp").is_empty()
    }
}

/// The first of the two that is not empty.
pub fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}
