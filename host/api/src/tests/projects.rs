//! Projects are changed: by whom, and without taking anything from the applications that are there.

use serde_json::{Value, json};

use super::world::{World, application, caller};
use crate::{Code, Fault};

const POLICY: &str = "p, dev, projects, *, *, allow\n\
    p, dev, clusters, update, https://mine, allow\n\
    p, dev, repositories, update, https://git.example/mine*, allow\n\
    p, ops, projects, update, *, allow\n\
    p, ops, clusters, update, *, allow\n\
    p, ops, repositories, update, *, allow";

/// What a project has before it is changed.
fn spec() -> Value {
    json!({
        "description": "a shop",
        "sourceRepos": ["https://git.example/shop", "!https://git.example/secret"],
        "destinations": [{"server": "https://a", "namespace": "x"}, {"server": "!https://b", "namespace": "x"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}, {"group": "a", "kind": "B"}],
        "namespaceResourceWhitelist": [{"group": "", "kind": "Service"}],
    })
}

async fn project(world: &World, name: &str, spec: &Value) -> Value {
    let project = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name}, "spec": spec});
    world.put(project).await.into_value()
}

async fn update(world: &World, who: &str, project: &Value) -> Result<Value, Fault> {
    let request = json!({ "project": project });
    let method = "project.ProjectService/Update";
    world.api.call(&caller(who), method, request).await
}

