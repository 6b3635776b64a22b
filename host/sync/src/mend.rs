//! Applying where somebody has changed an object so that the manifest no longer fits beside it: the
//! number of a port, say, which is the key of its list, so that an apply would add a second port of
//! the same name.

use gantry_diff::{Mended, without_refused};
use gantry_model::cluster::{FieldConflict, Resource};
use gantry_model::{ClusterError, Object, limits};

use crate::desired::Wanted;
use crate::run::{FIELD_MANAGER, Sync};
use crate::settings::Settings;
use crate::takeover::pause_before;

impl Sync<'_> {
    /// Server-side apply; where the server refuses what comes of it because of what is there beside
    /// the manifest, without that. `found` is what is there.
    pub(crate) async fn apply_object(
        &self,
        resource: &Resource,
        wanted: &Wanted,
        found: Option<&Object>,
        settings: Settings,
        dry_run: bool,
    ) -> Result<Object, ClusterError> {
        let object = &wanted.object;
        match (
            self.send(resource, object, settings, dry_run).await,
            found.filter(|_| !wanted.hook),
        ) {
            (Err(ClusterError::Invalid(refusal)), Some(found)) => {
                let mended = self.mend(resource, object, found, settings, &refusal, dry_run);
                match mended.await? {
                    Some(_) if !dry_run => self.claim(resource, object, settings).await,
                    Some(after) => Ok(after),
                    None => Err(ClusterError::Invalid(refusal)),
                }
            }
            (sent, _) => sent,
        }
    }

    /// Writes an object as a whole without what stands in the way; none where nothing does, or the
    /// server refuses that as well.
    async fn mend(
        &self,
        resource: &Resource,
        object: &Object,
        found: &Object,
        settings: Settings,
        refusal: &str,
        dry_run: bool,
    ) -> Result<Option<Object>, ClusterError> {
        let options = self.write_options(dry_run);
        let mut found = found.clone();
        for retry in 0..limits::MODIFY_TRIES_MAX {
            let (live, own) = (found.value(), object.value());
            let Some(mended) = without_refused(live, own, FIELD_MANAGER, refusal) else {
                return Ok(None);
            };
            self.may_remove(object, settings, &mended)?;
            let Ok(whole) = Object::new(mended.object, None) else {
                return Ok(None);
            };
            let replace = || self.cluster.replace(resource, &whole, options);
            match self.limiter.call(replace).await {
                Ok(after) => return Ok(Some(after)),
                Err(ClusterError::Invalid(_)) => return Ok(None),
                // Somebody wrote to it since it was read.
                Err(ClusterError::Modified { .. }) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(pause_before(retry)).await;
            let get = || {
                self.cluster
                    .get(resource, object.namespace(), object.name())
            };
            match self.limiter.call(get).await? {
                Some(now) => found = now,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What belongs to somebody else goes only where their fields are taken over.
    fn may_remove(
        &self,
        object: &Object,
        settings: Settings,
        mended: &Mended,
    ) -> Result<(), ClusterError> {
        let owned = mended.removed.iter().flat_map(|(path, owners)| {
            let field: String = path.iter().map(ToString::to_string).collect();
            owners.iter().map(move |owner| FieldConflict {
                manager: owner.manager.clone(),
                field: field.clone(),
            })
        });
        let conflicts: Vec<FieldConflict> = owned.collect();
        if conflicts.is_empty() || settings.force_conflicts || self.may_take(object, &conflicts) {
            return Ok(());
        }
        Err(ClusterError::Conflict(conflicts))
    }
}
