//! Reading what a stranger sends: so many bytes, in so much time, and so much memory for all of them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use gantry_model::limits;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::answer::Answer;

/// When to come again if all the memory is taken: most bodies are there within this.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// Memory that is accounted for, until this is dropped.
pub(crate) type Held = Option<OwnedSemaphorePermit>;

/// A body, whole.
pub(crate) struct Read {
    pub(crate) bytes: Vec<u8>,
    pub(crate) held: Held,
}

/// Reads a body, a permit of `room` for each byte.
pub(crate) async fn read(
    room: &Arc<Semaphore>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Read, Answer> {
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limits::WEBHOOK_BODY_MAX_BYTES as u64) {
        return Err(too_large());
    }
    let whole = Duration::from_secs(limits::WEBHOOK_BODY_TIMEOUT_SECS);
    timeout(whole, read_frames(room, body))
        .await
        .unwrap_or_else(|_| {
            let secs = limits::WEBHOOK_BODY_TIMEOUT_SECS;
            let text = format!("the body was not there within {secs} s");
            Err(Answer::new(StatusCode::REQUEST_TIMEOUT, text))
        })
}

async fn read_frames(room: &Arc<Semaphore>, mut body: Body) -> Result<Read, Answer> {
    let (mut bytes, mut held) = (Vec::new(), Held::None);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            let text = "the connection ended before the body";
            Answer::new(StatusCode::BAD_REQUEST, text)
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limits::WEBHOOK_BODY_MAX_BYTES {
            return Err(too_large());
        }
        // At most what one body may have, which `u32` holds.
        let more = Arc::clone(room).try_acquire_many_owned(data.len() as u32);
        let more = more.map_err(|_| {
            let text = "too many webhooks are read at once; send it later";
            Answer::later(StatusCode::SERVICE_UNAVAILABLE, text, BUSY)
        })?;
        match &mut held {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Read { bytes, held })
}

fn too_large() -> Answer {
    let mebibytes = limits::WEBHOOK_BODY_MAX_BYTES >> 20;
    let text = format!("a webhook has {mebibytes} MiB at most");
    Answer::new(StatusCode::PAYLOAD_TOO_LARGE, text)
}
