//! Repositories: those that nobody has made an entry for, and what is told of an app of GitHub's.

use serde_json::{Value, json};

use super::world::{World, application, caller};
use crate::Fault;

const REPOSITORY: &str = "repository.RepositoryService";

async fn by(world: &World, who: &str, method: &str, request: Value) -> Result<Value, Fault> {
    let method = format!("{REPOSITORY}/{method}");
    world.api.call(&caller(who), &method, request).await
}

async fn repository(world: &World, repo: Value) -> Result<Value, Fault> {
    by(world, "admin", "CreateRepository", json!({ "repo": repo })).await
}

#[tokio::test]
async fn repositories_without_an_entry_are_those_of_the_caller_s_applications() {
    let world = World::with_policy("p, dev, applications, get, shop/*, allow").await;
    let repo = json!({"repo": "https://git.example/shop", "project": "shop"});
    repository(&world, repo).await.expect("made");
    for (name, spec) in [
        ("one", json!({"project": "shop"})),
        ("two", json!({"project": "default"})),
        (
            "three",
            json!({"project": "shop", "source": null, "sources": [
            {"repoURL": "https://u:hidden@git.example/a.git"}, {"repoURL": "https://u:hidden@git.example/A"},
            {"repoURL": "https://charts.example", "chart": "web"}]}),
        ),
        (
            "four",
            json!({"project": "shop", "source": {"repoURL": "https://u:hidden@git.example/a.git"}}),
        ),
    ] {
        let app = json!({ "spec": spec });
        world.put(application(name, &app)).await;
    }
    let own = [
        json!({"repo": "https://charts.example", "type": "helm", "applications": 1}),
        json!({"repo": "https://git.example/shop", "type": "git", "applications": 1}),
        json!({"repo": "https://u:***@git.example/a.git", "type": "git", "applications": 2}),
    ];
    for (who, expected) in [
        ("admin", &own[..]),
        ("dev", &[own[0].clone(), own[2].clone()]),
    ] {
        let told = by(&world, who, "ListUnlisted", json!({})).await;
        let told = told.expect("a list");
        let told = told["items"].as_array().expect("a list");
        let text = json!(told).to_string();
        assert!(!text.contains("hidden"), "{text}");
        assert_eq!(told.len(), expected.len(), "{who}: {text}");
        assert!(
            expected.iter().all(|one| told.contains(one)),
            "{who}: {text}"
        );
    }
}

#[tokio::test]
async fn a_github_app_is_kept_and_told_without_its_key() {
    let world = World::new();
    let repo = json!({"repo": "https://git.example/app", "githubAppID": 12, "githubAppInstallationID": "34",
        "githubAppPrivateKey": "hidden", "githubAppEnterpriseBaseUrl": "https://u:hidden@github.example/api/v3",
        "forceHttpBasicAuth": true});
    repository(&world, repo).await.expect("made");
    let named = json!({"repo": "https://git.example/app"});
    let shown = by(&world, "admin", "Get", named)
        .await
        .expect("it is there");
    assert!(!shown.to_string().contains("hidden"), "{shown}");
    for (key, expected) in [
        ("githubAppID", json!(12)),
        ("githubAppInstallationID", json!(34)),
        (
            "githubAppEnterpriseBaseUrl",
            json!("https://u:***@github.example/api/v3"),
        ),
        ("forceHttpBasicAuth", json!(true)),
        ("githubAppPrivateKey", Value::Null),
    ] {
        assert_eq!(shown[key], expected, "{key}");
    }
    let refused = json!({"repo": "https://git.example/b", "githubAppID": "x", "githubAppPrivateKey": "hidden"});
    let refused = repository(&world, refused).await;
    let message = refused.expect_err("no number").message;
    assert!(
        message.contains("githubAppID") && !message.contains("hidden"),
        "{message}"
    );
}
