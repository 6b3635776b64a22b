//! How to reach a cluster that no kubeconfig names, and what may be wrong with one that does.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::config::Kubeconfig;
use serde_json::{Map, Value, json};

/// The credential plugin protocol that is spoken when none is named.
const EXEC_API_VERSION: &str = "client.authentication.k8s.io/v1";

/// Why the kubeconfig cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read or is no kubeconfig.
    #[error("kubeconfig {path}: {reason}")]
    Read {
        /// The file.
        path: String,
        /// What failed.
        reason: String,
    },
    /// The chosen context does not exist.
    #[error("no context is named {name:?}; {known}")]
    UnknownContext {
        /// The name that was given.
        name: String,
        /// The names there are, in a sentence.
        known: String,
    },
}

/// One cluster and the credentials for it, as an Argo CD cluster Secret has them. What is empty is
/// not given. `Debug` shows no credentials.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClusterConfig {
    /// The name that `destination.name` gives.
    pub name: String,
    /// The API server's URL.
    pub server: String,
    /// A bearer token.
    pub bearer_token: String,
    /// The user of basic authentication.
    pub username: String,
    /// The password of basic authentication.
    pub password: String,
    /// Certificates of the authority that signed the server's, PEM.
    pub ca_data: Vec<u8>,
    /// The client's certificate, PEM.
    pub cert_data: Vec<u8>,
    /// The client's key, PEM.
    pub key_data: Vec<u8>,
    /// Accept any certificate of the server.
    pub insecure: bool,
    /// The host name that the server's certificate must have, when not the URL's.
    pub server_name: String,
    /// The proxy to go through: http, https or socks5.
    pub proxy_url: String,
    /// A program that prints credentials.
    pub exec: Option<ExecConfig>,
    /// The one project that may use it, or empty.
    pub project: String,
    /// The namespaces that may be used; all, when there is none.
    pub namespaces: Vec<String>,
    /// Whether cluster-scoped objects are managed although there are namespaces.
    pub cluster_resources: bool,
}

/// A credential plugin.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExecConfig {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to its environment.
    pub env: BTreeMap<String, String>,
    /// The version of `ExecCredential` that it speaks.
    pub api_version: String,
    /// What to tell a user who does not have it.
    pub install_hint: String,
}

impl fmt::Debug for ClusterConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterConfig")
            .field("name", &self.name)
            .field("server", &self.server)
            .field("insecure", &self.insecure)
            .field("server_name", &self.server_name)
            .field("exec", &self.exec)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ExecConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecConfig")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

impl ClusterConfig {
    /// Whether it says who is asking.
    pub fn has_credentials(&self) -> bool {
        let given = [&self.bearer_token, &self.username, &self.password];
        given.iter().any(|text| !text.is_empty())
            || !self.cert_data.is_empty()
            || self.exec.is_some()
    }

    /// The same as a kubeconfig with one context, named as the cluster.
    ///
    /// # Errors
    /// When kube does not take it.
    pub(crate) fn kubeconfig(&self) -> Result<Kubeconfig, serde_json::Error> {
        let mut cluster = Map::new();
        set(&mut cluster, "server", &self.server);
        set(&mut cluster, "tls-server-name", &self.server_name);
        set(&mut cluster, "proxy-url", &self.proxy_url);
        set_data(&mut cluster, "certificate-authority-data", &self.ca_data);
        cluster.insert("insecure-skip-tls-verify".into(), self.insecure.into());
        let mut user = Map::new();
        set(&mut user, "token", &self.bearer_token);
        set(&mut user, "username", &self.username);
        set(&mut user, "password", &self.password);
        set_data(&mut user, "client-certificate-data", &self.cert_data);
        set_data(&mut user, "client-key-data", &self.key_data);
        if let Some(exec) = &self.exec {
            user.insert("exec".into(), exec.value());
        }
        let name = &self.name;
        serde_json::from_value(json!({
            "current-context": name,
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }))
    }
}

impl ExecConfig {
    fn value(&self) -> Value {
        let env = self.env.iter();
        let env: Vec<Value> = env
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        let api_version = match self.api_version.as_str() {
            "" => EXEC_API_VERSION,
            version => version,
        };
        json!({
            "apiVersion": api_version,
            "command": self.command,
            "installHint": self.install_hint,
            "args": self.args,
            "env": env,
            // Nobody is there to answer questions about a cluster that came from a Secret.
            "interactiveMode": "Never",
        })
    }
}

fn set(map: &mut Map<String, Value>, key: &str, text: &str) {
    if !text.is_empty() {
        map.insert(key.to_owned(), text.into());
    }
}

fn set_data(map: &mut Map<String, Value>, key: &str, bytes: &[u8]) {
    if !bytes.is_empty() {
        map.insert(key.to_owned(), BASE64_STANDARD.encode(bytes).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_arrives_and_none_shows() {
        let config = ClusterConfig {
            name: "spoke".into(),
            namespaces: vec!["shop".into()],
            cluster_resources: true,
            server: "https://spoke.example".into(),
            bearer_token: "secret-token".into(),
            username: "user".into(),
            password: "secret-password".into(),
            ca_data: b"secret-ca".to_vec(),
            cert_data: b"secret-cert".to_vec(),
            key_data: b"secret-key".to_vec(),
            insecure: true,
            server_name: "other.example".into(),
            proxy_url: "http://user:secret-proxy@proxy.example".into(),
            exec: Some(ExecConfig {
                command: "plugin".into(),
                args: vec!["secret-argument".into()],
                env: BTreeMap::from([("TOKEN".into(), "secret-env".into())]),
                api_version: String::new(),
                install_hint: "get it".into(),
            }),
            project: "shop".into(),
        };
        let shown = format!("{config:?}");
        assert!(!shown.contains("secret"), "{shown}");
        let kubeconfig = config.kubeconfig().expect("a kubeconfig");
        let value = serde_json::to_value(kubeconfig).expect("JSON");
        let at = |pointer: &str| value.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(
            at("/clusters/0/cluster"),
            json!({
                "server": "https://spoke.example",
                "tls-server-name": "other.example",
                "proxy-url": "http://user:secret-proxy@proxy.example",
                "certificate-authority-data": "c2VjcmV0LWNh",
                "insecure-skip-tls-verify": true,
            })
        );
        assert_eq!(
            at("/users/0/user"),
            json!({
                "token": "secret-token", "username": "user", "password": "secret-password",
                "client-certificate-data": "c2VjcmV0LWNlcnQ=", "client-key-data": "c2VjcmV0LWtleQ==",
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1", "command": "plugin",
                    "installHint": "get it",
                    "args": ["secret-argument"], "env": [{"name": "TOKEN", "value": "secret-env"}],
                    "interactiveMode": "Never", "provideClusterInfo": false,
                },
            })
        );
    }

    #[test]
    fn what_is_empty_is_not_given() {
        let config = ClusterConfig {
            name: "spoke".into(),
            server: "https://spoke.example".into(),
            ..ClusterConfig::default()
        };
        assert!(!config.has_credentials());
        let value = serde_json::to_value(config.kubeconfig().expect("a kubeconfig")).expect("JSON");
        assert_eq!(value.pointer("/users/0/user"), Some(&json!({})));
    }
}
