//! The last operation of an application (`status.operationState`), and whether it was the one that would
//! be started now.

use std::time::SystemTime;

use gantry_model::application::Source;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Situation;

/// How an operation stands: Argo CD's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationPhase {
    /// It runs.
    Running,
    /// It is being stopped.
    Terminating,
    /// It ended well.
    Succeeded,
    /// It ended, and not all of it was done.
    Failed,
    /// It could not be done.
    Error,
}

impl OperationPhase {
    /// Whether it is over.
    pub fn is_completed(self) -> bool {
        !matches!(self, Self::Running | Self::Terminating)
    }
}

/// What the decision asks of the last operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// How it ended.
    pub phase: OperationPhase,
    /// What it said.
    pub message: String,
    /// What it synced, or was to sync; none where it has no result at all.
    pub synced: Option<Synced>,
    /// Which repair in a row it was (`operation.sync.autoHealAttemptsCount`).
    pub self_heal_attempts: u32,
    /// When it ended; none while it runs.
    pub finished: Option<SystemTime>,
}

/// What an operation synced.
#[derive(Clone, Debug, PartialEq)]
pub struct Synced {
    /// The sources.
    pub sources: Vec<Source>,
    /// Their revisions; where it never came so far, those that it was asked for.
    pub revisions: Vec<String>,
    /// Whether it came so far.
    pub has_begun: bool,
}

impl Attempt {
    /// Whether it could not even begin, for a reason that passes: what never passes, as a source that cannot
    /// be rendered, is in nobody's way here, since nothing is OutOfSync then. Argo CD leaves such a one until
    /// somebody syncs by hand.
    pub(super) fn never_began(&self) -> bool {
        let has_begun = self.synced.as_ref().is_some_and(|synced| synced.has_begun);
        self.phase == OperationPhase::Error && !has_begun
    }

    /// Whether a sync now would be the same again. One that ended without any result counts, as in Argo CD; one that
    /// was of no revision, as a sync of local files, does not.
    pub(super) fn covers(&self, situation: &Situation<'_>) -> bool {
        let Some(synced) = &self.synced else {
            return self.phase.is_completed();
        };
        let same = synced.revisions == situation.revisions;
        (same || !situation.revisions_count) && same_sources(&synced.sources, situation.sources)
    }
}

fn same_sources(a: &[Source], b: &[Source]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| canonical(a) == canonical(b))
}

/// Blocks of which Argo CD writes empty fields differently from what people write.
const BLOCKS: &[&str] = &["directory", "helm", "kustomize"];
/// Fields in them whose values are the user's own, where empty ones mean something.
const FREE: &[&str] = &[
    "commonAnnotations",
    "commonLabels",
    "options",
    "valuesObject",
];

/// A source without what only looks different: a status that Argo CD has written lacks `recurse:
/// false`, and has `jsonnet: {}`.
fn canonical(source: &Source) -> Option<Value> {
    let mut value = serde_json::to_value(source).ok()?;
    for block in BLOCKS {
        if let Some(block) = value.get_mut(block) {
            drop_empty(block);
        }
    }
    Some(value)
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => map.retain(|key, value| {
            if FREE.contains(&key.as_str()) {
                return !value.is_null();
            }
            drop_empty(value);
            !is_empty(value)
        }),
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
