//! Streams: server-sent events for browsers, JSON line by line for others.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use gantry_api::Answers;
use gantry_model::limits;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::answer;
use crate::streams::{marked, until_the_end};

/// Whether the caller is a browser's `EventSource`.
pub(super) fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept.is_some_and(|accept| {
        let accept = accept.to_str().unwrap_or_default();
        accept.contains("text/event-stream")
    })
}

/// The answers as they come, until the caller goes, its session is to go on with another token, or the server ends.
pub(super) fn response(
    answers: Answers,
    events: bool,
    ending: watch::Receiver<bool>,
    renewal: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let (before, after) = if events {
        ("data: ", "\n\n")
    } else {
        ("", "\n")
    };
    let answers = until_the_end(answers, ending).take_until(Box::pin(renewal));
    let lines = answers.map(move |answer| {
        let value = match answer {
            Ok(value) => json!({ "result": value }),
            Err(fault) => answer::within_stream(&fault),
        };
        Bytes::from(format!("{before}{value}{after}"))
    });
    // A proxy closes what is silent; and who has gone is noticed by writing.
    let lines = if events {
        stream::select(lines.map(Some).chain(stream::iter([None])), beats())
            .take_while(|line| std::future::ready(line.is_some()))
            .filter_map(std::future::ready)
            .boxed()
    } else {
        lines.boxed()
    };
    let body = StreamBody::new(lines.map(|line| Ok::<_, Infallible>(Frame::data(line))));
    let kind = if events {
        "text/event-stream"
    } else {
        "application/json"
    };
    let mut response = Body::new(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // nginx would keep the lines back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    marked(response)
}

fn beats() -> impl Stream<Item = Option<Bytes>> + Send {
    let mut ticks = interval(Duration::from_secs(limits::API_BEAT_SECS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    stream::unfold(ticks, |mut ticks| async {
        ticks.tick().await;
        Some((Some(Bytes::from_static(b":\n\n")), ticks))
    })
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests {
    use std::future::pending;

    use futures::{StreamExt, stream};
    use http_body_util::BodyExt;
    use serde_json::json;
    use tokio::sync::watch;

    use super::response;

    #[tokio::test]
    async fn a_stream_says_that_the_server_ends() {
        let told = r#"{"error":{"grpc_code":14,"http_code":503,"http_status":"Service Unavailable","message":"the server ends"}}"#;
        for (events, expected) in [
            (false, format!("{{\"result\":1}}\n{told}\n")),
            (true, format!("data: {{\"result\":1}}\n\ndata: {told}\n\n")),
        ] {
            let (end, ending) = watch::channel(false);
            let answers = stream::iter([Ok(json!(1))]).chain(stream::once(async move {
                // After the first answer, and while nothing else comes.
                let _ = end.send(true);
                pending().await
            }));
            let response = response(answers.boxed(), events, ending, pending());
            let body = response.into_body().collect().await.expect("a body");
            let text = String::from_utf8(body.to_bytes().to_vec()).expect("a text");
            // The first sign of life may come before all else.
            assert_eq!(text.replace(":\n\n", ""), expected);
        }
    }
}
