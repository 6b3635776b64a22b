//! Taking over objects that another tool has applied: its fields become ours, so that what is
//! removed from Git is removed from the cluster (`ClientSideApplyMigration`, `--take-over`).

use std::time::Duration;

use gantry_diff::managed::migrate;
use gantry_model::cluster::{FieldConflict, PatchKind, Resource, WriteOptions};
use gantry_model::{ClusterError, Object, limits};
use serde_json::Value;

use crate::annotations;
use crate::run::{FIELD_MANAGER, Sync};

impl Sync<'_> {
    /// Whether an object has fields of managers that are taken over, or of ours from a replace: those
    /// would stand in the way of an apply as any other manager's do.
    pub(crate) fn takes_over(&self, wanted: &Object, found: &Object) -> bool {
        let former = self.former(wanted);
        let entries = found.value().pointer("/metadata/managedFields");
        let mut entries = entries.and_then(Value::as_array).into_iter().flatten();
        entries.any(|entry| {
            let text = |field| entry.get(field).and_then(Value::as_str).unwrap_or_default();
            let manager = text("manager");
            let replaced = manager == FIELD_MANAGER && text("operation") == "Update";
            text("subresource").is_empty() && (replaced || former.contains(&manager))
        })
    }

    /// Whether all that stands in the way of an apply belongs to managers that are taken over.
    pub(crate) fn may_take(&self, wanted: &Object, conflicts: &[FieldConflict]) -> bool {
        let former = self.former(wanted);
        let theirs = |conflict: &FieldConflict| {
            conflict.manager == FIELD_MANAGER || former.contains(&conflict.manager.as_str())
        };
        !conflicts.is_empty() && conflicts.iter().all(theirs)
    }

    /// The managers whose fields of an object become ours.
    fn former(&self, wanted: &Object) -> Vec<&str> {
        let by_server = annotations::option(wanted, "ServerSideApply") == Some("true");
        let migrated = self.options.migrate.as_ref().filter(|_| by_server);
        let named = self.options.take_over.iter().chain(migrated);
        named
            .map(String::as_str)
            .filter(|former| *former != FIELD_MANAGER)
            .collect()
    }

    /// Makes the fields of such managers ours; the object as it is then.
    pub(crate) async fn take_over(
        &self,
        resource: &Resource,
        wanted: &Object,
        found: &Object,
    ) -> Result<Object, ClusterError> {
        let mut found = found.clone();
        let former = self.former(wanted);
        let options = WriteOptions {
            field_manager: FIELD_MANAGER,
            dry_run: false,
            validate: true,
        };
        let reference = found.reference();
        let mut last = None;
        for retry in 0..limits::MODIFY_TRIES_MAX {
            let Some(patch) = migrate(found.value(), &former, FIELD_MANAGER) else {
                return Ok(found);
            };
            let patch = || {
                self.cluster
                    .patch(resource, &reference, PatchKind::Json, &patch, options)
            };
            match self.limiter.call(patch).await {
                Ok(taken) => return Ok(taken),
                // Somebody wrote to it meanwhile.
                Err(error @ ClusterError::Modified { .. }) => last = Some(error),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(pause_before(retry)).await;
            let get = || {
                self.cluster
                    .get(resource, &reference.namespace, &reference.name)
            };
            match self.limiter.call(get).await? {
                Some(now) => found = now,
                None => return Err(ClusterError::NotFound(reference.to_string())),
            }
        }
        last.map_or(Ok(found), Err)
    }
}

/// Before an object is read once more that somebody else writes to.
pub(crate) fn pause_before(retry: u32) -> Duration {
    Duration::from_millis(limits::MODIFY_PAUSE_MS.saturating_mul(1 << retry.min(10)))
}
