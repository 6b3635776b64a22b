//! Opens connections: TLS, proxies, HTTP/2.
//!
//! kube's own stack asks for HTTP/1.1 only, one connection for each request in flight, and knows
//! no pings. This one builds on the same parts with HTTP/2 by ALPN (HTTP/1.1 where the server, or
//! a proxy before it, does not have it): 64 requests share one connection.

use std::time::Duration;

use gantry_model::limits;
use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::ConfigExt;
use kube::client::middleware::AuthLayer;
use kube::{Client, Config};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

/// Bytes that one watch may have under way, and so many that a connection full of watches, all
/// unread, never fills the connection's own window: a slow reader holds up nobody but itself.
const WATCH_WINDOW_BYTES: u32 = 64 << 10;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Requests with an end.
    Requests,
    /// Streams that stay.
    Watches,
}

/// All that is needed to open connections to one cluster.
pub(crate) struct Dialer {
    config: Config,
    auth: Option<AuthLayer>,
    tls: ClientConfig,
    proxy: Option<Intercept>,
}

impl Dialer {
    /// Reads certificates, and runs the credential plugin if there is one: this may block.
    ///
    /// # Errors
    /// What cannot be used.
    pub(crate) fn new(config: Config, proxy: Option<Intercept>) -> Result<Self, kube::Error> {
        install_crypto();
        Ok(Self {
            auth: config.auth_layer()?,
            tls: config.rustls_client_config()?,
            config,
            proxy,
        })
    }

    /// A client with connections of its own, opened when first used.
    ///
    /// # Errors
    /// What cannot be used.
    pub(crate) fn client(&self, purpose: Use) -> Result<Client, kube::Error> {
        let tcp = tcp();
        let Some(proxy) = &self.proxy else {
            return self.over(tcp, purpose);
        };
        let at = proxy.uri().clone();
        if at.scheme_str().is_some_and(|s| s.starts_with("socks")) {
            let mut socks = SocksV5::new(at, tcp);
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            return self.over(socks, purpose);
        }
        // TLS to the proxy, when its URL says so.
        let to_proxy = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let mut tunnel = Tunnel::new(at, to_proxy);
        if let Some(value) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(value.clone());
        }
        self.over(tunnel, purpose)
    }

    fn over<C>(&self, connector: C, purpose: Use) -> Result<Client, kube::Error>
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: Connection + Read + Write + Send + Unpin + 'static,
        C::Future: Send + 'static,
        C::Error: Into<BoxError>,
    {
        let https = self.https(connector)?;
        // The connector's own limit is for TCP alone; a peer may also hang in TLS or the proxy.
        let timed = tower::service_fn(move |uri: Uri| {
            let opening = https.clone().oneshot(uri);
            Box::pin(async move {
                let limit = Duration::from_secs(limits::CONNECT_TIMEOUT_SECS);
                match tokio::time::timeout(limit, opening).await {
                    Ok(opened) => opened,
                    Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
                }
            })
        });
        let mut builder = HttpClient::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .http2_keep_alive_interval(Duration::from_secs(limits::CONNECTION_PING_SECS))
            // An idle connection may die unseen too, and the next request would wait for it.
            .http2_keep_alive_while_idle(true)
            .http2_keep_alive_timeout(Duration::from_secs(limits::CONNECTION_PING_TIMEOUT_SECS));
        if purpose == Use::Watches {
            let watches = u32::try_from(limits::WATCHES_PER_CONNECTION_MAX).unwrap_or(u32::MAX);
            builder
                .http2_initial_stream_window_size(WATCH_WINDOW_BYTES)
                .http2_initial_connection_window_size(
                    watches.saturating_add(1).saturating_mul(WATCH_WINDOW_BYTES),
                );
        }
        let service = ServiceBuilder::new()
            .layer(self.config.base_uri_layer())
            .option_layer(self.auth.as_ref())
            .layer(self.config.extra_headers_layer()?)
            .map_err(BoxError::from)
            .service(builder.build(timed));
        Ok(Client::new(service, self.config.default_namespace.clone()))
    }

    fn https<C>(&self, connector: C) -> Result<HttpsConnector<C>, kube::Error> {
        let mut builder = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http();
        if let Some(name) = &self.config.tls_server_name {
            let name = ServerName::try_from(name.clone())
                .map_err(|error| kube::Error::Service(Box::new(error)))?;
            builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
        }
        Ok(builder.enable_all_versions().wrap_connector(connector))
    }
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    // Small frames of many requests share the connection: none may wait for the next.
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(Duration::from_secs(limits::CONNECTION_PING_SECS)));
    tcp
}

/// rustls is linked with more than one provider and then chooses none by itself. Whoever comes
/// first wins; it is the same one everywhere in this process.
fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been quicker: then it is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
