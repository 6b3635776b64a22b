//! Applications are read, written and deleted.

use serde_json::{Value, json};

use super::world::{World, application, caller};
use crate::Code;

#[tokio::test]
async fn cve_2022_41354_who_may_not_learns_nothing() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    for method in [
        "Get",
        "Sync",
        "Delete",
        "Rollback",
        "TerminateOperation",
        "Patch",
    ] {
        let there = world.alice(method, json!({"name": "web"})).await;
        let not_there = world.alice(method, json!({"name": "none"})).await;
        assert_eq!(there, not_there, "{method}");
        let fault = there.expect_err("refused");
        assert_eq!(
            (fault.code, fault.message.as_str()),
            (Code::PermissionDenied, "permission denied")
        );
        let with_project = world
            .alice(method, json!({"name": "none", "project": "default"}))
            .await;
        assert_eq!(with_project.expect_err("refused"), fault, "{method}");
    }
    // Who may see the project may know what is in it, and nothing of others.
    let missing = world
        .ask("Get", json!({"name": "none", "project": "default"}))
        .await;
    assert_eq!(missing.expect_err("none").code, Code::NotFound);
    let missing = world.ask("Get", json!({"name": "none"})).await;
    assert_eq!(missing.expect_err("none").code, Code::PermissionDenied);
    let elsewhere = world
        .ask("Get", json!({"name": "web", "project": "other"}))
        .await;
    assert_eq!(elsewhere.expect_err("elsewhere").code, Code::NotFound);
}

