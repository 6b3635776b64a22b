//! Tokens of projects' roles are given out and taken back, wherever the project has them.

use gantry_store::Kind;
use serde_json::{Value, json};

use super::world::{World, admin};
use crate::{Code, Fault};

async fn ask(world: &World, method: &str, more: Value) -> Result<Value, Fault> {
    let mut request = json!({"project": "shop", "role": "ci"});
    if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
        request.extend(more);
    }
    let method = format!("project.ProjectService/{method}");
    world.api.call(&admin(), &method, request).await
}

fn is_good(world: &World, token: &Value) -> bool {
    let method = "application.ApplicationService/List";
    world.api.caller(method, token.as_str()).is_ok()
}

async fn project(world: &World) -> Value {
    let found = world.home.get(Kind::Project, "argocd", "shop").await;
    found.expect("read").expect("there").into_value()
}

/// A project with the token `t` of its role in the lists that are named, beside one of which only the time is known.
async fn world(in_status: bool, in_spec: bool) -> (World, Value) {
    let world = World::with_policy("").await;
    let project_of = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "shop"},
        "spec": {"roles": [{"name": "ci", "description": "kept"}, {"name": "other"}]}});
    world.put(project_of).await;
    let token = ask(&world, "CreateToken", json!({"id": "t"})).await;
    let token = token.expect("a token")["token"].clone();
    let entry = project(&world).await["status"]["jwtTokensByRole"]["ci"]["items"][0].clone();
    let all = json!([entry, {"iat": 7}]);
    let list = |is_there: bool| if is_there { all.clone() } else { json!([]) };
    let patch = json!({
        "status": {"jwtTokensByRole": {"ci": {"items": list(in_status)}}},
        "spec": {"roles": [{"name": "ci", "description": "kept", "jwtTokens": list(in_spec)}, {"name": "other"}]},
    });
    let written = world.home.patch(Kind::Project, "argocd", "shop", &patch);
    world
        .access
        .project_written(written.await.expect("written"));
    (world, token)
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_good_from_no_list() {
    for (in_status, in_spec) in [(true, false), (false, true), (true, true)] {
        let (world, token) = world(in_status, in_spec).await;
        assert!(is_good(&world, &token));
        let again = ask(&world, "CreateToken", json!({"id": "t"})).await;
        assert_eq!(again.expect_err("taken").code, Code::InvalidArgument);
        for (request, left) in [(json!({"id": "t"}), 1), (json!({"iat": 7}), 0)] {
            ask(&world, "DeleteToken", request.clone())
                .await
                .expect("taken back");
            assert!(!is_good(&world, &token), "{in_status} {in_spec}");
            let now = project(&world).await;
            let count = |list: &Value| list.as_array().map(Vec::len);
            let (status, spec) = (
                count(&now["status"]["jwtTokensByRole"]["ci"]["items"]),
                count(&now["spec"]["roles"][0]["jwtTokens"]),
            );
            let expected = |is_there: bool| Some(if is_there { left } else { 0 });
            assert_eq!((status, spec), (expected(in_status), expected(in_spec)));
            assert_eq!(now["spec"]["roles"][0]["description"], "kept");
            assert_eq!(now["spec"]["roles"][1]["name"], "other");
            let none = ask(&world, "DeleteToken", request).await;
            assert_eq!(none.expect_err("gone").code, Code::NotFound);
        }
    }
}
