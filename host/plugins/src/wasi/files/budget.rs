//! Counting what one guest holds at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An amount that is left to take; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<AtomicUsize>);

/// A part of a budget, given back on drop.
#[derive(Debug)]
pub(super) struct Share {
    amount: usize,
    of: Budget,
}

impl Budget {
    pub(super) fn new(amount: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(amount)))
    }

    /// None: there is not as much left.
    pub(super) fn take(&self, amount: usize) -> Option<Share> {
        let less = |left: usize| left.checked_sub(amount);
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.ok().map(|_| Share {
            amount,
            of: self.clone(),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.0.fetch_add(self.amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn no_more_than_there_is_and_all_of_it_again() {
        let budget = Budget::new(10);
        let first = budget.take(6);
        assert!(first.is_some());
        assert!(budget.take(5).is_none());
        let second = budget.take(4);
        assert!(second.is_some());
        assert!(budget.take(1).is_none());
        drop(first);
        assert!(budget.take(6).is_some());
        drop(second);
        assert!(budget.take(10).is_some());
    }
}
