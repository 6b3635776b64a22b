//! Pages that stay up to date: a stream of their newer parts.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use gantry_api::{Answers, Code, Fault};
use gantry_model::limits;
use maud::Markup;
use tokio::time::{sleep, timeout};

use crate::answer::Response;

/// Makes the parts anew.
pub(crate) type Draw =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Markup, Fault>> + Send>> + Send + Sync>;

struct Live {
    changes: Answers,
    draw: Draw,
    last: String,
    ended: bool,
}

/// Draws whenever something changes, and sends what looks different. Many changes are one drawing: what a slow
/// reader misses are pictures in between, never the last.
pub(crate) fn follow(changes: Answers, draw: Draw) -> Response {
    let live = Live {
        changes,
        draw,
        last: String::new(),
        ended: false,
    };
    let events = stream::unfold(live, |mut live| async move {
        let event = live.next().await?;
        Some((event, live))
    });
    Response::events(events.boxed())
}

impl Live {
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        loop {
            let silence = Duration::from_secs(limits::LIVE_KEEP_ALIVE_SECS);
            match timeout(silence, self.changes.next()).await {
                Err(_) => return Some(Bytes::from_static(b": here\n\n")),
                Ok(None) => return None,
                Ok(Some(Err(fault))) => return self.fail(&fault),
                Ok(Some(Ok(_))) => {}
            }
            sleep(Duration::from_millis(limits::LIVE_PAUSE_MS)).await;
            while let Some(Some(change)) = self.changes.next().now_or_never() {
                if let Err(fault) = change {
                    return self.fail(&fault);
                }
            }
            match (self.draw)().await {
                Ok(parts) => {
                    let parts = parts.into_string();
                    if parts != self.last {
                        let event = event("parts", &parts);
                        self.last = parts;
                        return Some(event);
                    }
                }
                Err(fault) => return self.fail(&fault),
            }
        }
    }

    /// What is gone does not come back; all else the browser tries again.
    fn fail(&mut self, fault: &Fault) -> Option<Bytes> {
        tracing::debug!(%fault, "a live page ends");
        self.ended = true;
        let is_gone = matches!(
            fault.code,
            Code::PermissionDenied | Code::NotFound | Code::Unauthenticated
        );
        is_gone.then(|| event("gone", "-"))
    }
}

/// One event. A carriage return ends a line of it too: what is shown must not write events of its own.
pub(crate) fn event(name: &str, data: &str) -> Bytes {
    let mut text = format!("event: {name}\n");
    for line in data.split('\n') {
        for part in line.trim_end_matches('\r').split('\r') {
            text.push_str("data: ");
            text.push_str(part);
            text.push('\n');
        }
    }
    text.push('\n');
    Bytes::from(text)
}

/// A stream of what changes in one of several; it ends with the first of them.
pub(crate) fn either(one: Answers, other: Answers) -> Answers {
    let (one, other) = (one.map(Some), other.map(Some));
    let ended = || stream::once(async { None });
    let both: BoxStream<'static, _> =
        stream::select(one.chain(ended()), other.chain(ended())).boxed();
    both.take_while(|item| futures::future::ready(item.is_some()))
        .filter_map(futures::future::ready)
        .boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::{StreamExt, stream};
    use gantry_api::{Code, Fault};
    use maud::html;
    use serde_json::json;

    use super::{either, event, follow};
    use crate::answer::Body;

    #[test]
    fn lines_of_an_event_are_lines_of_its_data() {
        assert_eq!(
            event("parts", "10%\r20%\r\revent: gone\r\rb"),
            "event: parts\ndata: 10%\ndata: 20%\ndata: \ndata: event: gone\ndata: \ndata: b\n\n"
        );
        assert_eq!(
            event("parts", "a\r\nb"),
            "event: parts\ndata: a\ndata: b\n\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_looks_the_same_is_not_sent_and_what_is_gone_ends_it() {
        let changes = stream::iter([Ok(json!(1)), Ok(json!(2))])
            .chain(stream::once(async {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                Ok(json!(3))
            }))
            .chain(stream::once(async {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                Err(Fault::new(Code::PermissionDenied, "permission denied"))
            }));
        let drawn = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&drawn);
        let response = follow(
            changes.boxed(),
            Box::new(move || {
                counter.fetch_add(1, Ordering::Relaxed);
                Box::pin(async { Ok(html! { p #a { "x" } }) })
            }),
        );
        let Body::Stream(events) = response.body else {
            panic!("no stream")
        };
        let events: Vec<_> = events.collect().await;
        assert_eq!(
            events,
            [
                "event: parts\ndata: <p id=\"a\">x</p>\n\n",
                "event: gone\ndata: -\n\n"
            ]
        );
        assert_eq!(
            drawn.load(Ordering::Relaxed),
            2,
            "two changes at once are one"
        );
    }

    #[tokio::test]
    async fn the_first_that_ends_ends_both() {
        let both = either(
            stream::iter([Ok(json!(1))]).boxed(),
            stream::pending().boxed(),
        );
        assert_eq!(both.collect::<Vec<_>>().await.len(), 1);
    }
}
