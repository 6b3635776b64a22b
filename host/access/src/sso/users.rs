//! Groups that the provider tells apart from its tokens (`enableUserInfoGroups`): asked for with the access token
//! of the user's login, which stays in this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gantry_model::limits;
use gantry_model::secrets::Secret;
use serde_json::Value;

use super::identity::{self, Claims};
use super::known::Known;
use super::provider::Provider;
use super::settings::{Settings, UserInfo};

/// One user.
#[derive(Debug)]
struct User {
    access: Secret,
    /// Until when the login counts.
    until: i64,
    /// What was told, and until when that counts.
    groups: Option<(Value, i64)>,
}

/// Those who have logged in here, by their subject.
#[derive(Debug, Default)]
pub(super) struct Users(Mutex<HashMap<String, User>>);

impl Users {
    /// Keeps the access token of a login.
    pub(super) fn came(&self, subject: &str, access: Secret, until: i64, now: i64) {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= limits::SSO_USERS_KNOWN_MAX {
            users.retain(|_, user| user.until > now);
        }
        if users.len() < limits::SSO_USERS_KNOWN_MAX || users.contains_key(subject) {
            let user = User {
                access,
                until,
                groups: None,
            };
            users.insert(subject.to_owned(), user);
        } else {
            tracing::warn!("too many users are logged in: the groups of one are not known");
        }
    }

    /// What was told of somebody, while it counts.
    pub(super) fn groups(&self, subject: &str, now: i64) -> Option<Value> {
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (groups, until) = users.get(subject)?.groups.as_ref()?;
        (*until > now).then(|| groups.clone())
    }

    fn access(&self, subject: &str, now: i64) -> Option<Secret> {
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let user = users.get(subject).filter(|user| user.until > now)?;
        Some(user.access.clone())
    }

    fn told(&self, subject: &str, groups: Value, until: i64) {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = users.get_mut(subject) {
            user.groups = Some((groups, until));
        }
    }
}

/// Asks the provider for the groups of whom good claims are about, where they are not known.
pub(super) async fn ask(
    provider: &Provider,
    known: &Known,
    settings: &Settings,
    claims: &Claims,
    now: i64,
) -> Result<(), String> {
    let Some(user_info) = &settings.user_info else {
        return Ok(());
    };
    let subject = claims
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if provider.users.groups(subject, now).is_some() {
        return Ok(());
    }
    let access = provider.users.access(subject, now).ok_or(
        "their groups are told to logins by the web pages alone, and by this server since it runs",
    )?;
    let (kind, body) = provider.get(&user_info.url, Some(access.expose())).await?;
    let info: Claims = if kind == "application/jwt" {
        let text = String::from_utf8(body).map_err(|_| "what it tells is no token")?;
        let read = identity::verify(text.trim(), known, settings, now);
        read.map_err(|wrong| format!("what it tells of a user: {wrong}"))?
    } else {
        let read = serde_json::from_slice(&body);
        read.map_err(|error| format!("what it tells of a user cannot be read: {error}"))?
    };
    if info.get("sub").and_then(Value::as_str) != Some(subject) {
        return Err("it tells of another user than was asked about".to_owned());
    }
    let groups = info.get("groups").cloned().unwrap_or_default();
    let until = until(user_info, claims, now);
    provider.users.told(subject, groups, until);
    Ok(())
}

fn until(user_info: &UserInfo, claims: &Claims, now: i64) -> i64 {
    let expires = identity::time(claims, "exp").ok().flatten().unwrap_or(now);
    let keep = user_info
        .keep
        .map(|keep| i64::try_from(keep.as_secs()).unwrap_or(i64::MAX));
    keep.map_or(expires, |keep| expires.min(now.saturating_add(keep)))
}
