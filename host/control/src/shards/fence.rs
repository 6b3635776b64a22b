//! Whether this replica may act on a cluster at this moment: what every step of work asks before it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use gantry_model::limits::LEASE_RENEW_DEADLINE_MS;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// A moment by two clocks. The steady one does not go on while a machine sleeps, the other one may be set:
/// time is up when either says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    pub(super) fn steady(self) -> Instant {
        self.steady
    }

    /// The end of what a renewal sent at this moment gives.
    fn deadline(self) -> Self {
        let time = Duration::from_millis(LEASE_RENEW_DEADLINE_MS);
        Self {
            steady: self.steady + time,
            wall: self.wall + time,
        }
    }

    fn is_past(self) -> bool {
        let now = Self::now();
        now.steady >= self.steady || now.wall >= self.wall
    }
}

/// Until when the replica may act at all.
#[derive(Clone, Copy, Debug)]
enum Valid {
    Never,
    Until(Moment),
    Ever,
}

impl Valid {
    fn is_now(self) -> bool {
        match self {
            Self::Never => false,
            Self::Until(moment) => !moment.is_past(),
            Self::Ever => true,
        }
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Work begins and goes on.
    Owned,
    /// Work is being stopped; what still has to be written to that end may be.
    Stopping,
    /// Nothing may be written any more.
    Void,
}

struct Held {
    /// Work of an earlier claim is not work of this one.
    number: u64,
    /// How many [`Hold`]s there are.
    users: usize,
    stand: Stand,
    /// To be claimed anew when the last of them is gone.
    again: bool,
}

struct State {
    valid: Valid,
    held: BTreeMap<String, Held>,
    claims: u64,
}

/// What a replica may act on.
pub(super) struct Fence {
    state: Mutex<State>,
    owned: watch::Sender<BTreeSet<String>>,
    changes: watch::Sender<()>,
    /// The clusters whose last [`Hold`] is gone, after they were to be stopped.
    stopped: mpsc::UnboundedSender<String>,
}

impl Fence {
    /// One that lets nothing pass yet, or everything for ever; and where it tells what has stopped.
    pub(super) fn new(alone: bool) -> (Arc<Self>, mpsc::UnboundedReceiver<String>) {
        let (stopped, receiver) = mpsc::unbounded_channel();
        let state = State {
            valid: if alone { Valid::Ever } else { Valid::Never },
            held: BTreeMap::new(),
            claims: 0,
        };
        let fence = Self {
            state: Mutex::new(state),
            owned: watch::channel(BTreeSet::new()).0,
            changes: watch::channel(()).0,
            stopped,
        };
        (Arc::new(fence), receiver)
    }

    pub(super) fn owned(&self) -> watch::Receiver<BTreeSet<String>> {
        self.owned.subscribe()
    }

    /// The clusters that are owned, each with what tells this claim from those before.
    pub(super) fn claims(&self) -> BTreeMap<String, u64> {
        let state = self.state();
        let owned = state.held.iter().filter(|(_, h)| h.stand == Stand::Owned);
        owned.map(|(name, h)| (name.clone(), h.number)).collect()
    }

    /// Counts a renewal that was sent at that moment and answered now. False when the time was up before
    /// the answer came: then others may have judged, and it no longer counts.
    pub(super) fn renewed(&self, sent: Moment, is_first: bool) -> bool {
        let mut state = self.state();
        let until = sent.deadline();
        let counts = !until.is_past() && (is_first || state.valid.is_now());
        // Of two that are under way the older one may be answered last.
        let is_later = match state.valid {
            Valid::Until(known) => until.steady > known.steady,
            _ => true,
        };
        if counts && is_later {
            state.valid = Valid::Until(until);
        }
        counts
    }

