//! The watch of one kind, for as long as anybody has any of it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::select_all;
use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{Cluster, ClusterError, limits};

use crate::Hears;
use crate::state::{Concerned, GroupKind, Phase, State};

/// Watches one kind of one cluster.
pub(crate) struct Watcher {
    pub(crate) inner: Arc<dyn Cluster>,
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) hears: Arc<dyn Hears>,
    pub(crate) kind: GroupKind,
    pub(crate) resource: Resource,
    /// The namespaces that may be read; all, when there is none.
    pub(crate) namespaces: Vec<String>,
}

impl Watcher {
    /// Watches until the task is ended. Whatever ends the watch, it is opened again.
    pub(crate) async fn run(self) {
        let mut pause = Duration::from_millis(limits::LIVE_REOPEN_START_MS);
        loop {
            let Err(error) = self.watch().await;
            tracing::debug!(cluster = self.inner.name(), kind = %self.resource.gvk, %error, "not watched");
            self.note_failure(error);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(limits::LIVE_REOPEN_MAX_MS));
        }
    }

    async fn watch(&self) -> Result<std::convert::Infallible, ClusterError> {
        let everywhere = self.namespaces.is_empty() || !self.resource.namespaced;
        let streams: Vec<_> = if everywhere {
            vec![self.inner.watch(&self.resource, None)]
        } else {
            let one = |namespace: &String| self.inner.watch(&self.resource, Some(namespace));
            self.namespaces.iter().map(one).collect()
        };
        let mut to_list = streams.len();
        let mut events = select_all(streams);
        let mut seen = HashSet::new();
        while let Some(event) = events.next().await {
            let concerned = match event? {
                WatchEvent::Present(object) => {
                    if to_list > 0 {
                        seen.insert((object.namespace().to_owned(), object.name().to_owned()));
                    }
                    self.lock().present(&self.kind, *object, false)
                }
                WatchEvent::Gone(object) => {
                    seen.remove(&(object.namespace.clone(), object.name.clone()));
                    self.lock().gone(&self.kind, &object)
                }
                WatchEvent::Listed => {
                    to_list = to_list.saturating_sub(1);
                    if to_list > 0 {
                        continue;
                    }
                    self.lock().listed(&self.kind, &std::mem::take(&mut seen))
                }
            };
            self.tell(concerned);
        }
        Err(ClusterError::Transient("the watch ended".to_owned()))
    }

    fn note_failure(&self, error: ClusterError) {
        if let Some(kind) = self.lock().kind(&self.resource.gvk) {
            kind.phase.send_replace(Phase::Failed(error));
        }
    }

    fn tell(&self, concerned: Concerned) {
        for application in concerned {
            self.hears.touched(&application);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
