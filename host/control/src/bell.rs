//! From what is heard of clusters and repositories to the workers it concerns.

use std::sync::{Arc, OnceLock, Weak};

use gantry_engine::CheckError;
use gantry_live::Hears;

use crate::clusters::{ClusterInfo, Target};
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

    /// The workers, once there are any.
    fn shared(&self) -> Option<Arc<Shared>> {
        self.0.get().and_then(Weak::upgrade)
    }

    /// Leaves word with applications whose sources moved, by namespace and name.
    fn moved(&self, applications: &[String]) {
        let Some(shared) = self.shared() else { return };
        let ids = applications.iter().filter_map(|application| {
            let (namespace, name) = application.split_once('/')?;
            Some(id(namespace, name))
        });
        let ids: Vec<Id> = ids.collect();
        shared.tell_each(&ids, |post| post.reasons.moved = true);
    }

    /// Leaves word with all applications of a cluster, whatever they call it.
    pub fn ring_cluster(&self, info: &ClusterInfo) {
        let Some(shared) = self.shared() else { return };
        let sight = shared.clusters.sight();
        let is_meant = |target: &Target| sight.server(target).as_deref() == Some(&info.server);
        shared.tell_of_settings(&shared.interests.going_to(is_meant));
    }
}

/// What polls find.
pub(crate) struct Moves(pub(crate) Arc<Bell>);

impl Listener for Moves {
    fn moved(&self, applications: &[String]) {
        self.0.moved(applications);
    }

    fn failing(&self, applications: &[String], error: &CheckError) {
        tracing::warn!(applications = applications.len(), %error, "a repository cannot be asked");
    }

    fn recovered(&self, applications: &[String]) {
        self.0.moved(applications);
    }
}

impl Hears for Bell {
    /// The application is named as tracking annotations name it.
    fn touched(&self, application: &str) {
        let Some(shared) = self.shared() else { return };
        let id = shared.id_of(application);
        shared.tell_each(&[id], |post| post.reasons.touched = true);
    }
}

fn id(namespace: &str, name: &str) -> Id {
    Id {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}
