//! Health as Argo CD words it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The health of an object or an application, best first: the order in which Argo CD ranks them
/// when many become one (`gitops-engine/pkg/health/health.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HealthStatus {
    /// Works.
    Healthy,
    /// Paused on purpose.
    Suspended,
    /// Not there yet, may get there.
    Progressing,
    /// Not in the cluster. The host's verdict, never a plugin's.
    Missing,
    /// Failed, or will not get there by itself.
    Degraded,
    /// Could not be judged.
    Unknown,
}

impl HealthStatus {
    /// The word that tables and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// How it is.
    pub status: HealthStatus,
    /// Why, in the words of whoever judged; may be empty.
    #[serde(default)]
    pub message: String,
}
