//! One cluster, and the sync engine on it.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gantry_cluster::{Clusters, KubeCluster};
use gantry_diff::Ignore;
use gantry_engine::PluginJudge;
use gantry_model::cluster::ApplyOptions;
use gantry_model::{Cluster, Gvk, Object, ObjectRef};
use gantry_plugins::Host;
use gantry_sync::{
    Action, CancellationToken, Judge, Limiter, Operation, Options, Row, Sync, Target, Verdict,
};
use gantry_testbed::Testbed;
use serde_json::{Value, json};

use crate::cases::Application;

/// Applications that are synced or compared at once.
const AT_ONCE: usize = 8;
/// How often what the server refuses is left out and the rest tried again.
const TRIES: usize = 8;
/// Time for the hooks and waves of one application.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The cluster.
pub(crate) struct Spoke {
    pub(crate) cluster: Arc<KubeCluster>,
    limiter: Arc<Limiter>,
    judge: HookJudge,
    ignore: Ignore,
}

/// Health of what a hook is made of; nothing else holds a wave up, since much of it cannot become
/// healthy without a cloud.
struct HookJudge(PluginJudge);

impl Judge for HookJudge {
    fn assess(&self, objects: &[&Value]) -> Vec<Verdict> {
        let runs = |object: &Value| matches!(object["kind"].as_str(), Some("Job" | "Pod"));
        let verdicts = self.0.assess(objects);
        let judged = verdicts.into_iter().zip(objects);
        judged
            .map(|(verdict, object)| verdict.filter(|_| runs(object)))
            .collect()
    }
}

impl Spoke {
    pub(crate) fn new(testbed: &Testbed, host: Host) -> Self {
        let clusters = Clusters::load(Some(&testbed.kubeconfig()), None).expect("a kubeconfig");
        Self {
            cluster: clusters.by_name("alarms").expect("the cluster"),
            limiter: Arc::default(),
            judge: HookJudge(PluginJudge(host)),
            ignore: Ignore::default(),
        }
    }

    pub(crate) async fn make_namespace(&self, name: &str) {
        let gvk = Gvk::parse("v1", "Namespace");
        let resource = self.cluster.resource(&gvk).await.expect("an answer");
        let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let namespace = Object::new(value, None).expect("an object");
        let options = ApplyOptions {
            field_manager: "test",
            force_conflicts: false,
            dry_run: false,
            validate: true,
        };
        let resource = resource.expect("the kind");
        // Not all that stands in a manifest is a name; then its objects are refused.
        let _ = self.cluster.apply(&resource, &namespace, options).await;
    }

    fn engine<'a>(&'a self, name: &'a str, operation: String) -> Sync<'a> {
        Sync {
            cluster: &*self.cluster,
            limiter: Arc::clone(&self.limiter),
            judge: &self.judge,
            observer: &(),
            target: Target {
                application: name,
                namespace: name,
                kinds_may_come: false,
            },
            permit: &(),
            ignore: &self.ignore,
            known: &[],
            operation: Operation {
                id: operation,
                ..Operation::default()
            },
            cancel: CancellationToken::new(),
            options: Options {
                create_namespace: true,
                wait: false,
                timeout: TIMEOUT,
                ..Options::default()
            },
        }
    }

    /// Syncs the applications at these places. What the server refuses is left out of them.
    pub(crate) async fn sync(&self, applications: &mut [Application], places: &[usize]) {
        let chosen = applications.iter_mut().enumerate();
        let chosen = chosen.filter(|(place, _)| places.contains(place));
        let syncs = chosen.map(|(_, application)| self.sync_one(application));
        let () = futures::stream::iter(syncs)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
    }

    async fn sync_one(&self, application: &mut Application) {
        let name = application.name.clone();
        for attempt in 0..TRIES {
            let sync = self.engine(&name, format!("{name}-{attempt}"));
            let ended = sync.run(application.objects.clone()).await;
            let report = sync.tidy(ended.expect("a cluster that answers")).await;
            if !report.failed() {
                return;
            }
            let failed = |row: &&Row| row.action == Action::Failed;
            let mut refused: Vec<&Row> = report.objects.iter().filter(failed).collect();
            if refused.is_empty() {
                refused = report.objects.iter().collect();
            }
            for row in refused {
                application
                    .objects
                    .retain(|object| !is(object, &row.object));
                let object = row.object.to_string();
                application.refused.push((object, row.message.clone()));
            }
        }
        let left = application.objects.drain(..);
        let why = || "not synced in the end".to_owned();
        let left = left.map(|object| (object.reference().to_string(), why()));
        application.refused.extend(left);
    }

    /// All that differs in the applications at these places.
    pub(crate) async fn compare(
        &self,
        applications: &[Application],
        places: &[usize],
    ) -> Vec<String> {
        let chosen = places.iter().filter_map(|&place| applications.get(place));
        let compares = chosen.map(|application| async move {
            let sync = self.engine(&application.name, String::new());
            let found = sync.diff(application.objects.clone()).await;
            let found = found.expect("a cluster that answers");
            let title = &application.title;
            let errors = found
                .errors
                .into_iter()
                .map(|row| format!("{title}: {}: {}", row.object, row.message));
            let differences = found.objects.into_iter().map(|difference| {
                format!(
                    "{title}: {}: {}\n{}",
                    difference.object, difference.message, difference.diff
                )
            });
            errors.chain(differences).collect::<Vec<String>>()
        });
        let found = futures::stream::iter(compares).buffer_unordered(AT_ONCE);
        found.collect::<Vec<_>>().await.concat()
    }
}

/// Whether a row is about an object, which may have got its namespace only in the sync.
fn is(object: &Object, row: &ObjectRef) -> bool {
    let namespace = object.namespace();
    (object.gvk(), object.name()) == (row.gvk.clone(), row.name.as_str())
        && (namespace.is_empty() || row.namespace.is_empty() || namespace == row.namespace)
}

/// What kind of reason it is.
pub(crate) fn class(reason: &str) -> String {
    let classes = [
        (
            "the server serves no",
            "a kind that the cluster does not have",
        ),
        ("metadata.name is missing", "no name"),
        ("is invalid", "invalid by validation"),
        (
            "failed to create typed patch object",
            "fields that its kind does not have",
        ),
        ("not in time", "a hook or wave that was not done in time"),
        ("not synced", "an application that failed again and again"),
        ("not found", "something that it needs is absent"),
        ("conflict", "fields of another manager"),
    ];
    let found = classes.iter().find(|(words, _)| reason.contains(words));
    let first: String = reason.chars().take(120).collect();
    found.map_or(first, |(_, class)| (*class).to_owned())
}
