//! The lines of a watch, read as they come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry_model::{ClusterError, limits};
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Status;
use crate::lanes::Lane;
use crate::lines::Lines;

/// How much later than the server a watch is given up here.
const GRACE_SECS: u64 = 15;

/// One line.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "object", rename_all = "UPPERCASE")]
pub(crate) enum Event {
    /// New.
    Added(Value),
    /// Changed.
    Modified(Value),
    /// Gone; as it was last.
    Deleted(Value),
    /// Nothing happened up to this version.
    Bookmark(Bookmark),
    /// The watch is over.
    Error(Status),
}

/// An object of which only the version matters.
#[derive(Debug, Deserialize)]
pub(crate) struct Bookmark {
    /// Where the version is.
    pub(crate) metadata: BookmarkMetadata,
}

/// See [`Bookmark`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BookmarkMetadata {
    /// The version.
    pub(crate) resource_version: String,
}

/// An open watch. It keeps its place on the connection until it is dropped.
pub(crate) struct Events {
    _lane: Arc<Lane>,
    body: Body,
    lines: Lines,
    count: u64,
    opened: Instant,
}

impl Events {
    /// Reads from a response.
    pub(crate) fn new(lane: Arc<Lane>, body: Body) -> Self {
        Self {
            _lane: lane,
            body,
            lines: Lines::default(),
            count: 0,
            opened: Instant::now(),
        }
    }

    /// How many events came.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Whether it lasted about as long as it was asked to.
    pub(crate) fn ran_its_time(&self) -> bool {
        self.opened.elapsed() >= Duration::from_secs(limits::WATCH_TIMEOUT_SECS / 2)
    }

    /// The next event, or none at the end.
    ///
    /// # Errors
    /// When the connection breaks or something else than events comes.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, ClusterError> {
        loop {
            if let Some(line) = self.lines.take() {
                if line.is_empty() {
                    continue;
                }
                let event = serde_json::from_slice(&line);
                self.count += 1;
                return event.map(Some).map_err(|_| broken("an unreadable event"));
            }
            if self.lines.len() > limits::WATCH_EVENT_MAX_BYTES {
                return Err(broken("an event without an end"));
            }
            // The server ends a watch in its time. If it does not, the connection is dead.
            let all = Duration::from_secs(limits::WATCH_TIMEOUT_SECS + GRACE_SECS);
            let left = all.saturating_sub(self.opened.elapsed());
            let frame = tokio::time::timeout(left, self.body.frame()).await;
            match frame.map_err(|_| broken("a watch without an end"))? {
                None => return Ok(None),
                Some(Err(error)) => return Err(broken(&error.to_string())),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.lines.push(&bytes);
                    }
                }
            }
        }
    }
}

fn broken(what: &str) -> ClusterError {
    ClusterError::Transient(format!("the watch broke: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_event_is_read() {
        let read = |text: &str| serde_json::from_str::<Event>(text).expect("an event");
        assert!(matches!(
            read(r#"{"type":"ADDED","object":{}}"#),
            Event::Added(_)
        ));
        assert!(matches!(
            read(r#"{"type":"MODIFIED","object":{}}"#),
            Event::Modified(_)
        ));
        assert!(matches!(
            read(r#"{"type":"DELETED","object":{}}"#),
            Event::Deleted(_)
        ));
        let bookmark = r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"7","creationTimestamp":null}}}"#;
        assert!(matches!(read(bookmark), Event::Bookmark(b) if b.metadata.resource_version == "7"));
        let expired =
            r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#;
        assert!(matches!(read(expired), Event::Error(status) if status.is_expired()));
    }
}
