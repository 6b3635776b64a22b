//! How to reach a repository: credentials, certificates, proxies.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use gantry_model::limits;
use gix::credentials::helper::Action;
use gix::credentials::protocol::Outcome;
use gix::protocol::transport::client::blocking_io::http;
use reqwest::Certificate;

use crate::known_hosts;

/// Credentials and connection settings of one repository. All empty means: as Git itself is set
/// up on this machine.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// User name for http(s).
    pub username: String,
    /// Password or token for http(s).
    pub password: String,
    /// Token sent as `Authorization: Bearer`.
    pub bearer_token: String,
    /// Private key for ssh, in PEM or OpenSSH format.
    pub ssh_private_key: String,
    /// Do not check the server's certificate or host key.
    pub insecure: bool,
    /// Proxy for http(s).
    pub proxy: String,
    /// User name and password are sent before the server asks for any.
    pub is_sent_at_once: bool,
}

impl fmt::Debug for Access {
    /// Says which settings there are, not their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("username", &!self.username.is_empty())
            .field("password", &!self.password.is_empty())
            .field("bearer_token", &!self.bearer_token.is_empty())
            .field("ssh_private_key", &!self.ssh_private_key.is_empty())
            .field("insecure", &self.insecure)
            .field("is_sent_at_once", &self.is_sent_at_once)
            .finish_non_exhaustive()
    }
}

/// ssh that gives up on a server that is silent: by itself it waits for ever.
/// It believes the hosts of that file too.
pub(crate) fn ssh_command(known_hosts: Option<&Path>) -> String {
    format!(
        "ssh -o ConnectTimeout={} -o ServerAliveInterval={} -o ServerAliveCountMax={}{}",
        limits::SSH_CONNECT_TIMEOUT_SECS,
        limits::SSH_ALIVE_INTERVAL_SECS,
        limits::SSH_ALIVE_MISSED_MAX,
        known_hosts.map(known_hosts::option).unwrap_or_default()
    )
}

/// Whether a command for ssh begins as ours does.
pub(crate) fn is_own_command(line: &OsStr) -> bool {
    line.as_encoded_bytes().starts_with(b"ssh ")
}

/// One word of a shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl Access {
    /// Whether http(s) credentials were given.
    pub(crate) fn has_login(&self) -> bool {
        !self.username.is_empty() || !self.password.is_empty()
    }

    /// Servers that take tokens want some name beside them.
    fn username(&self) -> &str {
        if self.username.is_empty() {
            "git"
        } else {
            &self.username
        }
    }

    /// Git settings that say the same as these. The key lies in a file that lives as long as the
    /// fetch; `command` is what ssh is begun with.
    pub(crate) fn git_settings(&self, key_file: Option<&Path>, command: &str) -> Vec<String> {
        // A CI job has nobody to answer a prompt.
        let mut settings = vec!["gitoxide.credentials.terminalPrompt=false".to_owned()];
        if !self.proxy.is_empty() {
            settings.push(format!("http.proxy={}", self.proxy));
        }
        let mut ssh = Vec::new();
        if let Some(file) = key_file {
            let file = quoted(&file.display().to_string());
            ssh.push(format!("-o IdentitiesOnly=yes -i {file}"));
        }
        if self.insecure {
            ssh.push("-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null".to_owned());
        }
        if !ssh.is_empty() {
            ssh.push("-o BatchMode=yes -o LogLevel=ERROR".to_owned());
            settings.push(format!("core.sshCommand={command} {}", ssh.join(" ")));
        }
        settings
    }

    /// Adds to the http transport what no Git setting says. Without TLS, gix gives no credentials;
    /// whoever configured both, as for a server inside the cluster, gets both.
    /// The server's certificate may be of `certificates`, PEM, beside those that this machine believes.
    pub(crate) fn configure(
        &self,
        options: &mut http::Options,
        without_tls: bool,
        certificates: &str,
    ) {
        if (without_tls || self.is_sent_at_once) && self.has_login() {
            if without_tls {
                tracing::warn!("credentials are sent without TLS");
            }
            let login = BASE64_STANDARD.encode(format!("{}:{}", self.username(), self.password));
            options
                .extra_headers
                .push(format!("Authorization: Basic {login}"));
        }
        if !self.bearer_token.is_empty() {
            options
                .extra_headers
                .push(format!("Authorization: Bearer {}", self.bearer_token));
        }
        let insecure = self.insecure;
        let trusted = Certificate::from_pem_bundle(certificates.as_bytes());
        let trusted = trusted.unwrap_or_else(|error| {
            // The server is then told not to be believed.
            tracing::warn!(%error, "its certificates cannot be read");
            Vec::new()
        });
        let configure: Box<http::reqwest::ConfigureClientFn> = Box::new(move |client| {
            let client = client.timeout(Duration::from_secs(limits::FETCH_SILENCE_SECS));
            let client = if trusted.is_empty() {
                client
            } else {
                client.tls_certs_merge(trusted.clone())
            };
            Ok(client.danger_accept_invalid_certs(insecure))
        });
        let backend = http::reqwest::Options {
            configure_client: Some(configure),
            configure_request: None,
        };
        options.backend = Some(Arc::new(Mutex::new(backend)));
    }

    /// Answers a server that asks for credentials.
    pub(crate) fn answer(&self, action: Action) -> gix::Result<Option<Outcome>> {
        let Action::Get(context) = action else {
            return Ok(None);
        };
        let identity = gix::sec::identity::Account {
            username: self.username().to_owned(),
            password: self.password.clone(),
            oauth_refresh_token: None,
        };
        Ok(Some(Outcome {
            identity,
            next: context.into(),
        }))
    }
}
