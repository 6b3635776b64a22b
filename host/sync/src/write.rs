//! How one object is sent, and what is told of a refusal.

use gantry_diff::managed;
use gantry_model::cluster::{ApplyOptions, Resource, WriteOptions};
use gantry_model::{ClusterError, Gvk, Object, limits};
use serde_json::Value;
use tokio::time::Instant;

use crate::desired::{Wanted, is_crd};
use crate::run::{FIELD_MANAGER, Sync};
use crate::settings::Settings;
use crate::undeclared::without_undeclared;

/// What a write would do to an object.
#[derive(Debug)]
pub(crate) enum Foreseen {
    /// Nothing at all.
    Same,
    /// It would change only what does not count: who owns a field, or what is ignored.
    Alike,
    /// It would make this of what is there.
    Changed {
        /// What was there when the server was asked, where it is no longer what was read before.
        live: Option<Box<Object>>,
        /// What it would be.
        after: Box<Object>,
    },
}

impl Foreseen {
    fn changed(after: Object) -> Self {
        Self::Changed {
            live: None,
            after: Box::new(after),
        }
    }

    /// The same, seen from a newer live object.
    fn of(self, live: Option<Object>) -> Self {
        match self {
            Self::Changed { after, .. } => Self::Changed {
                live: live.map(Box::new),
                after,
            },
            other => other,
        }
    }
}

