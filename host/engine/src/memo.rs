//! What is worked out once, however many ask at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Results by what they are of. Whoever asks for one that is being worked out waits for it.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<HashMap<K, Slot<V>>>);

#[derive(Debug)]
struct Slot<V> {
    /// When it was first asked for.
    begun: Instant,
    /// The result, and since when it counts.
    cell: Arc<OnceLock<(V, Instant)>>,
    /// A later time than the cell's, if the result was found to be still the same.
    confirmed: Option<Instant>,
    used: Instant,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// The result, worked out if it is not there, or too old by what `keep` says of it.
    pub(crate) fn get(
        &self,
        key: K,
        keep: impl Fn(&V) -> Option<Duration>,
        work: impl FnOnce() -> V,
    ) -> V {
        self.get_at(Instant::now(), key, keep, work)
    }

    fn get_at(
        &self,
        now: Instant,
        key: K,
        keep: impl Fn(&V) -> Option<Duration>,
        work: impl FnOnce() -> V,
    ) -> V {
        let cell = {
            let mut slots = self.lock();
            let slot = slots.entry(key).or_insert_with(|| Slot::new(now));
            if slot.is_old(now, keep) {
                *slot = Slot::new(now);
            }
            slot.used = now;
            Arc::clone(&slot.cell)
        };
        // Its age is that of the question: what moves while it is answered may not be in it.
        cell.get_or_init(|| (work(), now)).0.clone()
    }

    /// Forgets a result that was asked for before that moment, also one that is being worked out; true if there was
    /// one.
    pub(crate) fn forget_older(&self, key: &K, than: Instant) -> bool {
        let mut slots = self.lock();
        let is_old = slots.get(key).is_some_and(|slot| slot.begun < than);
        is_old && slots.remove(key).is_some()
    }

    /// Whether a result is there, or being worked out, that was asked for at that moment or later.
    pub(crate) fn has_since(&self, key: &K, moment: Instant) -> bool {
        let slots = self.lock();
        slots.get(key).is_some_and(|slot| slot.begun >= moment)
    }

    /// Forgets what the rule says; it gets no result for what is being worked out.
    pub(crate) fn forget_if(&self, forget: impl Fn(&K, Option<&V>) -> bool) {
        self.lock()
            .retain(|key, slot| !forget(key, slot.cell.get().map(|(value, _)| value)));
    }

    /// From now on, results of these keys count as new.
    pub(crate) fn confirm(&self, is_same: impl Fn(&K) -> bool) {
        let now = Instant::now();
        let mut slots = self.lock();
        for (_, slot) in slots.iter_mut().filter(|(key, _)| is_same(key)) {
            slot.confirmed = Some(now);
        }
    }

    /// The keys that there are, of those that are asked for.
    pub(crate) fn keys(&self, of: impl Fn(&K) -> bool) -> Vec<K>
    where
        K: Clone,
    {
        let slots = self.lock();
        slots.keys().filter(|key| of(key)).cloned().collect()
    }

