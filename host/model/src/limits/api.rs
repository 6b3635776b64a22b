//! The part of the table that is about the API, its accounts and its pages.

// Calls.

/// Changes of applications that are kept for those who watch and are slow to read: who falls further behind
/// is cut off, and begins anew. Some seconds of all that a control plane with 10,000 applications writes.
pub const API_EVENTS_KEPT_MAX: usize = 4096;
/// Time that a list waits for the applications to be known, after the start.
pub const API_READY_SECS: u64 = 20;
/// Time that a write waits until lists know of it: Argo CD's own.
pub const API_SEEN_MAX_MS: u64 = 2000;
/// Time that a look which was asked for may take before the caller is told that it goes on without them.
pub const API_REFRESH_MAX_SECS: u64 = 60;

/// Values of a field, such as namespaces, that are counted for a filter: those that occur most.
pub const API_COUNTED_VALUES_MAX: usize = 200;

// REST.

/// Bytes of a request's body: a manifest, or a patch of one.
pub const API_BODY_MAX_BYTES: usize = 4 << 20;
/// The same of those who have not logged in: a name and a password.
pub const API_BODY_UNKNOWN_MAX_BYTES: usize = 16 << 10;
/// Time for a body to come.
pub const API_BODY_TIMEOUT_SECS: u64 = 30;
/// Bytes of a list that are written at once: of all applications there may be a hundred million.
pub const API_LIST_CHUNK_BYTES: usize = 256 << 10;
/// Time between two signs of life in a stream where nothing happens: proxies close what is silent for a minute.
pub const API_BEAT_SECS: u64 = 15;
/// How often it is asked whether whoever reads a stream still may.
pub const API_STREAM_CHECK_MS: u64 = 2_000;
/// How often a tree that somebody watches is looked at, beside each change of the application.
pub const API_TREE_SECS: u64 = 5;
/// Time for which a tree is given to others who ask for it: many watch one application while it is synced.
pub const API_TREE_KEPT_MS: u64 = 1000;
/// Time to wait for plugins that are compiled for the first time, before only their names are told.
pub const API_PLUGINS_MS: u64 = 1500;

// gRPC.

/// Values in one request: two bytes of protobuf can be a whole object in memory.
pub const WIRE_VALUES_MAX: usize = 500_000;
/// Unknown fields that are told in the log, each once: a stranger chooses them.
pub const WIRE_UNKNOWN_TOLD_MAX: usize = 64;

// TLS without a certificate that is given.

/// Time for which a certificate of our own is good: Argo CD's.
pub const OWN_CERTIFICATE_SECS: u64 = 365 * 24 * 3600;
/// Age at which a new one is made, while it runs, too.
pub const OWN_CERTIFICATE_RENEW_SECS: u64 = 300 * 24 * 3600;
/// How long before it was made it is good, since clocks differ.
pub const OWN_CERTIFICATE_EARLY_SECS: u64 = 3600;

// Repositories.

/// Time for which the branches and tags of a repository are given to others who ask for them: a form that is
/// filled in, a history with ten commits.
pub const REFS_KEPT_SECS: u64 = 30;
/// Repositories of which it is known how they answered last.
pub const REPOSITORIES_REACHED_MAX: usize = 10_000;
/// Time for repositories to be asked whether they answer, before those that did not yet are shown as unknown.
pub const REPOSITORIES_ASKED_SECS: u64 = 10;
/// Repositories that are asked at once whether they answer.
pub const REPOSITORIES_ASKED_MAX: usize = 8;
/// Folders of a repository that are looked through for charts and overlays.
pub const REPOSITORY_FOLDERS_MAX: usize = 20_000;
/// Parameters of a chart that are listed; those beyond are only in its values.
pub const CHART_PARAMETERS_MAX: usize = 10_000;
