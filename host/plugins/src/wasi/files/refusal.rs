//! Why a file call fails, as the error numbers that guests know.

use gantry_model::{TreeError, limits};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

/// Why a file call fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// A fault of the call that its error number says in full.
    #[error("{}", .0.message())]
    Plain(ErrorCode),
    /// The tree's answer.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Too many handles.
    #[error(
        "{} files and directories are open, and no more may be",
        limits::FILES_OPEN_MAX
    )]
    Handles,
    /// Too much content.
    #[error(
        "what is open has more than {} bytes, which is all that may be held at once",
        limits::FILES_OPEN_MAX_BYTES
    )]
    Bytes,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Plain(code)
    }
}

impl Refusal {
    pub(super) fn code(&self) -> ErrorCode {
        match self {
            Self::Plain(code) => *code,
            Self::Tree(TreeError::NotFound(_)) => ErrorCode::NoEntry,
            Self::Tree(TreeError::NotAFile(_)) => ErrorCode::IsDirectory,
            Self::Tree(TreeError::NotADirectory(_)) => ErrorCode::NotDirectory,
            Self::Tree(TreeError::Outside(_)) => ErrorCode::NotPermitted,
            Self::Tree(TreeError::Loop(_)) => ErrorCode::Loop,
            Self::Tree(TreeError::NotALink(_)) => ErrorCode::Invalid,
            Self::Tree(TreeError::TooLarge { .. }) => ErrorCode::FileTooLarge,
            Self::Tree(TreeError::Io { .. }) => ErrorCode::Io,
            Self::Handles | Self::Bytes => ErrorCode::InsufficientMemory,
        }
    }

    /// Whether there is more to know than the number can say.
    pub(super) fn says_more(&self) -> bool {
        matches!(
            self,
            Self::Handles
                | Self::Bytes
                | Self::Tree(TreeError::TooLarge { .. } | TreeError::Io { .. })
        )
    }
}
