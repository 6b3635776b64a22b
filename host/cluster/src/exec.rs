//! Credential plugins: programs that print who we are, as kubectl runs them.
//!
//! kube can run them too, but without an end, twice for each connection, and without a word of what they
//! said when they failed.

use std::io::IsTerminal;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use gantry_model::limits;
use kube::config::{ExecConfig, ExecInteractiveMode};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::scrub::Hidden;

/// The versions of the protocol that are spoken; that before them is gone from Kubernetes, too.
const VERSIONS: [&str; 2] = [
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
];

/// What a plugin has printed. The certificate and its key are PEM.
pub(crate) struct Login {
    pub(crate) token: Option<String>,
    pub(crate) certificate: Option<(String, String)>,
    pub(crate) expires: Option<SystemTime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Printed {
    api_version: String,
    kind: String,
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

impl Default for Printed {
    fn default() -> Self {
        Self {
            api_version: String::new(),
            kind: "ExecCredential".to_owned(),
            status: None,
        }
    }
}

/// A plugin about to be run.
struct Plugin<'a> {
    config: &'a ExecConfig,
    command: &'a str,
    version: &'a str,
    /// Whether somebody is there who can be asked: then the plugin has the terminal.
    asks: bool,
}

/// Runs a plugin and takes what it prints.
///
/// # Errors
/// What is wrong, with the plugin's name and never with what it was given or printed but the first line
/// of its complaint.
pub(crate) async fn log_in(config: &ExecConfig) -> Result<Login, String> {
    Plugin::of(config, std::io::stdin().is_terminal())?
        .run()
        .await
}

impl<'a> Plugin<'a> {
    fn of(config: &'a ExecConfig, has_terminal: bool) -> Result<Self, String> {
        let command = config.command.as_deref().unwrap_or_default();
        if command.is_empty() {
            return Err("the credential plugin has no command".to_owned());
        }
        let version = config.api_version.as_deref().unwrap_or_default();
        if !VERSIONS.contains(&version) {
            return Err(format!(
                "the credential plugin {command:?} wants to speak {version:?}; known are {}",
                VERSIONS.join(" and ")
            ));
        }
        let mode = config.interactive_mode.as_ref();
        if mode == Some(&ExecInteractiveMode::Always) && !has_terminal {
            return Err(format!(
                "the credential plugin {command:?} must ask somebody (interactiveMode Always), and there \
                 is no terminal"
            ));
        }
        Ok(Self {
            config,
            command,
            version,
            asks: has_terminal && mode != Some(&ExecInteractiveMode::Never),
        })
    }

    async fn run(&self) -> Result<Login, String> {
        let seconds = if self.asks {
            limits::EXEC_LOGIN_ASKING_TIMEOUT_SECS
        } else {
            limits::EXEC_LOGIN_TIMEOUT_SECS
        };
        let mut running = Running::start(self)?;
        let ended = tokio::time::timeout(Duration::from_secs(seconds), running.end()).await;
        let (status, printed, said) = match ended {
            Err(_) => {
                return Err(self.told(&format!("did not end within {seconds} s")));
            }
            Ok(Err(error)) => return Err(self.told(&format!("cannot be read: {error}"))),
            Ok(Ok(ended)) => ended,
        };
        if !status.success() {
            let line = self.first_line(&said);
            let colon = if line.is_empty() { "" } else { ": " };
            return Err(self.told(&format!("failed ({status}){colon}{line}")));
        }
        self.read(&printed)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.command);
        command.args(self.config.args.iter().flatten());
        for variable in self.config.env.iter().flatten() {
            if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
                command.env(name, value);
            }
        }
        let mut spec = json!({"interactive": self.asks});
        // Only where the kubeconfig asks for it: an authority's certificates may be large.
        if let Some(cluster) = &self.config.cluster {
            spec["cluster"] = serde_json::to_value(cluster).unwrap_or_default();
        }
        let about = json!({"apiVersion": self.version, "kind": "ExecCredential", "spec": spec});
        command
            .env("KUBERNETES_EXEC_INFO", about.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if self.asks {
            command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
        } else {
            // A group of its own: what it starts ends with it.
            command
                .stdin(Stdio::null())
                .stderr(Stdio::piped())
                .process_group(0);
        }
        command
    }

