//! A web server over a folder, as Helm repositories are served: with or without TLS and login,
//! ETags, packed files beside plain ones, redirects.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::TestbedError;
use crate::certificates::untrusted_tls;

/// Serves a folder on loopback, as long as the process lives.
#[derive(Debug)]
pub struct FileServer {
    address: String,
    /// The server's own certificate, with TLS.
    certificate: Option<String>,
    state: Arc<State>,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The path and query.
    pub path: String,
    /// The `Authorization` header, or empty.
    pub authorization: String,
    /// The status of the answer.
    pub status: u16,
}

#[derive(Debug)]
struct State {
    folder: PathBuf,
    /// The `Authorization` header that lets in; all are let in without.
    login: Option<String>,
    redirects: Mutex<HashMap<String, String>>,
    asked: Mutex<Vec<Asked>>,
}

impl FileServer {
    /// Starts serving; with `login` (the value of an `Authorization` header) only to those who send
    /// it.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(folder: &Path, login: Option<&str>) -> Result<Self, TestbedError> {
        Self::serve(folder, login, None)
    }

    /// The same with TLS, with a certificate that nobody trusts.
    ///
    /// # Errors
    /// When no port is free, or no certificate can be made.
    pub fn start_tls(folder: &Path, login: Option<&str>) -> Result<Self, TestbedError> {
        let (certificate, config) = untrusted_tls()?;
        Self::serve(folder, login, Some((certificate.pem(), config)))
    }

    fn serve(
        folder: &Path,
        login: Option<&str>,
        tls: Option<(String, Arc<ServerConfig>)>,
    ) -> Result<Self, TestbedError> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let state = Arc::new(State {
            folder: folder.to_owned(),
            login: login.map(str::to_owned),
            redirects: Mutex::default(),
            asked: Mutex::default(),
        });
        let (certificate, config) = tls.unzip();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, config) = (Arc::clone(&shared), config.clone());
                // A client that breaks off is its own affair.
                std::thread::spawn(move || match config {
                    None => answer(stream, &state),
                    Some(config) => match ServerConnection::new(config) {
                        Ok(connection) => answer(StreamOwned::new(connection, stream), &state),
                        Err(error) => Err(std::io::Error::other(error)),
                    },
                });
            }
        });
        Ok(Self {
            address: address.to_string(),
            certificate,
            state,
        })
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}/{path}", self.address)
    }

    /// The certificate that a client has to trust, PEM; empty without TLS.
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap_or_default()
    }

    /// From now on, a path leads to a URL.
    pub fn redirect(&self, path: &str, to: &str) {
        let redirects = &self.state.redirects;
        let mut redirects = redirects.lock().unwrap_or_else(PoisonError::into_inner);
        redirects.insert(format!("/{path}"), to.to_owned());
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        let mut asked = self
            .state
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut asked)
    }
}

fn answer(mut stream: impl Read + Write, state: &State) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let (status, more, body) = state.answer(&target, &headers);
    let asked = Asked {
        path: target,
        authorization: headers.remove("authorization").unwrap_or_default(),
        status: status
            .get(..3)
            .and_then(|code| code.parse().ok())
            .unwrap_or_default(),
    };
    state
        .asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(asked);
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()
}

impl State {
    /// Status, headers, body.
    fn answer(
        &self,
        target: &str,
        headers: &HashMap<String, String>,
    ) -> (&'static str, String, Vec<u8>) {
        let nothing = |status| (status, String::new(), Vec::new());
        let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
        let login = self.login.as_deref();
        if login.is_some_and(|login| login != header("authorization")) {
            return nothing("401 Unauthorized");
        }
        let path = target.split('?').next().unwrap_or_default();
        let redirects = self
            .redirects
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(to) = redirects.get(path) {
            return ("302 Found", format!("Location: {to}\r\n"), Vec::new());
        }
        let file = self.folder.join(path.trim_start_matches('/'));
        if file.is_dir() {
            return nothing("403 Forbidden");
        }
        let packed = file.with_added_extension("gz");
        let packed = header("accept-encoding").contains("gzip") && packed.is_file();
        let encoding = if packed {
            "Content-Encoding: gzip\r\n"
        } else {
            ""
        };
        let file = if packed {
            file.with_added_extension("gz")
        } else {
            file
        };
        let Ok(body) = std::fs::read(file) else {
            return nothing("404 Not Found");
        };
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let etag = format!("\"{:x}\"", hasher.finish());
        if header("if-none-match") == etag {
            return nothing("304 Not Modified");
        }
        ("200 OK", format!("ETag: {etag}\r\n{encoding}"), body)
    }
}
