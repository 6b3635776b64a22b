//! One sync from end to end.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use gantry_model::cluster::{Propagation, Resource};
use gantry_model::{Cluster, ClusterError, Gvk, Object, limits};
use tokio::time::Instant;

use crate::desired::Desired;
use crate::identity::Key;
use crate::judge::Judge;
use crate::limiter::Limiter;
use crate::live::Live;
use crate::plan::{Plan, Step, plan};
use crate::report::{Action, Report, Row};

/// The name under which fields are owned.
pub const FIELD_MANAGER: &str = "gantry";

/// Which application goes where.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The application's name, as the tracking annotation has it.
    pub application: &'a str,
    /// The namespace of objects that have none.
    pub namespace: &'a str,
}

/// What happens to objects that are no longer wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// They stay, since nobody asked for more.
    #[default]
    Leave,
    /// They are deleted.
    Delete,
    /// They stay, since the application's sync options say so.
    Forbid,
}

/// How to sync.
#[derive(Clone, Debug)]
pub struct Options {
    /// What happens to what is no longer wanted.
    pub prune: Prune,
    /// Ask the server what would happen, change nothing.
    pub dry_run: bool,
    /// Take over fields that other managers own.
    pub force_conflicts: bool,
    /// Make the destination's namespace when it does not exist.
    pub create_namespace: bool,
    /// Wait until all is healthy.
    pub wait: bool,
    /// Time for everything, the wait for health included.
    pub timeout: Duration,
    /// What happens to the dependents of what is pruned.
    pub propagation: Propagation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prune: Prune::Leave,
            dry_run: false,
            force_conflicts: false,
            create_namespace: false,
            wait: true,
            timeout: Duration::from_secs(limits::SYNC_TIMEOUT_SECS),
            propagation: Propagation::Foreground,
        }
    }
}

/// Hears how far a sync is.
pub trait Observer: Send + std::marker::Sync {
    /// So many objects will be applied or pruned.
    fn planned(&self, _objects: usize) {}
    /// One object is done.
    fn done(&self, _row: &Row) {}
    /// So many of so many objects are healthy; one of the others, with its message.
    fn waiting(&self, _healthy: usize, _all: usize, _next: &str) {}
}

impl Observer for () {}

/// One application's sync to one cluster.
pub struct Sync<'a> {
    /// Where to.
    pub cluster: &'a dyn Cluster,
    /// Requests in flight on that cluster, shared by all syncs to it.
    pub limiter: Arc<Limiter>,
    /// Who judges health.
    pub judge: &'a dyn Judge,
    /// Who hears of the progress.
    pub observer: &'a dyn Observer,
    /// Which application.
    pub target: Target<'a>,
    /// How.
    pub options: Options,
}

impl Sync<'_> {
    /// Applies the objects, prunes what is left over, waits for health.
    ///
    /// # Errors
    /// Only where the cluster cannot be asked at all; then nothing was changed. Everything else
    /// is told in the report, object by object.
    pub async fn run(&self, objects: Vec<Object>) -> Result<Report, ClusterError> {
        let deadline = Instant::now() + self.options.timeout;
        let (desired, live, leftover) = self.look(objects).await?;
        let Desired {
            wanted,
            mut rows,
            mut warnings,
        } = desired;
        warnings.extend(leftover.warnings);
        let plan = plan(wanted, leftover.objects);
        self.observer.planned(plan.steps.iter().map(count).sum());
        // What cannot be applied at all keeps the rest from being applied by halves.
        let mut stopped = rows.iter().any(|row| row.action == Action::Failed);
        if !stopped && self.options.create_namespace {
            stopped = !self.create_namespace(&plan, &mut rows).await;
        }
        let last = plan.steps.len().saturating_sub(1);
        for (index, step) in plan.steps.into_iter().enumerate() {
            if stopped {
                rows.extend(not_reached(step));
                continue;
            }
            let mut done = self.take_step(step, &live).await;
            stopped = done.rows.iter().any(|row| row.action == Action::Failed);
            let wait = index < last || self.options.wait;
            let healthy = self.settle(&mut done, wait && !stopped, deadline).await;
            // A dry run leaves the health as it was, which says nothing about the next wave.
            stopped |= index < last && !healthy && !self.options.dry_run;
            rows.extend(done.rows);
        }
        Ok(Report::new(rows, warnings, &self.options))
    }

    /// What is wanted, what is there, and what is left over.
    pub(crate) async fn look(
        &self,
        objects: Vec<Object>,
    ) -> Result<(Desired, Live, Leftover), ClusterError> {
        let kinds = self.kinds(&objects).await?;
        let desired = Desired::new(objects, &self.target, &kinds);
        let (live, leftover) =
            futures::join!(self.read_live(&desired.wanted), self.search(&desired));
        Ok((desired, live, leftover))
    }

    async fn kinds(
        &self,
        objects: &[Object],
    ) -> Result<HashMap<Gvk, Option<Resource>>, ClusterError> {
        // One read of what the server serves, whatever is asked for: it says whether the cluster
        // can be reached.
        self.cluster.resources().await?;
        let gvks: HashSet<Gvk> = objects.iter().map(Object::gvk).collect();
        let mut kinds = HashMap::with_capacity(gvks.len());
        for gvk in gvks {
            let resource = self.cluster.resource(&gvk).await?;
            kinds.insert(gvk, resource);
        }
        Ok(kinds)
    }
}

/// Objects of the application that are not wanted any more.
#[derive(Default)]
pub(crate) struct Leftover {
    pub(crate) objects: Vec<Object>,
    pub(crate) warnings: Vec<gantry_model::Diagnostic>,
}

fn count(step: &Step) -> usize {
    step.prune.len() + step.apply.iter().map(Vec::len).sum::<usize>()
}

fn not_reached(step: Step) -> Vec<Row> {
    let prunes = step
        .prune
        .iter()
        .map(|object| Row::new(object, Action::NotReached));
    let applies = step.apply.iter().flatten();
    prunes
        .chain(applies.map(|w| Row::new(&w.object, Action::NotReached)))
        .collect()
}

/// Every namespace that an application uses.
pub(crate) fn namespaces(desired: &Desired, target: &Target<'_>) -> BTreeSet<String> {
    let own = desired
        .wanted
        .iter()
        .map(|wanted| wanted.object.namespace());
    own.chain([target.namespace])
        .filter(|n| !n.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether an object will exist once a plan's objects are applied.
pub(crate) fn brings_namespace(plan: &Plan, name: &str) -> bool {
    let key = Key {
        group: String::new(),
        kind: "Namespace".into(),
        namespace: String::new(),
        name: name.into(),
    };
    let applies = plan
        .steps
        .iter()
        .flat_map(|step| step.apply.iter().flatten());
    applies
        .into_iter()
        .any(|wanted| Key::of(&wanted.object) == key)
}
