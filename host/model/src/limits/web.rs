//! The web pages.

/// Applications on one page of the list. Some twenty fit a screen; more would only be scrolled past.
pub const PAGE_APPLICATIONS: usize = 50;
/// Commits that one page of a history asks for, by author and message: its entries have some each.
pub const PAGE_COMMITS_MAX: usize = 20;
/// Bytes of one form that a page sends: a manifest of an application, and what is beside it.
pub const FORM_MAX_BYTES: usize = 2 << 20;
/// Pause after a change before a page hears of it: what changes meanwhile comes at once with it.
pub const LIVE_PAUSE_MS: u64 = 300;
/// Silence after which a stream says that it is there: proxies end those that are silent for a minute.
pub const LIVE_KEEP_ALIVE_SECS: u64 = 20;
/// Objects of one kind beside each other that are drawn one by one; more are folded into one.
pub const TREE_SIBLINGS_MAX: usize = 8;
/// Objects of one fold that are drawn once it is open; the others are in the list.
pub const TREE_UNFOLDED_MAX: usize = 200;
/// Lines on one page of the list of an application's objects.
pub const PAGE_OBJECTS: usize = 500;
/// Projects, clusters, namespaces and labels each that are offered beside the list, those with most applications.
pub const FILTER_VALUES_SHOWN: usize = 6;
/// Lines of a log that a page starts with, as Argo CD's.
pub const LOG_TAIL_LINES: i64 = 1_000;
/// The most lines of each container that a page asks for.
pub const LOG_TAIL_MAX_LINES: i64 = 10_000;
/// Bytes of a log as one text, which is put together in memory: fifty pods may print a lot.
pub const LOG_TEXT_MAX_BYTES: usize = 16 << 20;
/// Lines that are put into one event of a followed log.
pub const LOG_LINES_PER_EVENT: usize = 200;
/// Bytes of two texts that are compared side by side; above, only fields are.
pub const DIFF_TEXT_MAX_BYTES: usize = 1 << 20;
/// Lines around a change that are shown with it.
pub const DIFF_CONTEXT_LINES: usize = 3;
