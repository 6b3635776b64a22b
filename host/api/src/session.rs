//! `session.SessionService`.

use gantry_access::Login;
use serde_json::{Value, json};

use crate::desk::Call;
use crate::fault::{Code, Fault};

/// Who has signed the tokens of accounts.
const OWN: &str = "argocd";

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "Create" => create(call).await,
        "Delete" => delete(call).await,
        "GetUserInfo" => Ok(user_info(call)),
        _ => Err(Fault::unserved(&format!("session.SessionService/{name}"))),
    }
}

async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let ask = call.ask;
    if !ask.text("token").is_empty() {
        let message = "token-based session creation no longer supported";
        return Err(Fault::new(Code::Unauthenticated, message));
    }
    let (user, password) = (ask.text("username"), ask.text("password"));
    if user.is_empty() || password.is_empty() {
        return Err(Fault::new(Code::Unauthenticated, "no credentials supplied"));
    }
    let login = call.desk.access.login(user, password, call.origin.address);
    let session = login
        .await
        .map_err(|refused| Fault::new(Code::Unauthenticated, refused.to_string()))?;
    Ok(json!({"token": session.token}))
}

async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    if let Some(token) = &call.origin.token {
        let ended = call.desk.access.logout(token).await;
        ended.map_err(|refused| Fault::new(Code::Unavailable, refused.to_string()))?;
    }
    Ok(json!({"token": ""}))
}

fn user_info(call: Call<'_>) -> Value {
    let caller = call.caller;
    if caller.subject.is_empty() || caller.login == Login::Anonymous {
        return json!({"loggedIn": false});
    }
    let issuer = match &caller.login {
        Login::Sso { issuer } => issuer,
        _ => OWN,
    };
    json!({"loggedIn": true, "username": caller.name, "iss": issuer, "groups": caller.groups})
}
