//! A cluster Secret: a server, and how to reach it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Secret;
use super::entries::{Entries, decode, entries};
use super::tables::{CLUSTER, CONFIG};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Parsed, convert, errors_first};
use crate::object::Object;
use crate::schema::{Type, walk, without_nulls};

/// One cluster. What is empty is not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterSecret {
    /// The name that `destination.name` gives; the server's URL where the Secret has none.
    pub name: String,
    /// The API server's URL, without a slash at its end.
    pub server: String,
    /// The namespaces that Gantry may use; none means all.
    pub namespaces: Vec<String>,
    /// Whether cluster-scoped objects are managed even so.
    pub cluster_resources: bool,
    /// The one project that may use the cluster, or empty.
    pub project: String,
    /// The user of basic authentication.
    pub username: String,
    /// The password of basic authentication.
    pub password: Secret,
    /// A bearer token.
    pub bearer_token: Secret,
    /// How to trust the server, and a client certificate.
    pub tls: TlsClient,
    /// A program that prints credentials.
    pub exec: Option<ExecProvider>,
    /// The proxy to go through; its URL may hold a password.
    pub proxy_url: Secret,
    /// Ask the server for uncompressed answers.
    pub disable_compression: bool,
}

/// `tlsClientConfig`. Certificates and key are PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsClient {
    /// Accept any certificate of the server.
    pub insecure: bool,
    /// The host name that the server's certificate must have, when not the URL's.
    pub server_name: String,
    /// Certificates of the authority that signed the server's.
    pub ca_data: String,
    /// The client's certificate.
    pub cert_data: String,
    /// The client's key.
    pub key_data: Secret,
}

/// `execProviderConfig`: a credential plugin of the kind kubectl knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExecProvider {
    /// The program.
    pub command: String,
    /// Its arguments; one may be a token.
    pub args: Vec<Secret>,
    /// Variables added to its environment.
    pub env: BTreeMap<String, Secret>,
    /// The version of `ExecCredential` that it speaks.
    pub api_version: String,
    /// What to tell a user who does not have it.
    pub install_hint: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    username: String,
    password: Secret,
    bearer_token: Secret,
    tls_client_config: Tls,
    exec_provider_config: Option<ExecProvider>,
    proxy_url: Secret,
    disable_compression: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tls {
    insecure: bool,
    server_name: String,
    ca_data: Secret,
    cert_data: Secret,
    key_data: Secret,
}

pub(super) fn read(secret: &Object) -> Result<Parsed<ClusterSecret>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let entries = entries(secret, &mut found);
    let report = walk(Type::Object(CLUSTER), &entries.value(), "", false);
    found.extend(entries.placed(report).diagnostics());
    let config = read_config(&entries, &mut found);
    let tls = read_tls(&entries, config.tls_client_config, &mut found);
    let warnings = errors_first(found)?;
    let server = entries.text("server").trim_end_matches('/').to_owned();
    let name = entries.text("name");
    let namespaces = entries.text("namespaces");
    let namespaces = namespaces.split(',').map(str::trim);
    let value = ClusterSecret {
        name: if name.is_empty() {
            server.clone()
        } else {
            name
        },
        server,
        namespaces: namespaces
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        cluster_resources: entries.flag("clusterResources"),
        project: entries.text("project"),
        username: config.username,
        password: config.password,
        bearer_token: config.bearer_token,
        tls,
        exec: config.exec_provider_config,
        proxy_url: config.proxy_url,
        disable_compression: config.disable_compression,
    };
    Ok(Parsed { value, warnings })
}

/// `config`: JSON in a string. The fields of a diagnostic go on inside of it.
fn read_config(entries: &Entries, found: &mut Vec<Diagnostic>) -> Config {
    let text = entries.text("config");
    if text.is_empty() {
        return Config::default();
    }
    let field = entries.place("config");
    // The parser's own message is kept to its place: it may quote what it read.
    let config: Value = match serde_json::from_str(&text) {
        Ok(config) => without_nulls(&config),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message = format!("`{field}` is no JSON, at its line {line}, column {column}");
            found.push(Diagnostic::error("invalid-json", message).field(&field));
            return Config::default();
        }
    };
    let report = entries.placed(walk(CONFIG, &config, "config", false));
    let valid = report.errors.is_empty();
    found.extend(report.diagnostics());
    if !valid {
        return Config::default();
    }
    convert(&config, &field).unwrap_or_else(|error| {
        found.push(error);
        Config::default()
    })
}

fn read_tls(entries: &Entries, tls: Tls, found: &mut Vec<Diagnostic>) -> TlsClient {
    let mut pem = |key: &str, data: &Secret| {
        let field = entries.place(&format!("config.tlsClientConfig.{key}"));
        decode(data.expose(), &field).unwrap_or_else(|error| {
            found.push(error);
            String::new()
        })
    };
    TlsClient {
        ca_data: pem("caData", &tls.ca_data),
        cert_data: pem("certData", &tls.cert_data),
        key_data: pem("keyData", &tls.key_data).into(),
        insecure: tls.insecure,
        server_name: tls.server_name,
    }
}
