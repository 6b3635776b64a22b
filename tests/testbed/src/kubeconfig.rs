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
    let clusters: Vec<&Cluster> = clusters.into_iter().collect();
    let each = |entry: &dyn Fn(&Cluster) -> Value| -> Vec<Value> {
        clusters.iter().map(|cluster| entry(cluster)).collect()
    };
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": clusters.first().map(|c| c.name.as_str()),
        "clusters": each(&|c| json!({"name": c.name, "cluster": {
            "server": c.url(), "certificate-authority": c.folder.join("ca.crt")}})),
        "users": each(&|c| json!({"name": c.name, "user": {"token": c.token}})),
        "contexts": each(&|c| json!({"name": c.name, "context": {
            "cluster": c.name, "user": c.name}})),
    });
    fs::write(path, format!("{config:#}\n")).map_err(TestbedError::io("kubeconfig"))
}
