//! What happened to an application, as Argo CD tells it: Kubernetes events of the Application object.

mod recent;

use std::time::{SystemTime, UNIX_EPOCH};

use gantry_model::{Object, limits};
use serde_json::{Value, json};

pub(crate) use recent::Recent;

/// Who tells.
const COMPONENT: &str = "gantry";

/// Argo CD's reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its state could not be found out, or not be acted on.
    StatusRefreshed,
    /// It was made.
    ResourceCreated,
    /// It, its state, or an object of it has changed.
    ResourceUpdated,
    /// It, or an object of it, was deleted.
    ResourceDeleted,
    /// An action of an object was run.
    ResourceActionRan,
    /// A sync begins.
    OperationStarted,
    /// A sync is over.
    OperationCompleted,
}

impl Reason {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StatusRefreshed => "StatusRefreshed",
            Self::ResourceCreated => "ResourceCreated",
            Self::ResourceUpdated => "ResourceUpdated",
            Self::ResourceDeleted => "ResourceDeleted",
            Self::ResourceActionRan => "ResourceActionRan",
            Self::OperationStarted => "OperationStarted",
            Self::OperationCompleted => "OperationCompleted",
        }
    }
}

/// Something that happened to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    reason: Reason,
    message: String,
    is_warning: bool,
    user: String,
    at: SystemTime,
}

impl Event {
    /// It happened just now.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let mut message: String = message.into();
        message.truncate(message.floor_char_boundary(limits::EVENT_MESSAGE_MAX_BYTES));
        message.shrink_to_fit();
        Self {
            reason,
            message,
            is_warning: false,
            user: String::new(),
            at: SystemTime::now(),
        }
    }

    /// Somebody did it: the message begins with them.
    pub fn by(reason: Reason, user: &str, did: &str) -> Self {
        let who = if user.is_empty() {
            "Unknown user"
        } else {
            user
        };
        Self {
            user: who.to_owned(),
            ..Self::new(reason, format!("{who} {did}"))
        }
    }

    /// The same, which somebody should look at.
    #[must_use]
    pub fn warning(self) -> Self {
        Self {
            is_warning: true,
            ..self
        }
    }

    /// The same, which happened then.
    #[must_use]
    pub fn at(self, at: SystemTime) -> Self {
        Self { at, ..self }
    }

    /// The event as Kubernetes has it.
    pub(crate) fn written(&self, of: &Subject) -> Value {
        let since = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = humantime::format_rfc3339_seconds(self.at).to_string();
        let end = format!(".{:x}", since.as_nanos());
        let room = limits::OBJECT_NAME_MAX_CHARS.saturating_sub(end.len());
        let name = of.name.get(..room).unwrap_or(&of.name);
        let mut annotations = json!({"dest-server": of.server, "dest-namespace": of.into});
        if !self.user.is_empty() {
            annotations["user"] = self.user.as_str().into();
        }
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": format!("{name}{end}"),
                "namespace": of.namespace,
                "creationTimestamp": at,
                "annotations": annotations,
            },
            "involvedObject": {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "name": of.name,
                "namespace": of.namespace,
                "uid": of.uid,
                "resourceVersion": of.version,
            },
            "source": {"component": COMPONENT},
            "reason": self.reason.as_str(),
            "message": self.message,
            "type": if self.is_warning { "Warning" } else { "Normal" },
            "count": 1,
            "firstTimestamp": at,
            "lastTimestamp": at,
        })
    }
}

/// What of an application an event has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    version: String,
    server: String,
    into: String,
}

impl Subject {
    pub(crate) fn of(application: &Object) -> Self {
        let value = application.value();
        let destination = |key: &str| {
            let text = value["spec"]["destination"][key].as_str();
            text.unwrap_or_default().to_owned()
        };
        Self {
            namespace: application.namespace().to_owned(),
            name: application.name().to_owned(),
            uid: application.uid().to_owned(),
            version: application.resource_version().to_owned(),
            server: destination("server"),
            into: destination("namespace"),
        }
    }
}
