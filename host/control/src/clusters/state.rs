//! How the connection to a cluster is.

use std::time::SystemTime;

/// Argo CD's words for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// Nobody has asked it yet.
    #[default]
    Unknown,
    /// It answered when it was last asked.
    Successful,
    /// It did not.
    Failed,
}

impl ConnectionStatus {
    /// As it is written and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
        }
    }
}

/// What the last probe found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionState {
    /// Whether it answers.
    pub status: ConnectionStatus,
    /// Why it does not, or empty.
    pub message: String,
    /// Since when it has this status.
    pub since: Option<SystemTime>,
    /// The server's version when it last answered, such as `v1.35.4`.
    pub version: String,
    /// When it was last asked.
    pub checked: Option<SystemTime>,
}

impl ConnectionState {
    /// Takes an answer. True when something is different now that concerns applications: whether it
    /// answers, or which version does.
    pub(super) fn note(&mut self, answer: Result<String, String>, now: SystemTime) -> bool {
        let before = (self.status, self.version.clone());
        self.checked = Some(now);
        (self.status, self.message) = match answer {
            Ok(version) => {
                self.version = version;
                (ConnectionStatus::Successful, String::new())
            }
            Err(message) => (ConnectionStatus::Failed, message),
        };
        if before.0 != self.status {
            self.since = Some(now);
        }
        before != (self.status, self.version.clone())
    }
}
