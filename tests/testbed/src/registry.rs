//! An OCI registry: the CNCF's own, as a plain process over a folder.

use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use rcgen::{Certificate, KeyPair};

use crate::TestbedError;
use crate::binaries::Binaries;
use crate::certificates::self_signed;
use crate::ports::free_port;
use crate::process::Process;

/// Longest wait for the registry: it starts in some 100 ms.
const READY_TIMEOUT_SECS: u64 = 30;
/// Pause between two looks.
const READY_POLL_MS: u64 = 50;
/// [`Registry::LOGIN`] as `htpasswd -B` writes it, with the least work that bcrypt knows.
const HTPASSWD: &str = "gantry:$2a$04$vzHta4226q2N1f5Za6UExOmzKCHe7BRMOEOEmfVCia4MdjQ146Jx.\n";

/// A running registry. Dropping it ends it.
#[derive(Debug)]
pub struct Registry {
    address: String,
    /// Its certificate, with TLS.
    certificate: String,
    _process: Process,
}

impl Registry {
    /// User and password of a registry that asks for them.
    pub const LOGIN: (&str, &str) = ("gantry", "secret");

    /// Starts a registry in a folder, without TLS; a `closed` one asks for its login.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn start(folder: &Path, closed: bool) -> Result<Self, TestbedError> {
        Self::serve(folder, closed, None)
    }

    /// Starts one with TLS, with a certificate that nobody trusts.
    ///
    /// # Errors
    /// When it does not answer in time, or no certificate can be made.
    pub fn start_tls(folder: &Path) -> Result<Self, TestbedError> {
        Self::serve(folder, false, Some(self_signed()?))
    }

    fn serve(
        folder: &Path,
        closed: bool,
        tls: Option<(Certificate, KeyPair)>,
    ) -> Result<Self, TestbedError> {
        let binaries = Binaries::find_or_build()?;
        fs::create_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let tls_config = match tls {
            Some(_) => ", tls: {certificate: server.crt, key: server.key}",
            None => "",
        };
        let (certificate, key) = tls
            .map(|(certificate, key)| (certificate.pem(), key.serialize_pem()))
            .unwrap_or_default();
        let mut config = format!(
            "version: 0.1\n\
             log: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: storage}}}}\n\
             http: {{addr: '{address}'{tls_config}}}\n"
        );
        if closed {
            config.push_str("auth: {htpasswd: {realm: testbed, path: htpasswd}}\n");
        }
        for (name, text) in [
            ("config.yml", config.as_str()),
            ("htpasswd", HTPASSWD),
            ("server.crt", &certificate),
            ("server.key", &key),
        ] {
            fs::write(folder.join(name), text).map_err(TestbedError::io(name))?;
        }
        let arguments = ["serve".to_owned(), "config.yml".to_owned()];
        let process = Process::start(&binaries.path("registry"), folder, &arguments)?;
        let start = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if process.has_ended() || start.elapsed().as_secs() >= READY_TIMEOUT_SECS {
                return Err(TestbedError::NotReady {
                    program: "registry".to_owned(),
                    cluster: address,
                    seconds: READY_TIMEOUT_SECS,
                    log: process.log_tail(),
                });
            }
            thread::sleep(Duration::from_millis(READY_POLL_MS));
        }
        Ok(Self {
            address,
            certificate,
            _process: process,
        })
    }

    /// Host and port, as references begin.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The certificate that a client has to trust, PEM; empty without TLS.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }
}
