//! Trees that are watched: each is asked for once, however many watch it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use gantry_model::limits;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::app::Name;
use crate::apps::{Apps, Event, Happened};
use crate::fault::Fault;
use crate::inside::Inside;

/// A tree, or why there is none.
pub(crate) type Seen = Result<Arc<Value>, Fault>;

/// Those that somebody watches.
#[derive(Default)]
pub(crate) struct Trees(Mutex<HashMap<Name, Weak<Feed>>>);

/// One of them, as long as somebody has it.
pub(crate) struct Feed {
    /// None before the first look.
    seen: watch::Receiver<Option<Seen>>,
    task: AbortHandle,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Feed {
    /// The tree now, once it was looked at, and each newer one. It ends with the application.
    pub(crate) fn follow(&self) -> watch::Receiver<Option<Seen>> {
        let mut seen = self.seen.clone();
        seen.mark_changed();
        seen
    }
}

impl Trees {
    /// The feed of an application.
    pub(crate) fn of(&self, name: &Name, apps: &Apps, inside: &Arc<dyn Inside>) -> Arc<Feed> {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = feeds.get(name).and_then(Weak::upgrade);
        if let Some(feed) = known.filter(|feed| feed.seen.has_changed().is_ok()) {
            return feed;
        }
        let (_, events) = apps.fitting_and_changes(|_| false);
        let (sender, seen) = watch::channel(None);
        let look = Look {
            name: name.clone(),
            inside: Arc::clone(inside),
            events,
        };
        let task = tokio::spawn(look.run(sender)).abort_handle();
        let feed = Arc::new(Feed { seen, task });
        feeds.retain(|_, feed| feed.strong_count() > 0);
        feeds.insert(name.clone(), Arc::downgrade(&feed));
        feed
    }
}

struct Look {
    name: Name,
    inside: Arc<dyn Inside>,
    events: Receiver<Event>,
}

impl Look {
    /// Looks now, whenever the application has changed, and now and then: not all that changes in a tree changes
    /// the application's own state.
    async fn run(mut self, seen: watch::Sender<Option<Seen>>) {
        let kept = Duration::from_millis(limits::API_TREE_KEPT_MS);
        let mut patience = Duration::from_secs(limits::API_TREE_SECS);
        loop {
            let looked = Instant::now();
            let tree = self.inside.tree((&self.name.namespace, &self.name.name));
            let tree = tree.await.map(Arc::new);
            seen.send_if_modified(|before| {
                let is_same = matches!((&*before, &tree), (Some(Ok(a)), Ok(b)) if a == b);
                *before = Some(tree);
                !is_same
            });
            // What was made for somebody shortly before is given again: only after that time it is sure to be
            // newer. So there is one more look after the one that follows a change.
            sleep_until(looked + kept).await;
            patience = match timeout(patience, self.changed()).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => return,
                Err(_) => Duration::from_secs(limits::API_TREE_SECS),
            };
        }
    }

    /// Returns when the application has changed; false when it is gone.
    async fn changed(&mut self) -> bool {
        loop {
            match self.events.recv().await {
                Ok(event) => {
                    let app = event.entry.view();
                    if app.name() == self.name.name && app.namespace() == self.name.namespace {
                        return event.happened != Happened::Deleted;
                    }
                }
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}
