//! What a server's refusal means: HTTP status and `Status` body to one error.

use gantry_model::cluster::FieldConflict;
use gantry_model::{ClusterError, Gvk, limits};
use http::Method;
use serde::Deserialize;

use crate::request::Call;
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

/// How the server, or etcd behind it, says that an object is too large; in all these cases with 500.
const TOO_LARGE: [&str; 3] = [
    "etcdserver: request is too large",
    "trying to send message larger than max",
    "received message larger than max",
];
/// How the server begins to say what a field, or all data of a ConfigMap or Secret, may have; it does
/// not say what they have.
const TOO_LONG: &str = "Too long: may not be more than";
/// What the server says, with 500, when it cannot convert an object between versions of its kind.
const CONVERSION_FAULT: &str = "conversion webhook for ";

/// An answer, read whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) code: u16,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after_secs: Option<u64>,
    /// The answer's tag.
    pub(crate) tag: Option<String>,
    /// An earlier try of the request got no answer, and may have been done.
    pub(crate) maybe_done: bool,
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
    /// The request.
    pub(crate) call: &'a Call,
    /// Whether the client certificate that was shown has ended.
    pub(crate) certificate_has_ended: bool,
}

impl Asked<'_> {
    /// Whether another try may get another answer.
    pub(crate) fn may_pass(&self, answer: &Answer) -> bool {
        // Whoever lists knows what to do about 410.
        if answer.code < 400 || answer.code == 410 {
            return false;
        }
        // A sync may bring the webhook without which objects cannot be written; what cannot be read
        // is told at once, and the sync goes on with other kinds.
        let message = Status::of(answer).message;
        if self.call.method == Method::GET && message.contains(CONVERSION_FAULT) {
            return false;
        }
        self.error(answer).is_transient()
    }

    /// The error of an answer that is no success.
    pub(crate) fn error(&self, answer: &Answer) -> ClusterError {
        let status = Status::of(answer);
        let mut error = self.classify(answer, &status);
        scrub(&mut error, &self.call.hidden);
        error
    }

    /// The error of a `Status` inside a stream.
    pub(crate) fn status_error(&self, status: &Status) -> ClusterError {
        let answer = Answer {
            code: status.code,
            ..Answer::default()
        };
        let mut error = self.classify(&answer, status);
        scrub(&mut error, &self.call.hidden);
        error
    }

    fn classify(&self, answer: &Answer, status: &Status) -> ClusterError {
        let (code, maybe_ours) = (answer.code, answer.maybe_done);
        let message = message(code, status, &answer.body);
        let asked_pause =
            Some(status.details.retry_after_seconds).filter(|seconds| *seconds > 0 && code == 429);
        let retry_after_secs = answer.retry_after_secs.or(asked_pause);
        if let Some(error) = self.known_fault(code, &message) {
            return error;
        }
        match code {
            401 => ClusterError::Unreachable {
                cluster: self.cluster.to_owned(),
                reason: if self.certificate_has_ended {
                    "the server does not accept the credentials: the client certificate has expired"
                } else {
                    "the server does not accept the credentials"
                }
                .to_owned(),
            },
            // The namespace will be gone in a while, and this sync may create it again.
            403 if has_cause(status, NAMESPACE_TERMINATING) => ClusterError::Transient(message),
            403 => ClusterError::Forbidden(message),
            404 => self.not_found(status, message),
            409 if has_cause(status, FIELD_MANAGER_CONFLICT) => {
                ClusterError::Conflict(status.details.causes.iter().filter_map(conflict).collect())
            }
            409 if status.reason == "AlreadyExists" && self.call.method == Method::POST => {
                ClusterError::AlreadyExists {
                    message,
                    maybe_ours,
                }
            }
            409 if self.call.versioned => ClusterError::Modified {
                message,
                maybe_ours,
            },
            // The server's own optimistic lock, or two who applied the same new object at once: the
            // next try wins.
            409 => ClusterError::Transient(message),
            400 | 405 | 413 | 415 | 422 => ClusterError::Invalid(message),
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

    /// Faults that the server reports as if they were its own.
    fn known_fault(&self, code: u16, message: &str) -> Option<ClusterError> {
        let says = |text: &&str| message.contains(*text);
        if code == 413 || (code == 500 && TOO_LARGE.iter().any(says)) {
            return Some(ClusterError::Invalid(self.too_large(message)));
        }
        if code == 422 && message.contains(TOO_LONG) {
            let size = mib(self.call.body.len());
            let message = format!("{message} (the whole object has {size:.2} MiB as JSON)");
            return Some(ClusterError::Invalid(message));
        }
        if code != 500 {
            return None;
        }
        if OBJECT_FAULTS.iter().any(|fault| message.starts_with(fault)) {
            return Some(ClusterError::Invalid(message.to_owned()));
        }
        let gvk = self.gvk.filter(|_| says(&CONVERSION_FAULT))?;
        Some(ClusterError::NotConverted {
            gvk: gvk.clone(),
            message: message.to_owned(),
        })
    }

    /// The server names neither the size nor, mostly, the limit.
    fn too_large(&self, message: &str) -> String {
        format!(
            "the object is too large: {:.2} MiB as JSON, and an API server takes {:.2} MiB in a request, \
             etcd {:.2} MiB an object, unless they are configured for more; split it ({message})",
            mib(self.call.body.len()),
            mib(limits::SERVER_REQUEST_MAX_BYTES),
            mib(limits::ETCD_REQUEST_MAX_BYTES),
        )
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
    /// What an answer says; nothing, if it is no `Status`.
    fn of(answer: &Answer) -> Self {
        let status = serde_json::from_slice(&answer.body).ok();
        let status = status.filter(|status: &Self| status.kind == "Status");
        status.unwrap_or_default()
    }

    /// Whether a list or a watch has to start anew: its resource version is no longer kept.
    pub(crate) fn is_expired(&self) -> bool {
        self.code == 410
    }
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
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
        | ClusterError::NotConverted { message: text, .. }
        | ClusterError::AlreadyExists { message: text, .. }
        | ClusterError::Modified { message: text, .. }
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
