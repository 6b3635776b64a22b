//! Answers without an end of their own: they outlive their connection's age for as long as they are read, and end with
//! the server.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use gantry_api::{Answers, Code, Fault};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::serve::Bounds;

/// Marks a response as such an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streaming;

/// The same response, marked.
pub(crate) fn marked(mut response: Response) -> Response {
    response.extensions_mut().insert(Streaming);
    response
}

/// Waits for the end of the server.
pub(crate) async fn end(mut ending: watch::Receiver<bool>) {
    // Who would tell is gone: so is the server.
    let _ = ending.wait_for(|ending| *ending).await;
}

/// The answers as they come, until they end or the server does, which is told last.
pub(crate) fn until_the_end(
    answers: Answers,
    ending: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Value, Fault>> + Send + 'static {
    let begun = Some((answers, Box::pin(end(ending))));
    stream::unfold(begun, |begun| async move {
        let (mut answers, mut ended) = begun?;
        tokio::select! {
            biased;
            () = ended.as_mut() => {
                let fault = Fault::new(Code::Unavailable, "the server ends");
                Some((Err(fault), None))
            }
            answer = answers.next() => Some((answer?, Some((answers, ended)))),
        }
    })
}

/// The streams of one connection.
pub(crate) struct Streams(Mutex<Open>);

struct Open {
    /// Each that is open: since when its reader has not taken what it was given; none while it waits for more.
    all: BTreeMap<u64, Option<Instant>>,
    next: u64,
    /// Since when there has been none, where there is none.
    none_since: Instant,
}

impl Streams {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Open {
            all: BTreeMap::new(),
            next: 0,
            none_since: Instant::now(),
        })))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Knows of a response from now on, if it is a stream.
    pub(crate) fn count(self: &Arc<Self>, response: Response) -> Response {
        if response.extensions().get::<Streaming>().is_none() {
            return response;
        }
        let id = {
            let mut open = self.open();
            let id = open.next;
            open.next += 1;
            open.all.insert(id, Some(Instant::now()));
            id
        };
        let streams = Arc::clone(self);
        response.map(|body| Body::new(Counted { body, id, streams }))
    }

    /// When nobody will need the connection any more; none while a stream waits for what happens next.
    fn unneeded_from(&self, bounds: &Bounds) -> Option<Instant> {
        let open = self.open();
        let mut last = open.none_since + bounds.drain;
        for given in open.all.values() {
            last = last.max((*given)? + bounds.reader_max);
        }
        Some(last)
    }

    /// Waits until the connection is old, and all that is on it has had its time: what runs to its end as long as
    /// when the server ends, what streams as long as it is read.
    pub(crate) async fn unneeded(&self, bounds: &Bounds) {
        sleep(bounds.connection_max + bounds.drain).await;
        loop {
            match self.unneeded_from(bounds) {
                // A stream that ends is seen soon, and most connections end with their last one by themselves.
                None => sleep(bounds.drain).await,
                Some(at) if at <= Instant::now() => return,
                Some(at) => sleep_until(at).await,
            }
        }
    }
}

/// The body of a stream, which says how it is read.
struct Counted {
    body: Body,
    id: u64,
    streams: Arc<Streams>,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // It is asked for the next frame when the one before has gone its way.
        let given = polled.is_ready().then(Instant::now);
        self.streams.open().all.insert(self.id, given);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all.remove(&self.id);
        open.none_since = Instant::now();
    }
}
