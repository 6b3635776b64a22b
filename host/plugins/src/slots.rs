//! Turns: no more instances at once than the pool has room for.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A counting semaphore for threads.
#[derive(Debug)]
pub(crate) struct Slots {
    free: Mutex<u32>,
    freed: Condvar,
}

/// One turn, given back on drop.
#[derive(Debug)]
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(crate) fn new(count: u32) -> Self {
        Self {
            free: Mutex::new(count.max(1)),
            freed: Condvar::new(),
        }
    }

    /// Waits for a turn. Every holder ends within its deadline and the time that it may wait for
    /// what lies outside, so the wait ends too.
    pub(crate) fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// Places that are taken if there are any: nobody waits for one.
#[derive(Debug)]
pub(crate) struct Permits(AtomicU32);

/// One place, given back on drop.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Permits>);

impl Permits {
    pub(crate) fn new(count: u32) -> Arc<Self> {
        Arc::new(Self(AtomicU32::new(count)))
    }

    /// A place, if one is free.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Permit> {
        let one_less = |free: u32| free.checked_sub(1);
        let taken = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        taken.ok().map(|_| Permit(Arc::clone(self)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::{Permits, Slots};

    #[test]
    fn places_come_back() {
        let permits = Permits::new(2);
        let (a, b) = (permits.take(), permits.take());
        assert!(a.is_some() && b.is_some() && permits.take().is_none());
        drop(a);
        assert!(permits.take().is_some());
    }

    #[test]
    fn never_more_at_once_than_there_are() {
        let (slots, running, most) = (Slots::new(3), AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let _slot = slots.take();
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert!((1..=3).contains(&most.into_inner()));
    }
}
