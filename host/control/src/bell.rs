//! From what is heard of clusters and repositories to the workers it concerns.

use std::sync::{Arc, OnceLock, Weak};

use gantry_engine::CheckError;
use gantry_live::Hears;

use crate::clusters::ClusterInfo;
use crate::inbox::Post;
use crate::poll::Listener;
use crate::shared::{Id, Shared};

/// Rings for workers. It is there before they are, since clusters want one.
#[derive(Default)]
pub struct Bell(OnceLock<Weak<Shared>>);

impl Bell {
    pub(crate) fn hang(&self, shared: &Arc<Shared>) {
        // It is hung once.
        let _ = self.0.set(Arc::downgrade(shared));
    }

    /// Leaves word with an application, by its name in tracking annotations.
    pub(crate) fn ring(&self, tracking: &str, put: impl FnOnce(&mut Post)) {
        let Some(shared) = self.0.get().and_then(Weak::upgrade) else {
            return;
        };
        let id = id_of(tracking, shared.home.namespace());
        if let Some(inbox) = shared.inbox(&id) {
            inbox.tell(put);
        }
    }
}

impl Bell {
    /// Leaves word with applications, by namespace and name.
    fn ring_all(&self, applications: &[String], put: impl Fn(&mut Post)) {
        let Some(shared) = self.0.get().and_then(Weak::upgrade) else {
            return;
        };
        for application in applications {
            let Some((namespace, name)) = application.split_once('/') else {
                continue;
            };
            let id = Id {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            };
            if let Some(inbox) = shared.inbox(&id) {
                inbox.tell(&put);
            }
        }
    }

    /// Leaves word with all applications of a cluster.
    pub fn ring_cluster(&self, info: &ClusterInfo) {
        let Some(shared) = self.0.get().and_then(Weak::upgrade) else {
            return;
        };
        let concerned = shared.board.all().into_iter().filter(|(_, standing)| {
            standing.cluster == info.name || standing.cluster == info.server
        });
        for (id, _) in concerned {
            if let Some(inbox) = shared.inbox(&id) {
                inbox.tell(|post| post.reasons.settings = true);
            }
        }
    }
}

/// What polls find.
pub(crate) struct Moves(pub(crate) Arc<Bell>);

impl Listener for Moves {
    fn moved(&self, applications: &[String]) {
        self.0
            .ring_all(applications, |post| post.reasons.moved = true);
    }

    fn failing(&self, applications: &[String], error: &CheckError) {
        tracing::warn!(applications = applications.len(), %error, "a repository cannot be asked");
    }

    fn recovered(&self, applications: &[String]) {
        self.0
            .ring_all(applications, |post| post.reasons.moved = true);
    }
}

impl Hears for Bell {
    fn touched(&self, application: &str) {
        self.ring(application, |post| post.reasons.touched = true);
    }
}

/// The application that a tracking annotation means.
fn id_of(tracking: &str, home: &str) -> Id {
    // A namespace has no underscore.
    let (namespace, name) = tracking.split_once('_').unwrap_or((home, tracking));
    Id {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}
