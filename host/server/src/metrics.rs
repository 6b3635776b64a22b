//! `/metrics`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gantry_model::limits;
use gantry_model::metrics::{CONTENT_TYPE, Exposition};
use http::StatusCode;
use http::header::CONTENT_TYPE as HEADER;
use tokio::sync::Mutex;

use crate::answer::Answer;
use crate::door::Door;
use crate::process;

/// The last text, for as long as it is new.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<(Instant, Bytes)>>);

/// What the plane counted, what the door counted, and what the process takes.
pub(crate) async fn metrics(State(door): State<Arc<Door>>) -> Response {
    // The lock is held while the text is made: who comes meanwhile gets the same.
    let mut kept = door.metrics.0.lock().await;
    let lives = Duration::from_millis(limits::METRICS_KEPT_MS);
    if let Some((made, text)) = kept.as_ref()
        && made.elapsed() < lives
    {
        return respond(text.clone());
    }
    let Some(mut text) = door.ask(|plane| plane.metrics()).await else {
        let answer = Answer::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no metrics; the log says why",
        );
        return answer.into_response();
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let mut own = Exposition::default();
    door.counted.write(&mut own);
    process::write(&mut own);
    text.push_str(&own.into_text());
    let text = Bytes::from(text);
    *kept = Some((Instant::now(), text.clone()));
    respond(text)
}

fn respond(text: Bytes) -> Response {
    ([(HEADER, CONTENT_TYPE)], text).into_response()
}
