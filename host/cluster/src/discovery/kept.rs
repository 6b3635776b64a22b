//! What is kept of the last answer, and for how long it counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gantry_model::cluster::Resource;
use gantry_model::{Gvk, limits};
use tokio::time::Instant;

/// All kinds, and where each is.
pub(super) struct Kinds {
    pub(super) all: Arc<[Resource]>,
    by_gvk: HashMap<Gvk, usize>,
    /// When the server was asked for them.
    pub(super) read: Instant,
}

/// The kinds that were read last.
#[derive(Default)]
pub(super) struct Kept {
    kinds: Option<Arc<Kinds>>,
    /// From when on the server is asked whether they are still these; none: at once.
    due: Option<Instant>,
    /// When the server was found to be another one.
    changed: Option<Instant>,
}

impl Kinds {
    pub(super) fn new(all: Vec<Resource>, read: Instant) -> Self {
        let mut by_gvk = HashMap::with_capacity(all.len());
        for (at, resource) in all.iter().enumerate() {
            // Of two with one kind, the first is the usual one.
            by_gvk.entry(resource.gvk.clone()).or_insert(at);
        }
        Self {
            all: all.into(),
            by_gvk,
            read,
        }
    }

    pub(super) fn get(&self, gvk: &Gvk) -> Option<Resource> {
        self.all.get(*self.by_gvk.get(gvk)?).cloned()
    }
}

impl Kept {
    /// What was read last, and whether the server is to be asked again.
    pub(super) fn seen(&self, now: Instant) -> Option<(Arc<Kinds>, bool)> {
        let kinds = Arc::clone(self.kinds.as_ref()?);
        Some((kinds, self.due.is_none_or(|due| due <= now)))
    }

    pub(super) fn put(&mut self, kinds: Arc<Kinds>) {
        let keep = Duration::from_secs(limits::DISCOVERY_KEPT_SECS);
        self.due = self.is_current(kinds.read).then(|| kinds.read + keep);
        self.kinds = Some(kinds);
    }

    /// The server was asked in vain.
    pub(super) fn put_off(&mut self, asked: Instant) {
        if self.is_current(asked) {
            let pause = Duration::from_secs(limits::DISCOVERY_RETRY_SECS);
            self.due = Some(Instant::now() + pause);
        }
    }

    /// The server is another one.
    pub(super) fn expire(&mut self) {
        self.changed = Some(Instant::now());
        self.due = None;
    }

    /// Whether an answer that was asked for then is of the server that there is now.
    fn is_current(&self, asked: Instant) -> bool {
        self.changed.is_none_or(|at| at <= asked)
    }
}
