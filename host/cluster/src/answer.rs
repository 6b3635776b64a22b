//! What a server's refusal means: HTTP status and `Status` body to one error.

use gantry_model::cluster::FieldConflict;
use gantry_model::{ClusterError, Gvk, limits};
use serde::Deserialize;

use crate::scrub::Hidden;

/// The reason of each cause that is another manager's field.
const FIELD_MANAGER_CONFLICT: &str = "FieldManagerConflict";
/// The reason of the cause when an object is put into a namespace that is being deleted.
const NAMESPACE_TERMINATING: &str = "NamespaceTerminating";

/// How the server begins when an applied object does not fit its schema. It answers 500 then,
/// without a reason, as if the fault were its own.
const OBJECT_FAULTS: [&str; 3] = [
    "failed to create typed patch object",
    "failed to create typed new object",
    "failed to convert new object",
];

/// An answer, read whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) code: u16,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after_secs: Option<u64>,
    /// The answer's tag.
    pub(crate) tag: Option<String>,
    /// The body.
    pub(crate) body: bytes::Bytes,
}

/// `meta/v1.Status`, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Status {
    kind: String,
    message: String,
    reason: String,
    details: Details,
    code: u16,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    name: String,
    causes: Vec<Cause>,
    retry_after_seconds: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: String,
    message: String,
    field: String,
}

/// Who was asked, and about what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The cluster's name.
    pub(crate) cluster: &'a str,
    /// The kind, when it was about one.
    pub(crate) gvk: Option<&'a Gvk>,
    /// What the error must not quote.
    pub(crate) hidden: &'a Hidden,
}

impl Asked<'_> {
    /// The error of an answer that is no success.
    pub(crate) fn error(&self, answer: &Answer) -> ClusterError {
        let status = serde_json::from_slice(&answer.body)
            .ok()
            .filter(|status: &Status| status.kind == "Status")
            .unwrap_or_default();
        let mut error = self.classify(answer.code, answer.retry_after_secs, &status, &answer.body);
        scrub(&mut error, self.hidden);
        error
    }

    /// The error of a `Status` inside a stream.
    pub(crate) fn status_error(&self, status: &Status) -> ClusterError {
        let mut error = self.classify(status.code, None, status, &[]);
        scrub(&mut error, self.hidden);
        error
    }

    fn classify(
        &self,
        code: u16,
        retry_after_secs: Option<u64>,
        status: &Status,
        body: &[u8],
    ) -> ClusterError {
        let message = message(code, status, body);
        let details = &status.details;
        let asked_pause =
            Some(details.retry_after_seconds).filter(|seconds| *seconds > 0 && code == 429);
        let retry_after_secs = retry_after_secs.or(asked_pause);
        match code {
            401 => ClusterError::Unreachable {
                cluster: self.cluster.to_owned(),
                reason: "the server does not accept the credentials".to_owned(),
            },
            // The namespace will be gone in a while, and this sync may create it again.
            403 if has_cause(status, NAMESPACE_TERMINATING) => ClusterError::Transient(message),
            403 => ClusterError::Forbidden(message),
            404 => self.not_found(status, message),
            409 if has_cause(status, FIELD_MANAGER_CONFLICT) => {
                ClusterError::Conflict(details.causes.iter().filter_map(conflict).collect())
            }
            // An optimistic lock, or two who created the same object at once: the next try wins.
            409 => ClusterError::Transient(message),
            400 | 405 | 413 | 415 | 422 => ClusterError::Invalid(message),
            500 if OBJECT_FAULTS.iter().any(|fault| message.starts_with(fault)) => {
                ClusterError::Invalid(message)
            }
            429 => ClusterError::Overloaded {
                message,
                retry_after_secs,
            },
            503 if retry_after_secs.is_some() => ClusterError::Overloaded {
                message,
                retry_after_secs,
            },
            410 | 500 | 502 | 503 | 504 => ClusterError::Transient(message),
            _ => ClusterError::Other(message),
        }
    }

    /// An object that is not there is named by the server; a kind that is not served is a plain
    /// "404 page not found", or a status that names nothing.
    fn not_found(&self, status: &Status, message: String) -> ClusterError {
        match self.gvk {
            Some(gvk) if status.reason != "NotFound" || status.details.name.is_empty() => {
                ClusterError::UnknownKind(gvk.clone())
            }
            _ => ClusterError::NotFound(
                message
                    .strip_suffix(" not found")
                    .unwrap_or(&message)
                    .to_owned(),
            ),
        }
    }
}

impl Status {
    /// Whether a list or a watch has to start anew: its resource version is no longer kept.
    pub(crate) fn is_expired(&self) -> bool {
        self.code == 410
    }
}

fn has_cause(status: &Status, reason: &str) -> bool {
    status.details.causes.iter().any(|c| c.reason == reason)
}

/// `conflict with "kubectl" using v1`, and the field beside it.
fn conflict(cause: &Cause) -> Option<FieldConflict> {
    if cause.reason != FIELD_MANAGER_CONFLICT {
        return None;
    }
    let quoted = cause.message.strip_prefix("conflict with ");
    let name = quoted.and_then(|text| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
        values.next()?.ok()
    });
    Some(FieldConflict {
        manager: name.unwrap_or_else(|| cause.message.clone()),
        field: cause.field.clone(),
    })
}

/// The server's words; those of a proxy in between are cut short.
fn message(code: u16, status: &Status, body: &[u8]) -> String {
    if !status.message.is_empty() {
        return status.message.clone();
    }
    let text = String::from_utf8_lossy(body);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = text.floor_char_boundary(limits::SERVER_MESSAGE_MAX_BYTES);
    match text.get(..cut).unwrap_or_default() {
        "" => format!("the server answered {code}"),
        text => format!("the server answered {code}: {text}"),
    }
}

fn scrub(error: &mut ClusterError, hidden: &Hidden) {
    match error {
        ClusterError::NotFound(text)
        | ClusterError::Invalid(text)
        | ClusterError::Forbidden(text)
        | ClusterError::Transient(text)
        | ClusterError::Other(text)
        | ClusterError::Overloaded { message: text, .. } => *text = hidden.scrub(text),
        // These hold names only: of kinds, fields, managers and clusters.
        ClusterError::UnknownKind(_)
        | ClusterError::Conflict(_)
        | ClusterError::Unreachable { .. } => {}
    }
}

#[cfg(test)]
#[path = "answer/tests.rs"]
mod tests;
