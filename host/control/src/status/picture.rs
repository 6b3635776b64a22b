//! What a look at an application found, as `status` has it.

use gantry_model::HealthStatus;
use gantry_sync::{Assessed, Summary, SyncStatus};
use serde_json::{Map, Value, json};

use super::conditions::{Condition, merge};

/// What a look found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) sync: SyncStatus,
    pub(crate) health: HealthStatus,
    /// One for each source.
    pub(crate) revisions: Vec<String>,
    /// `Directory`, `Helm`, `Kustomize` or `Plugin`, one for each source.
    pub(crate) source_types: Vec<&'static str>,
    /// Every object; none where they are not known: what is written stays.
    pub(crate) objects: Option<Vec<Assessed>>,
    pub(crate) summary: Summary,
    pub(crate) is_app_of_apps: bool,
    pub(crate) conditions: Vec<Condition>,
}

/// `status.resources`.
fn resources(objects: &[Assessed]) -> Value {
    Value::Array(objects.iter().map(resource).collect())
}

fn resource(assessed: &Assessed) -> Value {
    let object = &assessed.object;
    let mut fields = Map::new();
    let mut put = |name: &str, text: &str| {
        if !text.is_empty() {
            fields.insert(name.to_owned(), json!(text));
        }
    };
    put("group", &object.gvk.group);
    put("version", &object.gvk.version);
    put("kind", &object.gvk.kind);
    put("namespace", &object.namespace);
    put("name", &object.name);
    put("status", assessed.sync.as_str());
    let health = match &assessed.health {
        Some(health) => Some(json!({"status": health.status, "message": health.message})),
        None if !assessed.is_there => Some(json!({"status": HealthStatus::Missing})),
        None => None,
    };
    if let Some(mut health) = health {
        if health["message"] == "" {
            health
                .as_object_mut()
                .map(|health| health.remove("message"));
        }
        fields.insert("health".to_owned(), health);
    }
    if assessed.is_left_over {
        fields.insert("requiresPruning".to_owned(), json!(true));
    }
    if assessed.wants_confirmation {
        fields.insert("requiresDeletionConfirmation".to_owned(), json!(true));
    }
    if assessed.wave != 0 {
        fields.insert("syncWave".to_owned(), json!(assessed.wave));
    }
    Value::Object(fields)
}

impl Picture {
    /// Nothing could be found out.
    pub(crate) fn unknown(conditions: Vec<Condition>) -> Self {
        Self {
            sync: SyncStatus::Unknown,
            health: HealthStatus::Unknown,
            revisions: Vec::new(),
            source_types: Vec::new(),
            objects: None,
            summary: Summary::default(),
            is_app_of_apps: false,
            conditions,
        }
    }

    /// The new `status`: what was there, with what was found and what else is to be told. `spec` is the
    /// application's; `time` is now.
    pub(crate) fn over(
        &self,
        before: &Value,
        spec: &Value,
        more: impl Iterator<Item = Condition>,
        time: &str,
    ) -> Value {
        let mut status = before.as_object().cloned().unwrap_or_default();
        let several = spec["sources"].as_array().is_some_and(|s| !s.is_empty());
        status.insert("sync".to_owned(), self.sync_block(spec, several));
        let same = before["health"]["status"] == self.health.as_str();
        let since = if same {
            before["health"]["lastTransitionTime"].clone()
        } else {
            json!(time)
        };
        let mut health = json!({"status": self.health});
        if !since.is_null() {
            health["lastTransitionTime"] = since;
        }
        status.insert("health".to_owned(), health);
        let told: Vec<Condition> = self.conditions.iter().cloned().chain(more).collect();
        let conditions = merge(&before["conditions"], &told, time);
        put(&mut status, "conditions", conditions);
        if let Some(objects) = &self.objects {
            put(&mut status, "resources", resources(objects));
            let mut summary = json!({});
            if !self.summary.images.is_empty() {
                summary["images"] = json!(self.summary.images);
            }
            if !self.summary.external_urls.is_empty() {
                summary["externalURLs"] = json!(self.summary.external_urls);
            }
            if self.is_app_of_apps {
                summary["isAppOfApps"] = json!(true);
            }
            status.insert("summary".to_owned(), summary);
            match self.source_types.as_slice() {
                [one] if !several => put(&mut status, "sourceType", json!(one)),
                all => put(&mut status, "sourceTypes", json!(all)),
            }
        }
        Value::Object(status)
    }

