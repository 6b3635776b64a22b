//! Hard refreshes: applications whose next render is handed nothing that was fetched before.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The applications whose renderers have not seen all anew yet, and since when that is wanted.
#[derive(Debug, Default)]
pub(crate) struct Renewals(Mutex<HashMap<String, Instant>>);

impl Renewals {
    /// From now on an application's renderers are handed nothing older.
    pub(crate) fn begin(&self, application: &str) {
        self.lock().insert(application.to_owned(), Instant::now());
    }

    /// The moment that nothing may be older than; none where anything will do.
    pub(crate) fn since(&self, application: &str) -> Option<Instant> {
        self.lock().get(application).copied()
    }

    /// An application was rendered from what is no older than that: there is nothing left to do, unless somebody has
    /// asked again meanwhile.
    pub(crate) fn end(&self, application: &str, since: Instant) {
        self.lock()
            .retain(|name, at| name != application || *at != since);
    }

    /// Nobody wants to know of an application any more.
    pub(crate) fn forget(&self, application: &str) {
        self.lock().remove(application);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
