//! The control plane as a whole: one worker for each application of its home.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gantry_engine::Engine;
use gantry_model::{Object, limits};
use gantry_store::{Change, Home, Kind};
use gantry_sync::CancellationToken;
use tokio::task::JoinSet;

use crate::board::Board;
use crate::shared::{Id, Shared};
use crate::worker::Worker;

/// The control plane.
pub struct Plane {
    shared: Arc<Shared>,
}

impl Plane {
    /// Joins the parts.
    pub fn new(home: Arc<dyn Home>, engine: Arc<Engine>) -> Self {
        Self {
            shared: Arc::new(Shared::new(home, engine)),
        }
    }

    /// How all applications are.
    pub fn board(&self) -> &Board {
        &self.shared.board
    }

    /// An object of an application was changed in its cluster; the application by its name in tracking
    /// annotations.
    pub fn touched(&self, application: &str) {
        let id = self.id_of(application);
        if let Some(inbox) = self.shared.inbox(&id) {
            inbox.tell(|post| post.reasons.touched = true);
        }
    }

    fn id_of(&self, tracking: &str) -> Id {
        let (namespace, name) = match tracking.split_once('_') {
            Some((namespace, name)) => (namespace, name),
            None => (self.shared.home.namespace(), tracking),
        };
        Id {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Works until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let mut workers = JoinSet::new();
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.watch_applications(&mut workers) => {}
        }
        workers.shutdown().await;
    }

    async fn watch_applications(&self, workers: &mut JoinSet<()>) {
        loop {
            let mut changes = self.shared.home.watch(Kind::Application);
            while let Some(change) = changes.next().await {
                match change {
                    Ok(Change::Present(object)) => self.present(*object, workers),
                    Ok(Change::Gone { namespace, name }) => {
                        if let Some(inbox) = self.shared.inbox(&Id { namespace, name }) {
                            inbox.tell(|post| post.gone = true);
                        }
                    }
                    Ok(Change::Listed) => {
                        tracing::info!(
                            applications = self.shared.count(),
                            "all applications are known"
                        );
                    }
                    Err(error) => tracing::warn!(%error, "the applications cannot be read"),
                }
                while workers.try_join_next().is_some() {}
            }
            tokio::time::sleep(Duration::from_millis(limits::WATCH_BACKOFF_START_MS)).await;
        }
    }

    fn present(&self, object: Object, workers: &mut JoinSet<()>) {
        let id = Id {
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
        };
        let (inbox, is_new) = self.shared.inbox_or_new(&id);
        if is_new {
            let worker = Worker::new(Arc::clone(&self.shared), id, inbox, object);
            workers.spawn(worker.run());
        } else {
            inbox.tell(|post| post.latest = Some(object));
        }
    }
}
