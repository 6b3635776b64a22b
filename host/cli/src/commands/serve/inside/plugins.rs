//! The plugins: what each is, what it costs, and who uses it.

use std::collections::BTreeMap;
use std::time::Duration;

use gantry_api::app::View;
use gantry_api::{Code, Fault};
use gantry_model::limits;
use gantry_plugins::{PluginInfo, PluginMetrics};
use gantry_store::Kind;
use serde_json::{Value, json};

use super::Running;

/// All of them, as soon as they are known: the first question after a start may have to compile large ones.
/// That goes on while the caller gets their names.
pub(super) async fn list(running: &Running) -> Result<Value, Fault> {
    let users = users(running).await?;
    let metrics = running.plugins.metrics();
    let plugins = running.plugins.clone();
    let read = tokio::task::spawn_blocking(move || plugins.list());
    let patience = Duration::from_millis(limits::API_PLUGINS_MS);
    let items: Vec<Value> = match tokio::time::timeout(patience, read).await {
        Ok(Ok(all)) => all
            .iter()
            .map(|plugin| item(plugin, &metrics, &users))
            .collect(),
        Ok(Err(error)) => {
            let message = format!("the plugins were not read: {error}");
            return Err(Fault::new(Code::Internal, message));
        }
        Err(_) => {
            let names = running.plugins.names().into_iter();
            let named = |name: String| {
                let used_by = users.get(&name).cloned().unwrap_or_default();
                json!({"name": name, "summary": "it is being loaded", "usedBy": used_by})
            };
            names.map(named).collect()
        }
    };
    Ok(json!({"items": items}))
}

/// The applications that each plugin renders, as far as it has rendered them.
async fn users(running: &Running) -> Result<BTreeMap<String, Vec<Value>>, Fault> {
    let mut users: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in running.home.list(Kind::Application).await? {
        let app = View(object.value());
        let own =
            json!({"namespace": app.namespace(), "name": app.name(), "project": app.project()});
        for plugin in used(app) {
            users.entry(plugin).or_default().push(own.clone());
        }
    }
    Ok(users)
}

fn used(app: View<'_>) -> Vec<String> {
    let sources = app.sources().into_iter();
    let named = sources.map(|source| source.text("/plugin/name").to_owned());
    let types = app.list("/status/sourceTypes").iter();
    let types = types.filter_map(Value::as_str);
    let types = types.chain(Some(app.text("/status/sourceType")));
    let built_in = types.filter_map(|kind| match kind {
        "Helm" => Some("helm"),
        "Kustomize" => Some("kustomize"),
        "Directory" => Some("plain-yaml"),
        _ => None,
    });
    let mut used: Vec<String> = named.chain(built_in.map(str::to_owned)).collect();
    used.retain(|name| !name.is_empty());
    used.sort();
    used.dedup();
    used
}

fn item(
    plugin: &PluginInfo,
    metrics: &[PluginMetrics],
    users: &BTreeMap<String, Vec<Value>>,
) -> Value {
    let mut item = json!({
        "name": plugin.name,
        "origin": if plugin.path.is_none() { "built-in" } else { "" },
        "usedBy": users.get(&plugin.name).cloned().unwrap_or_default(),
    });
    if let Some(facts) = &plugin.facts {
        item["kind"] = json!(facts.kind);
        item["version"] = json!(
            facts
                .world
                .rsplit_once('@')
                .map_or("", |(_, version)| version)
        );
        item["digest"] = json!(facts.digest);
        item["sizeBytes"] = json!(facts.size_bytes);
        item["summary"] = json!(facts.summary);
        if let Some(schema) = &facts.parameters_schema {
            item["parametersSchema"] = schema.clone();
        }
    }
    if let Some(error) = &plugin.error {
        item["error"] = json!(error.message);
    }
    if let Some(metrics) = metrics.iter().find(|m| m.name == plugin.name) {
        item["calls"] = json!(metrics.calls);
        item["errors"] = json!(metrics.traps + metrics.limits_hit);
        item["p99Seconds"] = json!(Duration::from_micros(metrics.p99_micros).as_secs_f64());
        item["cacheHits"] = json!(metrics.cache_hits);
        item["memoryPeakBytes"] = json!(metrics.memory_peak_bytes);
    }
    item
}
