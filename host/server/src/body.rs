//! Reading a body of the API or of a page: so many bytes, in so much time.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use gantry_model::limits;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has more bytes.
    TooLarge,
    /// It did not come in time.
    Late,
    /// The connection ended before it did.
    BrokenOff,
}

impl Unread {
    /// The same over HTTP.
    pub(crate) fn told(self) -> (StatusCode, &'static str) {
        match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::Late => (StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Self::BrokenOff => (StatusCode::BAD_REQUEST, "the body broke off"),
        }
    }
}

/// A body of at most so many bytes. Of those who have not logged in, a small one: anybody may send that.
pub(crate) async fn read(body: Body, most: usize, is_known: bool) -> Result<Bytes, Unread> {
    let most = if is_known {
        most
    } else {
        most.min(limits::API_BODY_UNKNOWN_MAX_BYTES)
    };
    let patience = Duration::from_secs(limits::API_BODY_TIMEOUT_SECS);
    let read = tokio::time::timeout(patience, Limited::new(body, most).collect()).await;
    let whole = read.map_err(|_| Unread::Late)?.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Unread::TooLarge
        } else {
            Unread::BrokenOff
        }
    })?;
    Ok(whole.to_bytes())
}
