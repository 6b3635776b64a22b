//! What revisions and ranges were when applications were last told: what a poll compares with.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What was found for a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// A commit's id, or a chart's version and digest.
    At(String),
    /// There is no such revision.
    Nothing,
    /// The repository could not be asked.
    Failed,
}

#[derive(Debug)]
struct Head {
    told: State,
    /// Somebody was handed something else since: others have not heard of it.
    differs: bool,
    /// When a poll last said so, if it did.
    listed: Option<Instant>,
}

/// The heads of all revisions that are in use. Unlike what was fetched they stay while nobody
/// renders: they are what tells that something moved.
#[derive(Debug)]
pub(crate) struct Heads<K>(Mutex<HashMap<K, Head>>);

impl<K> Default for Heads<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Heads<K> {
    /// An application is handed this.
    pub(crate) fn handed(&self, key: &K, state: State) {
        let mut heads = self.lock();
        match heads.get_mut(key) {
            // A later success is news for those who got the error.
            Some(head) if state == State::Nothing || state == State::Failed => {
                head.told = state;
                head.listed = None;
            }
            Some(head) => head.differs |= head.told != state,
            None => {
                let head = Head {
                    told: state,
                    differs: false,
                    listed: None,
                };
                heads.insert(key.clone(), head);
            }
        }
    }

    /// A poll found this: whether it is news to anybody.
    pub(crate) fn listed(&self, key: &K, state: State) -> bool {
        let mut heads = self.lock();
        let listed = Some(Instant::now());
        let Some(head) = heads.get_mut(key) else {
            let head = Head {
                told: state,
                differs: false,
                listed,
            };
            heads.insert(key.clone(), head);
            return false;
        };
        let moved = head.told != state || head.differs;
        *head = Head {
            told: state,
            differs: false,
            listed,
        };
        moved
    }

    pub(crate) fn told(&self, key: &K) -> Option<State> {
        self.lock().get(key).map(|head| head.told.clone())
    }

    /// What a poll has found in that time.
    pub(crate) fn known(&self, key: &K, age: Duration) -> Option<String> {
        let heads = self.lock();
        let head = heads.get(key)?;
        match (&head.told, head.listed) {
            (State::At(at), Some(listed)) if listed.elapsed() < age => Some(at.clone()),
            _ => None,
        }
    }

    /// What polls have found counts no more for these, only what they have told.
    pub(crate) fn distrust(&self, of: impl Fn(&K) -> bool) {
        let mut heads = self.lock();
        for (_, head) in heads.iter_mut().filter(|(key, _)| of(key)) {
            head.listed = None;
        }
    }

    /// A poll failed: what the last one has found for these is the best there is.
    pub(crate) fn confirm(&self, of: impl Fn(&K) -> bool) {
        let now = Instant::now();
        let mut heads = self.lock();
        for (_, head) in heads.iter_mut().filter(|(key, _)| of(key)) {
            head.listed = head.listed.map(|_| now);
        }
    }

    pub(crate) fn retain(&self, keep: impl Fn(&K) -> bool) {
        self.lock().retain(|key, _| keep(key));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Head>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Heads, State};

    fn at(id: &str) -> State {
        State::At(id.to_owned())
    }

    #[test]
    fn a_poll_tells_what_nobody_was_told_yet() {
        let heads = Heads::default();
        assert!(!heads.listed(&"new", at("1")), "nobody has used it yet");
        heads.handed(&"main", at("1"));
        for (step, state, moved) in [
            (0, at("1"), false),
            (1, at("2"), true),
            (2, at("2"), false),
            (3, State::Nothing, true),
            (4, State::Nothing, false),
            (5, at("1"), true),
        ] {
            assert_eq!(heads.listed(&"main", state), moved, "step {step}");
        }
    }

    #[test]
    fn what_one_was_handed_early_is_news_to_the_others() {
        let heads = Heads::default();
        heads.handed(&"main", at("1"));
        heads.handed(&"main", at("2"));
        assert!(heads.listed(&"main", at("2")));
        assert!(!heads.listed(&"main", at("2")));
    }

    #[test]
    fn an_old_commit_that_was_handed_late_is_told_again() {
        let heads = Heads::default();
        assert!(!heads.listed(&"main", at("2")));
        heads.handed(&"main", at("1"));
        assert!(heads.listed(&"main", at("2")));
    }

    #[test]
    fn success_after_an_error_is_news() {
        let heads = Heads::default();
        heads.handed(&"main", at("1"));
        heads.handed(&"main", State::Failed);
        assert!(heads.listed(&"main", at("1")));
        assert!(!heads.listed(&"main", at("1")));
    }

    #[test]
    fn only_what_a_poll_found_is_known() {
        let (heads, long) = (Heads::default(), Duration::from_secs(60));
        heads.handed(&"main", at("1"));
        assert_eq!(heads.known(&"main", long), None);
        heads.listed(&"main", at("2"));
        assert_eq!(heads.known(&"main", long).as_deref(), Some("2"));
        assert_eq!(heads.known(&"main", Duration::ZERO), None);
        heads.distrust(|_| true);
        heads.confirm(|_| true);
        assert_eq!(heads.known(&"main", long), None);
        heads.retain(|_| false);
        assert_eq!(heads.told(&"main"), None);
    }
}
