//! Groups that the provider tells apart from its tokens (`enableUserInfoGroups`): asked for with the access token
//! of the user's login, which came to this process, or was kept by another one (`logins`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gantry_model::limits;
use gantry_model::secrets::Secret;
use serde_json::Value;

use super::identity::{self, Claims};
use super::known::Known;
use super::logins::Login;
use super::provider::Provider;
use super::settings::{Settings, UserInfo};
use crate::access::Access;

/// One user.
#[derive(Debug)]
struct User {
    login: Login,
    /// What was told, and until when that counts.
    groups: Option<(Value, i64)>,
}

/// Those who have logged in, by their subject.
#[derive(Debug, Default)]
pub(super) struct Users {
    all: Mutex<HashMap<String, User>>,
    /// Tokens whose login was looked for elsewhere, and until when it is not again.
    looked: Mutex<HashMap<String, i64>>,
}

impl Users {
    /// Keeps a login.
    pub(super) fn came(&self, subject: &str, login: Login, now: i64) {
        let mut users = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= limits::SSO_USERS_KNOWN_MAX {
            users.retain(|_, user| user.login.until > now);
        }
        if users.len() < limits::SSO_USERS_KNOWN_MAX || users.contains_key(subject) {
            let user = User {
                login,
                groups: None,
            };
            users.insert(subject.to_owned(), user);
        } else {
            tracing::warn!("too many users are logged in: the groups of one are not known");
        }
    }

    /// What was told of somebody, while it counts.
    pub(super) fn groups(&self, subject: &str, now: i64) -> Option<Value> {
        let users = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let (groups, until) = users.get(subject)?.groups.as_ref()?;
        (*until > now).then(|| groups.clone())
    }

    fn access(&self, subject: &str, now: i64) -> Option<Secret> {
        let users = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let user = users.get(subject).filter(|user| user.login.until > now)?;
        Some(user.login.access.clone())
    }

    /// Whether a login may be looked for elsewhere: of each token once in a while, whatever comes with it.
    fn may_look(&self, token: &str, now: i64) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.len() >= limits::SSO_USERS_KNOWN_MAX {
            looked.retain(|_, until| *until > now);
        }
        if looked.get(token).is_some_and(|until| *until > now) {
            return false;
        }
        // Without a note of it where there are too many.
        if looked.len() < limits::SSO_USERS_KNOWN_MAX {
            looked.insert(token.to_owned(), now + limits::SSO_LOGIN_LOOK_SECS);
        }
        true
    }

    fn told(&self, subject: &str, groups: Value, until: i64) {
        let mut users = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = users.get_mut(subject) {
            user.groups = Some((groups, until));
        }
    }
}

/// Whose groups are asked for, and of whom.
struct Asked<'a> {
    provider: &'a Provider,
    known: &'a Known,
    settings: &'a Settings,
    user_info: &'a UserInfo,
    claims: &'a Claims,
    now: i64,
}

impl Asked<'_> {
    fn subject(&self) -> &str {
        let subject = self.claims.get("sub").and_then(Value::as_str);
        subject.unwrap_or_default()
    }

    /// Asks with an access token, and keeps what is told.
    async fn ask(&self, access: &Secret) -> Result<(), String> {
        let url = &self.user_info.url;
        let (kind, body) = self.provider.get(url, Some(access.expose())).await?;
        let info: Claims = if kind == "application/jwt" {
            let text = String::from_utf8(body).map_err(|_| "what it tells is no token")?;
            let read = identity::verify(text.trim(), self.known, self.settings, self.now);
            read.map_err(|wrong| format!("what it tells of a user: {wrong}"))?
        } else {
            let read = serde_json::from_slice(&body);
            read.map_err(|error| format!("what it tells of a user cannot be read: {error}"))?
        };
        if info.get("sub").and_then(Value::as_str) != Some(self.subject()) {
            return Err("it tells of another user than was asked about".to_owned());
        }
        let groups = info.get("groups").cloned().unwrap_or_default();
        let until = until(self.user_info, self.claims, self.now);
        self.provider.users.told(self.subject(), groups, until);
        Ok(())
    }
}

impl Access {
    /// Asks the provider for the groups of whom a good token is about, where they are not known.
    pub(super) async fn learn_groups(
        &self,
        provider: &Provider,
        known: &Known,
        settings: &Settings,
        (claims, token): (&Claims, &str),
        now: i64,
    ) -> Result<(), String> {
        let Some(user_info) = &settings.user_info else {
            return Ok(());
        };
        let asked = Asked {
            provider,
            known,
            settings,
            user_info,
            claims,
            now,
        };
        let subject = asked.subject();
        if provider.users.groups(subject, now).is_some() {
            return Ok(());
        }
        let here = provider.users.access(subject, now);
        let told = match &here {
            Some(access) => asked.ask(access).await,
            None => Err("their groups are told to logins by the web pages alone".to_owned()),
        };
        let Err(why) = told else {
            return Ok(());
        };
        // They may have logged in at another replica, or here before a restart.
        if !provider.users.may_look(&identity::id(token), now) {
            return Err(why);
        }
        let kept = self.kept_login(&provider.issuer, subject, now).await;
        let is_other = |login: &Login| here.as_ref() != Some(&login.access);
        let Some(login) = kept.filter(is_other) else {
            return Err(why);
        };
        let access = login.access.clone();
        provider.users.came(subject, login, now);
        asked.ask(&access).await
    }

    /// Takes in a login at the provider: its groups must be told now, and other replicas can ask for them, too.
    pub(super) async fn welcome(
        &self,
        provider: &Provider,
        settings: &Settings,
        (claims, token): (&Claims, &str),
        login: Login,
        now: i64,
    ) -> Result<(), String> {
        let Some(known) = provider.known() else {
            return Err("nothing is known of it".to_owned());
        };
        let subject = claims.get("sub").and_then(Value::as_str);
        let subject = subject.unwrap_or_default();
        provider.users.came(subject, login.clone(), now);
        self.learn_groups(provider, &known, settings, (claims, token), now)
            .await?;
        let kept = self.keep_login(&provider.issuer, subject, &login, now);
        if let Err(error) = kept.await {
            tracing::warn!(%error, "the groups of a login are known to this process alone");
        }
        Ok(())
    }
}

fn until(user_info: &UserInfo, claims: &Claims, now: i64) -> i64 {
    let expires = identity::time(claims, "exp").ok().flatten().unwrap_or(now);
    let keep = user_info
        .keep
        .map(|keep| i64::try_from(keep.as_secs()).unwrap_or(i64::MAX));
    keep.map_or(expires, |keep| expires.min(now.saturating_add(keep)))
}

#[cfg(test)]
mod tests {
    use gantry_model::limits::{SSO_LOGIN_LOOK_SECS, SSO_USERS_KNOWN_MAX};

    use super::Users;

    #[test]
    fn a_token_s_login_is_looked_for_once_in_a_while() {
        let users = Users::default();
        let later = 100 + SSO_LOGIN_LOOK_SECS;
        for (token, now, may) in [
            ("a", 100, true),
            ("a", 101, false),
            ("b", 101, true),
            ("a", later, true),
            ("a", later + 1, false),
        ] {
            assert_eq!(users.may_look(token, now), may, "{token} {now}");
        }
        for number in 0..2 * SSO_USERS_KNOWN_MAX {
            assert!(users.may_look(&number.to_string(), later + 2));
        }
        let noted = users.looked.lock().expect("no panic").len();
        assert!(noted <= SSO_USERS_KNOWN_MAX, "{noted}");
    }
}
