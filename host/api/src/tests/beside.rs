//! Clusters, repositories, projects and settings: who sees what of them, and no credential.

use serde_json::{Value, json};

use super::world::{World, admin, caller};
use crate::{Code, Fault};

const CLUSTER: &str = "cluster.ClusterService";
const REPOSITORY: &str = "repository.RepositoryService";
const PROJECT: &str = "project.ProjectService";

async fn by(world: &World, who: &str, method: &str, request: Value) -> Result<Value, Fault> {
    world.api.call(&caller(who), method, request).await
}

async fn asked(world: &World, method: &str, request: Value) -> Value {
    let answer = world.api.call(&admin(), method, request).await;
    answer.expect(method)
}

fn cluster(server: &str) -> Value {
    json!({"server": server, "name": server.trim_start_matches("https://"), "config": {"bearerToken": "hidden-token",
        "tlsClientConfig": {"caData": "aGlkZGVu", "keyData": "aGlkZGVu", "certData": "aGlkZGVu"}}})
}

async fn add(world: &World, cluster: Value) -> Result<Value, Fault> {
    let method = format!("{CLUSTER}/Create");
    let request = json!({ "cluster": cluster });
    world.api.call(&admin(), &method, request).await
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_not_kept() {
    let world = World::new();
    let refused = add(&world, cluster("https://broken.example")).await;
    assert_eq!(
        refused.expect_err("it does not answer").code,
        Code::InvalidArgument
    );
    let listed = asked(&world, &format!("{CLUSTER}/List"), json!({})).await;
    assert_eq!(listed["items"], json!([]));
    add(&world, cluster("https://a.example"))
        .await
        .expect("it answers");
    for method in ["RotateAuth", "InvalidateCache"] {
        let method = format!("{CLUSTER}/{method}");
        asked(
            &world,
            &method,
            json!({"id": {"value": "https://a.example"}}),
        )
        .await;
        let (told, request) = world.told().pop().expect("asked");
        assert_eq!(
            (told, &request["server"]),
            (method, &json!("https://a.example"))
        );
    }
}

#[tokio::test]
async fn a_cluster_has_the_applications_that_go_there_by_any_of_its_names() {
    let world = World::new();
    add(&world, cluster("https://a.example"))
        .await
        .expect("made");
    add(&world, cluster("https://b.example"))
        .await
        .expect("made");
    let aliases = ["west", "a.example", "https://a.example:443"];
    world.has_clusters(vec![
        json!({"server": "https://a.example", "name": "a.example", "aliases": aliases}),
        json!({"server": "https://here.example", "name": "in-cluster", "aliases": []}),
    ]);
    for (name, destination) in [
        ("one", json!({"server": "https://a.example/"})),
        ("two", json!({"server": "https://a.example:443"})),
        ("three", json!({"server": null, "name": "a.example"})),
        ("four", json!({"server": null, "name": "west"})),
        ("five", json!({"server": "https://b.example"})),
    ] {
        let app = json!({"spec": {"destination": destination}});
        world.put(super::world::application(name, &app)).await;
    }
    let listed = asked(&world, &format!("{CLUSTER}/List"), json!({})).await;
    for (name, count) in [("a.example", 4), ("b.example", 1), ("in-cluster", 0)] {
        let items = listed["items"].as_array().expect("a list");
        let listed = items.iter().find(|item| item["name"] == name);
        let one = asked(&world, &format!("{CLUSTER}/Get"), json!({ "name": name })).await;
        for shown in [listed.expect(name), &one] {
            assert_eq!(shown["info"]["applicationsCount"], count, "{shown}");
            assert!(shown.get("aliases").is_none(), "{shown}");
        }
    }
}

#[tokio::test]
async fn cve_2023_40029_no_credential_of_a_cluster_is_shown() {
    let world = World::new();
    let mut given = cluster("https://a.example");
    given["annotations"] =
        json!({"team": "shop", "kubectl.kubernetes.io/last-applied-configuration": "hidden-token"});
    let made = add(&world, given).await.expect("made");
    let id = json!({"id": {"value": "https://a.example"}});
    let mut shown = vec![made];
    shown.push(asked(&world, &format!("{CLUSTER}/Get"), id).await);
    shown.push(asked(&world, &format!("{CLUSTER}/List"), json!({})).await);
    for shown in shown {
        let text = shown.to_string();
        assert!(
            !text.contains("hidden") && !text.contains("aGlkZGVu"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn cve_2023_23947_who_may_change_one_cluster_changes_that_one() {
    let policy = "p, dev, clusters, *, https://a.example, allow";
    let world = World::with_policy(policy).await;
    for server in ["https://a.example", "https://b.example"] {
        add(&world, cluster(server)).await.expect("made");
    }
    let update = format!("{CLUSTER}/Update");
    for request in [
        // One in the path, another in the body, in either order; and one that it is to become.
        json!({"id": {"value": "https://a.example"}, "cluster": cluster("https://b.example")}),
        json!({"id": {"value": "https://b.example"}, "cluster": cluster("https://a.example")}),
        json!({"id": {"value": "b.example", "type": "name"}, "cluster": {"name": "mine"}}),
        json!({"id": {"value": "https://a.example"}, "cluster": {"project": "other"}}),
    ] {
        assert!(
            by(&world, "dev", &update, request.clone()).await.is_err(),
            "{request}"
        );
    }
    let own = json!({"id": {"value": "https://a.example"}, "cluster": {"name": "mine"}});
    assert!(by(&world, "dev", &update, own).await.is_ok());
    let listed = asked(&world, &format!("{CLUSTER}/List"), json!({})).await;
    assert_eq!(listed["items"][0]["name"], "b.example");
}

#[tokio::test]
async fn cve_2024_36106_a_cluster_that_is_not_seen_is_like_none() {
    let world = World::new();
    add(&world, cluster("https://a.example"))
        .await
        .expect("made");
    for method in ["Get", "Update", "Delete", "RotateAuth", "InvalidateCache"] {
        let method = format!("{CLUSTER}/{method}");
        for (there, none) in [
            (
                json!({"id": {"value": "https://a.example"}}),
                json!({"id": {"value": "https://none"}}),
            ),
            (
                json!({"id": {"type": "name", "value": "a.example"}}),
                json!({"id": {"type": "name", "value": "none"}}),
            ),
            (json!({"name": "a.example"}), json!({"name": "none"})),
        ] {
            let there = by(&world, "alice", &method, there).await;
            assert_eq!(
                there.clone().expect_err("refused").code,
                Code::PermissionDenied
            );
            assert_eq!(there, by(&world, "alice", &method, none).await, "{method}");
        }
    }
}

async fn repository(world: &World, project: &str) {
    let repo = json!({"repo": "https://git.example/shop", "username": "ada", "password": "hidden", "project": project,
        "sshPrivateKey": "hidden", "bearerToken": "hidden", "tlsClientCertKey": "hidden", "proxy": "https://u:hidden@proxy.example"});
    asked(
        world,
        &format!("{REPOSITORY}/CreateRepository"),
        json!({ "repo": repo }),
    )
    .await;
}

#[tokio::test]
async fn cve_2025_55190_details_of_a_project_have_no_credential_whoever_asks() {
    let policy =
        "p, proj:shop:ci, projects, get, shop, allow\np, proj:shop:ci, repositories, get, *, allow";
    let world = World::with_policy(policy).await;
    let project = json!({"metadata": {"name": "shop"}, "spec": {"sourceRepos": ["*"]}});
    asked(
        &world,
        &format!("{PROJECT}/Create"),
        json!({ "project": project }),
    )
    .await;
    repository(&world, "shop").await;
    let mut given = cluster("https://a.example");
    given["project"] = "shop".into();
    add(&world, given).await.expect("made");
    for who in ["admin", "proj:shop:ci"] {
        let details = by(
            &world,
            who,
            &format!("{PROJECT}/GetDetailedProject"),
            json!({"name": "shop"}),
        )
        .await;
        let details = details.expect("the details");
        assert_eq!(
            details["repositories"][0]["repo"],
            "https://git.example/shop"
        );
        let text = details.to_string();
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn cve_2023_25163_no_answer_about_a_repository_has_its_credentials() {
    let world = World::new();
    repository(&world, "").await;
    let again = json!({"repo": {"repo": "https://git.example/shop", "password": "hidden-too"}});
    let mut told = vec![
        world
            .api
            .call(&admin(), &format!("{REPOSITORY}/CreateRepository"), again)
            .await,
    ];
    for (method, request) in [
        ("Get", json!({"repo": "https://git.example/shop"})),
        ("ListRepositories", json!({})),
        ("Get", json!({"repo": "https://u:hidden@git.example/none"})),
        (
            "DeleteRepository",
            json!({"repo": "https://u:hidden@git.example/none"}),
        ),
        (
            "UpdateRepository",
            json!({"repo": {"repo": "https://u:hidden@git.example/none"}}),
        ),
    ] {
        told.push(
            world
                .api
                .call(&admin(), &format!("{REPOSITORY}/{method}"), request)
                .await,
        );
    }
    for told in told {
        let text = format!("{told:?}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn a_repository_is_read_for_those_who_could_have_an_application_of_it() {
    let policy = "p, dev, repositories, get, https://git.example/shop, allow\n\
        p, dev, applications, create, default/mine, allow\n\
        p, dev, applications, get, default/*, allow\n\
        p, viewer, repositories, get, *, allow\n\
        p, viewer, applications, get, default/*, allow";
    let world = World::with_policy(policy).await;
    world
        .put(super::world::application("web", &json!({})))
        .await;
    let details = |name: &str, path: &str| {
        json!({"appName": name, "appProject": "default",
        "source": {"repoURL": "https://git.example/shop", "path": path, "targetRevision": "main"}})
    };
    let apps = |name: &str| json!({"repo": "https://git.example/shop", "appName": name, "appProject": "default"});
    for (who, method, request, is_allowed) in [
        ("dev", "ListRefs", apps(""), true),
        ("alice", "ListRefs", apps(""), false),
        ("dev", "GetHelmCharts", apps(""), true),
        ("alice", "GetHelmCharts", apps(""), false),
        ("dev", "ListApps", apps("mine"), true),
        ("dev", "ListApps", apps("other"), false),
        ("viewer", "ListApps", apps("web"), false),
        ("dev", "GetAppDetails", details("mine", "any"), true),
        ("dev", "GetAppDetails", details("other", "any"), false),
        ("viewer", "GetAppDetails", details("web", "deploy"), true),
        // Of an application that is there, only what it has.
        ("viewer", "GetAppDetails", details("web", "secrets"), false),
        ("alice", "GetAppDetails", details("web", "deploy"), false),
    ] {
        let read = by(
            &world,
            who,
            &format!("{REPOSITORY}/{method}"),
            request.clone(),
        )
        .await;
        assert_eq!(read.is_ok(), is_allowed, "{who} {method} {request}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cve_2025_55191_repositories_and_credentials_are_changed_by_many_at_once() {
    let world = std::sync::Arc::new(World::new());
    let writers = (0..8).map(|writer: usize| {
        let world = std::sync::Arc::clone(&world);
        tokio::spawn(async move {
            for turn in 0..10 {
                let url = format!("https://git.example/{}", (writer + turn) % 3);
                let repo =
                    json!({"repo": url, "username": "ada", "password": format!("hidden-{writer}")});
                let creds =
                    json!({"url": url, "username": "ada", "password": format!("hidden-{writer}")});
                for (method, request) in [
                    (
                        format!("{REPOSITORY}/CreateRepository"),
                        json!({"repo": repo, "upsert": true}),
                    ),
                    (format!("{REPOSITORY}/ListRepositories"), json!({})),
                    (
                        "repocreds.RepoCredsService/CreateRepositoryCredentials".to_owned(),
                        json!({"creds": creds, "upsert": true}),
                    ),
                    (
                        format!("{REPOSITORY}/UpdateRepository"),
                        json!({"repo": repo}),
                    ),
                    (
                        "repocreds.RepoCredsService/ListRepositoryCredentials".to_owned(),
                        json!({}),
                    ),
                    (
                        format!("{REPOSITORY}/DeleteRepository"),
                        json!({"repo": url}),
                    ),
                    (
                        "repocreds.RepoCredsService/DeleteRepositoryCredentials".to_owned(),
                        json!({"url": url}),
                    ),
                ] {
                    // Who comes too late is told so; nobody takes the control plane along.
                    let answer = world.api.call(&admin(), &method, request).await;
                    assert!(!format!("{answer:?}").contains("hidden"), "{answer:?}");
                    if let Err(fault) = answer {
                        assert_ne!(fault.code, Code::Internal, "{method}: {fault:?}");
                    }
                }
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.expect("no panic");
    }
    repository(&world, "").await;
    let listed = asked(&world, &format!("{REPOSITORY}/ListRepositories"), json!({})).await;
    let found = listed["items"].as_array().map(Vec::len);
    assert_eq!(found, Some(1), "{listed}");
}

#[tokio::test]
async fn a_repository_is_read_with_credentials_that_the_caller_may_see() {
    const URL: &str = "https://git.example/shop";
    let policy = "p, plain, repositories, get, https://git.example/shop, allow\n\
        p, shop, repositories, get, shop/https://git.example/shop, allow\n\
        p, own, repositories, get, default/https://git.example/shop, allow\n\
        g, plain, dev\ng, shop, dev\ng, own, dev\np, dev, applications, *, */*, allow";
    let world = World::with_policy(policy).await;
    for (there, project, who) in [
        // The one for all, and those of two projects: who may see the one that is used.
        (&["", "shop"][..], "shop", "shop"),
        (&["", "shop"], "bank", "plain"),
        (&["", "shop"], "", "plain"),
        (&["shop"], "shop", "shop"),
        (&["shop"], "bank", "plain"),
        (&["", "default"], "default", "own"),
        (&[], "shop", "plain"),
        (&[""], "shop", "plain"),
    ] {
        for project in there {
            repository(&world, project).await;
        }
        let request = json!({"repo": URL, "appName": "new", "appProject": project,
            "source": {"repoURL": URL, "path": "any"}});
        for method in ["ListRefs", "ListApps", "GetAppDetails", "GetHelmCharts"] {
            for caller in ["plain", "shop", "own"] {
                let method = format!("{REPOSITORY}/{method}");
                let read = by(&world, caller, &method, request.clone()).await;
                let code = read.err().map(|fault| fault.code);
                let expected = (caller != who).then_some(Code::PermissionDenied);
                assert_eq!(code, expected, "{method} {there:?} {project} {caller}");
            }
        }
        for project in there {
            let request = json!({"repo": URL, "appProject": project});
            asked(&world, &format!("{REPOSITORY}/DeleteRepository"), request).await;
        }
    }
}

#[tokio::test]
async fn repositories_tell_how_they_answered_last() {
    let world = World::new();
    repository(&world, "").await;
    let listed = asked(
        &world,
        &format!("{REPOSITORY}/ListRepositories"),
        json!({"forceRefresh": "true"}),
    )
    .await;
    assert_eq!(
        listed["items"][0]["connectionState"]["status"],
        "Successful"
    );
    let (_, request) = world.told().pop().expect("asked");
    assert_eq!(
        (&request["forceRefresh"], &request["type"]),
        (&json!(true), &json!("git"))
    );
}

#[tokio::test]
async fn cve_2024_37152_strangers_learn_no_more_than_they_need_to_log_in() {
    let world = World::new();
    let method = "cluster.SettingsService/Get";
    let nobody = world.api.caller(method, None).expect("for all");
    let told = world
        .api
        .call(&nobody, method, json!({}))
        .await
        .expect("settings");
    let told: Vec<&String> = told.as_object().expect("an object").keys().collect();
    for key in [
        "passwordPattern",
        "installationID",
        "controllerNamespace",
        "plugins",
        "kustomizeOptions",
        "resourceOverrides",
        "trackingMethod",
    ] {
        assert!(!told.iter().any(|known| *known == key), "{told:?}");
    }
    let more = world
        .api
        .call(&admin(), method, json!({}))
        .await
        .expect("settings");
    assert!(more["passwordPattern"].is_string());
}
