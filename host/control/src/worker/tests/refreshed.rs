//! Syncs that failed, and are tried again with what Git has by then.

use gantry_testbed::GitRepository;
use serde_json::{Value, json};

use super::world::{World, until};

/// Two commits, of which the second one is the branch's.
struct Commits {
    _folder: tempfile::TempDir,
    url: String,
    ids: [String; 2],
}

impl Commits {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
        let commit = |text: &str| repository.commit(&[("a", text)]).expect("a commit");
        Self {
            ids: ["1", "2"].map(commit),
            url: repository.file_url(),
            _folder: folder,
        }
    }

    /// An application that has nothing, by no renderer, with an operation of a revision that is tried again at once:
    /// as one that begins, or with the status of one that has.
    fn application(&self, asked: &str, refresh: bool, status: &Value) -> Value {
        let source = json!({"repoURL": self.url, "ref": "values", "targetRevision": "main"});
        let operation = json!({
            "sync": {"revisions": [asked], "prune": true},
            "initiatedBy": {"automated": true},
            "retry": {"limit": 3, "refresh": refresh, "backoff": {"duration": "1ms"}},
        });
        let mut application = json!({"spec": {"source": null, "sources": [source]}});
        if status.is_null() {
            application["operation"] = operation;
        } else {
            application["status"] = json!({"operationState": status});
            application["status"]["operationState"]["operation"] = operation;
        }
        application
    }
}

/// What it came to: the phase, the revisions that were synced, and those that were asked for.
async fn ended(world: &World, application: &Value) -> (Value, Value, Value) {
    let spoke = world.spoke("one");
    let tracking = json!({"argocd.argoproj.io/tracking-id": "shop:/ConfigMap:apps/old"});
    spoke.put("old", &tracking);
    let mut worker = world.worker(world.create("shop", application).await);
    worker.turn().await;
    let is_over = || async {
        let running = worker.operation.as_ref();
        running.is_none_or(|o| o.progress.state().phase.is_completed())
    };
    until("the operation has ended", is_over).await;
    worker.publish().await;
    let found = world.get("shop").await.expect("an application");
    let state = &found.value()["status"]["operationState"];
    let revisions = state["syncResult"]["revisions"].clone();
    let asked = state["operation"]["sync"]["revisions"].clone();
    (state["phase"].clone(), revisions, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_commit_is_synced_and_told_where_that_is_wanted() {
    let commits = Commits::new();
    let [first, second] = &commits.ids;
    // Another process has tried once, and is gone.
    let begun = json!({"phase": "Running", "startedAt": "2026-01-01T00:00:00Z", "retryCount": 1});
    let gone = &"0".repeat(40);
    for (asked, refresh, refusals, status, expected) in [
        (first, true, 0, Value::Null, first),
        (first, true, 1, Value::Null, second),
        (first, true, 2, Value::Null, second),
        (first, false, 1, Value::Null, first),
        (gone, true, 0, Value::Null, second),
        (first, true, 0, begun.clone(), second),
        (first, false, 0, begun, first),
    ] {
        let world = World::new();
        world.spoke("one").refuse(refusals);
        let application = commits.application(asked, refresh, &status);
        let (phase, revisions, told) = ended(&world, &application).await;
        let case = format!("{asked}, refresh {refresh}, {refusals} refusals, {status}");
        assert_eq!(phase, "Succeeded", "{case}");
        assert_eq!(revisions, json!([expected]), "{case}");
        assert_eq!(told, json!([asked]), "{case}");
    }
}
