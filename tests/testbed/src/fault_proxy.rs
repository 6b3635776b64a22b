//! An HTTP proxy in front of a real API server that makes it a bad one: slow, overloaded, failing,
//! cut off, away.

mod http;

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::cluster::Cluster;
use crate::{TestbedError, kubeconfig};

/// What goes wrong. Every N-th request meets a fault, which one goes round: a test fails the same
/// way each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Statuses that are answered instead of the server's: of every `every` requests, one.
    pub statuses: Vec<u16>,
    /// The connection is cut after the server has done the request, before it is answered: of every
    /// `every` requests one, in turn with the statuses.
    pub cut: bool,
    /// How many requests meet one fault; none does, when 0.
    pub every: usize,
    /// Every answer comes so much later.
    pub delay: Duration,
}

/// Serves as long as the process lives, http without TLS.
#[derive(Debug)]
pub struct FaultProxy {
    address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    server: String,
    tls: Arc<ClientConfig>,
    faults: Mutex<Faults>,
    away_until: Mutex<Option<Instant>>,
    requests: AtomicUsize,
    met: AtomicUsize,
    /// Requests that asked for a compressed answer.
    compressible: AtomicUsize,
    login: Option<Login>,
}

/// Who is let through, and as whom the server sees them.
#[derive(Debug)]
struct Login {
    authorization: String,
    token: String,
}

impl FaultProxy {
    /// Starts in front of a cluster's API server, without faults yet.
    ///
    /// # Errors
    /// When no port is free, or the cluster's certificates cannot be read.
    pub fn start(cluster: &Cluster) -> Result<Self, TestbedError> {
        Self::begin(cluster, None)
    }

    /// Starts in front of a cluster's API server for those who send this value of a basic `Authorization`
    /// header: API servers know no passwords any more. The server sees its admin.
    ///
    /// # Errors
    /// As [`FaultProxy::start`].
    pub fn for_login(cluster: &Cluster, authorization: &str) -> Result<Self, TestbedError> {
        let login = Login {
            authorization: authorization.to_owned(),
            token: cluster.token.clone(),
        };
        Self::begin(cluster, Some(login))
    }

    fn begin(cluster: &Cluster, login: Option<Login>) -> Result<Self, TestbedError> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let server = cluster.url().trim_start_matches("https://").to_owned();
        let state = Arc::new(State {
            server,
            tls: Arc::new(trusting(&cluster.folder.join("ca.crt"))?),
            faults: Mutex::default(),
            away_until: Mutex::default(),
            requests: AtomicUsize::new(0),
            met: AtomicUsize::new(0),
            compressible: AtomicUsize::new(0),
            login,
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client or server that breaks off ends its connection, no more.
                thread::spawn(move || state.serve(&stream));
            }
        });
        Ok(Self {
            address: address.to_string(),
            state,
        })
    }

    /// Writes a kubeconfig that leads to the cluster through the proxy, and names it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig(&self, cluster: &Cluster) -> Result<PathBuf, TestbedError> {
        let path = cluster.folder.join("kubeconfig-faulty");
        kubeconfig::write_at(&path, cluster, &self.url())?;
        Ok(path)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests so far that asked for a compressed answer.
    pub fn compressible(&self) -> usize {
        self.state.compressible.load(Ordering::Relaxed)
    }

    /// Changes what goes wrong.
    pub fn set(&self, faults: Faults) {
        *lock(&self.state.faults) = faults;
    }

    /// From now on, for this time, every connection is closed at once.
    pub fn away_for(&self, time: Duration) {
        *lock(&self.state.away_until) = Some(Instant::now() + time);
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }

    /// Requests so far that met a fault.
    pub fn faults_met(&self) -> usize {
        self.state.met.load(Ordering::Relaxed)
    }
}

/// What happens to one request.
enum Fault {
    None,
    Status(u16),
    Cut,
}

impl State {
    fn serve(&self, client: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        let mut client = client.try_clone()?;
        let mut server = None;
        while let Some(mut request) = http::read_request(&mut reader)? {
            if self.is_away() {
                return Ok(());
            }
            let fault = self.fault();
            let delay = lock(&self.faults).delay;
            thread::sleep(delay);
            if request.field("accept-encoding").is_some() {
                self.compressible.fetch_add(1, Ordering::Relaxed);
            }
            let refused = match fault {
                Fault::Status(code) => Some(code),
                _ if !self.admit(&mut request) => Some(401),
                _ => None,
            };
            if let Some(code) = refused {
                http::answer(&mut client, code, &status(code))?;
                continue;
            }
            let server = match &mut server {
                Some(server) => server,
                none => none.insert(self.connect()?),
            };
            http::send(server.get_mut(), &request)?;
            if matches!(fault, Fault::Cut) {
                // Read first: by then the server has done it.
                return http::relay(server, &mut std::io::sink()).map(drop);
            }
            if !http::relay(server, &mut client)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether who asks may go on; as the admin then, where the proxy asks for a login.
    fn admit(&self, request: &mut http::Request) -> bool {
        let Some(login) = &self.login else {
            return true;
        };
        if request.field("authorization") != Some(&login.authorization) {
            return false;
        }
        request.replace(&login.authorization, &format!("Bearer {}", login.token));
        true
    }

    fn fault(&self) -> Fault {
        let count = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let faults = lock(&self.faults);
        if faults.every == 0 || !count.is_multiple_of(faults.every) {
            return Fault::None;
        }
        let met = self.met.fetch_add(1, Ordering::Relaxed);
        let kinds = faults.statuses.len() + usize::from(faults.cut);
        match met
            .checked_rem(kinds)
            .and_then(|at| faults.statuses.get(at))
        {
            Some(code) => Fault::Status(*code),
            None if faults.cut => Fault::Cut,
            None => Fault::None,
        }
    }

    fn is_away(&self) -> bool {
        lock(&self.away_until).is_some_and(|until| Instant::now() < until)
    }

    fn connect(&self) -> std::io::Result<BufReader<StreamOwned<ClientConnection, TcpStream>>> {
        let stream = TcpStream::connect(&self.server)?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").map_err(std::io::Error::other)?;
        let connection =
            ClientConnection::new(Arc::clone(&self.tls), name).map_err(std::io::Error::other)?;
        Ok(BufReader::new(StreamOwned::new(connection, stream)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn status(code: u16) -> String {
    let message = "the fault proxy says so";
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})
        .to_string()
}

fn trusting(authority: &Path) -> Result<ClientConfig, TestbedError> {
    let bad = |error: String| TestbedError::io("ca.crt")(std::io::Error::other(error));
    let pem = fs::read(authority).map_err(TestbedError::io("ca.crt"))?;
    let certificate =
        CertificateDer::from_pem_slice(&pem).map_err(|error| bad(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    roots
        .add(certificate)
        .map_err(|error| bad(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
