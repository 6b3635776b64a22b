//! Clusters and repositories are changed: all that a request gives, and nothing that goes elsewhere by it.

use gantry_model::Object;
use gantry_store::Kind;
use serde_json::{Value, json};

use super::world::{World, admin};
use crate::Fault;

async fn ask(world: &World, method: &str, request: Value) -> Result<Value, Fault> {
    world.api.call(&admin(), method, request).await
}

/// The only Secret that there is: its entries, labels and annotations.
async fn kept(world: &World) -> Value {
    let all = world.home.list(Kind::Secret).await.expect("read");
    let secret = all
        .iter()
        .find(|secret| secret.name() != "argocd-secret")
        .expect("one");
    let entries = crate::secret::all(
        &*world.home,
        secret
            .label("argocd.argoproj.io/secret-type")
            .expect("a type"),
    );
    let (object, entries): (Object, _) = entries.await.expect("read").remove(0);
    let mut kept = json!(entries);
    for map in ["labels", "annotations"] {
        kept[map] = object.value()["metadata"][map].clone();
    }
    kept
}

const URL: &str = "https://git.example/shop";

#[tokio::test]
async fn a_repository_becomes_what_the_request_says() {
    let flags = [
        "insecure",
        "insecureIgnoreHostKey",
        "enableLfs",
        "enableOCI",
        "forceHttpBasicAuth",
    ];
    for (service, field, url) in [
        (
            "repository.RepositoryService/UpdateRepository",
            "repo",
            "repo",
        ),
        (
            "repocreds.RepoCredsService/UpdateRepositoryCredentials",
            "creds",
            "url",
        ),
    ] {
        for (change, expected) in [
            // Who does not know the password does not send it elsewhere.
            (
                json!({"proxy": "http://evil.example"}),
                json!({"proxy": "http://evil.example"}),
            ),
            (json!({"insecure": true}), json!({"insecure": "true"})),
            (json!({"insecure": false}), json!({})),
            (
                json!({"username": "bo", "password": "new"}),
                json!({"username": "bo", "password": "new"}),
            ),
            (json!({}), json!({})),
        ] {
            let world = World::new();
            let label = if field == "repo" {
                "repository"
            } else {
                "repo-creds"
            };
            let mut before = json!({"url": URL, "username": "ada", "password": "hidden", "sshPrivateKey": "hidden",
                "githubAppPrivateKey": "hidden", "depth": "1", "proxy": "http://proxy.example", "type": "git"});
            for flag in flags {
                before[flag] = "true".into();
            }
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one",
                "labels": {"argocd.argoproj.io/secret-type": label}}, "stringData": before});
            world.put(secret).await;
            let mut request = change.clone();
            request[url] = URL.into();
            request["type"] = "git".into();
            let answer = ask(&world, service, json!({ field: request })).await;
            answer.expect("changed");
            let mut expected = expected;
            for (key, value) in [("url", URL), ("type", "git"), ("depth", "1")] {
                expected[key] = value.into();
            }
            let mut found = kept(&world).await;
            for map in ["labels", "annotations"] {
                found.as_object_mut().expect("an object").remove(map);
            }
            assert_eq!(found, expected, "{service} {change}");
        }
    }
}

fn cluster(more: &Value) -> Value {
    let mut cluster = json!({"server": "https://a.example", "name": "a", "clusterResources": true, "namespaces": ["x"],
        "labels": {"team": "shop", "tier": "1"}, "annotations": {"note": "old"},
        "config": {"bearerToken": "hidden", "tlsClientConfig": {"caData": "aGlkZGVu", "insecure": false}}});
    for (key, value) in more.as_object().into_iter().flatten() {
        cluster[key] = value.clone();
    }
    cluster
}

