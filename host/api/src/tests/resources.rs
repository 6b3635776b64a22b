//! Single objects of an application, and what their kinds know beside syncs.

use gantry_store::Kind;
use serde_json::{Value, json};

use super::world::{World, application, caller};
use crate::{Code, Fault};

fn deployment(more: &Value) -> Value {
    let mut request = json!({"name": "web", "namespace": "shop", "resourceName": "web", "version": "v1", "group": "apps", "kind": "Deployment"});
    if let (Some(request), Some(more)) = (request.as_object_mut(), more.as_object()) {
        request.extend(more.clone());
    }
    request
}

fn secret(more: &Value) -> Value {
    let mut request = deployment(more);
    for (key, value) in [("resourceName", "keys"), ("group", ""), ("kind", "Secret")] {
        request[key] = value.into();
    }
    request
}

async fn world(policy: &str) -> World {
    let world = World::with_policy(policy).await;
    world.put(application("web", &json!({}))).await;
    world
}

async fn by(world: &World, who: &str, method: &str, request: Value) -> Result<Value, Fault> {
    let method = format!("application.ApplicationService/{method}");
    world.api.call(&caller(who), &method, request).await
}

#[tokio::test]
async fn actions_are_listed_and_run() {
    let world = world("").await;
    let listed = world.ask("ListResourceActions", deployment(&json!({})));
    assert_eq!(
        listed.await.expect("a list")["actions"][0]["name"],
        "restart"
    );
    let asked = json!({"action": "scale", "resourceActionParameters": [{"name": "replicas", "value": "3"}]});
    for method in ["RunResourceAction", "RunResourceActionV2"] {
        let ran = world.ask(method, deployment(&asked)).await;
        assert_eq!(ran.expect("it ran"), json!({}));
        let (told, request) = world.told().pop().expect("it was asked for");
        assert_eq!(told, "application.ApplicationService/RunResourceAction");
        assert_eq!(request["action"], "scale");
        assert_eq!(request["parameters"], json!({"replicas": "3"}));
        assert_eq!(request["object"]["metadata"]["uid"], "2");
    }
    for (request, words) in [
        (deployment(&json!({})), "no `action`"),
        (
            deployment(&json!({"action": "x", "resourceName": "other"})),
            "not found as part of",
        ),
    ] {
        let fault = world.ask("RunResourceActionV2", request).await;
        assert!(fault.expect_err(words).message.contains(words));
    }
}

