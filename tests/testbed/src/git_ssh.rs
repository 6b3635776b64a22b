//! A Git server over ssh: OpenSSH's own `sshd`, for the user who runs the test, on loopback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::TestbedError;
use crate::process::{Process, free_port};

/// How long `sshd` may take to listen.
const READY_TIMEOUT_SECS: u64 = 10;

/// Where distributions put a program that is on no user's path.
const SSHD: [&str; 3] = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"];

/// A running `sshd` that accepts one key. Dropping it ends it.
#[derive(Debug)]
pub struct GitSshServer {
    port: u16,
    key: PathBuf,
    _process: Process,
}

impl GitSshServer {
    /// Starts `sshd` with its files in `folder`; none when this machine has no `sshd`.
    ///
    /// # Errors
    /// When it is there but does not start.
    pub fn start(folder: &Path) -> Result<Option<Self>, TestbedError> {
        let Some(program) = SSHD.iter().map(Path::new).find(|path| path.exists()) else {
            return Ok(None);
        };
        fs::create_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))?;
        // As root, sshd wants this folder, which only its service makes.
        let _ = fs::create_dir_all("/run/sshd");
        let host_key = keygen(&folder.join("host"))?;
        let key = keygen(&folder.join("user"))?;
        let authorized = folder.join("authorized_keys");
        fs::copy(key.with_extension("pub"), &authorized)
            .map_err(TestbedError::io("authorized_keys"))?;
        let port = free_port()?;
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\n\
             StrictModes no\nPasswordAuthentication no\nUsePAM no\nPidFile none\n",
            host_key.display(),
            authorized.display()
        );
        let config = folder.join("sshd_config");
        fs::write(&config, settings).map_err(TestbedError::io("sshd_config"))?;
        let arguments = ["-D", "-e", "-f", &config.display().to_string()].map(str::to_owned);
        let process = Process::start(program, folder, &arguments)?;
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > Duration::from_secs(READY_TIMEOUT_SECS) {
                return Err(TestbedError::NotReady {
                    program: "sshd".into(),
                    cluster: "none".into(),
                    seconds: READY_TIMEOUT_SECS,
                    log: process.log_tail(),
                });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(Self {
            port,
            key,
            _process: process,
        }))
    }

    /// The URL of a repository by its absolute path.
    pub fn url(&self, repository: &Path) -> String {
        let user = std::env::var("USER").unwrap_or_else(|_| "root".into());
        format!(
            "ssh://{user}@127.0.0.1:{}{}",
            self.port,
            repository.display()
        )
    }

    /// The private key that it accepts.
    ///
    /// # Errors
    /// When the key's file is gone.
    pub fn private_key(&self) -> Result<String, TestbedError> {
        fs::read_to_string(&self.key).map_err(TestbedError::io("the private key"))
    }
}

fn keygen(path: &Path) -> Result<PathBuf, TestbedError> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status()
        .map_err(TestbedError::io("ssh-keygen"))?;
    if !made.success() {
        return Err(TestbedError::io("ssh-keygen")(std::io::Error::other(
            "it failed",
        )));
    }
    Ok(path.to_owned())
}
