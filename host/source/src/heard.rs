//! Who hears of requests to Git servers.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is asked of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Objects.
    Fetch,
    /// Where refs point.
    LsRemote,
}

impl Request {
    /// Argo CD's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::LsRemote => "ls-remote",
        }
    }
}

type Hears = dyn Fn(&str, Request, Duration) + Send + Sync;

/// Hears of each request once it has ended, well or not: the repository without a password, what was
/// asked, and how long it took.
#[derive(Clone, Default)]
pub(crate) struct Heard(Option<Arc<Hears>>);

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Heard").field(&self.0.is_some()).finish()
    }
}

impl Heard {
    pub(crate) fn by(hears: impl Fn(&str, Request, Duration) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hears)))
    }

    /// Asks, and tells of it.
    pub(crate) fn ask<T>(&self, repository: &str, request: Request, ask: impl FnOnce() -> T) -> T {
        let span = tracing::debug_span!("git", request = request.as_str(), repository);
        let began = Instant::now();
        let answer = span.in_scope(ask);
        if let Some(hears) = &self.0 {
            hears(repository, request, began.elapsed());
        }
        answer
    }
}
