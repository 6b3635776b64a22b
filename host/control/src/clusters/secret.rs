//! The Secret that says how to reach a cluster, as Argo CD writes it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_cluster::ClusterConfig;
use gantry_model::secrets::SECRET_TYPE_LABEL;
use gantry_model::{Object, ObjectError};
use serde_json::{Map, Value, json};

use super::info::ClusterInfo;

const MANAGED_BY: &str = "managed-by";
const ARGO_CD: &str = "argocd.argoproj.io";

/// The name of a cluster's Secret: `cluster-HOST-HASH`, as Argo CD makes it of the server's URL.
///
/// # Errors
/// What is wrong with the URL.
pub fn name(server: &str) -> Result<String, String> {
    let wrong = || format!("{server:?} is no server URL; write it as https://host:port");
    let (scheme, rest) = server.split_once("://").ok_or_else(wrong)?;
    if !matches!(scheme, "http" | "https") {
        return Err(wrong());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, _) = rest.split_once(']').ok_or_else(wrong)?;
            let address: std::net::Ipv6Addr = address.parse().map_err(|_| wrong())?;
            address.to_string().replace(':', "-")
        }
        None => authority.split(':').next().unwrap_or_default().to_owned(),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(wrong());
    }
    let hash = fnv(server.as_bytes());
    Ok(format!("cluster-{}-{hash}", host.to_lowercase()))
}

/// FNV-1a of 32 bits: what Argo CD's names of Secrets end with.
pub fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// The Secret of a cluster. `labels` and `annotations` are added to Argo CD's own.
///
/// # Errors
/// When it would be no object.
pub fn object(
    name: &str,
    info: &ClusterInfo,
    config: &ClusterConfig,
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
) -> Result<Object, ObjectError> {
    let mut labels = labels.clone();
    labels.insert(SECRET_TYPE_LABEL.to_owned(), "cluster".to_owned());
    let mut annotations = annotations.clone();
    annotations.insert(MANAGED_BY.to_owned(), ARGO_CD.to_owned());
    let mut data = Map::new();
    let mut put = |key: &str, text: &str| {
        if !text.is_empty() {
            data.insert(key.to_owned(), BASE64_STANDARD.encode(text).into());
        }
    };
    put("name", &info.name);
    put("server", info.server.trim_end_matches('/'));
    put("namespaces", &info.namespaces.join(","));
    put("project", &info.project);
    if info.cluster_resources {
        put("clusterResources", "true");
    }
    put("config", &settings(config).to_string());
    let value = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "data": data,
    });
    Object::new(value, None)
}

/// The Secret's `config`.
fn settings(config: &ClusterConfig) -> Value {
    let mut tls = Map::from_iter([("insecure".to_owned(), config.insecure.into())]);
    put(&mut tls, "serverName", &config.server_name);
    put(&mut tls, "caData", &BASE64_STANDARD.encode(&config.ca_data));
    put(
        &mut tls,
        "certData",
        &BASE64_STANDARD.encode(&config.cert_data),
    );
    put(
        &mut tls,
        "keyData",
        &BASE64_STANDARD.encode(&config.key_data),
    );
    let mut settings = Map::from_iter([("tlsClientConfig".to_owned(), tls.into())]);
    put(&mut settings, "bearerToken", &config.bearer_token);
    put(&mut settings, "username", &config.username);
    put(&mut settings, "password", &config.password);
    put(&mut settings, "proxyUrl", &config.proxy_url);
    if let Some(exec) = &config.exec {
        let mut plugin = Map::from_iter([
            ("args".to_owned(), json!(exec.args)),
            ("env".to_owned(), json!(exec.env)),
        ]);
        put(&mut plugin, "command", &exec.command);
        put(&mut plugin, "apiVersion", &exec.api_version);
        put(&mut plugin, "installHint", &exec.install_hint);
        settings.insert("execProviderConfig".to_owned(), plugin.into());
    }
    settings.into()
}

fn put(map: &mut Map<String, Value>, key: &str, text: &str) {
    if !text.is_empty() {
        map.insert(key.to_owned(), text.into());
    }
}
