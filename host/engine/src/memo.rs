//! What is worked out once, however many ask at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Results by what they are of. Whoever asks for one that is being worked out waits for it.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<HashMap<K, Arc<OnceLock<V>>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// The result, worked out if it is not there.
    pub(crate) fn get(&self, key: K, work: impl FnOnce() -> V) -> V {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key).or_default())
        };
        cell.get_or_init(work).clone()
    }

    /// Forgets all: whoever asks next has it worked out anew.
    pub(crate) fn forget(&self) {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::Memo;

    #[test]
    fn each_result_is_worked_out_once() {
        let (memo, worked) = (Memo::default(), AtomicU32::new(0));
        thread::scope(|scope| {
            for index in 0..16 {
                let (memo, worked) = (&memo, &worked);
                scope.spawn(move || {
                    let key = index % 2;
                    let result = memo.get(key, || {
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
        assert_eq!(memo.get("a", || 1), 1);
        assert_eq!(memo.get("a", || 2), 1);
        memo.forget();
        assert_eq!(memo.get("a", || 2), 2);
    }
}