#[tokio::test]
async fn manifests_are_of_the_revisions_that_are_asked_for() {
    let world = world("").await;
    for (request, expected) in [
        (json!({}), Ok("main main")),
        (
            json!({"revisions": ["v2"], "sourcePositions": ["2"]}),
            Ok("main v2"),
        ),
        (
            json!({"revisions": ["v2", "v1"], "sourcePositions": [2, 1]}),
            Ok("v1 v2"),
        ),
        (
            json!({"revisions": ["v2"], "sourcePositions": [3]}),
            Err("source position is out of range"),
        ),
        (
            json!({"revisions": ["v2"], "sourcePositions": [0]}),
            Err("source position is out of range"),
        ),
        (json!({"revisions": ["v2"]}), Err("same number of values")),
    ] {
        let mut request = request;
        request["name"] = "web".into();
        let answer = world.ask("GetManifests", request.clone()).await;
        match (answer, expected) {
            (Ok(answer), Ok(revisions)) => {
                let all = answer["manifests"].as_array().expect("a list").iter();
                let read =
                    all.map(|text| serde_json::from_str::<Value>(text.as_str().expect("a text")));
                let read: Vec<Value> = read
                    .map(|value| value.expect("JSON")["data"].take())
                    .collect();
                assert_eq!(
                    json!(read),
                    json!(revisions.split(' ').collect::<Vec<_>>()),
                    "{request}"
                );
            }
            (Err(fault), Err(words)) => {
                assert_eq!(fault.code, Code::InvalidArgument, "{request}");
                assert!(fault.message.contains(words), "{request}: {fault}");
            }
            (answer, _) => panic!("{request}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn an_action_is_for_whom_a_policy_names_it() {
    let policy = "p, dev, applications, get, */*, allow\n\
        p, dev, applications, action/apps/Deployment/restart, default/*, allow\n\
        p, ops, applications, action/*, */*, allow\n\
        p, sync, applications, sync, */*, allow";
    let world = world(policy).await;
    let run = |action: &str| deployment(&json!({ "action": action }));
    for (who, action, is_allowed) in [
        ("dev", "restart", true),
        ("dev", "scale", false),
        ("ops", "scale", true),
        ("sync", "restart", false),
        ("alice", "restart", false),
    ] {
        let ran = by(&world, who, "RunResourceActionV2", run(action)).await;
        assert_eq!(ran.is_ok(), is_allowed, "{who} {action}");
        if let Err(fault) = ran {
            assert_eq!(fault.code, Code::PermissionDenied);
        }
    }
    let listed = by(&world, "ops", "ListResourceActions", deployment(&json!({}))).await;
    assert_eq!(listed.expect_err("unseen").code, Code::PermissionDenied);
    let links = by(&world, "dev", "ListResourceLinks", deployment(&json!({}))).await;
    assert_eq!(links, Ok(json!({"items": []})));
    let links = by(&world, "alice", "ListResourceLinks", deployment(&json!({}))).await;
    assert_eq!(links.expect_err("unseen").code, Code::PermissionDenied);
}

#[tokio::test]
async fn an_object_is_changed_by_whom_a_policy_names_it() {
    let policy = "p, app, applications, update, */*, allow\np, app, applications, delete, */*, allow\n\
        p, one, applications, update/apps/Deployment/shop/web, default/web, allow\n\
        p, one, applications, delete/apps/Deployment/shop/web, default/web, allow\n\
        p, all, applications, update/*, */*, allow\np, all, applications, delete/*, */*, allow";
    let patch = json!({"patch": "{}", "patchType": "application/merge-patch+json"});
    let denied = Code::PermissionDenied;
    // What the cluster here says to all that it is asked.
    let asked = Code::FailedPrecondition;
    let world = world(policy).await;
    let settings = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {}});
    world.put(settings).await;
    let key = "server.rbac.disableApplicationFineGrainedRBACInheritance";
    for (setting, who, deployment_is, secret_is) in [
        (Value::Null, "app", denied, denied),
        (Value::Null, "one", asked, denied),
        (Value::Null, "all", asked, asked),
        (json!("true"), "app", denied, denied),
        (json!(""), "app", denied, denied),
        (json!("no"), "app", denied, denied),
        (json!("false"), "app", asked, asked),
        (json!("false"), "one", asked, denied),
        (json!("false"), "all", asked, asked),
        (json!("false"), "alice", denied, denied),
    ] {
        let patch_of = json!({"data": {key: setting}});
        let home = &world.home;
        let set = home.patch(Kind::ConfigMap, "argocd", "argocd-cm", &patch_of);
        set.await.expect("set");
        for method in ["PatchResource", "DeleteResource"] {
            for (request, expected) in [
                (deployment(&patch), deployment_is),
                (secret(&patch), secret_is),
            ] {
                let found = by(&world, who, method, request).await;
                let code = found.expect_err("the cluster refuses").code;
                assert_eq!(code, expected, "{setting} {who} {method}");
            }
        }
    }
}

#[tokio::test]
async fn cve_2018_21034_no_value_of_a_secret_is_shown() {
    let world = world("").await;
    let shown = world.ask("GetResource", secret(&json!({}))).await;
    let shown = shown.expect("the Secret").to_string();
    assert!(shown.contains("++++++++"), "{shown}");
    assert!(!shown.contains("aGlkZGVu"), "{shown}");
}

#[tokio::test]
async fn cve_2025_23216_a_refused_patch_of_a_secret_tells_no_value() {
    let world = world("").await;
    let patch = json!({"patch": "{\"data\": {\"key\": \"bmV3\"}, \"immutable\": 7}", "patchType": "application/merge-patch+json"});
    let refused = world.ask("PatchResource", secret(&patch)).await;
    let fault = refused.expect_err("refused");
    assert_eq!(fault.message, "failed to patch Secret shop/keys");
    // Of other kinds the server's words are of use.
    let refused = world.ask("PatchResource", deployment(&patch)).await;
    assert!(refused.expect_err("refused").message.contains("immutable"));
}

#[tokio::test]
async fn what_is_asked_of_the_control_plane_is_of_an_application_that_may_be_seen() {
    let world = world("p, dev, applications, get, default/*, allow").await;
    for (method, key) in [
        ("RevisionMetadata", "name"),
        ("GetOCIMetadata", "name"),
        ("RevisionChartDetails", "name"),
        ("ServerSideDiff", "appName"),
        ("GetApplicationSyncWindows", "name"),
    ] {
        let request = json!({key: "web", "revision": "abc"});
        assert!(by(&world, "dev", method, request.clone()).await.is_ok());
        let (told, passed) = world.told().pop().expect("asked");
        assert_eq!(told, format!("application.ApplicationService/{method}"));
        assert_eq!(passed["request"], request);
        assert_eq!(passed["application"]["metadata"]["name"], "web");
        let hidden = by(&world, "alice", method, request).await;
        let none = by(&world, "dev", method, json!({key: "none"})).await;
        assert_eq!(hidden, none, "{method}");
    }
}
