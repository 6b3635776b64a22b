//! One connection, from its first byte: nobody holds one for nothing.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use gantry_model::limits;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::access::Peer;
use crate::serve::Bounds;
use crate::streams::Streams;

/// What serves any connection.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) router: Router,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) bounds: Bounds,
    /// True when the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Serving {
    /// Serves one connection to its end.
    pub(crate) async fn connection(self, stream: TcpStream, peer: SocketAddr) {
        // The answers are small, and nobody waits for more of them.
        let _ = stream.set_nodelay(true);
        keep_alive(&stream);
        let first_by = Instant::now() + self.bounds.header_timeout;
        let Some(tls) = self.tls.clone() else {
            return self.http(stream, peer, first_by).await;
        };
        let left = first_by - Instant::now();
        match timeout(left, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.http(stream, peer, first_by).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
            Err(_) => tracing::debug!(%peer, "TLS took too long"),
        }
    }

    async fn http<S>(mut self, stream: S, peer: SocketAddr, first_by: Instant)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asked = Arc::new(AtomicBool::new(false));
        let router = self.router.clone();
        let streams = Streams::new();
        let service = service_fn({
            let (asked, streams) = (Arc::clone(&asked), Arc::clone(&streams));
            move |request: Request<Incoming>| {
                asked.store(true, Ordering::Relaxed);
                let mut request = request.map(Body::new);
                let address = peer.ip().to_canonical();
                request.extensions_mut().insert(Peer(address));
                let (answered, streams) = (router.clone().oneshot(request), Arc::clone(&streams));
                async move { answered.await.map(|response| streams.count(response)) }
            }
        });
        let builder = builder(&self.bounds);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut first = pin!(sleep_until(first_by));
        let mut age = pin!(sleep(self.bounds.connection_max));
        let bounds = self.bounds;
        let mut last = pin!(streams.unneeded(&bounds));
        let (mut waits, mut ending) = (true, false);
        loop {
            tokio::select! {
                done = connection.as_mut() => {
                    if let Err(error) = done {
                        tracing::debug!(%peer, %error, "the connection broke");
                    }
                    return;
                }
                // The library's own timeout begins once it knows the version, which takes some bytes.
                () = first.as_mut(), if waits => {
                    waits = false;
                    if !asked.load(Ordering::Relaxed) {
                        tracing::debug!(%peer, "nothing was asked");
                        return;
                    }
                }
                () = age.as_mut(), if !ending => {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = self.ending.wait_for(|ending| *ending), if !ending => {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = last.as_mut() => return,
            }
        }
    }
}

/// Has TCP ask whether the client is there: a stream in which nothing happens writes nothing, and nobody would see
/// that its reader vanished without a word.
fn keep_alive(stream: &TcpStream) {
    let every = Duration::from_secs(limits::SERVER_KEEP_ALIVE_SECS);
    let questions = TcpKeepalive::new().with_time(every).with_interval(every);
    if let Err(error) = SockRef::from(stream).set_tcp_keepalive(&questions) {
        tracing::debug!(%error, "the system does not ask whether a client is there");
    }
}

fn builder(bounds: &Bounds) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header_timeout)
        .max_headers(limits::SERVER_HEADERS_MAX)
        .max_buf_size(limits::SERVER_HEAD_MAX_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(bounds.ping)
        .keep_alive_timeout(bounds.ping)
        .max_concurrent_streams(limits::SERVER_STREAMS_MAX)
        .max_header_list_size(limits::SERVER_HEAD_MAX_BYTES as u32);
    builder
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
