//! From what is heard of clusters and repositories to the workers it concerns.

use std::sync::{Arc, OnceLock, Weak};

use gantry_live::Hears;

use crate::inbox::Post;
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
