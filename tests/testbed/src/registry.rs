//! An OCI registry: the CNCF's own, as a plain process over a folder.

use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::TestbedError;
use crate::binaries::Binaries;
use crate::process::{Process, free_port};

/// Longest wait for the registry: it starts in some 100 ms.
const READY_TIMEOUT_SECS: u64 = 30;
/// Pause between two looks.
const READY_POLL_MS: u64 = 50;
/// [`Registry::LOGIN`] as `htpasswd -B` writes it, with the least work that bcrypt knows.
const HTPASSWD: &str = "gantry:$2a$04$vzHta4226q2N1f5Za6UExOmzKCHe7BRMOEOEmfVCia4MdjQ146Jx.\n";

/// A running registry without TLS. Dropping it ends it.
#[derive(Debug)]
pub struct Registry {
    address: String,
    _process: Process,
}

impl Registry {
    /// User and password of a registry that asks for them.
    pub const LOGIN: (&str, &str) = ("gantry", "secret");

    /// Starts a registry in a folder; a `closed` one asks for its login.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn start(folder: &Path, closed: bool) -> Result<Self, TestbedError> {
        let binaries = Binaries::find_or_build()?;
        fs::create_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut config = format!(
            "version: 0.1\n\
             log: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: storage}}}}\n\
             http: {{addr: '{address}'}}\n"
        );
        if closed {
            config.push_str("auth: {htpasswd: {realm: testbed, path: htpasswd}}\n");
        }
        for (name, text) in [("config.yml", config.as_str()), ("htpasswd", HTPASSWD)] {
            fs::write(folder.join(name), text).map_err(TestbedError::io(name))?;
        }
        let arguments = ["serve".to_owned(), "config.yml".to_owned()];
        let process = Process::start(&binaries.path("registry"), folder, &arguments)?;
        let start = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if start.elapsed().as_secs() >= READY_TIMEOUT_SECS {
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
            _process: process,
        })
    }

    /// Host and port, as references begin.
    pub fn address(&self) -> &str {
        &self.address
    }
}
