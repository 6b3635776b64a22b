//! Several replicas of the control plane share its clusters: each does all work for the clusters that are
//! its own, the clusters of one that dies are taken over within seconds, and no two act on one cluster.
//!
//! # How
//!
//! All of it lies in Leases (`coordination.k8s.io/v1`) of the control plane's namespace in the hub cluster.
//!
//! - *A replica's lease* says that it lives, and is renewed by it every [`LEASE_RENEW_MS`]. Its identity is
//!   new at each start, and whenever a lease was lost: an identity that is lost never comes back.
//! - *A claim* is one Lease for each cluster, whose `holderIdentity` is the owner. It changes hands by
//!   compare-and-swap (`resourceVersion`) only: by whoever finds it free or its holder dead, and by its
//!   holder, who empties it. It is never renewed; what all of it costs a second grows with the replicas,
//!   not with the clusters. The claim on a cluster that is gone stays, free.
//! - *Who is to have which cluster* is computed by each replica from the names of the clusters and of the
//!   replicas that live ([`assign`]). It only says who tries: replicas that disagree for a moment cost
//!   time, never safety.
//!
//! # Why no two act on one cluster
//!
//! Let *valid until* of a replica be [`LEASE_RENEW_DEADLINE_MS`] after it **sent** the last renewal that was
//! answered. It acts only by a [`Hold`], which is void after that, by two clocks; an answer that comes later
//! counts no more ([`Fence::renewed`]), all claims are given up, and the replica begins anew under
//! another identity, which takes its claims as anybody else does.
//!
//! A replica D is *dead* to another one when every list of leases showed the same version of D's lease (or none)
//! from one that was answered at a time `t` up to one that was **asked for** at `t` + [`LEASE_DURATION_MS`] or
//! later. All lists are consistent reads. Then no renewal of D was carried out between the two. The last one
//! before `t` was sent before `t`, so it made D valid until `t` + deadline at most; and any further one that
//! counts must have been answered, so carried out, by then, which the second list would show, as the
//! deadline is shorter than the duration. So D is void when it is called dead, and remains so for ever: taking
//! its claims is safe at any later time, and whatever D still has under way about claims fails by its
//! `resourceVersion`, or leaves the claim with a dead holder, whom anybody may replace.
//!
//! A claim of this replica's own identity that it does not remember (its request got no answer) is written
//! anew before it counts, so that an old request that arrives late finds another version. Clocks are never
//! compared between machines; that they run at the same speed is assumed, to a third.
//!
//! # What is left
//!
//! A write to a managed cluster that was sent just before the hold ended. [`Fenced`] drops it at that moment, and
//! between that and the first write of another owner lie at least duration less deadline, 2 s, for it to arrive
//! or be lost. A request that a network or an API server keeps for longer and then carries out is not
//! stopped, as no API server knows our claims (the same holds of any controller with leader election). What that
//! can do is small: an apply of what Git had some seconds ago, of the same field manager, which the new owner
//! sees by its watch and mends; a delete carries the `uid` it was meant for; and an operation's progress is written
//! to the hub with its `resourceVersion`. A process that is stopped between the check and the write, and goes on
//! after seconds, is the same case: the check has to come right before.
//!
//! Leases that somebody deletes or edits by hand are outside of the argument: a replica notices within
//! [`LEASE_CLAIMS_CHECK_MS`](gantry_model::limits::LEASE_CLAIMS_CHECK_MS), and stops.
//!
//! While the hub's API server is away, no replica has a cluster: the applications are not to be read either.

mod assign;
mod fence;
mod fenced;
mod keeper;
mod lease;
mod observed;
mod renew;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gantry_model::Cluster;
use gantry_model::limits::{
    LEASE_CLOSE_TIMEOUT_MS, LEASE_DURATION_MS, LEASE_RENEW_DEADLINE_MS, LEASE_RENEW_MS,
    REPLICA_ID_MAX_CHARS,
};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

pub use assign::assign;
pub use fence::{Hold, NotOwned};
pub use fenced::Fenced;

use fence::Fence;
use keeper::{Keeper, Mind};
use lease::Leases;

const _: () = assert!(2 * LEASE_RENEW_MS <= LEASE_RENEW_DEADLINE_MS);
const _: () = assert!(LEASE_RENEW_DEADLINE_MS < LEASE_DURATION_MS);

/// Why clusters cannot be shared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardsError {
    /// The id cannot be part of an object's name.
    #[error(
        "{0:?} is no id of a replica: it may have lower-case letters, digits, `-` and `.`, starts and ends \
         with a letter or digit, and has at most {REPLICA_ID_MAX_CHARS} characters, as a Pod's name"
    )]
    Id(String),
}