    /// Forgets what nobody has asked for in that time.
    pub(crate) fn drop_unused(&self, age: Duration) {
        let now = Instant::now();
        self.lock()
            .retain(|_, slot| now.saturating_duration_since(slot.used) < age);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Slot<V> {
    fn new(now: Instant) -> Self {
        Self {
            begun: now,
            cell: Arc::default(),
            confirmed: None,
            used: now,
        }
    }

    fn is_old(&self, now: Instant, keep: impl Fn(&V) -> Option<Duration>) -> bool {
        let Some((value, since)) = self.cell.get() else {
            return false;
        };
        let since = self.confirmed.map_or(*since, |time| time.max(*since));
        keep(value).is_some_and(|keep| now.saturating_duration_since(since) >= keep)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::Memo;

    fn for_ever<V>(_: &V) -> Option<Duration> {
        None
    }

    #[test]
    fn each_result_is_worked_out_once() {
        let (memo, worked) = (Memo::default(), AtomicU32::new(0));
        thread::scope(|scope| {
            for index in 0..16 {
                let (memo, worked) = (&memo, &worked);
                scope.spawn(move || {
                    let key = index % 2;
                    let result = memo.get(key, for_ever, || {
                        worked.fetch_add(1, Ordering::SeqCst);
                        thread::yield_now();
                        key * 10
                    });
                    assert_eq!(result, key * 10);
                });
            }
        });
        assert_eq!(worked.into_inner(), 2);
    }

    #[test]
    fn what_is_forgotten_is_worked_out_anew() {
        let memo = Memo::default();
        for (key, value) in [("a", 1), ("b", 1)] {
            assert_eq!(memo.get(key, for_ever, || value), 1);
        }
        assert_eq!(memo.get("a", for_ever, || 2), 1);
        memo.forget_if(|key, value| *key == "a" && value == Some(&1));
        assert_eq!(memo.get("a", for_ever, || 2), 2);
        assert_eq!(memo.get("b", for_ever, || 2), 1);
        memo.forget_if(|_, _| true);
        assert_eq!(memo.get("b", for_ever, || 3), 3);
        memo.drop_unused(Duration::from_secs(60));
        assert_eq!(memo.keys(|_| true), ["b"]);
        memo.drop_unused(Duration::ZERO);
        assert!(memo.keys(|_| true).is_empty());
    }

    #[test]
    fn what_is_older_is_forgotten_alone() {
        let (memo, start) = (Memo::default(), Instant::now());
        let at = |secs: u64| start + Duration::from_secs(secs);
        for (key, asked) in [("a", 1), ("b", 1), ("c", 3)] {
            memo.get_at(at(asked), key, for_ever, || 1);
        }
        // Used again, it is no younger.
        memo.get_at(at(4), "a", for_ever, || 2);
        for (key, forgotten) in [("a", true), ("a", false), ("c", false), ("none", false)] {
            assert_eq!(memo.forget_older(&key, at(2)), forgotten, "{key}");
        }
        for (key, since, expected) in [
            ("b", 2, false),
            ("c", 3, true),
            ("c", 4, false),
            ("none", 0, false),
        ] {
            assert_eq!(memo.has_since(&key, at(since)), expected, "{key} {since}");
        }
        for (key, expected) in [("a", 3), ("b", 1), ("c", 1)] {
            assert_eq!(memo.get_at(at(5), key, for_ever, || 3), expected, "{key}");
        }
    }

    #[test]
    fn results_are_kept_as_long_as_they_may() {
        let (memo, start) = (Memo::default(), Instant::now());
        let keep = |value: &Result<u32, ()>| value.is_err().then_some(Duration::from_secs(60));
        let at = |secs: u64, value| {
            let now = start + Duration::from_secs(secs);
            memo.get_at(now, "a", keep, || value)
        };
        assert_eq!(at(0, Err(())), Err(()));
        assert_eq!(at(59, Ok(1)), Err(()), "an error counts for a minute");
        assert_eq!(at(60, Ok(1)), Ok(1));
        assert_eq!(at(1_000, Ok(2)), Ok(1), "the rest for ever");
    }

    #[test]
    fn what_is_confirmed_counts_longer() {
        let (memo, now) = (Memo::default(), Instant::now());
        let keep = |_: &u32| Some(Duration::from_secs(60));
        let early = now.checked_sub(Duration::from_secs(50)).expect("a time");
        for key in ["a", "b"] {
            memo.get_at(early, key, keep, || 1);
        }
        memo.confirm(|key| *key == "a");
        let later = now + Duration::from_secs(20);
        assert_eq!(memo.get_at(later, "a", keep, || 2), 1);
        assert_eq!(memo.get_at(later, "b", keep, || 2), 2);
    }

    #[test]
    fn what_is_forgotten_while_it_is_worked_out_is_not_kept() {
        let memo = Memo::default();
        let first = memo.get("a", for_ever, || {
            memo.forget_if(|key, value: Option<&u32>| *key == "a" && value.is_none());
            1
        });
        assert_eq!((first, memo.get("a", for_ever, || 2)), (1, 2));
    }
}
