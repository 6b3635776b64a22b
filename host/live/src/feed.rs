//! The watch of a kind that is watched already: its present state, then its changes, without a request.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, BoxStream};
use gantry_model::ClusterError;
use gantry_model::cluster::{Resource, WatchEvent};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::entry::Entry;
use crate::kind::{Kind, Place};
use crate::state::State;

struct Feed {
    state: Arc<Mutex<State>>,
    resource: Resource,
    namespace: Option<String>,
    pending: VecDeque<WatchEvent>,
    events: Option<broadcast::Receiver<WatchEvent>>,
    /// What the reader takes to be there.
    given: HashSet<Place>,
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
        given: HashSet::new(),
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
                self.note(&event);
                return Some(event);
            }
            let Some(events) = &mut self.events else {
                self.begin()?;
                continue;
            };
            match events.recv().await {
                Ok(event) if self.is_meant(&event) => self.pending.push_back(event),
                Ok(_) => {}
                // Too much came at once: what is there now says it all.
                Err(RecvError::Lagged(_)) => self.events = None,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// What is there now, and what of the given is not.
    fn begin(&mut self) -> Option<()> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = state.kind(&self.resource.gvk)?;
        self.events = Some(kind.events.subscribe());
        let went = self.given.iter().filter(|p| !kind.entries.contains_key(*p));
        let went = went.map(|place| WatchEvent::Gone(kind.reference(place.clone())));
        self.pending.extend(went);
        let objects = within(kind, self.namespace.as_deref()).filter_map(Entry::object);
        self.pending
            .extend(objects.map(|object| WatchEvent::Present(Box::new(object))));
        if !std::mem::replace(&mut self.was_listed, true) {
            self.pending.push_back(WatchEvent::Listed);
        }
        Some(())
    }

    fn note(&mut self, event: &WatchEvent) {
        match event {
            WatchEvent::Present(object) => {
                let place = (object.namespace().to_owned(), object.name().to_owned());
                self.given.insert(place);
            }
            WatchEvent::Gone(object) => {
                let place = (object.namespace.clone(), object.name.clone());
                self.given.remove(&place);
            }
            WatchEvent::Listed => {}
        }
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

/// The entries of a namespace, or all.
fn within<'a>(kind: &'a Kind, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Entry> {
    let from = (namespace.unwrap_or_default().to_owned(), String::new());
    let is_within = move |(own, _): &Place| namespace.is_none_or(|wanted| wanted == own);
    let entries = kind.entries.range(from..);
    entries
        .take_while(move |(place, _)| is_within(place))
        .map(|(_, entry)| entry)
}