/// What the request has, the fields that it names, and what is there then: team, tier, note, namespaces,
/// clusterResources, project.
const UPDATES: &str = r#"
{"labels": {"team": "bank"}}                   | labels            | bank -   old x true -
{"labels": {"team": "bank"}}                   |                   | bank -   old x true -
{"labels": {"team": "bank"}}                   | name              | shop 1   old x true -
{}                                             | labels            | -    -   old x true -
{"annotations": {"note": "new"}}               | annotations       | shop 1   new x true -
{"annotations": {}, "labels": {}}              |                   | -    -   -   x true -
{"annotations": {"note": "new"}, "name": "b"}  | labels annotations | -   -   new x true -
{"labels": {"argocd.argoproj.io/secret-type": "repository"}} | labels | - - old x true -
{"clusterResources": false}                    |                   | shop 1   old x -    -
{}                                             | clusterResources  | shop 1   old x -    -
{"namespaces": []}                             |                   | shop 1   old - true -
{}                                             | namespaces        | shop 1   old - true -
{"namespaces": ["y", "z"]}                     | namespaces        | shop 1   old y,z true -
{"project": "shop"}                            | project           | shop 1   old x true shop
{"name": "b"}                                  |                   | shop 1   old x true -
{"config": {"tlsClientConfig": {}}}            | config            | shop 1   old x true -
{"config": {"tlsClientConfig": {"insecure": true}}}  | config      | refused
{"config": {"tlsClientConfig": {"serverName": "b"}}} |             | refused
"#;

#[tokio::test]
async fn a_cluster_becomes_what_the_request_says() {
    for row in UPDATES.lines().filter(|row| !row.is_empty()) {
        let parts: Vec<&str> = row.split(" | ").map(str::trim).collect();
        let [change, fields, expected] = parts[..] else {
            panic!("{row}");
        };
        let world = World::new();
        let made = ask(
            &world,
            "cluster.ClusterService/Create",
            json!({"cluster": cluster(&json!({}))}),
        );
        made.await.expect("made");
        let change: Value = serde_json::from_str(change).expect("JSON");
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let request = json!({"id": {"value": "https://a.example"}, "cluster": change, "updatedFields": fields});
        let answer = ask(&world, "cluster.ClusterService/Update", request).await;
        let kept = kept(&world).await;
        assert!(
            kept["config"]
                .as_str()
                .is_some_and(|config| config.contains("hidden"))
        );
        assert_eq!(kept["labels"]["argocd.argoproj.io/secret-type"], "cluster");
        assert_eq!(kept["annotations"]["managed-by"], "argocd.argoproj.io");
        if expected == "refused" {
            assert!(answer.expect_err(row).message.contains("give both"));
            continue;
        }
        answer.expect(row);
        let places = [
            "/labels/team",
            "/labels/tier",
            "/annotations/note",
            "/namespaces",
            "/clusterResources",
            "/project",
        ];
        let found = places.map(|place| match kept.pointer(place).and_then(Value::as_str) {
            None | Some("") => "-",
            Some(text) => text,
        });
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(found[..], expected[..], "{row}");
    }
}

#[tokio::test]
async fn a_cluster_that_is_made_again_is_the_same_or_takes_its_place() {
    for (change, is_same) in [
        (json!({}), true),
        (json!({"labels": {"team": "bank"}}), false),
        (json!({"annotations": {}}), false),
        (json!({"clusterResources": false}), false),
    ] {
        let world = World::new();
        let create = "cluster.ClusterService/Create";
        let first = ask(&world, create, json!({"cluster": cluster(&json!({}))})).await;
        first.expect("made");
        let again = ask(&world, create, json!({"cluster": cluster(&change)})).await;
        assert_eq!(again.is_ok(), is_same, "{change}");
        let over = ask(
            &world,
            create,
            json!({"cluster": cluster(&change), "upsert": true}),
        )
        .await;
        over.expect("made");
        let kept = kept(&world).await;
        let wanted = cluster(&change);
        assert_eq!(kept["labels"]["team"], wanted["labels"]["team"]);
        assert_eq!(kept["annotations"]["note"], wanted["annotations"]["note"]);
        assert_eq!(
            kept["clusterResources"] == "true",
            wanted["clusterResources"] == true
        );
    }
}
