//! The clusters, and how the connection to each is.

use std::time::SystemTime;

use gantry_control::clusters::{ConnectionStatus, Registry};
use serde_json::{Value, json};

pub(super) fn all(registry: &Registry) -> Vec<Value> {
    let all = registry.all().into_iter().map(|known| {
        let (info, state) = (known.info, known.state);
        let version = state.version.trim_start_matches('v');
        let mut parts = version.split('.');
        let short = match (parts.next(), parts.next()) {
            (Some(major), Some(minor)) => format!("{major}.{minor}"),
            _ => version.to_owned(),
        };
        let connection = json!({
            "status": state.status.as_str(),
            "message": state.message,
            "attemptedAt": state.checked.and_then(time),
        });
        let mut cluster = json!({
            "server": info.server,
            "name": info.name,
            "config": {"tlsClientConfig": {"insecure": false}},
            "connectionState": connection,
            "serverVersion": short,
            "info": {"connectionState": connection, "serverVersion": short, "applicationsCount": 0,
                "cacheInfo": {"resourcesCount": known.stats.objects, "apisCount": known.stats.kinds}},
        });
        if state.status == ConnectionStatus::Successful {
            cluster["info"]["cacheInfo"]["lastCacheSyncTime"] = json!(state.checked.and_then(time));
        }
        if !info.project.is_empty() {
            cluster["project"] = info.project.into();
        }
        if !info.namespaces.is_empty() {
            cluster["namespaces"] = info.namespaces.into();
        }
        cluster
    });
    all.collect()
}

fn time(at: SystemTime) -> Option<String> {
    Some(humantime::format_rfc3339_seconds(at).to_string()).filter(|_| at > SystemTime::UNIX_EPOCH)
}
