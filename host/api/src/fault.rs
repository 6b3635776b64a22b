//! What went wrong, in gRPC's words.

use gantry_model::Diagnostic;
use gantry_store::StoreError;

/// gRPC's status codes, those that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request makes no sense.
    InvalidArgument = 3,
    /// It took too long.
    DeadlineExceeded = 4,
    /// There is no such thing.
    NotFound = 5,
    /// There is one already.
    AlreadyExists = 6,
    /// The caller may not, or there is no such thing and they may not know.
    PermissionDenied = 7,
    /// Too much at once.
    ResourceExhausted = 8,
    /// Not as things stand.
    FailedPrecondition = 9,
    /// Changed meanwhile.
    Aborted = 10,
    /// Nothing that is served here.
    Unimplemented = 12,
    /// Our fault.
    Internal = 13,
    /// Try again later.
    Unavailable = 14,
    /// Who calls is not known.
    Unauthenticated = 16,
}

impl Code {
    /// The status over HTTP, as grpc-gateway maps it.
    pub fn http(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::FailedPrecondition => 400,
            Self::DeadlineExceeded => 504,
            Self::NotFound => 404,
            Self::AlreadyExists | Self::Aborted => 409,
            Self::PermissionDenied => 403,
            Self::ResourceExhausted => 429,
            Self::Unimplemented => 501,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::Unauthenticated => 401,
        }
    }
}

/// A refusal or failure. The message goes to the caller: no secret, no name that they may not see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Its class.
    pub code: Code,
    /// Its words.
    pub message: String,
}

impl Fault {
    /// A fault.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl Fault {
    /// A method that there is not.
    pub(crate) fn unserved(method: &str) -> Self {
        Self::new(
            Code::Unimplemented,
            format!("{method} is not served by this control plane"),
        )
    }

    /// Something that does not fit the request.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Exists { .. } => Code::AlreadyExists,
            StoreError::Gone { .. } => Code::NotFound,
            StoreError::Conflict { .. } | StoreError::Contended { .. } => Code::Aborted,
            StoreError::Invalid { .. } | StoreError::TooLarge { .. } => Code::InvalidArgument,
            _ => {
                // A path or a server's words are not for everyone.
                tracing::error!(%error, "the home does not do what is asked");
                let message = "the home of the control plane cannot be used; its log says why";
                return Self::new(Code::Unavailable, message);
            }
        };
        Self::new(code, error.to_string())
    }
}

impl Fault {
    /// What is wrong with a manifest.
    pub(crate) fn of_manifest(problems: &[Diagnostic]) -> Self {
        let words = |problem: &Diagnostic| match &problem.field {
            Some(field) => format!("{field}: {}", problem.message),
            None => problem.message.clone(),
        };
        let all: Vec<String> = problems.iter().map(words).collect();
        Self::invalid(all.join("; "))
    }

    /// Why something cannot be done as things stand.
    pub(crate) fn refused(problem: Diagnostic) -> Self {
        Self::new(Code::FailedPrecondition, problem.message)
    }
}
