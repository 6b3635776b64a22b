//! The listener: it takes connections until it is told to end, and lets those that run finish.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use gantry_api::Api;
use gantry_model::limits;
use gantry_web::Web;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::connection::Serving;
use crate::door::{Counted, Door};
use crate::plane::Plane;
use crate::router::{Surface, router};
use crate::tls::{Certificate, TlsError, TlsMode, acceptor};
use crate::webhook::queue;

/// Times and counts that a connection has.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Time to the first request, and between later ones.
    pub header_timeout: Duration,
    /// Age of a connection.
    pub connection_max: Duration,
    /// Connections at once.
    pub connections: usize,
    /// Silence before an HTTP/2 client is asked whether it is there.
    pub ping: Duration,
    /// Time for which the reader of a stream may take nothing, on a connection of that age.
    pub reader_max: Duration,
    /// Time to finish when the server ends, and when a connection is of that age.
    pub drain: Duration,
    /// How often the certificate is looked at.
    pub tls_reload: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(limits::SERVER_HEADER_TIMEOUT_SECS),
            connection_max: Duration::from_secs(limits::SERVER_CONNECTION_MAX_SECS),
            connections: limits::SERVER_CONNECTIONS_MAX,
            ping: Duration::from_secs(limits::SERVER_PING_SECS),
            reader_max: Duration::from_secs(limits::SERVER_READER_MAX_SECS),
            drain: Duration::from_secs(limits::SERVER_DRAIN_SECS),
            tls_reload: Duration::from_secs(limits::TLS_RELOAD_SECS),
        }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened at.
    #[error("{address} cannot be listened at: {error}; choose another address")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A server that listens, and does not serve yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    plane: Arc<dyn Plane>,
    api: Option<Arc<Api>>,
    web: Option<Web>,
    certificate: Option<Arc<Certificate>>,
    acceptor: Option<TlsAcceptor>,
    surface: Surface,
    counted: Arc<Counted>,
    bounds: Bounds,
}

impl Server {
    /// Listens at an address.
    ///
    /// # Errors
    /// [`ServerError`]: the address is taken, or the certificate cannot be used.
    pub async fn bind(
        address: SocketAddr,
        plane: Arc<dyn Plane>,
        tls: &TlsMode,
    ) -> Result<Self, ServerError> {
        let certificate = Certificate::load(tls)?.map(Arc::new);
        let acceptor = certificate.clone().map(acceptor).transpose()?;
        let failed = |error| ServerError::Address { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listener,
            plane,
            api: None,
            web: None,
            certificate,
            acceptor,
            surface: Surface::default(),
            counted: Arc::default(),
            bounds: Bounds::default(),
        })
    }

    /// The same, with the API.
    #[must_use]
    pub fn api(mut self, api: Arc<Api>) -> Self {
        self.api = Some(api);
        self
    }

    /// The same, with the web pages.
    #[must_use]
    pub fn pages(mut self, web: Web) -> Self {
        self.web = Some(web);
        self
    }

    /// The same, with less to see.
    #[must_use]
    pub fn surface(mut self, surface: Surface) -> Self {
        self.surface = surface;
        self
    }

    /// The same, with what another one counts, too: for metrics at an address of their own.
    #[must_use]
    pub fn counting_with(mut self, other: &Self) -> Self {
        self.counted = Arc::clone(&other.counted);
        self
    }

    /// The same, with other bounds.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Where it listens: of port 0, the one that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `end` is there. Then no connection is taken, and what runs may finish, webhooks
    /// that wait included, within the time for it.
    pub async fn serve(self, end: impl Future<Output = ()>) {
        let (ending, told) = watch::channel(false);
        let (door, waiting) = Door::new(
            self.plane,
            self.api,
            self.acceptor.is_some(),
            self.counted,
            told.clone(),
        );
        let worker = tokio::spawn(queue::Waiting::work(waiting));
        let keeper = self
            .certificate
            .map(|certificate| tokio::spawn(certificate.keep_up(self.bounds.tls_reload)));
        let serving = Serving {
            router: router(Arc::new(door), self.surface, self.web),
            tls: self.acceptor,
            bounds: self.bounds,
            ending: told,
        };
        tracing::info!(address = %self.address, tls = serving.tls.is_some(), "serving");
        let mut connections = JoinSet::new();
        accept(&self.listener, &serving, &mut connections, end).await;

        drop(self.listener);
        // The queue ends with the last that could put something into it.
        drop(serving);
        let _ = ending.send(true);
        finish(connections, worker, Instant::now() + self.bounds.drain).await;
        if let Some(keeper) = keeper {
            keeper.abort();
        }
        tracing::info!("served");
    }
}

async fn accept(
    listener: &TcpListener,
    serving: &Serving,
    connections: &mut JoinSet<()>,
    end: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(serving.bounds.connections));
    let mut end = pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = end.as_mut() => return,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let serving = serving.clone();
                connections.spawn(async move {
                    serving.connection(stream, peer).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                let pause = Duration::from_millis(limits::SERVER_ACCEPT_PAUSE_MS);
                tokio::time::sleep(pause).await;
            }
        }
    }
}

async fn finish(mut connections: JoinSet<()>, mut worker: JoinHandle<()>, until: Instant) {
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout_at(until, all).await.is_err() {
        tracing::warn!(open = connections.len(), "connections were cut off");
        connections.shutdown().await;
    }
    if timeout_at(until, &mut worker).await.is_err() {
        tracing::warn!("webhooks that waited are lost; the next look at Git makes up for them");
        worker.abort();
    }
}
