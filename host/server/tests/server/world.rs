//! A server with a plane that remembers, and a client.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use gantry_model::{Push, WebhookSecrets};
use gantry_server::{Bounds, Plane, Server, Surface, TlsMode};
use http::{HeaderMap, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

/// A plane that answers as it is told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) pushes: Mutex<Vec<Push>>,
    pub(crate) secrets: WebhookSecrets,
    pub(crate) secrets_unknown: bool,
    pub(crate) not_ready: Option<String>,
    pub(crate) slow: Duration,
    pub(crate) slow_metrics: Duration,
    /// Whether they have been asked for.
    pub(crate) metrics_begun: Arc<AtomicBool>,
    pub(crate) panics_at: Option<String>,
}

impl Told {
    pub(crate) fn with_github_secret(secret: &str) -> Self {
        let entries = [("webhook.github.secret".to_owned(), secret.to_owned())];
        Self {
            secrets: WebhookSecrets::read(&entries.into(), &Default::default()).0,
            ..Self::default()
        }
    }

    fn pushes(&self) -> Vec<Push> {
        self.pushes.lock().expect("no panic").clone()
    }
}

impl Plane for Told {
    fn pushed(&self, push: Push) {
        assert_ne!(Some(&push.revision), self.panics_at.as_ref());
        std::thread::sleep(self.slow);
        self.pushes.lock().expect("no panic").push(push);
    }

    fn is_ready(&self) -> Result<(), String> {
        self.not_ready.clone().map_or(Ok(()), Err)
    }

    fn metrics(&self) -> String {
        self.metrics_begun.store(true, Ordering::SeqCst);
        std::thread::sleep(self.slow_metrics);
        "plane_up 1".to_owned()
    }

    fn webhook_secrets(&self) -> Result<WebhookSecrets, String> {
        if self.secrets_unknown {
            return Err("no argocd-secret".to_owned());
        }
        Ok(self.secrets.clone())
    }
}

/// A server that runs.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    plane: Arc<Told>,
    end: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Door {
    pub(crate) async fn open(told: Told, bounds: Bounds) -> Self {
        Self::open_surface(told, bounds, Surface::All).await
    }

    pub(crate) async fn open_surface(told: Told, bounds: Bounds, surface: Surface) -> Self {
        Self::start(told, bounds, surface, &TlsMode::Plain).await
    }

    pub(crate) async fn open_tls(told: Told, bounds: Bounds, tls: &TlsMode) -> Self {
        Self::start(told, bounds, Surface::All, tls).await
    }

    async fn start(told: Told, bounds: Bounds, surface: Surface, tls: &TlsMode) -> Self {
        let plane = Arc::new(told);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(address, Arc::clone(&plane) as Arc<dyn Plane>, tls)
            .await
            .expect("an address")
            .surface(surface)
            .bounds(bounds);
        let address = server.address();
        let (end, ended) = oneshot::channel();
        let served = tokio::spawn(server.serve(async {
            let _ = ended.await;
        }));
        Self {
            address,
            plane,
            end,
            served,
        }
    }

    /// Waits for so many pushes.
    pub(crate) async fn pushes(&self, count: usize) -> Vec<Push> {
        for _ in 0..500 {
            if self.plane.pushes().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let pushes = self.plane.pushes();
        assert_eq!(pushes.len(), count, "they did not come");
        pushes
    }

    /// Ends the server, and gives all pushes.
    pub(crate) async fn end(self) -> Vec<Push> {
        self.end.send(()).expect("it serves");
        self.served.await.expect("no panic");
        self.plane.pushes()
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// A client with a connection for each request.
pub(crate) struct Client {
    address: SocketAddr,
    http2: bool,
    tls: Option<TlsConnector>,
}

impl Client {
    pub(crate) fn new(door: &Door) -> Self {
        Self::at(door.address)
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            http2: false,
            tls: None,
        }
    }

    pub(crate) fn http2(door: &Door) -> Self {
        Self {
            http2: true,
            ..Self::new(door)
        }
    }

    /// One that trusts one certificate.
    pub(crate) fn tls(door: &Door, certificate: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from(certificate.to_vec());
        roots.add(certificate).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self {
            tls: Some(TlsConnector::from(Arc::new(config))),
            ..Self::http2(door)
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send("POST", path, headers, body).await
    }

    pub(crate) async fn try_get(&self, path: &str) -> Option<Answer> {
        self.try_send("GET", path, &[], b"").await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let answer = self.try_send(method, path, headers, body).await;
        answer.expect("an answer")
    }

    async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let stream = TcpStream::connect(self.address).await.ok()?;
        let uri = if self.http2 {
            format!("http://localhost{path}")
        } else {
            path.to_owned()
        };
        let mut request = Request::builder().method(method).uri(uri);
        if !self.http2 {
            request = request.header("host", "localhost");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::copy_from_slice(body));
        let request = request.body(body).expect("a request");
        match &self.tls {
            None => self.over(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from("localhost").expect("a name");
                let stream = tls.connect(name, stream).await.ok()?;
                self.over(stream, request).await
            }
        }
    }

    async fn over<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Option<Answer>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        let response = if self.http2 {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.ok()?;
            tokio::spawn(connection);
            sender.send_request(request).await.ok()?
        } else {
            let (mut sender, connection) = http1::handshake(io).await.ok()?;
            tokio::spawn(connection);
            sender.send_request(request).await.ok()?
        };
        let (parts, body) = response.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Answer {
            status: parts.status,
            version: parts.version,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}
