//! The phases of a sync and of a deletion, in order (`gitops-engine/pkg/sync/common/types.go`).

use std::fmt;

use serde::Serialize;

/// When something has its turn. Waves order what is within one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Phase {
    /// Hooks before anything else.
    PreSync,
    /// Every ordinary object, and hooks beside them.
    #[default]
    Sync,
    /// Hooks once all of the phases before are healthy.
    PostSync,
    /// Hooks when a phase before failed.
    SyncFail,
    /// Hooks before the application's objects are deleted.
    PreDelete,
    /// Hooks once they are gone.
    PostDelete,
}

impl Phase {
    /// The word of Argo CD's annotation, also used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
            Self::SyncFail => "SyncFail",
            Self::PreDelete => "PreDelete",
            Self::PostDelete => "PostDelete",
        }
    }
}

impl Phase {
    /// What is traced of it.
    pub(crate) fn span(self) -> tracing::Span {
        tracing::debug_span!("phase", phase = self.as_str())
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