    fn sync_block(&self, spec: &Value, several: bool) -> Value {
        let mut compared = json!({"destination": spec["destination"]});
        let source = if several { "sources" } else { "source" };
        compared[source] = spec[source].clone();
        if !spec["ignoreDifferences"].is_null() {
            compared["ignoreDifferences"] = spec["ignoreDifferences"].clone();
        }
        let mut sync = json!({"status": self.sync.as_str(), "comparedTo": compared});
        match self.revisions.as_slice() {
            [] => {}
            [one] if !several => sync["revision"] = json!(one),
            all => sync["revisions"] = json!(all),
        }
        sync
    }
}

/// Sets a field, or leaves it out where there is nothing to say.
fn put(status: &mut Map<String, Value>, name: &str, value: Value) {
    let empty = value.as_array().is_some_and(Vec::is_empty);
    if empty {
        status.remove(name);
    } else {
        status.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::Picture;
    use crate::status::Condition;
    use gantry_model::{Gvk, HealthStatus, ObjectRef};
    use gantry_sync::{Assessed, Summary, SyncStatus};
    use serde_json::json;

    fn config_map() -> Assessed {
        Assessed {
            object: ObjectRef {
                gvk: Gvk::parse("v1", "ConfigMap"),
                namespace: String::new(),
                name: "a".to_owned(),
            },
            sync: SyncStatus::Synced,
            message: String::new(),
            health: None,
            is_there: true,
            has_health: false,
            is_left_over: false,
            wants_confirmation: false,
            wave: 0,
        }
    }

    #[test]
    fn a_status_is_argo_cds() {
        let spec =
            json!({"source": {"repoURL": "u"}, "destination": {"name": "c"}, "project": "default"});
        let picture = Picture {
            sync: SyncStatus::Synced,
            health: HealthStatus::Healthy,
            revisions: vec!["abc".to_owned()],
            source_types: vec!["Directory"],
            objects: Some(vec![config_map()]),
            summary: Summary {
                images: std::iter::once("nginx:1".to_owned()).collect(),
                external_urls: std::iter::once("https://a.example/".to_owned()).collect(),
            },
            is_app_of_apps: false,
            conditions: vec![],
        };
        let before = json!({"conditions": [{"type": "SyncError"}], "history": [1]});
        let status = picture.over(&before, &spec, std::iter::empty(), "T1");
        let expected = json!({
            "sync": {
                "status": "Synced", "revision": "abc",
                "comparedTo": {"source": {"repoURL": "u"}, "destination": {"name": "c"}},
            },
            "health": {"status": "Healthy", "lastTransitionTime": "T1"},
            "resources": [{"version": "v1", "kind": "ConfigMap", "name": "a", "status": "Synced"}],
            "summary": {"images": ["nginx:1"], "externalURLs": ["https://a.example/"]},
            "sourceType": "Directory",
            "history": [1],
        });
        assert_eq!(status, expected);
        // What has not changed is not written again.
        let again = picture.over(&status, &spec, std::iter::empty(), "T2");
        assert_eq!(again, expected);
        let lost = Picture::unknown(vec![Condition::new(Condition::COMPARISON, "gone")]);
        let status = lost.over(&status, &spec, std::iter::empty(), "T3");
        assert_eq!(status["sync"]["status"], "Unknown");
        assert_eq!(
            status["resources"], expected["resources"],
            "what was known stays"
        );
        assert_eq!(status["conditions"][0]["lastTransitionTime"], "T3");
    }
}
