//! Lists longer than one page.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use gantry_model::cluster::{ListOptions, Page};
use gantry_model::{Cluster as _, ClusterError, limits};
use serde_json::json;

use super::{OPTIONS, SetUp, config_map};

pub(crate) async fn run(set_up: &SetUp) {
    all_pages_are_read(set_up).await;
    metadata_is_of_the_real_kind(set_up).await;
    a_selector_and_pages_are_the_servers(set_up).await;
}

async fn a_selector_and_pages_are_the_servers(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    for name in ["map-1", "map-2", "map-3"] {
        let mut map = config_map(name, &json!({}));
        map["metadata"]["namespace"] = json!("many");
        map["metadata"]["labels"] = json!({"chosen": "yes"});
        set_up.apply(map, OPTIONS).await.expect("applied");
    }
    let options = ListOptions {
        namespace: Some("many"),
        labels: "chosen in (yes)",
        fields: "metadata.name!=map-none",
        metadata_only: true,
        limit: Some(2),
    };
    let mut pages = Vec::new();
    let mut visit = |page: Page| {
        assert!(!page.anew);
        pages.push(page.objects.len());
    };
    let listed = set_up.one.list_pages(&maps, options, &mut visit).await;
    listed.expect("a list");
    assert_eq!(pages, [2, 1]);
    let all = set_up.one.list_matching(&maps, options).await;
    let all = all.expect("a list");
    let names: Vec<&str> = all.iter().map(|object| object.name()).collect();
    assert_eq!(names, ["map-1", "map-2", "map-3"]);
    let one = ListOptions {
        fields: "metadata.name=map-2",
        ..options
    };
    let one = set_up.one.list_matching(&maps, one).await.expect("a list");
    let names: Vec<&str> = one.iter().map(|object| object.name()).collect();
    assert_eq!(names, ["map-2"]);
    let wrong = ListOptions {
        labels: "a in",
        ..options
    };
    let error = set_up
        .one
        .list_matching(&maps, wrong)
        .await
        .expect_err("a bad selector");
    assert!(matches!(error, ClusterError::Invalid(_)), "{error:?}");
}

async fn all_pages_are_read(set_up: &SetUp) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "many"}});
    set_up.apply(namespace, OPTIONS).await.expect("a namespace");
    let count = usize::try_from(limits::LIST_PAGE_OBJECTS).expect("a number") + 20;
    let applied = stream::iter(0..count).map(|at| {
        let mut map = config_map(&format!("map-{at}"), &json!({"at": at.to_string()}));
        map["metadata"]["namespace"] = json!("many");
        set_up.apply(map, OPTIONS)
    });
    let applied: Vec<_> = applied.buffer_unordered(64).collect().await;
    assert!(applied.iter().all(Result::is_ok));
    let maps = set_up.kind("v1", "ConfigMap").await;
    let listed = set_up.one.list(&maps, Some("many")).await.expect("a list");
    let names: BTreeSet<&str> = listed.iter().map(|o| o.name()).collect();
    assert_eq!(names.len(), count);
    let first = listed.first().expect("one");
    assert_eq!((first.api_version(), first.kind()), ("v1", "ConfigMap"));
    let single = set_up
        .one
        .get(&maps, "many", first.name())
        .await
        .expect("read");
    assert_eq!(
        single.as_ref(),
        Some(first),
        "a listed object is the object"
    );
    let everywhere = set_up.one.list(&maps, None).await.expect("a list");
    assert!(everywhere.len() > count, "other namespaces have some");
    let none = set_up
        .one
        .list(&maps, Some("nowhere"))
        .await
        .expect("a list");
    assert!(none.is_empty());
}

async fn metadata_is_of_the_real_kind(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let whole = set_up.one.list(&maps, Some("many")).await.expect("a list");
    let listed = set_up
        .one
        .list_metadata(&maps, Some("many"))
        .await
        .expect("a list");
    assert_eq!(listed.len(), whole.len());
    for (metadata, whole) in listed.iter().zip(&whole) {
        let mut expected = whole.value().clone();
        expected.as_object_mut().expect("an object").remove("data");
        assert_eq!(metadata.value(), &expected);
    }
}
