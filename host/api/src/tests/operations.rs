//! Operations are asked for.

use std::time::Duration;

use gantry_store::Kind;
use serde_json::json;

use super::world::{World, application};
use crate::Code;

#[tokio::test]
async fn a_sync_is_asked_for_once() {
    let world = World::new();
    world
        .put(application(
            "web",
            &json!({"spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"]}}}),
        ))
        .await;
    let request = json!({"name": "web", "prune": true, "revision": "v2", "strategy": {"hook": {"force": true}},
        "resources": [{"kind": "Service", "name": "web"}], "infos": [{"name": "why", "value": "because"}]});
    let app = world.ask("Sync", request).await.expect("begun");
    assert_eq!(
        app["operation"],
        json!({
            "initiatedBy": {"username": "admin"},
            "info": [{"name": "why", "value": "because"}],
            "sync": {"source": app["spec"]["source"], "revision": "v2", "prune": true, "syncStrategy": {"hook": {"force": true}},
                "resources": [{"kind": "Service", "name": "web"}], "syncOptions": ["CreateNamespace=true"]},
        })
    );
    let again = world
        .ask("Sync", json!({"name": "web"}))
        .await
        .expect_err("it runs");
    assert_eq!(again.code, Code::FailedPrecondition);
    assert_eq!(again.message, "another operation is already in progress");
}

#[tokio::test]
async fn requests_replace_options_and_retries() {
    let world = World::new();
    world.put(application("web", &json!({"spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 1}}}}))).await;
    let request = json!({"name": "web", "syncOptions": {"items": ["Replace=true"]}, "retryStrategy": {"limit": 3}});
    let app = world.ask("Sync", request).await.expect("begun");
    assert_eq!(
        app["operation"]["sync"]["syncOptions"],
        json!(["Replace=true"])
    );
    assert_eq!(app["operation"]["retry"], json!({"limit": 3}));
}

#[tokio::test]
async fn what_the_control_plane_does_by_itself_is_not_undone() {
    let world = World::new();
    let history = json!([{"id": 0, "revision": "abc", "source": {"repoURL": "r", "path": "p"}}]);
    let automated =
        json!({"spec": {"syncPolicy": {"automated": {}}}, "status": {"history": history}});
    world.put(application("auto", &automated)).await;
    world
        .put(application("web", &json!({"status": {"history": history}})))
        .await;
    let own = Code::FailedPrecondition;
    let cases = [
        (
            "Sync",
            json!({"name": "auto", "revision": "v2"}),
            own,
            "by itself",
        ),
        (
            "Rollback",
            json!({"name": "auto", "id": 0}),
            own,
            "by itself",
        ),
        (
            "Rollback",
            json!({"name": "web", "id": 7}),
            Code::FailedPrecondition,
            "no entry 7",
        ),
        (
            "Sync",
            json!({"name": "web", "revisions": ["a"]}),
            Code::InvalidArgument,
            "same number",
        ),
        (
            "Sync",
            json!({"name": "auto", "manifests": ["{}"]}),
            Code::FailedPrecondition,
            "local sync",
        ),
        (
            "TerminateOperation",
            json!({"name": "web"}),
            Code::InvalidArgument,
            "No operation",
        ),
    ];
    for (method, request, code, words) in cases {
        let fault = world.ask(method, request).await.expect_err(words);
        assert_eq!(fault.code, code, "{fault}");
        assert!(fault.message.contains(words), "{fault}");
    }
}

#[tokio::test]
async fn an_operation_is_begun_and_ended() {
    let world = World::new();
    let history = json!([{"id": 0, "revision": "abc", "source": {"repoURL": "r", "path": "p"}}]);
    world
        .put(application("web", &json!({"status": {"history": history}})))
        .await;
    let back = world
        .ask("Rollback", json!({"name": "web", "id": 0, "prune": true}))
        .await
        .expect("begun");
    assert_eq!(back["operation"]["sync"]["revision"], "abc");
    world
        .home
        .patch(
            Kind::Application,
            "argocd",
            "web",
            &json!({"status": {"operationState": {"phase": "Running"}}}),
        )
        .await
        .expect("it runs");
    world
        .ask("TerminateOperation", json!({"name": "web"}))
        .await
        .expect("ended");
    let now = world.app("web").await.expect("there");
    assert_eq!(now["status"]["operationState"]["phase"], "Terminating");
}

#[tokio::test]
async fn a_refresh_waits_for_the_look() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    let home = std::sync::Arc::clone(&world.home);
    let looks = tokio::spawn(async move {
        loop {
            let app = home
                .get(Kind::Application, "argocd", "web")
                .await
                .expect("read")
                .expect("there");
            if let Some(how) = app
                .annotation("argocd.argoproj.io/refresh")
                .map(str::to_owned)
            {
                let patch = json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": null}}, "status": {"looked": how}});
                home.patch(Kind::Application, "argocd", "web", &patch)
                    .await
                    .expect("written");
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let app = world
        .ask("Get", json!({"name": "web", "refresh": "hard"}))
        .await
        .expect("looked at");
    looks.await.expect("it looked");
    assert_eq!(app["status"]["looked"], "hard");
}

#[tokio::test]
async fn what_people_do_is_told_among_the_events_of_the_application() {
    let world = World::new();
    let app = application("web", &json!({}));
    let spec = app["spec"].clone();
    let action = json!({"name": "web", "namespace": "shop", "resourceName": "web", "version": "v1", "group": "apps",
        "kind": "Deployment", "action": "restart"});
    let running =
        json!({"operation": {"sync": {}}, "status": {"operationState": {"phase": "Running"}}});
    world
        .ask("Create", json!({"application": app}))
        .await
        .expect("made");
    let update = json!({"name": "web", "spec": spec});
    world.ask("UpdateSpec", update).await.expect("changed");
    world
        .ask("RunResourceActionV2", action)
        .await
        .expect("it ran");
    let patched = world
        .home
        .patch(Kind::Application, "argocd", "web", &running);
    patched.await.expect("written");
    let name = json!({"name": "web"});
    let ended = world.ask("TerminateOperation", name.clone()).await;
    ended.expect("ended");
    let events = world.ask("ListResourceEvents", name.clone()).await;
    let events = events.expect("events");
    let told: Vec<String> = events["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| format!("{}: {}", event["reason"], event["message"]).replace('"', ""))
        .collect();
    assert_eq!(
        told,
        [
            "ResourceCreated: admin created application",
            "ResourceUpdated: admin updated application spec",
            "ResourceActionRan: admin ran action restart on resource apps/Deployment/web",
            "ResourceUpdated: admin terminated running operation",
        ]
    );
    assert!(world.alice("ListResourceEvents", name).await.is_err());
}
