//! Which tokens of a project's role are good: they stand in the project's `status.jwtTokensByRole`, as Argo CD writes
//! it, and in `spec.roles[].jwtTokens`, where older versions leave them. A token is in both, or in one of them.

use gantry_model::Object;
use serde_json::{Value, json};

/// The tokens of one role of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleTokens {
    role: String,
    in_status: Vec<Value>,
    in_spec: Vec<Value>,
    /// Whether those of the spec are to be written.
    is_spec_changed: bool,
}

impl RoleTokens {
    /// Those that a project has.
    pub fn of(project: &Object, role: &str) -> Self {
        let project = project.value();
        let items = &project["status"]["jwtTokensByRole"][role]["items"];
        let roles = project["spec"]["roles"].as_array().into_iter().flatten();
        let of_role = roles.filter(|known| known["name"] == role);
        let lists = of_role.filter_map(|known| known["jwtTokens"].as_array());
        Self {
            role: role.to_owned(),
            in_status: items.as_array().cloned().unwrap_or_default(),
            in_spec: lists.flatten().cloned().collect(),
            is_spec_changed: false,
        }
    }

    /// Every token once.
    pub fn all(&self) -> Vec<Value> {
        let mut all = self.in_status.clone();
        for token in &self.in_spec {
            let is_it = |known: &Value| known["iat"] == token["iat"] && known["id"] == token["id"];
            if !all.iter().any(is_it) {
                all.push(token.clone());
            }
        }
        all
    }

    /// Whether one has that id, which is not empty.
    pub fn has(&self, id: &str) -> bool {
        let mut all = self.in_status.iter().chain(&self.in_spec);
        !id.is_empty() && all.any(|token| token["id"] == id)
    }

    /// One more.
    pub fn add(&mut self, token: Value) {
        self.in_status.push(token);
    }

    /// Takes back those that are meant; false where there is none.
    pub fn remove(&mut self, is_meant: impl Fn(&Value) -> bool) -> bool {
        let before = (self.in_status.len(), self.in_spec.len());
        self.in_status.retain(|token| !is_meant(token));
        self.in_spec.retain(|token| !is_meant(token));
        self.is_spec_changed |= self.in_spec.len() < before.1;
        (self.in_status.len(), self.in_spec.len()) != before
    }

    /// The change of the project, in the version that they were read of: those of the status, and those of the spec
    /// where they have changed.
    pub fn patch(&self, project: &Object) -> Value {
        let mut patch = json!({
            "metadata": {"resourceVersion": project.resource_version()},
            "status": {"jwtTokensByRole": {self.role.as_str(): {"items": self.in_status}}},
        });
        if self.is_spec_changed {
            let mut roles = project.value()["spec"]["roles"].clone();
            let all = roles.as_array_mut().into_iter().flatten();
            for known in all.filter(|known| known["name"] == self.role.as_str()) {
                known["jwtTokens"] = json!(self.in_spec);
            }
            patch["spec"] = json!({ "roles": roles });
        }
        patch
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::{Value, json};

    use super::RoleTokens;

    fn project() -> Object {
        let (a, b) = (json!({"id": "a", "iat": 1}), json!({"id": "b", "iat": 2}));
        let value = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "shop", "resourceVersion": "7"},
            "spec": {"roles": [
                {"name": "other", "jwtTokens": [{"iat": 9}]},
                {"name": "ci", "jwtTokens": [a, {"iat": 3}]},
            ]},
            "status": {"jwtTokensByRole": {"ci": {"items": [a, b]}}},
        });
        Object::new(value, None).expect("a project")
    }

    #[test]
    fn they_are_found_in_both_places_each_once() {
        let tokens = RoleTokens::of(&project(), "ci");
        let issued: Vec<Value> = tokens
            .all()
            .iter()
            .map(|token| token["iat"].clone())
            .collect();
        assert_eq!(issued, [1, 2, 3]);
        assert!(tokens.has("a") && tokens.has("b") && !tokens.has("") && !tokens.has("c"));
        assert!(RoleTokens::of(&project(), "none").all().is_empty());
    }

    #[test]
    fn one_is_taken_back_where_it_is_and_others_stay() {
        for (issued_at, in_status, in_spec) in [
            (1, json!([2]), json!([3])),
            (2, json!([1]), Value::Null),
            (3, json!([1, 2]), json!([1])),
        ] {
            let mut tokens = RoleTokens::of(&project(), "ci");
            assert!(tokens.remove(|token| token["iat"] == issued_at));
            let patch = tokens.patch(&project());
            let issued = |list: &Value| {
                let all = list
                    .as_array()
                    .map(|all| all.iter().map(|t| t["iat"].clone()));
                all.map_or(Value::Null, |all| all.collect())
            };
            let items = &patch["status"]["jwtTokensByRole"]["ci"]["items"];
            assert_eq!(issued(items), in_status, "{issued_at}");
            let own = &patch["spec"]["roles"][1]["jwtTokens"];
            assert_eq!(issued(own), in_spec, "{issued_at}");
            assert_eq!(patch["metadata"]["resourceVersion"], "7");
            assert!(!tokens.remove(|token| token["iat"] == 9), "another role's");
        }
    }
}
