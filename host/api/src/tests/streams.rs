//! Streams end with the permission to read them, and with the session.

use std::time::Duration;

use futures::StreamExt;
use gantry_model::limits;
use gantry_store::Kind;
use serde_json::{Value, json};

use super::world::{World, application, caller};
use crate::{Answers, Code, Origin};

const LOGS: &str = "application.ApplicationService/PodLogs";
const WATCH: &str = "application.ApplicationService/Watch";
const TREE: &str = "application.ApplicationService/WatchResourceTree";

fn patience() -> Duration {
    Duration::from_millis(3 * limits::API_STREAM_CHECK_MS)
}

/// Whether it ends, whatever comes before.
async fn ends(answers: &mut Answers) -> bool {
    let all = async { while answers.next().await.is_some() {} };
    tokio::time::timeout(patience(), all).await.is_ok()
}

async fn begin(world: &World, who: &str, method: &str) -> Answers {
    let request = json!({"name": "web", "applicationName": "web", "podName": "web-1", "namespace": "shop", "follow": true});
    let answers = world.api.stream(&caller(who), method, request).await;
    let mut answers = answers.expect(method);
    let first = answers.next().await.expect("something");
    first.expect("an answer");
    answers
}

async fn world() -> World {
    let policy = "p, dev, applications, get, default/*, allow\n\
        p, dev, logs, get, default/*, allow\n\
        p, other, logs, get, default/*, allow";
    let world = World::with_policy(policy).await;
    world.put(application("web", &json!({}))).await;
    world
}

#[tokio::test]
async fn cve_2024_41666_a_log_ends_when_the_permission_is_taken_away() {
    let world = world().await;
    for taken in ["logs", "applications"] {
        world
            .permit(
                "p, dev, applications, get, default/*, allow\np, dev, logs, get, default/*, allow",
            )
            .await;
        let mut log = begin(&world, "dev", LOGS).await;
        assert!(!ends(&mut log).await, "it goes on while it is permitted");
        let left = if taken == "logs" {
            "applications"
        } else {
            "logs"
        };
        world
            .permit(&format!("p, dev, {left}, get, default/*, allow"))
            .await;
        assert!(ends(&mut log).await, "{taken}");
    }
    let request = json!({"name": "web", "podName": "web-1", "namespace": "shop"});
    let refused = world.api.stream(&caller("other"), LOGS, request).await;
    let code = refused.err().map(|fault| fault.code);
    assert_eq!(code, Some(Code::PermissionDenied));
}

#[tokio::test]
async fn a_stream_ends_when_its_application_moves_out_of_sight() {
    let world = world().await;
    let mut log = begin(&world, "dev", LOGS).await;
    let mut tree = begin(&world, "dev", TREE).await;
    let patch = json!({"spec": {"project": "secret"}});
    let moved = world.home.patch(Kind::Application, "argocd", "web", &patch);
    moved.await.expect("written");
    assert!(ends(&mut log).await);
    assert!(ends(&mut tree).await);
}

#[tokio::test]
async fn cve_2023_40025_a_stream_ends_with_the_session() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    let token = world.log_in().await;
    let origin = Origin {
        token: Some(token.clone()),
        ..Origin::default()
    };
    let mut all = Vec::new();
    for (method, request) in [
        (WATCH, json!({})),
        (TREE, json!({"applicationName": "web"})),
        (
            LOGS,
            json!({"name": "web", "podName": "web-1", "namespace": "shop", "follow": true}),
        ),
    ] {
        let caller = world.api.caller(method, Some(&token)).expect("a session");
        let begun = world.api.stream_from(&origin, &caller, method, request);
        let mut answers = begun.await.expect(method);
        answers.next().await.expect("something").expect("an answer");
        assert!(!ends(&mut answers).await, "{method} goes on");
        all.push((method, answers));
    }
    let logout = "session.SessionService/Delete";
    let caller = world.api.caller(logout, Some(&token)).expect("a session");
    let left = world.api.call_from(&origin, &caller, logout, Value::Null);
    left.await.expect("logged out");
    for (method, mut answers) in all {
        assert!(ends(&mut answers).await, "{method}");
    }
}