/// What is put into the spec, and whether the one may who changes projects and a cluster and repositories of their
/// own. Who may change all clusters and repositories may all of it.
const CHANGES: &str = r#"
{"description": "new"}                                                                   | yes
{"syncWindows": [], "roles": [{"name": "ci"}]}                                           | yes
{"destinations/2": {"server": "https://mine", "namespace": "*"}}                         | yes
{"destinations/2": {"name": "mine", "namespace": "*"}}                                   | yes
{"destinations/2": {"name": "mine", "server": "https://mine", "namespace": "*"}}         | yes
{"destinations/0": {"server": "https://a", "namespace": "*"}}                            | yes
{"destinations/2": {"server": "https://theirs", "namespace": "x"}}                       | no
{"destinations/2": {"server": "*", "namespace": "*"}}                                    | no
{"destinations/2": {"name": "theirs", "namespace": "x"}}                                 | no
{"destinations/2": {"name": "none", "namespace": "x"}}                                   | no
{"destinations/0": {"server": "https://a", "name": "*", "namespace": "x"}}               | no
{"destinations/1": {"server": "https://a", "namespace": "y"}}                            | no
{"sourceRepos/2": "https://git.example/mine/web"}                                        | yes
{"sourceRepos/2": "https://git.example/theirs"}                                          | no
{"sourceRepos/2": "*"}                                                                   | no
{"sourceRepos": ["https://git.example/shop"]}                                            | no
{"clusterResourceWhitelist": [{"group": "a", "kind": "B"}, {"group": "", "kind": "Namespace"}]} | yes
{"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}                              | no
{"clusterResourceBlacklist": []}                                                         | yes
{"clusterResourceBlacklist": [{"group": "", "kind": "Node"}]}                            | no
{"namespaceResourceBlacklist": [{"group": "", "kind": "Node"}]}                          | no
{"namespaceResourceWhitelist": []}                                                       | no
{"namespaceResourceWhitelist": null}                                                     | no
"#;

#[tokio::test]
async fn a_project_is_given_what_one_may_give() {
    let world = World::with_policy(POLICY).await;
    let rows = CHANGES.lines().filter(|row| !row.is_empty());
    for (index, row) in rows.enumerate() {
        let (change, is_allowed) = row.split_once(" | ").expect("two cells");
        let change: Value = serde_json::from_str(change).expect(row);
        let mut next = project(&world, &format!("shop-{index}"), &spec()).await;
        for (path, value) in change.as_object().expect("an object") {
            match path.split_once('/') {
                None => next["spec"][path] = value.clone(),
                Some((list, at)) => {
                    let list = next["spec"][list].as_array_mut().expect("a list");
                    let at: usize = at.parse().expect("a number");
                    list.truncate(list.len().max(at));
                    match list.get_mut(at) {
                        Some(item) => *item = value.clone(),
                        None => list.push(value.clone()),
                    }
                }
            }
        }
        if next["spec"]["namespaceResourceWhitelist"].is_null() {
            let spec = next["spec"].as_object_mut().expect("an object");
            spec.remove("namespaceResourceWhitelist");
        }
        assert!(update(&world, "alice", &next).await.is_err(), "{row}");
        let by_dev = update(&world, "dev", &next).await;
        let code = by_dev.as_ref().err().map(|fault| fault.code);
        let expected = (is_allowed.trim() == "no").then_some(Code::PermissionDenied);
        assert_eq!(code, expected, "{row}: {by_dev:?}");
        if let Err(fault) = by_dev {
            // Not which server a name stands for.
            let tells = fault.message.contains("https://theirs");
            assert_eq!(
                tells,
                change.to_string().contains("https://theirs"),
                "{fault}"
            );
            update(&world, "ops", &next).await.expect(row);
        }
    }
}

#[tokio::test]
async fn a_project_that_is_made_anew_asks_for_no_cluster_as_in_argo_cd() {
    let world = World::with_policy(POLICY).await;
    project(&world, "shop", &spec()).await;
    let wide = json!({"metadata": {"name": "shop"}, "spec": {"destinations": [{"server": "*", "namespace": "*"}]}});
    let request = json!({"project": wide, "upsert": true});
    let dev = caller("dev");
    let made = world
        .api
        .call(&dev, "project.ProjectService/Create", request);
    made.await.expect("made");
}

/// The sources of the only application and its destination, what becomes of the project, and what is said.
const LOSSES: &str = r#"
{}                                                   | {"description": "new"}                           |
{}                                                   | {"sourceRepos": ["https://git.example/**"]}      |
{}                                                   | {"sourceRepos": ["https://git.example/other"]}   | 1 applications source became invalid
{}                                                   | {"sourceRepos": ["*", "!https://git.example/shop"]} | 1 applications source became invalid
{"source": null, "sources": [{"repoURL": "https://git.example/shop"}, {"repoURL": "https://git.example/two"}]} | {"sourceRepos": ["https://git.example/shop"]} | 1 applications source became invalid
{"source": {"repoURL": "https://never.example"}}     | {"sourceRepos": []}                              |
{}                                                   | {"destinations": []}                             | 1 applications destination became invalid
{}                                                   | {"destinations": [{"server": "https://a", "namespace": "y"}]} | 1 applications destination became invalid
{}                                                   | {"destinations": [{"name": "a", "namespace": "x"}]} |
{"destination": {"name": "a", "server": null}}       | {"destinations": [{"server": "https://a", "namespace": "*"}]} |
{"destination": {"name": "none", "server": null}}    | {"destinations": []}                             |
{"destination": {"namespace": "z"}}                  | {"destinations": []}                             |
{}                                                   | {"permitOnlyProjectScopedClusters": true}        | 1 applications destination became invalid
{"project": "other"}                                 | {"destinations": [], "sourceRepos": []}          |
{}                                                   | {"destinations": [], "sourceRepos": []}          | update 1 applications source became invalid and 1 applications destination became invalid
{}                                                   | {"sourceRepos": ["["]}                           | is no pattern
"#;

#[tokio::test]
async fn no_application_loses_what_its_project_permitted() {
    for row in LOSSES.lines().filter(|row| !row.is_empty()) {
        let cells: Vec<&str> = row.split(" |").map(str::trim).collect();
        let [app, change, words] = cells[..] else {
            panic!("{row}");
        };
        let [mut app, change]: [Value; 2] =
            [app, change].map(|text| serde_json::from_str(text).expect(row));
        for (key, value) in [("project", json!("shop")), ("destination", json!({}))] {
            if app.get(key).is_none() {
                app[key] = value;
            }
        }
        for (key, value) in [("server", "https://a"), ("namespace", "x")] {
            if app["destination"].get(key).is_none() {
                app["destination"][key] = value.into();
            }
        }
        let world = World::new();
        world.put(application("web", &json!({ "spec": app }))).await;
        let before = json!({
            "sourceRepos": ["https://git.example/*"],
            "destinations": [{"server": "https://a", "namespace": "x"}],
        });
        let mut next = project(&world, "shop", &before).await;
        for (key, value) in change.as_object().expect("an object") {
            next["spec"][key] = value.clone();
        }
        match update(&world, "admin", &next).await {
            Ok(written) => {
                assert_eq!(words, "", "{row}");
                assert_eq!(written["spec"], next["spec"], "{row}");
            }
            Err(fault) => {
                assert_eq!(fault.code, Code::InvalidArgument, "{row}");
                assert!(
                    !words.is_empty() && fault.message.contains(words),
                    "{row}: {fault}"
                );
                let admin = caller("admin");
                let request = json!({"name": "shop"});
                let now = world
                    .api
                    .call(&admin, "project.ProjectService/Get", request);
                assert_eq!(now.await.expect("it is there")["spec"], before, "{row}");
            }
        }
    }
}

#[tokio::test]
async fn a_project_is_changed_from_the_version_that_was_read() {
    let world = World::new();
    let first = project(&world, "shop", &spec()).await;
    let mut second = first.clone();
    second["spec"]["description"] = "second".into();
    update(&world, "admin", &second).await.expect("the first");
    second["spec"]["description"] = "third".into();
    let stale = update(&world, "admin", &second).await;
    assert_eq!(stale.expect_err("an old version").code, Code::Aborted);
    second["metadata"]["resourceVersion"] = "".into();
    let written = update(&world, "admin", &second).await.expect("any version");
    assert_eq!(written["spec"]["description"], "third");
}