    /// When the time is up, unless there is another renewal; none when it is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state().valid {
            Valid::Until(moment) if !moment.is_past() => Some(moment.steady),
            _ => None,
        }
    }

    /// All claims are void.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.valid = Valid::Never;
        let clusters: Vec<String> = state.held.keys().cloned().collect();
        for cluster in clusters {
            self.halt(&mut state, &cluster, Stand::Void);
        }
    }

    /// A cluster is claimed: work on it may begin. If there is work of an earlier claim, once that is gone.
    pub(super) fn begin(&self, cluster: &str) {
        let mut state = self.state();
        if let Some(held) = state.held.get_mut(cluster) {
            held.again = held.stand != Stand::Owned;
            return;
        }
        self.claim(&mut state, cluster);
    }

    /// Work on a cluster is to stop.
    pub(super) fn stop(&self, cluster: &str) {
        self.halt(&mut self.state(), cluster, Stand::Stopping);
    }

    /// The claim on a cluster is void.
    pub(super) fn void(&self, cluster: &str) {
        self.halt(&mut self.state(), cluster, Stand::Void);
    }

    /// The right to act on a cluster, if the replica has it and is to keep it.
    pub(super) fn hold(self: &Arc<Self>, cluster: &str) -> Option<Hold> {
        let mut state = self.state();
        if !state.valid.is_now() {
            return None;
        }
        let held = state.held.get_mut(cluster)?;
        if held.stand != Stand::Owned {
            return None;
        }
        held.users += 1;
        Some(Hold {
            fence: Arc::clone(self),
            cluster: cluster.to_owned(),
            number: held.number,
        })
    }

    /// Whether anything could be written to a cluster at this moment.
    #[cfg(test)]
    pub(super) fn lets_through(&self, cluster: &str) -> bool {
        let state = self.state();
        let held = state.held.get(cluster);
        held.is_some_and(|held| held.stand != Stand::Void) && state.valid.is_now()
    }

    fn claim(&self, state: &mut State, cluster: &str) {
        state.claims += 1;
        let held = Held {
            number: state.claims,
            users: 0,
            stand: Stand::Owned,
            again: false,
        };
        state.held.insert(cluster.to_owned(), held);
        self.owned
            .send_modify(|owned| _ = owned.insert(cluster.to_owned()));
    }

    fn halt(&self, state: &mut State, cluster: &str, stand: Stand) {
        let Some(held) = state.held.get_mut(cluster) else {
            return;
        };
        held.stand = stand;
        held.again = false;
        self.owned.send_modify(|owned| _ = owned.remove(cluster));
        self.changes.send_replace(());
        self.settle(state, cluster);
    }

    /// Forgets a claim that is over, when nobody works by it any more.
    fn settle(&self, state: &mut State, cluster: &str) {
        let Some(held) = state.held.get(cluster) else {
            return;
        };
        if held.users > 0 || held.stand == Stand::Owned {
            return;
        }
        let again = held.again;
        state.held.remove(cluster);
        // Nobody listens where a replica is alone.
        _ = self.stopped.send(cluster.to_owned());
        if again {
            self.claim(state, cluster);
        }
    }

    fn add_user(&self, cluster: &str, number: u64) {
        let mut state = self.state();
        let held = state.held.get_mut(cluster);
        if let Some(held) = held.filter(|held| held.number == number) {
            held.users += 1;
        }
    }

    fn drop_user(&self, cluster: &str, number: u64) {
        let mut state = self.state();
        let held = state.held.get_mut(cluster);
        if let Some(held) = held.filter(|held| held.number == number) {
            held.users = held.users.saturating_sub(1);
            self.settle(&mut state, cluster);
        }
    }

    /// Until when a claim holds as things stand: none when it does not, no moment when for ever.
    fn standing(&self, cluster: &str, number: u64) -> Option<Option<Instant>> {
        let state = self.state();
        let held = state.held.get(cluster)?;
        let is_held = held.number == number && held.stand != Stand::Void && state.valid.is_now();
        let until = match state.valid {
            Valid::Until(moment) => Some(moment.steady),
            _ => None,
        };
        is_held.then_some(until)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cluster belongs to another replica by now, or may: nothing more is to be written to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this replica no longer owns cluster {cluster}: nothing more is written to it from here")]
pub struct NotOwned {
    /// The cluster.
    pub cluster: String,
}

/// The right to act on one cluster. Whoever works on it keeps one for as long; another replica gets the
/// cluster when the last one is dropped.
pub struct Hold {
    fence: Arc<Fence>,
    cluster: String,
    number: u64,
}

impl Hold {
    /// The cluster.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Whether it holds at this moment. To be asked before each step that changes anything: a process that
    /// was stopped for a while learns here, by its clocks, that it has lost the cluster meanwhile.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> Result<(), NotOwned> {
        match self.fence.standing(&self.cluster, self.number) {
            Some(_) => Ok(()),
            None => Err(self.not_owned()),
        }
    }

    /// Comes when it no longer holds. (That the cluster is to be given away comes earlier, by
    /// [`Shards::owned`](super::Shards::owned).)
    pub async fn ended(&self) -> NotOwned {
        let mut changes = self.fence.changes.subscribe();
        while let Some(until) = self.fence.standing(&self.cluster, self.number) {
            // Renewals move the end: it is looked at again when it was to come.
            let time_is_up = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = time_is_up => {}
                changed = changes.changed() => if changed.is_err() { break },
            }
        }
        self.not_owned()
    }

    fn not_owned(&self) -> NotOwned {
        NotOwned {
            cluster: self.cluster.clone(),
        }
    }
}

impl Clone for Hold {
    fn clone(&self) -> Self {
        self.fence.add_user(&self.cluster, self.number);
        Self {
            fence: Arc::clone(&self.fence),
            cluster: self.cluster.clone(),
            number: self.number,
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.fence.drop_user(&self.cluster, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fence, Moment};

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_comes_late_brings_nothing_back() {
        let (fence, _stopped) = Fence::new(false);
        let first = Moment::now();
        assert!(fence.renewed(first, true));
        fence.begin("a");
        let hold = fence.hold("a").expect("a hold");
        tokio::time::advance(Duration::from_millis(3_000)).await;
        let (second, third) = (Moment::now(), Moment::now());
        assert!(fence.renewed(second, false));
        tokio::time::advance(Duration::from_millis(3_999)).await;
        let late = Moment::now();
        assert!(!fence.renewed(first, false) && hold.check().is_ok());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(hold.check().is_err());
        assert!(!fence.renewed(third, false));
        assert!(!fence.renewed(late, false));
        assert!(hold.check().is_err() && fence.hold("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_of_an_earlier_claim_is_none_of_the_next() {
        let (fence, mut stopped) = Fence::new(false);
        assert!(fence.renewed(Moment::now(), true));
        fence.begin("a");
        let hold = fence.hold("a").expect("a hold");
        let other = hold.clone();
        fence.end();
        assert!(hold.check().is_err());
        drop(hold);
        assert!(stopped.try_recv().is_err(), "there is another one");
        drop(other);
        assert_eq!(stopped.try_recv().as_deref(), Ok("a"));
        assert!(fence.renewed(Moment::now(), true));
        fence.begin("a");
        let hold = fence.hold("a").expect("a hold");
        fence.stop("a");
        assert!(hold.check().is_ok() && fence.hold("a").is_none());
    }
}
