//! The task of a replica that shares: enters, keeps its lease, looks at the others, takes and gives away.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use gantry_model::ClusterError;
use gantry_model::limits::{LEASE_CLAIMS_CHECK_MS, LEASE_CLAIMS_IN_FLIGHT_MAX, LEASE_POLL_MS};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::assign::assign;
use super::fence::{Fence, Moment};
use super::lease::{Claim, Leases, Replica};
use super::observed::Observed;
use super::renew::renew;
use super::table::{Step, Table};

/// All that the task works with.
pub(super) struct Keeper {
    pub(super) leases: Leases,
    pub(super) id: String,
    pub(super) fence: Arc<Fence>,
    pub(super) clusters: watch::Receiver<BTreeSet<String>>,
    pub(super) stopped: mpsc::UnboundedReceiver<String>,
    pub(super) closing: CancellationToken,
    pub(super) members: Arc<Mutex<BTreeSet<String>>>,
    pub(super) mind: Mind,
}

/// What it knows.
#[derive(Default)]
pub(super) struct Mind {
    table: Table,
    observed: Observed,
    /// When the claims were last compared.
    checked: Option<Instant>,
    share: Share,
}

/// What was computed last, and from what.
#[derive(Default)]
struct Share {
    members: BTreeSet<String>,
    clusters: BTreeSet<String>,
    ours: BTreeSet<String>,
}

impl Keeper {
    /// Runs until it is closed.
    pub(super) async fn run(mut self) {
        while !self.closing.is_cancelled() {
            let identity = identity(&self.id);
            if !self.enter(&identity).await {
                self.pause().await;
                continue;
            }
            let (leases, fence) = (self.leases.clone(), Arc::clone(&self.fence));
            let lost = tokio::select! {
                reason = renew(&leases, &fence, &identity) => Some(reason),
                () = self.rounds(&identity) => None,
            };
            self.fence.end();
            match lost {
                None => self.go(&identity).await,
                Some(reason) => self.mourn(&identity, &reason),
            }
        }
    }

    /// Takes the lease away after all was given away.
    async fn go(&self, identity: &str) {
        if let Err(error) = self.leases.remove(identity, "").await {
            tracing::debug!(replica = identity, %error, "a lease was not deleted");
        }
    }

    /// Gives up an identity: what is under way for it may still be carried out, so that it is never used again.
    /// Its lease stays, as the others count from its last change.
    fn mourn(&mut self, identity: &str, reason: &str) {
        tracing::error!(
            replica = identity,
            reason,
            "the lease is lost: all work stops"
        );
        self.mind.table.void();
        self.mind.observed.bury(identity);
        self.mind.checked = None;
    }

    /// Makes the lease of a new identity.
    async fn enter(&mut self, identity: &str) -> bool {
        let sent = Moment::now();
        match self.leases.enter(identity, &self.id).await {
            Ok(()) => self.fence.renewed(sent, true),
            Err(error) => {
                tracing::warn!(replica = identity, %error, "no lease: this replica has no clusters");
                false
            }
        }
    }

    /// Looks and acts, again and again, until all is given away.
    async fn rounds(&mut self, identity: &str) {
        let mut has_left = false;
        loop {
            let is_closing = self.closing.is_cancelled();
            if is_closing && !has_left {
                let left = self.leases.leave(identity).await;
                has_left = left.is_ok();
            }
            while let Ok(cluster) = self.stopped.try_recv() {
                self.mind.table.stopped(&cluster);
            }
            if let Err(error) = self.round(identity, is_closing).await {
                tracing::debug!(replica = identity, %error, "the leases could not be looked at");
            }
            if is_closing && self.mind.table.is_empty() {
                return;
            }
            self.pause().await;
        }
    }

    /// Waits until it is time to look again.
    async fn pause(&mut self) {
        let is_closing = self.closing.is_cancelled();
        tokio::select! {
            () = sleep(Duration::from_millis(LEASE_POLL_MS)) => {}
            Some(cluster) = self.stopped.recv() => self.mind.table.stopped(&cluster),
            Ok(()) = self.clusters.changed(), if !is_closing => {}
            () = self.closing.cancelled(), if !is_closing => {}
        }
    }

