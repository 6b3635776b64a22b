//! Lists, whole and in pages.

use serde_json::{Value, json};

use super::world::{World, application};
use crate::Code;

async fn shop() -> World {
    let world = World::new();
    let state =
        |sync: &str, health: &str| json!({"sync": {"status": sync}, "health": {"status": health}});
    for (name, more) in [
        (
            "api",
            json!({"metadata": {"labels": {"tier": "back"}}, "status": state("Synced", "Healthy")}),
        ),
        (
            "web",
            json!({"metadata": {"labels": {"tier": "front"}}, "status": state("OutOfSync", "Healthy")}),
        ),
        (
            "cart",
            json!({"spec": {"project": "shop", "destination": {"server": null, "name": "other", "namespace": "cart"}}, "status": state("Synced", "Degraded")}),
        ),
        (
            "new",
            json!({"spec": {"source": {"repoURL": "https://git.example/new"}}}),
        ),
    ] {
        world.put(application(name, &more)).await;
    }
    world
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items
        .iter()
        .filter_map(|app| app["metadata"]["name"].as_str())
        .collect()
}

#[tokio::test]
async fn lists_are_sorted_and_filtered() {
    let world = shop().await;
    let cases: [(Value, &[&str]); 18] = [
        (json!({}), &["api", "cart", "new", "web"]),
        (json!({"name": "web"}), &["web"]),
        (json!({"projects": ["shop"]}), &["cart"]),
        (json!({"project": "shop"}), &["cart"]),
        (json!({"repo": "https://git.example/new"}), &["new"]),
        (json!({"selector": "tier in (front,back)"}), &["api", "web"]),
        (json!({"appNamespace": "team"}), &[]),
        (json!({"search": "WE"}), &["web"]),
        (json!({"sync": ["Synced"]}), &["api", "cart"]),
        (json!({"sync": ["Synced"], "health": "Degraded"}), &["cart"]),
        (json!({"health": "Unknown"}), &["new"]),
        (json!({"clusters": ["other"]}), &["cart"]),
        (json!({"namespaces": ["cart"]}), &["cart"]),
        (json!({"labels": ["tier=front", "tier"]}), &["web"]),
        (json!({"sort": "-name"}), &["web", "new", "cart", "api"]),
        (json!({"sort": "health"}), &["cart", "api", "web", "new"]),
        (json!({"limit": 2}), &["api", "cart"]),
        (json!({"limit": "2", "offset": "3"}), &["web"]),
    ];
    for (request, expected) in cases {
        let list = world.ask("List", request.clone()).await.expect("a list");
        assert_eq!(names(&list), expected, "{request}");
    }
    let fault = world
        .ask("List", json!({"selector": "a in ("}))
        .await
        .expect_err("no selector");
    assert_eq!(fault.code, Code::InvalidArgument);
    assert!(world.ask("List", json!({"sort": "x"})).await.is_err());
    let nothing = world.alice("List", json!({})).await.expect("a list");
    assert_eq!(
        (names(&nothing), &nothing["metadata"]["total"]),
        (vec![], &json!(0))
    );
}

#[tokio::test]
async fn pages_say_what_there_is() {
    let world = shop().await;
    let page = world
        .ask(
            "List",
            json!({"limit": 3, "sync": ["Synced", "Unknown"], "fields": "items.metadata.name"}),
        )
        .await
        .expect("a page");
    assert_eq!(
        page["items"],
        json!([{"metadata": {"name": "api"}}, {"metadata": {"name": "cart"}}, {"metadata": {"name": "new"}}])
    );
    let metadata = &page["metadata"];
    assert_eq!(metadata["total"], 3);
    assert_eq!(metadata.get("continue"), None);
    let all = world.ask("List", json!({})).await.expect("a list");
    assert_eq!(all["metadata"]["counts"].get("project"), None);
    let page = world
        .ask("List", json!({"limit": 3}))
        .await
        .expect("a page");
    assert_eq!(
        (
            &page["metadata"]["continue"],
            &page["metadata"]["remainingItemCount"]
        ),
        (&json!("3"), &json!(1))
    );
    let page = world
        .ask("List", json!({"limit": 3, "continue": "3"}))
        .await
        .expect("a page");
    assert_eq!(names(&page), ["web"]);
}

/// Filters; how many fit, and the counts by sync status, health and project.
fn counted() -> [(Value, Value); 7] {
    let sync = json!({"Synced": 2, "OutOfSync": 1, "Unknown": 1});
    let health = json!({"Healthy": 2, "Degraded": 1, "Unknown": 1});
    let both = json!({"default": 3, "shop": 1});
    let degraded = json!({"Degraded": 1});
    [
        (json!({}), json!([4, sync, health, both])),
        (
            json!({"sync": ["Synced"]}),
            json!([2, sync, {"Healthy": 1, "Degraded": 1}, {"default": 1, "shop": 1}]),
        ),
        (
            json!({"sync": ["Synced", "OutOfSync"]}),
            json!([3, sync, {"Healthy": 2, "Degraded": 1}, {"default": 2, "shop": 1}]),
        ),
        (
            json!({"projects": ["shop"]}),
            json!([1, {"Synced": 1}, degraded, both]),
        ),
        (
            json!({"projects": ["shop"], "health": "Healthy"}),
            json!([0, {}, degraded, {"default": 2}]),
        ),
        (
            json!({"clusters": ["other"]}),
            json!([1, {"Synced": 1}, degraded, {"shop": 1}]),
        ),
        // All labels must be there, and a search is no choice of values.
        (
            json!({"labels": ["tier"], "search": "web"}),
            json!([1, {"OutOfSync": 1}, {"Healthy": 1}, {"default": 1}]),
        ),
    ]
}

#[tokio::test]
async fn each_filter_s_values_are_counted_under_the_other_filters() {
    let world = shop().await;
    for (filters, expected) in counted() {
        let mut request = filters.clone();
        request["limit"] = json!(10);
        let page = world.ask("List", request).await.expect("a page");
        let (metadata, counts) = (&page["metadata"], &page["metadata"]["counts"]);
        let found = [
            &metadata["total"],
            &counts["sync"],
            &counts["health"],
            &counts["project"],
        ];
        assert_eq!(json!(found), expected, "{filters}");
        let labels = counts["label"].as_object().into_iter().flatten();
        let labelled: usize = labels
            .filter_map(|(_, count)| usize::try_from(count.as_u64()?).ok())
            .sum();
        assert!(
            labelled <= names(&page).len(),
            "labels are of what is found: {filters}"
        );
    }
    let both = json!({"limit": 10, "clusters": ["other"], "namespaces": ["cart"]});
    let mut page = world.ask("List", both).await.expect("a page");
    let counts = page["metadata"]["counts"].take();
    let (cluster, namespace) = (json!({"other": 1}), json!({"cart": 1}));
    assert_eq!(counts["cluster"], cluster, "of those in that namespace");
    assert_eq!(counts["namespace"], namespace, "of those on that cluster");
}

#[tokio::test]
async fn what_was_written_is_listed_at_once() {
    let world = World::new();
    for round in 0..20 {
        let name = format!("app-{round:02}");
        let request = json!({"application": application(&name, &json!({}))});
        world.ask("Create", request).await.expect("made");
        let list = world
            .ask("List", json!({"name": name}))
            .await
            .expect("a list");
        assert_eq!(names(&list), [name]);
    }
}
