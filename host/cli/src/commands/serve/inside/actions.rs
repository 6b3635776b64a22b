//! What kinds know beside syncs: listed, and run.

use std::collections::BTreeMap;
use std::time::SystemTime;

use gantry_api::{Code, Fault};
use gantry_model::Object;
use gantry_sync::{ResourceAction, Told, resource_actions};
use serde_json::{Value, json};

use super::{Running, told};

/// The actions of an object, as Argo CD tells them.
pub(super) fn list(request: &Value) -> Result<Value, Fault> {
    let object = object(request)?;
    let shown = |action: ResourceAction| {
        let parameters = action.parameters.iter();
        let parameters: Vec<Value> = parameters.map(|name| json!({ "name": name })).collect();
        json!({"name": action.name, "disabled": action.disabled, "params": parameters})
    };
    let all: Vec<Value> = resource_actions(&object).into_iter().map(shown).collect();
    Ok(json!({ "actions": all }))
}

/// Runs one.
pub(super) async fn run(running: &Running, request: &Value) -> Result<Value, Fault> {
    let application = running.read(&request["application"])?;
    let object = object(request)?;
    let action = request["action"].as_str().unwrap_or_default();
    let parameters: BTreeMap<String, String> =
        serde_json::from_value(request["parameters"].clone()).unwrap_or_default();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let told_it = Told {
        parameters: &parameters,
        now: &now,
    };
    let acted = running.engine.act(&application, &object, action, told_it);
    acted.await.map_err(|error| told(&error.diagnostics()))?;
    Ok(json!({}))
}

fn object(request: &Value) -> Result<Object, Fault> {
    let object = Object::new(request["object"].clone(), None);
    object.map_err(|error| Fault::new(Code::Internal, error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::list;

    #[test]
    fn actions_are_told_in_argo_cds_words() {
        let object = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {}});
        let expected = json!({"actions": [
            {"name": "restart", "disabled": false, "params": []},
            {"name": "scale", "disabled": false, "params": [{"name": "replicas"}]},
        ]});
        assert_eq!(list(&json!({ "object": object })), Ok(expected));
        assert!(list(&json!({"object": 1})).is_err());
    }
}