    async fn round(&mut self, identity: &str, is_closing: bool) -> Result<(), ClusterError> {
        if is_closing {
            self.aim(&BTreeSet::new());
        }
        self.take_steps(self.mind.table.releases(), identity).await;
        let begun = Instant::now();
        let replicas = self.leases.replicas().await?;
        self.mind.observed.see(&replicas, begun);
        let wanted = if is_closing {
            BTreeSet::new()
        } else {
            self.wanted(&replicas, identity)
        };
        self.aim(&wanted);
        let check = Duration::from_millis(LEASE_CLAIMS_CHECK_MS);
        let is_due = self.mind.checked.is_none_or(|at| begun - at >= check);
        if !is_due && !self.mind.table.lacks_any(&wanted) {
            return Ok(());
        }
        let claims = self.leases.claims().await?;
        self.mind.checked = Some(begun);
        self.compare(&claims, identity);
        let Mind {
            table, observed, ..
        } = &self.mind;
        let steps = table.steps(&wanted, &claims, identity, observed);
        self.take_steps(steps, identity).await;
        self.tidy(&replicas).await;
        Ok(())
    }

    /// The clusters that are to be this replica's, as far as it knows the others.
    fn wanted(&mut self, replicas: &[Replica], identity: &str) -> BTreeSet<String> {
        let others = replicas.iter().filter(|replica| {
            let is_dead = self.mind.observed.is_dead(&replica.identity);
            replica.identity != identity && !replica.is_leaving && !is_dead
        });
        let mut members: BTreeSet<String> = others.map(|replica| replica.id.clone()).collect();
        members.insert(self.id.clone());
        let clusters = self.clusters.borrow();
        let share = &mut self.mind.share;
        if share.members != members || share.clusters != *clusters {
            let assigned = assign(&clusters, &members);
            let ours = assigned.iter().filter(|(_, id)| **id == self.id);
            share.ours = ours.map(|(cluster, _)| (*cluster).to_owned()).collect();
            share.clusters.clone_from(&clusters);
            share.members.clone_from(&members);
            *self.members.lock().unwrap_or_else(PoisonError::into_inner) = members;
        }
        share.ours.clone()
    }

    fn aim(&mut self, wanted: &BTreeSet<String>) {
        for cluster in self.mind.table.aim(wanted) {
            tracing::info!(cluster, "the cluster goes to another replica");
            self.fence.stop(&cluster);
        }
    }

    fn compare(&mut self, claims: &[Claim], identity: &str) {
        let holders = claims.iter().map(|claim| claim.holder.clone());
        let holders = holders.filter(|holder| !holder.is_empty()).collect();
        self.mind.observed.set_holders(holders);
        for cluster in self.mind.table.robbed(claims, identity) {
            tracing::error!(cluster, "the claim was changed by hand: work on it stops");
            self.fence.void(&cluster);
        }
    }

    async fn take_steps(&mut self, steps: Vec<Step>, identity: &str) {
        let leases = self.leases.clone();
        let answers = futures::stream::iter(steps).map(|step| {
            let leases = &leases;
            async move {
                let answer = match &step {
                    Step::Take(cluster, claim) => {
                        leases.take(cluster, claim.as_ref(), identity).await
                    }
                    Step::Release(claim) => leases.release(claim).await,
                };
                (step, answer)
            }
        });
        let mut answers = answers.buffer_unordered(LEASE_CLAIMS_IN_FLIGHT_MAX);
        while let Some((step, answer)) = answers.next().await {
            match (step, answer) {
                (Step::Take(cluster, _), Ok(claim)) => {
                    tracing::info!(cluster, "the cluster is this replica's");
                    self.mind.table.took(claim);
                    self.fence.begin(&cluster);
                }
                (Step::Release(claim), Ok(_)) => self.mind.table.forget(&claim.cluster),
                (Step::Take(cluster, _), Err(error)) => {
                    tracing::debug!(cluster, %error, "the cluster could not be taken");
                }
                (Step::Release(claim), Err(error)) => {
                    let cluster = claim.cluster;
                    tracing::debug!(cluster, %error, "the cluster could not be given away");
                    if !is_open(&error) {
                        self.mind.table.forget(&cluster);
                        // If it is still ours, the claims tell.
                        self.mind.checked = None;
                    }
                }
            }
        }
    }

    /// Deletes leases of replicas that are gone for long.
    async fn tidy(&self, replicas: &[Replica]) {
        let now = Instant::now();
        for replica in replicas {
            if !self.mind.observed.is_litter(&replica.identity, now) {
                continue;
            }
            let removed = self.leases.remove(&replica.identity, &replica.uid).await;
            if let Err(error) = removed {
                tracing::debug!(replica = replica.identity, %error, "a lease was not deleted");
            }
        }
    }
}

/// Whether the same request may still succeed.
fn is_open(error: &ClusterError) -> bool {
    error.is_transient() || matches!(error, ClusterError::Unreachable { .. })
}

/// A name that nobody had before. The keys of hash maps come from the system's random source.
fn identity(id: &str) -> String {
    let number = RandomState::new().build_hasher().finish();
    format!("{id}-{:010x}", number >> 24)
}
