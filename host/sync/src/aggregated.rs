//! ClusterRoles whose rules a controller gathers from others.

use gantry_model::Object;
use serde_json::Value;

const GROUP: &str = "rbac.authorization.k8s.io/";

/// Takes the rules from a ClusterRole that has an aggregation rule: the cluster writes them anew
/// whatever was applied, so that claiming them would be a conflict at every sync.
pub(crate) fn leave_rules(object: &mut Object) {
    let aggregated = object.kind() == "ClusterRole"
        && object.api_version().starts_with(GROUP)
        && object
            .value()
            .get("aggregationRule")
            .is_some_and(Value::is_object)
        && object.value().get("rules").is_some();
    if aggregated {
        object.remove("rules");
    }
}

#[cfg(test)]
mod tests {
    use super::leave_rules;
    use gantry_model::Object;
    use serde_json::{Value, json};

    #[test]
    fn only_rules_that_the_cluster_writes_are_left() {
        let role = |kind: &str, aggregation: Value| {
            let value = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": "a"}, "aggregationRule": aggregation, "rules": []});
            let mut role = Object::new(value, None).expect("an object");
            leave_rules(&mut role);
            role.value().get("rules").is_some()
        };
        let selectors = json!({"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]});
        assert!(!role("ClusterRole", selectors.clone()));
        assert!(role("ClusterRole", Value::Null));
        assert!(role("Role", selectors));
    }
}