impl Sync<'_> {
    /// Sends an object as its sync options say, or asks by dry-run what that would do: its kind,
    /// which a CRD of this sync may have brought, and the object as the server has it then. `found`
    /// is what is there.
    pub(crate) async fn write(
        &self,
        wanted: &Wanted,
        found: Option<&Object>,
        dry_run: bool,
    ) -> Result<(Resource, Object), ClusterError> {
        let settings = self.settings(wanted);
        self.write_as(settings, wanted, found, dry_run).await
    }

    /// The same with other settings.
    pub(crate) async fn write_as(
        &self,
        settings: Settings,
        wanted: &Wanted,
        found: Option<&Object>,
        dry_run: bool,
    ) -> Result<(Resource, Object), ClusterError> {
        let resource = match &wanted.resource {
            Some(resource) => resource.clone(),
            None => self.served(&wanted.object.gvk()).await?,
        };
        let object = &wanted.object;
        let taken;
        let found = match found {
            Some(found) if !dry_run && self.takes_over(object, found) => {
                taken = self.take_over(&resource, object, found).await?;
                Some(&taken)
            }
            other => other,
        };
        let written = match (settings.replace, found) {
            (true, Some(found)) if settings.force && !is_precious(object) => {
                self.recreate(&resource, object, found, dry_run).await
            }
            (true, Some(found)) => match self.replace(&resource, object, found, dry_run).await {
                Ok(_) if !dry_run => self.claim(&resource, object, settings).await,
                other => other,
            },
            (false, Some(found)) if settings.force && !is_precious(object) => {
                let sent = self.apply_object(&resource, wanted, Some(found), settings, dry_run);
                match sent.await {
                    // A field that cannot be changed, as far as the server tells.
                    Err(ClusterError::Invalid(_)) => {
                        self.recreate(&resource, object, found, dry_run).await
                    }
                    other => other,
                }
            }
            (_, found) => {
                let sent = self.apply_object(&resource, wanted, found, settings, dry_run);
                sent.await
            }
        };
        Ok((resource, written?))
    }

    /// Applies what was written as a whole: only that records which fields are ours to remove.
    pub(crate) async fn claim(
        &self,
        resource: &Resource,
        object: &Object,
        settings: Settings,
    ) -> Result<Object, ClusterError> {
        let now = self.send(resource, object, settings, false).await?;
        if !self.takes_over(object, &now) {
            return Ok(now);
        }
        match self.take_over(resource, object, &now).await {
            // It is what Git has; a controller writes to it faster than the record of whose fields they
            // are. The next sync finds that still to do.
            Err(ClusterError::Modified { .. }) => Ok(now),
            taken => taken,
        }
    }

    /// What writing an object would make of it. Where somebody wrote to it since it was read, a
    /// controller say, that is no change of ours: it is read again.
    pub(crate) async fn foresee(
        &self,
        settings: Settings,
        wanted: &Wanted,
        found: Option<&Object>,
    ) -> Result<Foreseen, ClusterError> {
        let mut now: Option<Object> = None;
        for _ in 1..limits::MODIFY_TRIES_MAX {
            let before = now.as_ref().or(found);
            let foreseen = self.foresee_once(settings, wanted, before).await?;
            let (Foreseen::Changed { after, .. }, Some(before)) = (&foreseen, before) else {
                return Ok(foreseen);
            };
            let asked_of = after.resource_version();
            if asked_of.is_empty() || asked_of == before.resource_version() {
                return Ok(foreseen.of(now));
            }
            let object = &wanted.object;
            let resource = self.served(&object.gvk()).await?;
            let get = || {
                self.cluster
                    .get(&resource, object.namespace(), object.name())
            };
            match self.limiter.call(get).await? {
                Some(newer) => now = Some(newer),
                None => return Ok(foreseen.of(now)),
            }
        }
        let foreseen = self.foresee_once(settings, wanted, now.as_ref().or(found));
        Ok(foreseen.await?.of(now))
    }

    /// Whether it would stay as it is, is asked by apply in any case: what controllers add to an object
    /// does not make it differ.
    async fn foresee_once(
        &self,
        settings: Settings,
        wanted: &Wanted,
        found: Option<&Object>,
    ) -> Result<Foreseen, ClusterError> {
        let object = &wanted.object;
        if settings.replace && found.is_some() {
            let apply = Settings {
                replace: false,
                force: false,
                force_conflicts: true,
                ..settings
            };
            let applied = self.write_as(apply, wanted, found, true).await;
            if let Ok((_, after)) = applied {
                let foreseen = self.judge_change(object, found, after);
                if !matches!(foreseen, Foreseen::Changed { .. }) {
                    return Ok(foreseen);
                }
            }
        }
        let (_, after) = self.write_as(settings, wanted, found, true).await?;
        Ok(self.judge_change(object, found, after))
    }

    /// How much of a change it is from what is there to what would be.
    fn judge_change(&self, wanted: &Object, found: Option<&Object>, after: Object) -> Foreseen {
        let Some(found) = found else {
            return Foreseen::changed(after);
        };
        if same(found, &after, true) {
            if gantry_diff::same_claim(found, &after, FIELD_MANAGER)
                && !self.takes_over(wanted, found)
            {
                return Foreseen::Same;
            }
            return Foreseen::Alike;
        }
        // Where nothing of ours would change, a webhook changes what is its own.
        if !self.options.include_mutation_webhook && self.foresee_alone(wanted, found).is_none() {
            return Foreseen::Alike;
        }
        if self.ignore.is_empty() {
            return Foreseen::changed(after);
        }
        let verdict = gantry_diff::compare_predicted(found.value(), after.value(), self.ignore);
        for warning in verdict.warnings {
            tracing::warn!(object = %found.reference(), "{warning}");
        }
        if verdict.modified {
            Foreseen::changed(after)
        } else {
            Foreseen::Alike
        }
    }

    /// What an apply would make of an object, as far as can be said without the server; none where
    /// it would stay.
    pub(crate) fn foresee_alone(&self, wanted: &Object, found: &Object) -> Option<Value> {
        let live = found.value();
        let ours = |entry: &managed::Entry| entry.is_apply_of(FIELD_MANAGER);
        let is_ours = managed::entries(live).iter().any(ours);
        let options = gantry_diff::Options {
            manager: is_ours.then_some(FIELD_MANAGER),
            ..gantry_diff::Options::default()
        };
        let wanted = wanted.value();
        let verdict = gantry_diff::compare(Some(live), Some(wanted), self.ignore, options);
        verdict.predicted.filter(|_| verdict.modified)
    }

    /// A kind on the server, which must serve it.
    pub(crate) async fn served(&self, gvk: &Gvk) -> Result<Resource, ClusterError> {
        let resource = self.cluster.resource(gvk).await?;
        resource.ok_or_else(|| ClusterError::UnknownKind(gvk.clone()))
    }

    /// Server-side apply.
    pub(crate) async fn send(
        &self,
        resource: &Resource,
        object: &Object,
        settings: Settings,
        dry_run: bool,
    ) -> Result<Object, ClusterError> {
        let options = ApplyOptions {
            field_manager: FIELD_MANAGER,
            force_conflicts: settings.force_conflicts,
            dry_run,
            validate: settings.validate,
        };
        let apply = |object, options| {
            self.limiter
                .call(move || self.cluster.apply(resource, object, options))
        };
        match apply(object, options).await {
            // Their fields become ours before they are applied; a dry run cannot foresee that.
            Err(ClusterError::Conflict(conflicts)) if self.may_take(object, &conflicts) => {
                let forced = ApplyOptions {
                    force_conflicts: true,
                    ..options
                };
                apply(object, forced).await
            }
            Err(ClusterError::Invalid(refusal)) if !settings.validate => {
                match without_undeclared(object, &refusal) {
                    Some(rest) => apply(&rest, options).await,
                    None => Err(ClusterError::Invalid(refusal)),
                }
            }
            other => other,
        }
    }

    /// `kubectl replace`: the whole object, whatever others have written to it.
    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        found: &Object,
        dry_run: bool,
    ) -> Result<Object, ClusterError> {
        let mut whole = object.clone();
        let mut version = found.resource_version().to_owned();
        let options = self.write_options(dry_run);
        loop {
            whole.set_resource_version(&version);
            let replace = || self.cluster.replace(resource, &whole, options);
            match self.limiter.call(replace).await {
                // Somebody wrote to it since it was read: a controller, its status.
                Err(error @ ClusterError::Modified { .. }) => {
                    let get = || {
                        self.cluster
                            .get(resource, object.namespace(), object.name())
                    };
                    let now = self.limiter.call(get).await?;
                    let Some(now) = now.filter(|now| now.resource_version() != version) else {
                        return Err(error);
                    };
                    now.resource_version().clone_into(&mut version);
                }
                other => return other,
            }
        }
    }

    /// `kubectl replace --force`: deletes the object, waits until it is gone, makes it anew.
    async fn recreate(
        &self,
        resource: &Resource,
        object: &Object,
        found: &Object,
        dry_run: bool,
    ) -> Result<Object, ClusterError> {
        let options = self.write_options(dry_run);
        if dry_run {
            let create = || self.cluster.create(resource, object, options);
            return match self.limiter.call(create).await {
                // The server looks whether it is there last of all.
                Err(ClusterError::AlreadyExists { .. }) => Ok(object.clone()),
                other => other,
            };
        }
        self.delete(found).await?;
        let deadline = Instant::now() + self.options.timeout;
        self.until_gone(resource, &object.reference(), found.uid(), deadline)
            .await
            .map_err(ClusterError::Other)?;
        let settings = Settings {
            force_conflicts: true,
            ..Settings::default()
        };
        self.send(resource, object, settings, false).await
    }

    pub(crate) fn write_options(&self, dry_run: bool) -> WriteOptions<'static> {
        WriteOptions {
            field_manager: FIELD_MANAGER,
            dry_run,
            validate: self.options.validate,
        }
    }
}

