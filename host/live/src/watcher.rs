//! The watch of one kind, for as long as anybody has any of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::select_all;
use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{Cluster, ClusterError, limits};

use crate::Hears;
use crate::followers::GroupKind;
use crate::kind::{Phase, Said};
use crate::state::{Concerned, State};

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
    /// Watches until the task is ended, or the kind is watched in another version. Whatever else ends the
    /// watch, it is opened again.
    pub(crate) async fn run(self) {
        let start = Duration::from_millis(limits::LIVE_REOPEN_START_MS);
        let mut pause = start;
        let every = Duration::from_secs(limits::LIVE_SWEEP_SECS);
        let sweeps = async {
            loop {
                tokio::time::sleep(every).await;
                self.lock().sweep();
            }
        };
        let watches = async {
            while let Some((was_listed, error)) = self.watch().await {
                tracing::debug!(cluster = self.inner.name(), kind = %self.resource.gvk, %error, "not watched");
                self.note_failure(error, was_listed);
                if was_listed {
                    pause = start;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(limits::LIVE_REOPEN_MAX_MS));
            }
        };
        tokio::select! {
            () = sweeps => {}
            () = watches => {}
        }
    }

    /// Watches until the watch ends: whether all was listed before, and why it ended. None where the watch
    /// of the kind is another by now.
    async fn watch(&self) -> Option<(bool, ClusterError)> {
        let was_unserved = {
            let mut state = self.own()?;
            let kind = state.kind_mut(&self.kind)?;
            kind.begin_list();
            kind.is_unserved()
        };
        let everywhere = self.namespaces.is_empty() || !self.resource.namespaced;
        let streams: Vec<_> = if everywhere {
            vec![self.inner.watch(&self.resource, None)]
        } else {
            let one = |namespace: &String| self.inner.watch(&self.resource, Some(namespace));
            self.namespaces.iter().map(one).collect()
        };
        let mut to_list = streams.len();
        let mut events = select_all(streams);
        while let Some(event) = events.next().await {
            let concerned = match event {
                Ok(WatchEvent::Present(object)) => {
                    let mut state = self.own()?;
                    state.present(&self.kind, *object, Said::ByEvent)
                }
                Ok(WatchEvent::Gone(object)) => self.own()?.gone(&self.kind, &object),
                Ok(WatchEvent::Listed) => {
                    to_list = to_list.saturating_sub(1);
                    if to_list > 0 {
                        continue;
                    }
                    let mut state = self.own()?;
                    let mut concerned = state.listed(&self.kind);
                    if was_unserved {
                        // Its CRD is back: whoever has any of it finds none.
                        concerned.extend(state.following(&self.kind));
                    }
                    concerned
                }
                Err(error) => return Some((to_list == 0, error)),
            };
            self.tell(concerned);
        }
        let error = ClusterError::Transient("the watch ended".to_owned());
        Some((to_list == 0, error))
    }

    fn note_failure(&self, error: ClusterError, was_listed: bool) {
        let concerned = {
            let Some(mut state) = self.own() else { return };
            let is_gone = was_listed && matches!(error, ClusterError::UnknownKind(_));
            if let Some(kind) = state.kind_mut(&self.kind) {
                kind.phase.send_replace(Phase::Failed(error));
            }
            // No event tells that a version is not served any more. Who has the kind in another one has it
            // watched in that by looking.
            if is_gone {
                state.following(&self.kind)
            } else {
                Concerned::new()
            }
        };
        self.tell(concerned);
    }

    fn tell(&self, concerned: Concerned) {
        for application in concerned {
            self.hears.touched(&application);
        }
    }

    /// What is known, while this is the watch of the kind. A task that is ended may still have an event.
    fn own(&self) -> Option<MutexGuard<'_, State>> {
        let state = self.lock();
        state.kind(&self.resource.gvk).is_some().then_some(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
