//! Kubeconfig files, written as JSON (which is YAML).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::TestbedError;
use crate::cluster::Cluster;

/// Writes a file with a context for each cluster; the first is the current one.
pub(crate) fn write<'a>(
    path: &Path,
    clusters: impl IntoIterator<Item = &'a Cluster>,
) -> Result<(), TestbedError> {
    let clusters: Vec<(&Cluster, String)> = clusters.into_iter().map(|c| (c, c.url())).collect();
    write_all(path, &clusters)
}

/// Writes a file with one cluster, which is reached at another URL than its own.
pub(crate) fn write_at(path: &Path, cluster: &Cluster, url: &str) -> Result<(), TestbedError> {
    write_all(path, &[(cluster, url.to_owned())])
}

fn write_all(path: &Path, clusters: &[(&Cluster, String)]) -> Result<(), TestbedError> {
    let each = |entry: &dyn Fn(&Cluster, &str) -> Value| -> Vec<Value> {
        let entries = clusters.iter();
        entries.map(|(cluster, url)| entry(cluster, url)).collect()
    };
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": clusters.first().map(|(c, _)| c.name.as_str()),
        "clusters": each(&|c, url| json!({"name": c.name, "cluster": {
            "server": url, "certificate-authority": c.folder.join("ca.crt")}})),
        "users": each(&|c, _| json!({"name": c.name, "user": {"token": c.token}})),
        "contexts": each(&|c, _| json!({"name": c.name, "context": {
            "cluster": c.name, "user": c.name}})),
    });
    fs::write(path, format!("{config:#}\n")).map_err(TestbedError::io("kubeconfig"))
}
