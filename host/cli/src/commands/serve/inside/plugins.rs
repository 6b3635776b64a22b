//! The plugins: what each is, what it costs, and who uses it.

use std::collections::BTreeMap;

use gantry_api::app::View;
use gantry_api::{Code, Fault};
use gantry_store::Kind;
use serde_json::{Value, json};

use super::Running;

pub(super) async fn list(running: &Running) -> Result<Value, Fault> {
    let plugins = running.plugins.clone();
    let read = tokio::task::spawn_blocking(move || (plugins.list(), plugins.metrics()));
    let (all, metrics) = read.await.map_err(|error| {
        Fault::new(
            Code::Internal,
            format!("the plugins were not read: {error}"),
        )
    })?;
    let apps = running.home.list(Kind::Application).await;
    let apps = apps.unwrap_or_default();
    let mut users: BTreeMap<String, u64> = BTreeMap::new();
    for app in &apps {
        let app = View(app.value());
        let named = app
            .sources()
            .into_iter()
            .map(|s| s.text("/plugin/name").to_owned());
        let of_types = app
            .list("/status/sourceTypes")
            .iter()
            .filter_map(Value::as_str);
        let of_types = of_types.chain(Some(app.text("/status/sourceType")));
        let built_in = of_types.filter_map(|kind| match kind {
            "Helm" => Some("helm"),
            "Kustomize" => Some("kustomize"),
            "Directory" => Some("plain-yaml"),
            _ => None,
        });
        let mut used: Vec<String> = named.filter(|name| !name.is_empty()).collect();
        used.extend(built_in.map(str::to_owned));
        used.sort();
        used.dedup();
        for name in used {
            *users.entry(name).or_default() += 1;
        }
    }
    let items = all.iter().map(|plugin| {
        let mut item = json!({
            "name": plugin.name,
            "isBuiltIn": plugin.path.is_none(),
            "replacesBuiltin": plugin.replaces_builtin,
            "applications": users.get(&plugin.name).copied().unwrap_or_default(),
        });
        if let Some(facts) = &plugin.facts {
            let facts = serde_json::to_value(facts).unwrap_or_default();
            if let (Value::Object(item), Value::Object(facts)) = (&mut item, facts) {
                item.extend(facts);
            }
        }
        if let Some(error) = &plugin.error {
            item["error"] = error.message.as_str().into();
        }
        if let Some(metrics) = metrics.iter().find(|m| m.name == plugin.name) {
            item["metrics"] = json!(metrics);
        }
        item
    });
    Ok(json!({"items": items.collect::<Vec<_>>()}))
}
