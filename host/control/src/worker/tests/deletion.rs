//! Deletions that cannot end, and those that are called off.

use std::time::Duration;

use gantry_model::Object;
use gantry_testbed::GitRepository;
use serde_json::{Value, json};

use super::world::{World, id, until};
use crate::inbox::Post;
use crate::worker::Worker;

const CASCADE: &str = "resources-finalizer.argocd.argoproj.io";
const PATIENCE: Duration = Duration::from_secs(20);

/// Its worker, after it was asked to delete it.
async fn deleting(world: &World, more: &Value) -> Worker {
    let mut with = json!({"metadata": {"finalizers": [CASCADE, "example.com/other"]}});
    gantry_model::merge_patch::apply(&mut with, more);
    world.create("shop", &with).await;
    world.delete("shop").await;
    world.worker(world.get("shop").await.expect("an application"))
}

fn told(application: &Object) -> String {
    let conditions = application.value()["status"]["conditions"].as_array();
    let all = conditions.into_iter().flatten();
    let all = all.filter(|condition| condition["type"] == "DeletionError");
    all.map(|condition| condition["message"].to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_deletion_is_told_after_a_restart_too() {
    let broken = json!({"spec": {"source": "nonsense"}});
    let confirm = json!({"argocd.argoproj.io/sync-options": "Delete=confirm"});
    let cases = [
        (&broken, "its manifest cannot be read: "),
        (&json!({}), "wants a confirmation"),
    ];
    for (more, expected) in cases {
        let world = World::new();
        world.spoke("one").put("a", &confirm);
        let mut worker = deleting(&world, more).await;
        worker.turn().await;
        let application = world.get("shop").await.expect("it stays");
        assert!(application.finalizers().any(|f| f == CASCADE));
        assert!(told(&application).contains(expected), "{application:?}");
        assert!(!world.spoke("one").has_logged("delete a"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_keep_it_although_its_objects_stay() {
    let hooks = "post-delete-finalizer.argocd.argoproj.io";
    let only = |spec: Value| json!({"metadata": {"finalizers": [hooks]}, "spec": spec});
    let unreadable = "its hooks do not run, as its manifest cannot be read: ";
    let cases = [
        (only(json!({"source": "nonsense"})), unreadable),
        // Which hooks there are is not known.
        (only(json!({})), "/nowhere/at/all"),
    ];
    for (more, expected) in cases {
        let world = World::new();
        world.spoke("one").put("a", &json!({}));
        let mut worker = deleting(&world, &more).await;
        worker.turn().await;
        let application = world.get("shop").await.expect("it stays");
        assert!(application.finalizers().any(|f| f == hooks));
        assert!(told(&application).contains(expected), "{application:?}");
        assert!(!world.spoke("one").has_logged("delete a"));
    }
}

/// Finalizers of hooks that are gone from Git go, too, unless that cannot be seen.
#[tokio::test(flavor = "multi_thread")]
async fn finalizers_are_those_of_the_hooks_that_git_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    repository.commit(&[("a", "1")]).expect("a commit");
    let hooks = "post-delete-finalizer.argocd.argoproj.io";
    let all = [hooks, &format!("{hooks}/cleanup"), "example.com/other"];
    for (url, expected) in [
        (repository.file_url(), &all[2..]),
        ("file:///nowhere/at/all".to_owned(), &all[..]),
    ] {
        let world = World::new();
        // Nothing is rendered of a source that others refer to.
        let source = json!({"repoURL": url, "ref": "values"});
        let more =
            json!({"metadata": {"finalizers": all}, "spec": {"source": null, "sources": [source]}});
        let mut worker = world.worker(world.create("shop", &more).await);
        worker.turn().await;
        worker.turn().await;
        let written = world.get("shop").await.expect("an application");
        assert_eq!(written.finalizers().collect::<Vec<_>>(), expected, "{url}");
        worker.turn().await;
        let later = world.get("shop").await.expect("an application");
        assert_eq!(
            later.resource_version(),
            written.resource_version(),
            "{url}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hooks_leave_behind_is_removed_unread() {
    let world = World::new();
    let hook = |phase: &str| json!({"argocd.argoproj.io/hook": phase});
    let spoke = world.spoke("one");
    spoke.put("after", &hook("PostDelete"));
    spoke.put("before", &hook("PreDelete"));
    spoke.put("plain", &json!({}));
    let cleanup = "post-delete-finalizer.argocd.argoproj.io/cleanup";
    let only = json!({"metadata": {"finalizers": [cleanup]}});
    let mut worker = deleting(&world, &only).await;
    worker.turn().await;
    assert!(world.get("shop").await.is_none());
    let log = spoke.take_log();
    let deleted: Vec<&String> = log.iter().filter(|l| l.starts_with("delete ")).collect();
    assert_eq!(deleted, ["delete after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_ends_as_soon_as_it_is_called_off() {
    let touched = |post: &mut Post| post.reasons.touched = true;
    for case in ["gone", "handed over", "left"] {
        let world = World::new();
        world.spoke("one").put("a", &json!({}));
        let mut worker = deleting(&world, &json!({})).await;
        let call_off = async {
            let spoke = world.spoke("one");
            until("it is deleted", || async { spoke.has_logged("delete a") }).await;
            // Whatever else is told does not end it.
            world.shared.tell(&id("shop"), touched);
            match case {
                "gone" => world.shared.tell(&id("shop"), Post::gone),
                "handed over" => {
                    world.own(&["two"]);
                    world.own(&["one", "two"]);
                    assert!(!world.owns("one"), "it is still worked on");
                    world.shared.tell(&id("shop"), touched);
                }
                _ => {
                    let others = json!({"metadata": {"finalizers": ["example.com/other"]}});
                    world.patch("shop", &others).await;
                    let latest = world.get("shop").await.expect("an application");
                    assert!(world.shared.present(&id("shop"), latest).is_none());
                }
            }
        };
        let both = async { futures::join!(worker.turn(), call_off) };
        let ended = tokio::time::timeout(PATIENCE, both).await;
        assert!(ended.is_ok(), "{case}: it goes on");
        assert!(world.owns("one"), "{case}");
        let application = world.get("shop").await.expect("it stays");
        assert_eq!(told(&application), "", "{case}");
        // What called it off is still to be read.
        let post = worker.inbox.wait(None, Duration::ZERO);
        let post = tokio::time::timeout(PATIENCE, post).await.expect("a ring");
        assert!(post.reasons.touched);
    }
}
