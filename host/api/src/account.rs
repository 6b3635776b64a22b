//! `account.AccountService`: what accounts there are, their passwords and tokens.

use std::time::Duration;

use gantry_access::{AccessError, Account, Login};
use serde_json::{Value, json};

use crate::desk::Call;
use crate::fault::{Code, Fault};

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "CanI" => can_i(call),
        "ListAccounts" => Ok(list(call)),
        "GetAccount" => get(call),
        "UpdatePassword" => update_password(call).await,
        "CreateToken" => create_token(call).await,
        "DeleteToken" => delete_token(call).await,
        _ => Err(Fault::unserved(&format!("account.AccountService/{name}"))),
    }
}

fn can_i(call: Call<'_>) -> Result<Value, Fault> {
    let ask = call.ask;
    let (resource, action) = (ask.needed("resource")?, ask.needed("action")?);
    let may = call.may(resource, action, ask.text("subresource"));
    Ok(json!({"value": if may { "yes" } else { "no" }}))
}

fn list(call: Call<'_>) -> Value {
    let accounts = call.desk.access.accounts();
    let seen = accounts
        .iter()
        .filter(|account| call.may("accounts", "get", &account.name));
    json!({"items": seen.map(told).collect::<Vec<_>>()})
}

fn get(call: Call<'_>) -> Result<Value, Fault> {
    let name = call.ask.needed("name")?;
    must(call, "get", name)?;
    Ok(told(&call.desk.access.account(name)?))
}

async fn update_password(call: Call<'_>) -> Result<Value, Fault> {
    let ask = call.ask;
    let own = call.caller.name.as_str();
    if call.caller.login != Login::Password {
        let message = "only who has logged in with a password can change one";
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    let name = match ask.text("name") {
        "" => own,
        name => name,
    };
    must(call, "update", name)?;
    let (shown, new) = (ask.text("currentPassword"), ask.needed("newPassword")?);
    let access = &call.desk.access;
    access.update_password(own, shown, name, new).await?;
    Ok(json!({}))
}

async fn create_token(call: Call<'_>) -> Result<Value, Fault> {
    let name = call.ask.needed("name")?;
    must(call, "update", name)?;
    let (id, lasts) = (call.ask.text("id"), lasts(call)?);
    let token = call.desk.access.create_token(name, id, lasts).await?;
    Ok(json!({"token": token}))
}

async fn delete_token(call: Call<'_>) -> Result<Value, Fault> {
    let (name, id) = (call.ask.needed("name")?, call.ask.needed("id")?);
    must(call, "update", name)?;
    call.desk.access.delete_token(name, id).await?;
    Ok(json!({}))
}

/// Refuses what the caller may not. One's own account is always one's own.
fn must(call: Call<'_>, action: &str, account: &str) -> Result<(), Fault> {
    let own = matches!(call.caller.login, Login::Password | Login::Token);
    if own && call.caller.name == account {
        return Ok(());
    }
    call.must("accounts", action, account)
}

/// How long a token is to be good: `expiresIn`, in seconds; 0 is for ever.
pub(crate) fn lasts(call: Call<'_>) -> Result<Option<Duration>, Fault> {
    let seconds = call.ask.number("expiresIn").unwrap_or_default();
    let seconds = u64::try_from(seconds).map_err(|_| {
        let message = "`expiresIn` is a time to come: a number of seconds, or 0 for ever";
        Fault::new(Code::InvalidArgument, message)
    })?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}

fn told(account: &Account) -> Value {
    let tokens = account.tokens.iter().map(
        |token| json!({"id": token.id, "issuedAt": token.issued_at, "expiresAt": token.expires_at}),
    );
    json!({
        "name": account.name,
        "enabled": account.is_enabled,
        "capabilities": account.capabilities(),
        "tokens": tokens.collect::<Vec<_>>(),
    })
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        let code = match &error {
            AccessError::NotFound(_) => Code::NotFound,
            AccessError::Invalid(_) => Code::InvalidArgument,
            AccessError::Denied(_) => Code::PermissionDenied,
            AccessError::Busy(_) | AccessError::Store(_) => Code::Unavailable,
        };
        Self::new(code, error.to_string())
    }
}