#[tokio::test]
async fn applications_are_made_and_changed() {
    let world = World::new();
    let request = |app: &Value, upsert: bool| json!({"application": app, "upsert": upsert});
    let app = application(
        "web",
        &json!({"operation": {"sync": {}}, "status": {"sync": {"status": "Synced"}}}),
    );
    let made = world
        .ask("Create", request(&app, false))
        .await
        .expect("made");
    // An operation goes through Sync, a status is the control plane's.
    assert!(
        made.get("operation").is_none() && made.get("status").is_none(),
        "{made}"
    );
    assert!(made["metadata"]["uid"].is_string());
    let again = world.ask("Create", request(&app, false)).await;
    assert_eq!(again, Ok(made), "the same once more is no error");

    let other = application(
        "web",
        &json!({"metadata": {"labels": {"a": "b"}}, "spec": {"source": {"path": "other"}}}),
    );
    let refused = world
        .ask("Create", request(&other, false))
        .await
        .expect_err("it differs");
    assert!(refused.message.contains("upsert"), "{refused}");
    let updated = world
        .ask("Create", request(&other, true))
        .await
        .expect("updated");
    assert_eq!(updated["spec"]["source"]["path"], "other");

    let spec = json!({"name": "web", "spec": {"project": "default", "source": {"repoURL": "https://git.example/shop", "path": "third"},
        "destination": {"name": "spoke"}}});
    let written = world
        .ask("UpdateSpec", spec.clone())
        .await
        .expect("written");
    assert_eq!(written, spec["spec"]);
    let now = world.app("web").await.expect("there");
    assert_eq!(now["metadata"]["labels"], json!({"a": "b"}));

    let patch = json!({"name": "web", "patchType": "merge", "patch": "{\"spec\": {\"source\": {\"path\": \"fourth\"}}}"});
    let patched = world.ask("Patch", patch).await.expect("patched");
    assert_eq!(patched["spec"]["source"]["path"], "fourth");
    let patch = json!({"name": "web", "patch": "[{\"op\": \"replace\", \"path\": \"/spec/source/path\", \"value\": \"fifth\"}]"});
    let patched = world.ask("Patch", patch).await.expect("patched");
    assert_eq!(patched["spec"]["source"]["path"], "fifth");
    let mut next = patched;
    next["metadata"]["labels"] = json!({});
    let updated = world
        .ask("Update", json!({"application": next}))
        .await
        .expect("updated");
    assert_eq!(updated["metadata"]["labels"], json!({}));
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    let create = |more: Value| json!({"application": application("new", &more)});
    let cases = [
        (
            "Create",
            json!({}),
            Code::InvalidArgument,
            "no `application`",
        ),
        (
            "Create",
            create(json!({"metadata": {"name": ""}})),
            Code::InvalidArgument,
            "name may not be empty",
        ),
        (
            "Create",
            create(json!({"spec": {"source": {"path": 7}}})),
            Code::InvalidArgument,
            "spec.source.path",
        ),
        (
            "Create",
            create(json!({"spec": {"project": "none"}})),
            Code::InvalidArgument,
            "not allowed in project",
        ),
        (
            "Patch",
            json!({"name": "web", "patch": "{}", "patchType": "strategic"}),
            Code::InvalidArgument,
            "not supported",
        ),
        (
            "Patch",
            json!({"name": "web", "patch": "{\"metadata\": {\"name\": \"x\"}}", "patchType": "merge"}),
            Code::InvalidArgument,
            "name or namespace",
        ),
        (
            "Delete",
            json!({"name": "web", "cascade": false, "propagationPolicy": "foreground"}),
            Code::InvalidArgument,
            "cascading",
        ),
        (
            "Delete",
            json!({"name": "web", "propagationPolicy": "x"}),
            Code::InvalidArgument,
            "propagation policy",
        ),
        (
            "None",
            json!({}),
            Code::Unimplemented,
            "ApplicationService/None",
        ),
    ];
    for (method, request, code, words) in cases {
        let fault = world.ask(method, request.clone()).await.expect_err(words);
        assert_eq!(fault.code, code, "{request}: {fault}");
        assert!(fault.message.contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_deletion_says_what_becomes_of_the_objects() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    world
        .put(application(
            "kept",
            &json!({"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}}),
        ))
        .await;
    world
        .ask("Delete", json!({"name": "web"}))
        .await
        .expect("deleted");
    let web = world.app("web").await.expect("it waits for its objects");
    assert!(web["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(
        web["metadata"]["finalizers"],
        json!(["resources-finalizer.argocd.argoproj.io"])
    );
    world
        .ask("Delete", json!({"name": "kept", "cascade": "false"}))
        .await
        .expect("deleted");
    assert_eq!(world.app("kept").await, None);
}

#[tokio::test]
async fn cve_2024_31990_a_project_says_from_which_namespaces_its_applications_come() {
    let world = World::new();
    let app = application("web", &json!({"metadata": {"namespace": "team"}}));
    let made = world.ask("Create", json!({"application": app})).await;
    let fault = made.expect_err("refused");
    assert_eq!(fault.code, Code::InvalidArgument);
    assert!(fault.message.contains("not allowed in project"), "{fault}");
}

#[tokio::test]
async fn cve_2023_50726_manifests_in_the_place_of_git_s_need_a_permission_of_their_own() {
    let policy = "p, dev, applications, get, */*, allow\n\
        p, dev, applications, sync, */*, allow\n\
        p, dev, applications, create, */*, allow\n\
        p, ops, applications, *, */*, allow";
    let world = World::with_policy(policy).await;
    world.put(application("web", &json!({}))).await;
    let automated = json!({"spec": {"syncPolicy": {"automated": {}}}});
    world.put(application("auto", &automated)).await;
    let sync = async |who: &str, name: &str, manifests: &Value| {
        let request = json!({"name": name, "manifests": manifests});
        let method = "application.ApplicationService/Sync";
        world.api.call(&caller(who), method, request).await
    };
    // A single text counts as a list of one, wherever it is read.
    for manifests in [json!("{}"), json!(["{}"]), json!(["", "{}"])] {
        for (who, name, code, words) in [
            ("dev", "web", Code::PermissionDenied, "override"),
            ("ops", "auto", Code::FailedPrecondition, "local sync"),
        ] {
            let fault = sync(who, name, &manifests).await.expect_err(words);
            assert_eq!(fault.code, code, "{manifests}");
            assert!(fault.message.contains(words), "{fault}");
        }
    }
    assert!(sync("ops", "web", &json!("{}")).await.is_ok());
}
