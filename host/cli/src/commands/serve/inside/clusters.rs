//! The clusters: how the connection to each is, and what is done with it.

use std::time::{Duration, SystemTime};

use gantry_api::{Code, Fault};
use gantry_cluster::{KubeCluster, normalise_server};
use gantry_control::clusters::{Census, ConnectionStatus, Registry, Standing};
use gantry_engine::cluster_config;
use gantry_model::secrets::{ClusterSecret, SECRET_TYPE_LABEL};
use gantry_model::{Cluster as _, Manifest, Object, limits, read_manifest};
use gantry_store::Kind;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Running, told};
use crate::commands::cluster::rotate;
use crate::failure::Failure;

/// All of them; those that another replica works on as it has written them down.
pub(super) fn all(registry: &Registry, census: &Census) -> Vec<Value> {
    let all = registry.all();
    all.iter().map(|known| shown(known, census)).collect()
}

fn shown(known: &Standing, census: &Census) -> Value {
    let Standing {
        info,
        aliases,
        state,
        stats,
    } = known;
    let elsewhere = match state.status {
        ConnectionStatus::Unknown => census.get(&info.server, &info.project),
        _ => None,
    };
    let (status, message, version) = match elsewhere {
        Some(counted) => (counted.status.as_str(), &counted.message, &counted.version),
        None => (state.status.as_str(), &state.message, &state.version),
    };
    let (objects, kinds) = match elsewhere {
        Some(counted) => (counted.objects, counted.kinds),
        None => (stats.objects, stats.kinds),
    };
    let checked = state.checked.and_then(time);
    let connection = json!({"status": status, "message": message, "attemptedAt": checked});
    let version = short(version);
    let mut cluster = json!({
        "server": info.server,
        "name": info.name,
        "aliases": aliases,
        "config": {"tlsClientConfig": {"insecure": false}},
        "connectionState": connection,
        "serverVersion": version,
        "info": {"connectionState": connection, "serverVersion": version, "applicationsCount": 0,
            "cacheInfo": {"resourcesCount": objects, "apisCount": kinds}},
    });
    if state.status == ConnectionStatus::Successful {
        cluster["info"]["cacheInfo"]["lastCacheSyncTime"] = json!(checked);
    }
    if !info.project.is_empty() {
        cluster["project"] = json!(info.project);
    }
    if !info.namespaces.is_empty() {
        cluster["namespaces"] = json!(info.namespaces);
    }
    cluster
}

/// A version's first two numbers.
fn short(version: &str) -> String {
    let version = version.trim_start_matches('v');
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => format!("{major}.{minor}"),
        _ => version.to_owned(),
    }
}

fn time(at: SystemTime) -> Option<String> {
    Some(humantime::format_rfc3339_seconds(at).to_string()).filter(|_| at > SystemTime::UNIX_EPOCH)
}

/// Whether a cluster answers, with the credentials that are to be kept: its version.
pub(super) async fn answers(secret: &Value) -> Result<Value, Fault> {
    let secret = read(secret)?;
    let cluster = KubeCluster::given(cluster_config(&secret));
    let patience = Duration::from_secs(limits::CLUSTER_PROBE_TIMEOUT_SECS);
    let failed = |why: String| {
        let message = format!("error getting server version: {why}");
        Fault::new(Code::InvalidArgument, message)
    };
    match timeout(patience, cluster.version()).await {
        Ok(Ok(version)) => Ok(json!({ "serverVersion": version })),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed(format!(
            "it did not answer within {} s",
            patience.as_secs()
        ))),
    }
}

/// Begins anew with a cluster.
pub(super) fn invalidate(running: &Running, request: &Value) -> Result<Value, Fault> {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    if !running.clusters.renew(text("server"), text("project")) {
        let message = "the control plane does not know the cluster yet; try again in a moment";
        return Err(Fault::new(Code::FailedPrecondition, message));
    }
    Ok(request.clone())
}

/// Gives the account on a cluster another token.
pub(super) async fn rotate_token(running: &Running, request: &Value) -> Result<Value, Fault> {
    let server = normalise_server(request["server"].as_str().unwrap_or_default());
    let project = request["project"].as_str().unwrap_or_default();
    for object in running.home.list(Kind::Secret).await? {
        if object.label(SECRET_TYPE_LABEL) != Some("cluster") {
            continue;
        }
        let Ok(secret) = read(object.value()) else {
            continue;
        };
        if normalise_server(&secret.server) == server && secret.project == project {
            return renewed(running, &object, &secret).await;
        }
    }
    let message = "this cluster is not one of a Secret: it has no token to rotate";
    Err(Fault::new(Code::FailedPrecondition, message))
}

async fn renewed(
    running: &Running,
    object: &Object,
    secret: &ClusterSecret,
) -> Result<Value, Fault> {
    match rotate::renew(&*running.home, object, secret).await {
        Ok(()) => Ok(json!({})),
        Err(Failure::Problems(problems)) => Err(told(&problems)),
        Err(Failure::ClosedPipe) => Err(Fault::new(Code::Internal, "nothing was done")),
    }
}

fn read(secret: &Value) -> Result<ClusterSecret, Fault> {
    match read_manifest(secret).map(|read| read.value) {
        Ok(Manifest::ClusterSecret(secret)) => Ok(*secret),
        Ok(_) => Err(Fault::new(Code::InvalidArgument, "this is no cluster")),
        Err(problems) => Err(told(&problems)),
    }
}
