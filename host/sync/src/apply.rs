//! One step of a sync: prune, then apply kind by kind.

use std::collections::HashMap;

use futures::StreamExt;
use gantry_model::cluster::{ApplyOptions, DeleteOptions, Resource};
use gantry_model::{ClusterError, Gvk, Object, limits};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, timeout_at};

use crate::desired::{self, Wanted, is_crd};
use crate::identity::Key;
use crate::live::Live;
use crate::plan::{Plan, Step};
use crate::report::{Action, Row};
use crate::run::{FIELD_MANAGER, Prune, Sync, brings_namespace};
use crate::{annotations, mask, owned};

/// What a step did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) rows: Vec<Row>,
    /// The live objects behind rows, with their kinds.
    pub(crate) live: HashMap<Key, (Resource, Object)>,
}

/// One object after its turn.
struct Applied {
    row: Row,
    live: Option<(Resource, Object)>,
}

impl Sync<'_> {
    /// Runs one step. After a failure, the kinds that would follow are not reached.
    pub(crate) async fn take_step(&self, step: Step, live: &Live) -> Done {
        let mut done = Done::default();
        for object in step.prune {
            let row = self.prune(&object).await;
            self.observer.done(&row);
            done.rows.push(row);
        }
        let mut stopped = false;
        for group in step.apply {
            if stopped {
                done.rows.extend(
                    group
                        .iter()
                        .map(|w| Row::new(&w.object, Action::NotReached)),
                );
                continue;
            }
            let crds = group.iter().any(|wanted| is_crd(&wanted.object));
            let before = done.rows.len();
            self.apply_group(&group, live, &mut done).await;
            let rows = done.rows.get_mut(before..).unwrap_or_default();
            if crds && !self.options.dry_run {
                self.wait_established(rows, &mut done.live).await;
            }
            stopped = rows.iter().any(|row| row.action == Action::Failed);
        }
        done
    }

    async fn apply_group(&self, group: &[Wanted], live: &Live, done: &mut Done) {
        let applies = group.iter().enumerate().map(|(place, wanted)| async move {
            let applied = self.apply(wanted, live).await;
            self.observer.done(&applied.row);
            (place, applied)
        });
        let mut applies: Vec<(usize, Applied)> = futures::stream::iter(applies)
            .buffer_unordered(limits::APPLY_IN_FLIGHT_MAX)
            .collect()
            .await;
        applies.sort_unstable_by_key(|(place, _)| *place);
        for (_, applied) in applies {
            if let Some((resource, object)) = applied.live {
                done.live
                    .insert(Key::from(&applied.row.object), (resource, object));
            }
            done.rows.push(applied.row);
        }
    }

    async fn apply(&self, wanted: &Wanted, live: &Live) -> Applied {
        let object = &wanted.object;
        let key = Key::of(object);
        let found = live.get(&key);
        if let (Some(found), Some(resource)) = (found, &wanted.resource)
            && owned::is_in_sync(object, found, FIELD_MANAGER)
        {
            let live = Some((resource.clone(), found.clone()));
            return Applied {
                row: Row::new(object, Action::Unchanged),
                live,
            };
        }
        match self.ask(wanted, self.force(object)).await {
            Ok((resource, now)) => {
                let action = match found {
                    Some(found) if same(found, &now, self.options.dry_run) => Action::Unchanged,
                    None if !live.is_unread(&key) => Action::Created,
                    _ => Action::Configured,
                };
                Applied {
                    row: Row::new(object, action),
                    live: Some((resource, now)),
                }
            }
            // In a dry run, what the object needs may only be about to come.
            Err(ClusterError::UnknownKind(_) | ClusterError::NotFound(_))
                if self.options.dry_run =>
            {
                let message = "not checked: its namespace or its kind comes with this sync";
                Applied {
                    row: Row::new(object, Action::Created).message(message),
                    live: None,
                }
            }
            Err(error) => {
                let row = Row::new(object, Action::Failed).message(advise(&error));
                Applied { row, live: None }
            }
        }
    }

    /// Applies an object (asks by dry-run, where this sync is one): its kind, which a CRD of this
    /// sync may have brought, and the object as the server has it then.
    pub(crate) async fn ask(
        &self,
        wanted: &Wanted,
        force_conflicts: bool,
    ) -> Result<(Resource, Object), ClusterError> {
        let resource = match &wanted.resource {
            Some(resource) => resource.clone(),
            None => self.served(&wanted.object.gvk()).await?,
        };
        let now = self
            .send(&resource, &wanted.object, force_conflicts)
            .await?;
        Ok((resource, now))
    }

    /// A kind on the server, which must serve it.
    pub(crate) async fn served(&self, gvk: &Gvk) -> Result<Resource, ClusterError> {
        let resource = self.cluster.resource(gvk).await?;
        resource.ok_or_else(|| ClusterError::UnknownKind(gvk.clone()))
    }

    /// Argo CD's `ServerSideApply=true` takes fields over, as `kubectl --force-conflicts`.
    fn force(&self, object: &Object) -> bool {
        self.options.force_conflicts
            || annotations::option(object, "ServerSideApply") == Some("true")
    }

    async fn send(
        &self,
        resource: &Resource,
        object: &Object,
        force_conflicts: bool,
    ) -> Result<Object, ClusterError> {
        let options = ApplyOptions {
            field_manager: FIELD_MANAGER,
            force_conflicts,
            dry_run: self.options.dry_run,
            validate: true,
        };
        self.limiter
            .call(|| self.cluster.apply(resource, object, options))
            .await
    }

    /// Why an object that is no longer wanted stays, if it does.
    pub(crate) fn keeps(&self, object: &Object) -> Option<&'static str> {
        match (annotations::option(object, "Prune"), self.options.prune) {
            (Some("false"), _) => Some("kept by its sync option Prune=false"),
            (Some("confirm"), _) => {
                Some("kept by its sync option Prune=confirm: delete it by hand")
            }
            (_, Prune::Forbid) => Some("kept by the application's sync option Prune"),
            (_, Prune::Leave) => Some("--prune deletes it"),
            (_, Prune::Delete) => None,
        }
    }

    async fn prune(&self, object: &Object) -> Row {
        if let Some(why) = self.keeps(object) {
            let message = format!("no longer in Git; {why}");
            return Row::new(object, Action::NotPruned).message(message);
        }
        let reference = object.reference();
        let options = DeleteOptions {
            uid: object.uid(),
            propagation: self.options.propagation,
            dry_run: self.options.dry_run,
            grace_secs: None,
        };
        let delete = async {
            let resource = self.served(&reference.gvk).await?;
            let delete = || self.cluster.delete(&resource, &reference, options);
            self.limiter.call(delete).await
        };
        match delete.await {
            Ok(()) => Row::new(object, Action::Pruned),
            Err(error) => Row::new(object, Action::Failed).message(error.to_string()),
        }
    }

    /// Makes the destination's namespace, unless it is there or among the objects. False when
    /// that failed; then a row says so.
    pub(crate) async fn create_namespace(&self, plan: &Plan, rows: &mut Vec<Row>) -> bool {
        let name = self.target.namespace;
        if name.is_empty() || brings_namespace(plan, name) {
            return true;
        }
        let gvk = Gvk::parse("v1", "Namespace");
        let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let (Ok(namespace), Ok(resource)) = (Object::new(value, None), self.served(&gvk).await)
        else {
            return true;
        };
        let get = || self.cluster.get(&resource, "", name);
        if matches!(self.limiter.call(get).await, Ok(Some(_))) {
            return true;
        }
        let row = match self.send(&resource, &namespace, false).await {
            Ok(_) => Row::new(&namespace, Action::Created),
            Err(error) => Row::new(&namespace, Action::Failed).message(advise(&error)),
        };
        let made = row.action == Action::Created;
        rows.push(row);
        made
    }

    /// A CRD's kind can be used once the server says `Established`.
    async fn wait_established(
        &self,
        rows: &mut [Row],
        live: &mut HashMap<Key, (Resource, Object)>,
    ) {
        let deadline = Instant::now() + Duration::from_secs(limits::CRD_ESTABLISHED_TIMEOUT_SECS);
        for row in rows
            .iter_mut()
            .filter(|row| row.object.gvk.kind == "CustomResourceDefinition")
        {
            let Some((resource, object)) = live.get_mut(&Key::from(&row.object)) else {
                continue;
            };
            let name = row.object.name.clone();
            let poll = || tokio::time::sleep(Duration::from_millis(limits::CRD_POLL_MS));
            let established = async {
                while !is_established(object) {
                    poll().await;
                    if let Ok(Some(now)) = self.cluster.get(resource, "", &name).await {
                        *object = now;
                    }
                }
                // What the server lists lags a little behind.
                for gvk in desired::kinds_of(object) {
                    while !matches!(self.cluster.resource(&gvk).await, Ok(Some(_))) {
                        poll().await;
                    }
                }
            };
            if timeout_at(deadline, established).await.is_err() {
                let secs = limits::CRD_ESTABLISHED_TIMEOUT_SECS;
                row.action = Action::Failed;
                row.message = format!("applied, but its kind is not served after {secs} s");
            }
        }
    }
}

fn is_established(crd: &Object) -> bool {
    let conditions = crd
        .value()
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        condition.get("type") == Some(&json!("Established"))
            && condition.get("status") == Some(&json!("True"))
    })
}

/// Whether applying changed nothing. A dry run leaves no new version to compare by.
fn same(before: &Object, after: &Object, dry_run: bool) -> bool {
    if dry_run {
        mask::presentable(before.value()) == mask::presentable(after.value())
    } else {
        before.resource_version() == after.resource_version()
    }
}

/// The error, with what to do about those that users meet every day.
pub(crate) fn advise(error: &ClusterError) -> String {
    let text = error.to_string();
    match error {
        ClusterError::Conflict(_) => {
            format!("{text}; --force-conflicts (or ServerSideApply=true) takes the fields over")
        }
        ClusterError::NotFound(_) if text.contains("namespaces") => {
            format!(
                "{text}; the sync option CreateNamespace=true makes the destination's namespace"
            )
        }
        _ => text,
    }
}