    fn read(&self, printed: &[u8]) -> Result<Login, String> {
        // The parser's own words may quote a token.
        let documents = gantry_yaml::parse_bytes(printed).unwrap_or_default();
        let value = documents.into_iter().next().map(|document| document.value);
        let printed: Option<Printed> = value.and_then(|value| serde_json::from_value(value).ok());
        let Some(printed) = printed.filter(|printed| printed.kind == "ExecCredential") else {
            return Err(self.told("did not print an ExecCredential"));
        };
        if printed.api_version != self.version {
            return Err(self.told(&format!(
                "printed an ExecCredential of {:?}, and {:?} is wanted (apiVersion)",
                printed.api_version, self.version
            )));
        }
        let status = printed.status.unwrap_or_default();
        let expires = match status.expiration_timestamp.as_deref().map(moment) {
            Some(None) => return Err(self.told("printed an expirationTimestamp that is no time")),
            expires => expires.flatten(),
        };
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let certificate = given(status.client_certificate_data);
        let certificate = match (certificate, given(status.client_key_data)) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(self.told("printed a client certificate or its key without the other")),
        };
        let token = given(status.token);
        if token.is_none() && certificate.is_none() {
            return Err(self.told("printed neither a token nor a client certificate"));
        }
        Ok(Login {
            token,
            certificate,
            expires,
        })
    }

    fn told(&self, what: &str) -> String {
        format!("the credential plugin {:?} {what}", self.command)
    }

    /// The first line that it complained with, without what it was given.
    fn first_line(&self, said: &[u8]) -> String {
        let said = String::from_utf8_lossy(said);
        let mut lines = said.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty());
        let values = self.config.env.iter().flatten();
        let values = values.filter_map(|variable| variable.get("value"));
        let given = self.config.args.iter().flatten().chain(values);
        let line = Hidden::of_texts(given).scrub(line.unwrap_or_default());
        let plain: String = line.chars().filter(|c| !c.is_control()).collect();
        let cut = plain.floor_char_boundary(limits::SERVER_MESSAGE_MAX_BYTES);
        plain.get(..cut).unwrap_or_default().to_owned()
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        let hint = self.config.install_hint.as_deref().unwrap_or_default();
        let hint = hint.split_whitespace().collect::<Vec<_>>().join(" ");
        let hint = match hint.as_str() {
            "" => "is it installed?",
            hint => hint,
        };
        self.told(&format!("cannot be started: {error}; {hint}"))
    }
}

/// A plugin that runs. What is left of it ends when this goes.
struct Running {
    child: Child,
    /// The group of it and all that it starts, until it has ended.
    group: Option<Pid>,
}

impl Running {
    fn start(plugin: &Plugin<'_>) -> Result<Self, String> {
        let child = plugin.command().spawn();
        let child = child.map_err(|error| plugin.not_started(&error))?;
        let id = child.id().filter(|_| !plugin.asks);
        let id = id.and_then(|id| i32::try_from(id).ok());
        Ok(Self {
            child,
            group: id.and_then(Pid::from_raw),
        })
    }

    /// How it ended, what it printed, and what it complained of.
    async fn end(&mut self) -> std::io::Result<(std::process::ExitStatus, Vec<u8>, Vec<u8>)> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let (printed, said, status) = tokio::join!(all(stdout), all(stderr), self.child.wait());
        self.group = None;
        Ok((status?, printed?, said?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // It may be gone by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Reads to the end, and keeps as much as a credential may have.
async fn all(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        let most = limits::EXEC_LOGIN_OUTPUT_MAX_BYTES;
        (&mut pipe).take(most).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}

fn moment(text: &str) -> Option<SystemTime> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.into())
}

#[cfg(test)]
#[path = "exec/tests.rs"]
mod tests;