/// What is never deleted to be made anew: that would take all that is in it along
/// (`sync_context.go`, `applyObject`).
fn is_precious(object: &Object) -> bool {
    is_crd(object) || object.kind() == "Namespace"
}

/// Whether applying changed nothing. A dry run leaves no new version to compare by.
pub(crate) fn same(before: &Object, after: &Object, dry_run: bool) -> bool {
    if dry_run {
        gantry_diff::mask::presentable(before.value())
            == gantry_diff::mask::presentable(after.value())
    } else {
        before.resource_version() == after.resource_version()
    }
}

/// The error, with what to do about those that users meet every day.
pub(crate) fn advise(error: &ClusterError) -> String {
    let text = error.to_string();
    match error {
        ClusterError::Conflict(conflicts) => {
            let force = "--force-conflicts (or ServerSideApply=true) takes the fields over";
            let mut former: Vec<&str> = conflicts.iter().map(|c| c.manager.as_str()).collect();
            former.retain(|manager| managed::FORMER_MANAGERS.contains(manager));
            former.sort_unstable();
            former.dedup();
            if former.is_empty() {
                format!("{text}; {force}")
            } else {
                let former = former.join(",");
                format!("{text}; {force}, --take-over {former} all that it has applied")
            }
        }
        ClusterError::NotFound(_) if text.contains("namespaces") => {
            format!(
                "{text}; the sync option CreateNamespace=true makes the destination's namespace"
            )
        }
        _ => text,
    }
}
