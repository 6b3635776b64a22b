//! Times as Kubernetes writes them (RFC 3339, UTC).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now, to the second.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// Now, to the microsecond: what names an operation must not be there twice, and of its end and the look after it
/// one must be the later.
pub(crate) fn now_exactly() -> String {
    humantime::format_rfc3339_micros(SystemTime::now()).to_string()
}

/// A time that was written; none where it is none.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(text).ok()
}

/// A time in seconds since the Unix epoch; 0 where it is none.
pub(crate) fn unix_secs(text: &str) -> u64 {
    let since = parse(text).and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.as_ref().map_or(0, Duration::as_secs)
}
