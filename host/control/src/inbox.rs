//! What one application's worker is told. Much of it may come at once: it counts once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gantry_model::Object;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Why an application is looked at again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// Its manifest, a request in it, or its status was changed by somebody.
    pub(crate) changed: bool,
    /// One of its objects was changed in the cluster.
    pub(crate) touched: bool,
    /// Its sources moved.
    pub(crate) moved: bool,
    /// Rules, credentials or plugins are others now, or its cluster came or went.
    pub(crate) settings: bool,
    /// What it waits for may have come: time, another application, an end of its operation.
    pub(crate) time: bool,
}

impl Reasons {
    /// Whether they make what was found before count no longer.
    pub(crate) fn outdate(self) -> bool {
        self.touched || self.moved || self.settings
    }
}

/// What came since the last look into it.
#[derive(Debug, Default)]
pub(crate) struct Post {
    pub(crate) reasons: Reasons,
    /// The manifest as it is now, if it was changed.
    pub(crate) latest: Option<Object>,
    /// The application is gone.
    pub(crate) gone: bool,
}

impl Post {
    /// The application is there, with this manifest; again, where it was gone.
    pub(crate) fn present(&mut self, latest: Object) {
        self.gone = false;
        self.latest = Some(latest);
    }

    /// It is gone, and what came of it before counts no more.
    pub(crate) fn gone(&mut self) {
        self.gone = true;
        self.latest = None;
    }
}

/// The inbox of one worker.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    post: Mutex<Post>,
    rings: Notify,
}

impl Inbox {
    /// Leaves word.
    pub(crate) fn tell(&self, put: impl FnOnce(&mut Post)) {
        put(&mut self.post.lock().unwrap_or_else(PoisonError::into_inner));
        self.rings.notify_one();
    }

    /// The manifest of an application that was gone, if it is there again.
    pub(crate) fn made_again(&self) -> Option<Object> {
        let mut post = self.post.lock().unwrap_or_else(PoisonError::into_inner);
        post.latest.take()
    }

    /// Looks into it, and leaves all there.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&Post) -> T) -> T {
        look(&self.post.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Comes when something is left. Whoever waits for more than this rings again.
    pub(crate) async fn rung(&self) {
        self.rings.notified().await;
    }

    /// Everything that came, as soon as there is anything, or it is time; then a moment longer, since
    /// changes seldom come alone.
    pub(crate) async fn wait(&self, until: Option<Instant>, gather: Duration) -> Post {
        let timed_out = match until {
            Some(until) => tokio::select! {
                biased;
                () = self.rings.notified() => false,
                () = sleep_until(until) => true,
            },
            None => {
                self.rings.notified().await;
                false
            }
        };
        if !timed_out && !gather.is_zero() {
            tokio::time::sleep(gather).await;
        }
        let mut post =
            std::mem::take(&mut *self.post.lock().unwrap_or_else(PoisonError::into_inner));
        post.reasons.time |= timed_out;
        post
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Inbox, Reasons};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn what_comes_together_is_read_once() {
        let inbox = Arc::new(Inbox::default());
        inbox.tell(|post| post.reasons.touched = true);
        let later = Arc::clone(&inbox);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            later.tell(|post| post.reasons.moved = true);
        });
        let post = inbox.wait(None, Duration::from_millis(10)).await;
        let both = Reasons {
            touched: true,
            moved: true,
            ..Reasons::default()
        };
        assert_eq!(post.reasons, both);
        // The bell of the second word still rings: nothing is lost by a look too many.
        let soon = Instant::now() + Duration::from_millis(50);
        let empty = inbox.wait(Some(soon), Duration::ZERO).await;
        assert_eq!(empty.reasons, Reasons::default());
        let timed = inbox.wait(Some(soon), Duration::ZERO).await;
        assert!(timed.reasons.time && Instant::now() >= soon);
    }
}
