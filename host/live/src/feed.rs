//! The watch of a kind that is watched already: its present state, then its changes, without a request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, BoxStream};
use gantry_model::ClusterError;
use gantry_model::cluster::{Resource, WatchEvent};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::state::State;

struct Feed {
    state: Arc<Mutex<State>>,
    resource: Resource,
    namespace: Option<String>,
    pending: VecDeque<WatchEvent>,
    events: Option<broadcast::Receiver<WatchEvent>>,
    was_listed: bool,
}

/// Objects that are not kept whole are seen when they change, not at the start.
pub(crate) fn feed(
    state: Arc<Mutex<State>>,
    resource: Resource,
    namespace: Option<&str>,
) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
    let feed = Feed {
        state,
        resource,
        namespace: namespace.map(str::to_owned),
        pending: VecDeque::new(),
        events: None,
        was_listed: false,
    };
    Box::pin(stream::unfold(feed, |mut feed| async {
        let next = feed.next().await?;
        Some((Ok(next), feed))
    }))
}

impl Feed {
    /// The next event; none when the kind is no longer watched.
    async fn next(&mut self) -> Option<WatchEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let Some(events) = &mut self.events else {
                self.begin()?;
                continue;
            };
            match events.recv().await {
                Ok(event) if self.is_meant(&event) => return Some(event),
                Ok(_) => {}
                // Too much came at once: what is there now says it all.
                Err(RecvError::Lagged(_)) => self.events = None,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn begin(&mut self) -> Option<()> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = state.kind(&self.resource.gvk)?;
        self.events = Some(kind.events.subscribe());
        let entries = kind.entries.iter().filter(|((namespace, _), _)| {
            self.namespace
                .as_ref()
                .is_none_or(|wanted| wanted == namespace)
        });
        let objects = entries.filter_map(|(_, entry)| entry.object());
        self.pending
            .extend(objects.map(|object| WatchEvent::Present(Box::new(object))));
        if !std::mem::replace(&mut self.was_listed, true) {
            self.pending.push_back(WatchEvent::Listed);
        }
        Some(())
    }

    fn is_meant(&self, event: &WatchEvent) -> bool {
        let Some(wanted) = &self.namespace else {
            return true;
        };
        match event {
            WatchEvent::Present(object) => object.namespace() == wanted,
            WatchEvent::Gone(object) => object.namespace == *wanted,
            WatchEvent::Listed => false,
        }
    }
}
