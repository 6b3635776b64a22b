//! A Git server over ssh: OpenSSH's own `sshd`, for the user who runs the test, on loopback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::TestbedError;
use crate::ports::free_port;
use crate::process::Process;

/// How long `sshd` may take to listen.
const READY_TIMEOUT_SECS: u64 = 60;

/// Where distributions put a program that is on no user's path.
const SSHD: [&str; 3] = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"];

/// How often it is begun, where another program has taken its port just then.
const STARTS: u32 = 3;

/// Many connections at once, none of which has logged in yet, are not turned away.
const SETTINGS: &str = "ListenAddress 127.0.0.1\nStrictModes no\nPasswordAuthentication no\nUsePAM no\n\
    PidFile none\nMaxStartups 100\n";
/// From OpenSSH 9.8 on: who was refused some times is not made to wait. Before, it is a mistake.
const NO_PENALTIES: &str = "PerSourcePenalties no\n";

/// A running `sshd` that accepts one key. Dropping it ends it.
#[derive(Debug)]
pub struct GitSshServer {
    port: u16,
    key: PathBuf,
    _process: Process,
}

impl GitSshServer {
    /// Starts `sshd` with its files in `folder`, for Git's protocol 2; none when this machine has no `sshd`.
    ///
    /// # Errors
    /// When it is there but does not start.
    pub fn start(folder: &Path) -> Result<Option<Self>, TestbedError> {
        Self::start_with(folder, "AcceptEnv GIT_PROTOCOL")
    }

    /// The same with lines of one's own for its configuration, in place of what protocol 2 needs.
    ///
    /// # Errors
    /// When it is there but does not start.
    pub fn start_with(folder: &Path, settings: &str) -> Result<Option<Self>, TestbedError> {
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
        let mut settings = format!(
            "{settings}\n{SETTINGS}HostKey {}\nAuthorizedKeysFile {}\n",
            host_key.display(),
            authorized.display()
        );
        let config = folder.join("sshd_config");
        let write = |text: &str| fs::write(&config, text).map_err(TestbedError::io("sshd_config"));
        write(&format!("{settings}{NO_PENALTIES}"))?;
        if is_valid(program, &config)? {
            settings.push_str(NO_PENALTIES);
        }
        let mut starts = 1;
        loop {
            let port = free_port()?;
            write(&format!("{settings}Port {port}\n"))?;
            match listen(program, folder, &config, port) {
                Err(TestbedError::Ended { .. }) if starts < STARTS => starts += 1,
                started => {
                    let _process = started?;
                    return Ok(Some(Self {
                        port,
                        key,
                        _process,
                    }));
                }
            }
        }
    }

    /// The URL of a repository by its absolute path.
    pub fn url(&self, repository: &Path) -> String {
        let (user, port) = (user(), self.port);
        format!("ssh://{user}@127.0.0.1:{port}{}", repository.display())
    }

    /// The private key that it accepts.
    ///
    /// # Errors
    /// When the key's file is gone.
    pub fn private_key(&self) -> Result<String, TestbedError> {
        fs::read_to_string(&self.key).map_err(TestbedError::io("the private key"))
    }
}

/// Who runs the test, whatever the environment says.
fn user() -> String {
    let told = Command::new("id").arg("-un").output();
    let name = told.map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned());
    name.ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "root".to_owned())
}

/// Whether this `sshd` knows all that is in a configuration.
fn is_valid(program: &Path, config: &Path) -> Result<bool, TestbedError> {
    let tried = Command::new(program)
        .arg("-t")
        .arg("-f")
        .arg(config)
        .output();
    Ok(tried.map_err(TestbedError::io("sshd"))?.status.success())
}

/// Starts it, and waits until it takes connections.
fn listen(
    program: &Path,
    folder: &Path,
    config: &Path,
    port: u16,
) -> Result<Process, TestbedError> {
    let arguments = ["-D", "-e", "-f", &config.display().to_string()].map(str::to_owned);
    let process = Process::start(program, folder, &arguments)?;
    let start = Instant::now();
    loop {
        // Whoever answers may be another program, that has taken the port.
        if process.has_ended() {
            return Err(TestbedError::Ended {
                program: "sshd".into(),
                cluster: "none".into(),
                log: process.log_tail(),
            });
        }
        if process.log_tail().contains(&format!("port {port}.")) {
            return Ok(process);
        }
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
