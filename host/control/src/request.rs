//! `operation`: what somebody, or the control plane itself, asks to be done with an application.

use gantry_engine::options_of;
use gantry_model::SyncOptions;
use gantry_model::application::{Application, Retry, Source};
use gantry_sync::{Options, Pattern, Selection};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::manifests;

/// One operation, in Argo CD's shape. What is not read here is kept as it was written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Request {
    /// Who asks.
    pub(crate) initiated_by: Initiator,
    /// How often it is tried again; the application's own, when there is none.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) retry: Value,
    /// What to sync, and how.
    pub(crate) sync: SyncRequest,
    /// `info`, and what later versions of Argo CD may add.
    #[serde(flatten)]
    pub(crate) more: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Initiator {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) username: String,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) automated: bool,
}

/// `operation.sync`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SyncRequest {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) revision: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) revisions: Vec<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) source: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<Value>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) prune: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) dry_run: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) resources: Vec<ResourceRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sync_options: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) sync_strategy: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) manifests: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) auto_heal_attempts_count: u64,
    #[serde(flatten)]
    pub(crate) more: Map<String, Value>,
}

/// One object of a partial sync.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResourceRequest {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) namespace: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Request {
    /// Reads `operation`.
    ///
    /// # Errors
    /// Why it cannot be done: a message for the operation's state.
    pub(crate) fn read(operation: &Value) -> Result<Self, String> {
        let request: Self = serde_json::from_value(operation.clone())
            .map_err(|error| format!("the operation cannot be read: {error}"))?;
        if operation.get("sync").is_none_or(Value::is_null) {
            return Err("Invalid operation request: no operation specified".to_owned());
        }
        Ok(request)
    }

    /// The application as this operation wants it: its sources and revisions.
    pub(crate) fn over(&self, application: &Application) -> Result<Application, String> {
        let mut wanted = self.latest_over(application)?;
        let sync = &self.sync;
        let revisions = if sync.revisions.is_empty() && !sync.revision.is_empty() {
            std::slice::from_ref(&sync.revision)
        } else {
            sync.revisions.as_slice()
        };
        for (source, revision) in wanted.sources.iter_mut().zip(revisions) {
            if !revision.is_empty() {
                source.target_revision.clone_from(revision);
            }
        }
        Ok(wanted)
    }

    /// The same at the revisions that its sources follow: what a further try with `refresh` is of, as in Argo CD
    /// (`appcontroller.go`, `processRequestedAppOperation`).
    pub(crate) fn latest_over(&self, application: &Application) -> Result<Application, String> {
        let mut wanted = application.clone();
        let sync = &self.sync;
        if self.brings_manifests() && !sync.dry_run && wanted.sync_policy.automated.is_some() {
            return Err(manifests::NOT_AUTOMATED.to_owned());
        }
        let given = if sync.sources.is_empty() {
            Vec::from_iter((!sync.source.is_null()).then(|| sync.source.clone()))
        } else {
            sync.sources.clone()
        };
        if !given.is_empty() {
            let read = |(index, source): (usize, &Value)| {
                // The name says whether there may be several.
                let field = if sync.sources.is_empty() {
                    "operation.sync.source".to_owned()
                } else {
                    format!("operation.sync.sources[{index}]")
                };
                let source: Source = serde_json::from_value(source.clone())
                    .map_err(|error| format!("`{field}` cannot be read: {error}"))?;
                Ok::<_, String>(Source { field, ..source })
            };
            wanted.sources = given
                .iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, _>>()?;
        }
        if let Some(options) = &sync.sync_options {
            wanted.sync_policy.options =
                SyncOptions::parse(options, "operation.sync.syncOptions").0;
        }
        Ok(wanted)
    }

    /// The sources that it is about, at whatever revision.
    pub(crate) fn sources(&self, application: &Application) -> Vec<Value> {
        let sync = &self.sync;
        if !sync.sources.is_empty() {
            return sync.sources.clone();
        }
        if !sync.source.is_null() {
            return vec![sync.source.clone()];
        }
        application
            .sources
            .iter()
            .map(|source| json!(source))
            .collect()
    }

    /// How to sync that application.
    pub(crate) fn options(&self, wanted: &Application) -> Result<Options, String> {
        let sync = &self.sync;
        let pattern = |resource: &ResourceRequest| {
            let ResourceRequest {
                group,
                kind,
                name,
                namespace,
            } = resource;
            Pattern::of(group, kind, namespace, name).map_err(|error| error.to_string())
        };
        let only = sync.resources.iter().map(pattern);
        let force = |strategy: &str| sync.sync_strategy[strategy]["force"] == true;
        let own = options_of(wanted, sync.prune);
        Ok(Options {
            selection: Selection {
                only: only.collect::<Result<_, _>>()?,
                ..Selection::default()
            },
            dry_run: sync.dry_run,
            force: own.force || force("apply") || force("hook"),
            // As Argo CD has it: what Git says goes before what anybody has changed by hand.
            force_conflicts: true,
            wait: false,
            ..own
        })
    }

    pub(crate) fn retry(&self, application: &Application) -> Retry {
        let retry = if self.retry.is_null() {
            application.sync_policy.retry
        } else {
            Retry::read(&self.retry, "operation.retry").0
        };
        Retry {
            // Git has another state than the objects that the operation brings.
            refresh: retry.refresh && !self.brings_manifests(),
            ..retry
        }
    }

    /// Whether two texts of requests mean one.
    pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
        match (Self::read(one), Self::read(other)) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        }
    }

    /// Whether it brings its objects with it, instead of those that Git has.
    pub(crate) fn brings_manifests(&self) -> bool {
        !self.sync.manifests.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Request;
    use gantry_model::application::{Application, Automated, Retry, Source};
    use gantry_sync::{Pattern, Prune};
    use serde_json::json;

    fn application() -> Application {
        Application {
            name: "shop".to_owned(),
            sources: vec![Source {
                repo_url: "https://git.example/shop".to_owned(),
                target_revision: "main".to_owned(),
                ..Source::default()
            }],
            ..Application::default()
        }
    }

    #[test]
    fn an_operation_is_read_and_written_as_argo_cd_has_it() {
        let written = json!({
            "info": [{"name": "why", "value": "because"}],
            "initiatedBy": {"username": "admin"},
            "retry": {"limit": 2},
            "sync": {
                "prune": true,
                "revision": "v2",
                "resources": [{"group": "apps", "kind": "Deployment", "name": "web"}],
                "syncOptions": ["CreateNamespace=true"],
                "syncStrategy": {"hook": {"force": true}},
            },
        });
        let request = Request::read(&written).expect("an operation");
        assert_eq!(json!(request), written);
        let wanted = request.over(&application()).expect("sources");
        assert_eq!(wanted.sources[0].target_revision, "v2");
        let latest = request.latest_over(&application()).expect("sources");
        assert_eq!(latest.sources[0].target_revision, "main");
        assert!(latest.sync_policy.options.create_namespace);
        assert!(wanted.sync_policy.options.create_namespace);
        let options = request.options(&wanted).expect("options");
        assert!(
            options.force
                && options.force_conflicts
                && !options.wait
                && !options.selection.is_all()
        );
        assert_eq!(options.prune, Prune::Delete);
        assert_eq!(request.retry(&wanted).limit, Some(2));
    }

    #[test]
    fn objects_are_chosen_by_their_fields_whatever_their_names() {
        let group = "rbac.authorization.k8s.io";
        let cases = [
            ("", "team:admin", "ClusterRole:team:admin"),
            ("shop", "system:reader", "ClusterRole:shop/system:reader"),
        ];
        for (namespace, name, expected) in cases {
            let resource = json!({"group": group, "kind": "ClusterRole", "namespace": namespace, "name": name});
            let request = Request::read(&json!({"sync": {"resources": [resource]}}));
            let request = request.expect("an operation");
            let options = request.options(&application()).expect("options");
            let expected = format!("{group}:{expected}").parse::<Pattern>();
            assert_eq!(options.selection.only, [expected.expect("a pattern")]);
        }
    }

    #[test]
    fn a_rollback_brings_its_own_source() {
        let source =
            json!({"repoURL": "https://git.example/old", "path": "x", "targetRevision": "main"});
        let written = json!({"sync": {"source": source, "revision": "abc"}});
        let request = Request::read(&written).expect("an operation");
        let wanted = request.over(&application()).expect("sources");
        let found = &wanted.sources[0];
        assert_eq!(found.repo_url, "https://git.example/old");
        assert_eq!(found.target_revision, "abc");
        assert_eq!(found.field, "operation.sync.source", "one, not several");
    }

    #[test]
    fn manifests_of_its_own_take_the_place_of_git_but_where_git_comes_back_at_once() {
        let refresh = json!({"limit": 1, "refresh": true});
        for (automated, dry_run, allowed) in [
            (false, false, true),
            (true, true, true),
            (true, false, false),
        ] {
            let written =
                json!({"sync": {"manifests": ["{}"], "dryRun": dry_run}, "retry": refresh});
            let request = Request::read(&written).expect("an operation");
            let mut application = application();
            application.sync_policy.automated = automated.then(|| Automated {
                prune: false,
                self_heal: false,
                allow_empty: false,
                retry: Retry::default(),
            });
            let wanted = request.over(&application);
            assert_eq!(wanted.is_ok(), allowed, "{automated} {dry_run}");
            assert!(!request.retry(&application).refresh);
        }
    }

    #[test]
    fn what_cannot_be_done_is_told() {
        let cases = [
            (json!({}), "no operation specified"),
            (json!({"sync": {"manifests": "x"}}), "cannot be read"),
            (json!({"sync": {"prune": "yes"}}), "cannot be read"),
        ];
        for (written, expected) in cases {
            let error = Request::read(&written).expect_err("an error");
            assert!(error.contains(expected), "{error}");
        }
    }
}
