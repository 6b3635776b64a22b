//! One object: applied, read, deleted.

use gantry_model::cluster::{ApplyOptions, DeleteOptions, Propagation};
use gantry_model::{Cluster as _, ClusterError, ObjectRef};
use serde_json::json;

use super::{OPTIONS, SetUp, config_map};

pub(crate) async fn run(set_up: &SetUp) {
    an_object_comes_and_goes(set_up).await;
    a_dry_run_writes_nothing(set_up).await;
    only_the_object_with_the_uid_is_deleted(set_up).await;
    what_came_from_the_server_may_be_applied(set_up).await;
}

fn named(name: &str) -> ObjectRef {
    ObjectRef {
        gvk: gantry_model::Gvk::parse("v1", "ConfigMap"),
        namespace: "default".to_owned(),
        name: name.to_owned(),
    }
}

async fn delete(
    set_up: &SetUp,
    name: &str,
    uid: &str,
    propagation: Propagation,
    dry_run: bool,
) -> Result<(), ClusterError> {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let object = named(name);
    let one = &set_up.one;
    let options = DeleteOptions {
        uid,
        propagation,
        dry_run,
        grace_secs: None,
    };
    one.delete(&maps, &object, options).await
}

async fn exists(set_up: &SetUp, name: &str) -> bool {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let found = set_up.one.get(&maps, "default", name).await;
    found.expect("read").is_some()
}

async fn an_object_comes_and_goes(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let applied = set_up
        .apply(config_map("web", &json!({"a": "1"})), OPTIONS)
        .await
        .expect("applied");
    assert_eq!(applied.reference(), named("web"));
    assert!(!applied.uid().is_empty());
    let manager = applied.value().pointer("/metadata/managedFields/0/manager");
    assert_eq!(manager, Some(&json!("gantry")));
    let found = set_up.one.get(&maps, "default", "web").await.expect("read");
    assert_eq!(found.as_ref(), Some(&applied));
    let none = set_up
        .one
        .get(&maps, "default", "none")
        .await
        .expect("read");
    assert!(none.is_none());
    for _ in 0..2 {
        let deleted = delete(set_up, "web", "", Propagation::Background, false).await;
        deleted.expect("deleted, or gone already");
    }
    let found = set_up.one.get(&maps, "default", "web").await.expect("read");
    assert!(found.is_none());
}

async fn a_dry_run_writes_nothing(set_up: &SetUp) {
    let options = ApplyOptions {
        dry_run: true,
        ..OPTIONS
    };
    let applied = set_up
        .apply(config_map("dry", &json!({"a": "1"})), options)
        .await
        .expect("applied");
    assert_eq!(applied.name(), "dry");
    assert!(!exists(set_up, "dry").await);
    set_up
        .apply(config_map("dry", &json!({"a": "1"})), OPTIONS)
        .await
        .expect("applied");
    let deleted = delete(set_up, "dry", "", Propagation::Foreground, true).await;
    deleted.expect("a dry run");
    assert!(exists(set_up, "dry").await);
}

async fn only_the_object_with_the_uid_is_deleted(set_up: &SetUp) {
    let applied = set_up
        .apply(config_map("uid", &json!({})), OPTIONS)
        .await
        .expect("applied");
    let background = Propagation::Background;
    let other = "00000000-0000-0000-0000-000000000000";
    let deleted = delete(set_up, "uid", other, background, false).await;
    deleted.expect("the one that was meant is gone");
    assert!(exists(set_up, "uid").await);
    let deleted = delete(set_up, "uid", applied.uid(), background, false).await;
    deleted.expect("deleted");
    assert!(!exists(set_up, "uid").await);
}

/// It has `managedFields`, which the server refuses in an applied object.
async fn what_came_from_the_server_may_be_applied(set_up: &SetUp) {
    let first = set_up
        .apply(config_map("again", &json!({"a": "1"})), OPTIONS)
        .await
        .expect("applied");
    let again = set_up
        .apply(first.clone().into_value(), OPTIONS)
        .await
        .expect("applied again");
    assert_eq!(again.value().get("data"), first.value().get("data"));
    let stale = set_up
        .apply(config_map("again", &json!({"a": "2"})), OPTIONS)
        .await;
    stale.expect("applied");
    let error = set_up
        .apply(first.into_value(), OPTIONS)
        .await
        .expect_err("an old version");
    assert!(
        matches!(
            error,
            ClusterError::Modified {
                maybe_ours: false,
                ..
            }
        ),
        "{error:?}"
    );
}
