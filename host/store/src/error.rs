//! Why what is kept cannot be read or written.

use gantry_model::ClusterError;

/// Why what is kept cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be used.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file has a schema that this version does not know.
    #[error(
        "{path} was written by a newer gantry (schema {found}, this one knows {known}); use that one"
    )]
    Newer {
        /// The file.
        path: String,
        /// The file's schema.
        found: i64,
        /// The newest schema that is known.
        known: i64,
    },
    /// The cluster did not do what was asked.
    #[error("Secret {namespace}/{name}: {error}")]
    Cluster {
        /// The Secret's namespace.
        namespace: String,
        /// The Secret.
        name: String,
        /// Why.
        error: ClusterError,
    },
    /// What is stored is no history.
    #[error("{place} holds no history that can be read: {reason}; delete it to start anew")]
    Corrupt {
        /// Where.
        place: String,
        /// Why.
        reason: String,
    },
    /// One entry alone is too large for its home.
    #[error(
        "the entry has {bytes} bytes, and one Secret holds {max}: keep the history in the data folder (--history local)"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What fits.
        max: usize,
    },
    /// Others kept changing it.
    #[error("Secret {namespace}/{name} was changed by others at each of {tries} tries")]
    Contended {
        /// The Secret's namespace.
        namespace: String,
        /// The Secret.
        name: String,
        /// How often it was tried.
        tries: u32,
    },
    /// There is one of that name already.
    #[error("{kind} {name} exists already")]
    Exists {
        /// Its kind.
        kind: &'static str,
        /// Its name, with the namespace.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no {kind} {name}")]
    Gone {
        /// Its kind.
        kind: &'static str,
        /// Its name, with the namespace.
        name: String,
    },
    /// Somebody else has changed it since it was read.
    #[error("{kind} {name} was changed by somebody else; try again with what it is now")]
    Conflict {
        /// Its kind.
        kind: &'static str,
        /// Its name, with the namespace.
        name: String,
    },
    /// The hub did not do what was asked.
    #[error("{what}: {error}")]
    Hub {
        /// What was asked, and of which object.
        what: String,
        /// Why.
        error: ClusterError,
    },
    /// It cannot be kept as it is.
    #[error("{what}: {reason}")]
    Invalid {
        /// Which object.
        what: String,
        /// Why.
        reason: String,
    },
}
