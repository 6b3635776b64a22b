//! What this replica has of each cluster, from its own point of view.

use std::collections::{BTreeMap, BTreeSet};

use super::lease::Claim;
use super::observed::Observed;

/// How a cluster stands.
#[derive(Debug)]
enum Stand {
    /// Claimed, and worked on.
    Held,
    /// The work is being stopped. The claim is given away after that, unless it is void.
    Stopping { is_void: bool },
    /// To be given away.
    Releasing,
}

/// A cluster, and the claim on it.
#[derive(Debug)]
struct Entry {
    stand: Stand,
    claim: Claim,
}

/// The clusters that are not somebody else's alone.
#[derive(Default)]
pub(super) struct Table {
    entries: BTreeMap<String, Entry>,
}

/// One request to make.
#[derive(Debug)]
pub(super) enum Step {
    /// Take a cluster, whose claim is as given.
    Take(String, Option<Claim>),
    /// Give one away.
    Release(Claim),
}

impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether some of these are neither here nor on their way out.
    pub(super) fn lacks_any(&self, wanted: &BTreeSet<String>) -> bool {
        wanted
            .iter()
            .any(|cluster| !self.entries.contains_key(cluster))
    }

    /// The cluster is this replica's.
    pub(super) fn took(&mut self, claim: Claim) {
        let cluster = claim.cluster.clone();
        let stand = Stand::Held;
        self.entries.insert(cluster, Entry { stand, claim });
    }

    /// Turns to what is wanted now; the clusters whose work is to stop. One whose work is being stopped
    /// stays so until that is done, wanted again or not.
    pub(super) fn aim(&mut self, wanted: &BTreeSet<String>) -> Vec<String> {
        self.stop(false, |claim| !wanted.contains(&claim.cluster))
    }

    /// All claims are void.
    pub(super) fn void(&mut self) {
        self.entries
            .retain(|_, entry| !matches!(entry.stand, Stand::Releasing));
        for entry in self.entries.values_mut() {
            entry.stand = Stand::Stopping { is_void: true };
        }
    }

    /// Compares with the claims as they are; the clusters that somebody has taken by hand.
    pub(super) fn robbed(&mut self, claims: &[Claim], identity: &str) -> Vec<String> {
        let ours = claims.iter().filter(|claim| claim.holder == identity);
        let ours: BTreeSet<&str> = ours.map(|claim| claim.cluster.as_str()).collect();
        self.stop(true, |claim| !ours.contains(claim.cluster.as_str()))
    }

    fn stop(&mut self, is_void: bool, is_concerned: impl Fn(&Claim) -> bool) -> Vec<String> {
        let mut stopped = Vec::new();
        for (cluster, entry) in &mut self.entries {
            if matches!(entry.stand, Stand::Held) && is_concerned(&entry.claim) {
                entry.stand = Stand::Stopping { is_void };
                stopped.push(cluster.clone());
            }
        }
        stopped
    }

    /// The work on a cluster has stopped.
    pub(super) fn stopped(&mut self, cluster: &str) {
        let Some(entry) = self.entries.get_mut(cluster) else {
            return;
        };
        match entry.stand {
            Stand::Stopping { is_void: false } => entry.stand = Stand::Releasing,
            Stand::Stopping { is_void: true } => _ = self.entries.remove(cluster),
            Stand::Held | Stand::Releasing => {}
        }
    }

    /// A claim was given away, or is no longer what it was taken for.
    pub(super) fn forget(&mut self, cluster: &str) {
        let entry = self.entries.get(cluster);
        if entry.is_some_and(|entry| matches!(entry.stand, Stand::Releasing)) {
            self.entries.remove(cluster);
        }
    }

    /// What is to be given away.
    pub(super) fn releases(&self) -> Vec<Step> {
        let entries = self.entries.values();
        let due = entries.filter(|entry| matches!(entry.stand, Stand::Releasing));
        due.map(|entry| Step::Release(entry.claim.clone()))
            .collect()
    }

    /// What the claims, as they are, call for: wanted clusters that are free or a dead replica's; and
    /// what carries this replica's identity without its knowing, by a request that got no answer. That is
    /// written anew in either case, so that no earlier request under way can have an effect later.
    pub(super) fn steps(
        &self,
        wanted: &BTreeSet<String>,
        claims: &[Claim],
        identity: &str,
        observed: &Observed,
    ) -> Vec<Step> {
        let known: BTreeMap<&str, &Claim> = claims
            .iter()
            .map(|claim| (claim.cluster.as_str(), claim))
            .collect();
        let is_free = |claim: &&Claim| {
            let holder = claim.holder.as_str();
            holder.is_empty() || holder == identity || observed.is_dead(holder)
        };
        let lacking = wanted.iter().filter(|c| !self.entries.contains_key(*c));
        let takes = lacking.filter_map(|cluster| match known.get(cluster.as_str()) {
            None => Some(Step::Take(cluster.clone(), None)),
            Some(claim) if is_free(claim) => {
                Some(Step::Take(cluster.clone(), Some((*claim).clone())))
            }
            Some(_) => None,
        });
        let unknown = claims.iter().filter(|claim| {
            let is_here = self.entries.contains_key(&claim.cluster);
            claim.holder == identity && !is_here && !wanted.contains(&claim.cluster)
        });
        takes.chain(unknown.cloned().map(Step::Release)).collect()
    }
}
