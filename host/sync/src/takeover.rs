//! Taking over objects that another tool has applied: its fields become ours, so that what is
//! removed from Git is removed from the cluster (`ClientSideApplyMigration`, `--take-over`).

use gantry_diff::managed::{self, migrate};
use gantry_model::cluster::{FieldConflict, PatchKind, Resource, WriteOptions};
use gantry_model::{ClusterError, Object, limits};

use crate::run::{FIELD_MANAGER, Sync};

impl Sync<'_> {
    /// Whether an object has fields of managers that are taken over.
    pub(crate) fn takes_over(&self, found: &Object) -> bool {
        let theirs = |entry: &managed::Entry| {
            entry.owner.subresource.is_empty() && self.takes_from(&entry.owner.manager)
        };
        !self.options.take_over.is_empty() && managed::entries(found.value()).iter().any(theirs)
    }

    /// Whether all that stands in the way of an apply belongs to managers that are taken over.
    pub(crate) fn may_take(&self, conflicts: &[FieldConflict]) -> bool {
        let theirs = |conflict: &FieldConflict| self.takes_from(&conflict.manager);
        !conflicts.is_empty() && conflicts.iter().all(theirs)
    }

    fn takes_from(&self, manager: &str) -> bool {
        let mut named = self.options.take_over.iter();
        manager != FIELD_MANAGER && named.any(|former| former == manager)
    }

    /// Makes the fields of such managers ours; the object as it is then.
    pub(crate) async fn take_over(
        &self,
        resource: &Resource,
        found: &Object,
    ) -> Result<Object, ClusterError> {
        let mut found = found.clone();
        let former: Vec<&str> = self.options.take_over.iter().map(String::as_str).collect();
        let options = WriteOptions {
            field_manager: FIELD_MANAGER,
            dry_run: false,
            validate: true,
        };
        let reference = found.reference();
        let mut last = None;
        for _ in 0..limits::MODIFY_TRIES_MAX {
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
