//! How many wait for something, for the metrics.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Those who wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct Queue(AtomicUsize);

/// One of them, until it is dropped.
pub(crate) struct Waiting<'a>(&'a Queue);

impl Queue {
    /// Waits for a turn, as one of the queue.
    pub(crate) async fn wait<T>(&self, turn: impl Future<Output = T>) -> T {
        self.0.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(self);
        turn.await
    }

    /// How many they are now.
    pub(crate) fn len(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::Queue;

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_is_not_in_it_any_more() {
        let queue = Queue::default();
        let second = Duration::from_secs(1);
        let waits = queue.wait(std::future::pending::<()>());
        let (given_up, seen) = tokio::join!(timeout(second, waits), async {
            tokio::time::sleep(second / 2).await;
            queue.len()
        });
        assert!(given_up.is_err());
        assert_eq!((seen, queue.len()), (1, 0));
        assert_eq!(queue.wait(async { queue.len() }).await, 1);
        assert_eq!(queue.len(), 0);
    }
}
