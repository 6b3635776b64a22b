//! Which other replicas live, judged by what changes here and never by a time that another machine wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gantry_model::limits::{LEASE_DURATION_MS, LEASE_LITTER_MS};
use tokio::time::Instant;

use super::lease::Replica;

/// What was seen of one replica last, and since when.
struct Seen {
    /// The version of its lease; none where it has no lease.
    version: Option<String>,
    since: Instant,
}

/// All replicas that were seen.
#[derive(Default)]
pub(super) struct Observed {
    seen: BTreeMap<String, Seen>,
    dead: BTreeSet<String>,
    /// Who holds claims, also without a lease.
    holders: BTreeSet<String>,
}

impl Observed {
    /// Takes note of a list of all leases that was asked for at `begun`.
    ///
    /// Dead is whoever had the same lease, or none, in every list from one that was there a lease's duration
    /// before this one was asked for. That is for good: an identity is never used again.
    pub(super) fn see(&mut self, replicas: &[Replica], begun: Instant) {
        let answered = Instant::now();
        let leases = replicas.iter().map(|replica| {
            let version = Some(replica.version.clone());
            (replica.identity.clone(), version)
        });
        let mut versions: BTreeMap<String, Option<String>> = leases.collect();
        for holder in &self.holders {
            versions.entry(holder.clone()).or_default();
        }
        self.seen
            .retain(|identity, _| versions.contains_key(identity));
        self.dead.retain(|identity| versions.contains_key(identity));
        for (identity, version) in versions {
            match self.seen.get(&identity) {
                Some(seen) if seen.version == version => {
                    if age(begun, seen) >= Duration::from_millis(LEASE_DURATION_MS) {
                        self.dead.insert(identity);
                    }
                }
                _ => {
                    let since = answered;
                    self.seen.insert(identity, Seen { version, since });
                }
            }
        }
    }

    /// Takes note of who holds claims.
    pub(super) fn set_holders(&mut self, holders: BTreeSet<String>) {
        self.holders = holders;
    }

    /// An identity of this replica that it gave up itself.
    pub(super) fn bury(&mut self, identity: &str) {
        self.dead.insert(identity.to_owned());
        self.holders.insert(identity.to_owned());
    }

    /// Whether a replica will never act again.
    pub(super) fn is_dead(&self, identity: &str) -> bool {
        self.dead.contains(identity)
    }

    /// Whether its lease may be deleted.
    pub(super) fn is_litter(&self, identity: &str, now: Instant) -> bool {
        let seen = self.seen.get(identity);
        let old = seen.is_some_and(|seen| age(now, seen) >= Duration::from_millis(LEASE_LITTER_MS));
        old && self.is_dead(identity)
    }
}

fn age(now: Instant, seen: &Seen) -> Duration {
    now.saturating_duration_since(seen.since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica(version: &str) -> Replica {
        Replica {
            identity: "a-1".to_owned(),
            id: "a".to_owned(),
            version: version.to_owned(),
            uid: String::new(),
            is_leaving: false,
        }
    }

    async fn pass(millis: u64) {
        tokio::time::advance(Duration::from_millis(millis)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_changes_nothing_for_the_whole_duration_is_dead_for_good() {
        let mut observed = Observed::default();
        let mut see = |version: &str| {
            observed.see(&[replica(version)], Instant::now());
            observed.is_dead("a-1")
        };
        assert!(!see("1"));
        pass(5_999).await;
        assert!(!see("1"));
        assert!(!see("2"));
        pass(5_999).await;
        assert!(!see("2"));
        pass(1).await;
        assert!(see("2"));
        assert!(see("3"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_was_asked_for_too_early_does_not_count() {
        let mut observed = Observed::default();
        observed.see(&[replica("1")], Instant::now());
        pass(3_000).await;
        let begun = Instant::now();
        pass(10_000).await;
        observed.see(&[replica("1")], begun);
        assert!(!observed.is_dead("a-1"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_holder_without_lease_is_given_the_same_time() {
        let mut observed = Observed::default();
        observed.set_holders(BTreeSet::from(["a-1".to_owned()]));
        observed.see(&[], Instant::now());
        assert!(!observed.is_dead("a-1"));
        pass(6_000).await;
        observed.see(&[], Instant::now());
        assert!(observed.is_dead("a-1"));
    }
}
