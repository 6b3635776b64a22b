//! Who the server thinks is asking.

use gantry_model::ClusterError;
use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::connection::Connection;
use crate::request::Call;

const API_VERSION: &str = "authentication.k8s.io/v1";

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    user_info: User,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
}

/// The user's name; empty where the server may not or cannot (before 1.28) tell it.
pub(crate) async fn user(server: &Connection) -> Result<String, ClusterError> {
    let body = json!({"apiVersion": API_VERSION, "kind": "SelfSubjectReview"});
    let target = format!("/apis/{API_VERSION}/selfsubjectreviews");
    let call =
        Call::new(Method::POST, target).body("application/json", body.to_string().into_bytes());
    match server.json::<Review>(&call, None).await {
        Ok(review) => Ok(review.status.user_info.username),
        Err(ClusterError::Forbidden(_) | ClusterError::NotFound(_)) => Ok(String::new()),
        Err(error) => Err(error),
    }
}