/// Which clusters this replica of the control plane works on.
pub struct Shards {
    fence: Arc<Fence>,
    clusters: watch::Sender<BTreeSet<String>>,
    members: Arc<Mutex<BTreeSet<String>>>,
    /// None where a replica is alone.
    sharing: Option<Sharing>,
}

struct Sharing {
    closing: CancellationToken,
    ended: CancellationToken,
    task: Option<AbortHandle>,
}

impl Shards {
    /// Shares the clusters with all replicas that have their leases in that namespace of the hub. `id` is what
    /// distinguishes this one, and the same after a restart if its clusters are to come back to it: a Pod's name.
    ///
    /// Renewals must not wait behind other requests: `hub` is best a connection of its own.
    ///
    /// # Errors
    /// When the id cannot be used.
    pub fn start(hub: Arc<dyn Cluster>, namespace: &str, id: &str) -> Result<Self, ShardsError> {
        let (mut shards, task) = Self::prepare(hub, namespace, id)?;
        if let Some(sharing) = &mut shards.sharing {
            sharing.task = Some(tokio::spawn(task).abort_handle());
        }
        Ok(shards)
    }

    /// The same, whose work is done by whoever drives the future.
    fn prepare(
        hub: Arc<dyn Cluster>,
        namespace: &str,
        id: &str,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), ShardsError> {
        if !is_id(id) {
            return Err(ShardsError::Id(id.to_owned()));
        }
        let (fence, stopped) = Fence::new(false);
        let (clusters, receiver) = watch::channel(BTreeSet::new());
        let sharing = Sharing {
            closing: CancellationToken::new(),
            ended: CancellationToken::new(),
            task: None,
        };
        let members = Arc::default();
        let keeper = Keeper {
            leases: Leases::new(hub, namespace.to_owned()),
            id: id.to_owned(),
            fence: Arc::clone(&fence),
            clusters: receiver,
            stopped,
            closing: sharing.closing.clone(),
            members: Arc::clone(&members),
            mind: Mind::default(),
        };
        let ended = sharing.ended.clone().drop_guard();
        let task = async move {
            keeper.run().await;
            drop(ended);
        };
        let shards = Self {
            fence,
            clusters,
            members,
            sharing: Some(sharing),
        };
        Ok((shards, task))
    }

    /// For a control plane that has no others: it owns every cluster.
    pub fn alone() -> Self {
        Self {
            fence: Fence::new(true).0,
            clusters: watch::channel(BTreeSet::new()).0,
            members: Arc::default(),
            sharing: None,
        }
    }

    /// Says which clusters there are, by what all replicas call them: their servers' URLs.
    pub fn set_clusters(&self, clusters: impl IntoIterator<Item = String>) {
        let clusters: BTreeSet<String> = clusters.into_iter().collect();
        let before = self.clusters.send_replace(clusters.clone());
        if self.sharing.is_none() {
            for gone in before.difference(&clusters) {
                self.fence.stop(gone);
            }
            for new in clusters.difference(&before) {
                self.fence.begin(new);
            }
        }
    }

    /// The clusters to work on, as they change. For one that comes, take a [`Hold`] and begin; of one that goes,
    /// stop all work and drop every hold: only then does another replica get it.
    pub fn owned(&self) -> watch::Receiver<BTreeSet<String>> {
        self.fence.owned()
    }

    /// The same clusters, each with a number that is another one when it was lost in between.
    pub(crate) fn claims(&self) -> BTreeMap<String, u64> {
        self.fence.claims()
    }

    /// The right to act on a cluster, to be kept for as long as there is work on it. None where it is another
    /// replica's, or about to be.
    pub fn hold(&self, cluster: &str) -> Option<Hold> {
        self.fence.hold(cluster)
    }

    /// The ids of all replicas that live, as this one sees it; of none where it is alone.
    pub fn members(&self) -> BTreeSet<String> {
        let members = self.members.lock();
        members.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives all clusters away as their holds are dropped, so that others take them at once. False when that
    /// took too long (a hold that nobody drops): then they come over as if this replica had died.
    pub async fn close(&self) -> bool {
        let Some(sharing) = &self.sharing else {
            self.fence.end();
            return true;
        };
        sharing.closing.cancel();
        let limit = Duration::from_millis(LEASE_CLOSE_TIMEOUT_MS);
        let ended = tokio::time::timeout(limit, sharing.ended.cancelled()).await;
        ended.is_ok()
    }
}

impl Drop for Shards {
    /// As if the replica had died: nothing is given away.
    fn drop(&mut self) {
        if let Some(task) = self.sharing.as_ref().and_then(|s| s.task.as_ref()) {
            task.abort();
        }
        self.fence.end();
    }
}

fn is_id(id: &str) -> bool {
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let ends = is_end(id.chars().next()) && is_end(id.chars().last());
    ends && id.len() <= REPLICA_ID_MAX_CHARS && id.chars().all(fits) && !id.contains("..")
}
