//! Accounts: `admin`, and those that `argocd-cm` names. Their passwords (bcrypt, as Argo CD keeps them) and
//! API tokens are in `argocd-secret`.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// The account that is always there, unless `admin.enabled` is false.
pub const ADMIN: &str = "admin";

/// An API token that was given out: what is known of it, and not the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    /// Its `jti`; empty for those of a time before Argo CD gave them any, which `iat` stands for.
    #[serde(default)]
    pub id: String,
    /// When, in seconds since the Unix epoch.
    #[serde(rename = "iat")]
    pub issued_at: i64,
    /// Until when; 0 is for ever.
    #[serde(rename = "exp", default, skip_serializing_if = "is_zero")]
    pub expires_at: i64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Whether it may be used.
    pub is_enabled: bool,
    /// Whether it may log in with its password.
    pub may_login: bool,
    /// Whether it may have API tokens.
    pub may_have_tokens: bool,
    /// Its API tokens.
    pub tokens: Vec<TokenInfo>,
    /// The bcrypt hash of its password; empty where it has none.
    pub(crate) hash: String,
    /// When the password was set: older sessions are worth nothing.
    pub(crate) changed: Option<SystemTime>,
}

impl Account {
    /// What it may do, in Argo CD's words.
    pub fn capabilities(&self) -> Vec<&'static str> {
        let all = [(self.may_login, "login"), (self.may_have_tokens, "apiKey")];
        all.into_iter()
            .filter(|(may, _)| *may)
            .map(|(_, word)| word)
            .collect()
    }
}

/// The prefix of an account's keys in `argocd-secret`: `admin`, or `accounts.NAME`.
pub(crate) fn prefix(name: &str) -> String {
    if name == ADMIN {
        ADMIN.to_owned()
    } else {
        format!("accounts.{name}")
    }
}

/// Reads all accounts; what cannot be read is told.
pub(crate) fn read(
    settings: &BTreeMap<String, String>,
    secret: &BTreeMap<String, String>,
) -> (BTreeMap<String, Account>, Vec<String>) {
    let mut told = Vec::new();
    let mut accounts = BTreeMap::from([(ADMIN.to_owned(), named(ADMIN, true))]);
    if let Some(enabled) = settings.get("admin.enabled") {
        accounts
            .entry(ADMIN.to_owned())
            .and_modify(|a| a.is_enabled = enabled != "false");
    }
    for (key, value) in settings {
        let Some(rest) = key.strip_prefix("accounts.") else {
            continue;
        };
        let name = rest.strip_suffix(".enabled").unwrap_or(rest);
        if name.is_empty() || name.contains('.') {
            told.push(format!(
                "argocd-cm, `{key}`: an account is `accounts.NAME` or `accounts.NAME.enabled`"
            ));
            continue;
        }
        let account = accounts
            .entry(name.to_owned())
            .or_insert_with(|| named(name, false));
        if rest == name {
            for word in value.split(',').map(str::trim) {
                match word {
                    "login" => account.may_login = true,
                    "apiKey" => account.may_have_tokens = true,
                    "" => {}
                    _ => told.push(format!(
                        "argocd-cm, `{key}`: `{word}` is neither `login` nor `apiKey`"
                    )),
                }
            }
        } else {
            account.is_enabled = value.trim() != "false";
        }
    }
    for account in accounts.values_mut() {
        let of = |field: &str| secret.get(&format!("{}.{field}", prefix(&account.name)));
        let hash = of("password").cloned().unwrap_or_default();
        let changed = of("passwordMtime")
            .and_then(|text| humantime::parse_rfc3339_weak(text.trim_end_matches('Z')).ok());
        let tokens = of("tokens").map(|text| serde_json::from_str(text));
        if let Some(Err(error)) = &tokens {
            told.push(format!(
                "argocd-secret, tokens of account {}: {error}",
                account.name
            ));
        }
        account.tokens = tokens.and_then(Result::ok).unwrap_or_default();
        account.hash = hash.trim().to_owned();
        account.changed = changed;
    }
    (accounts, told)
}

fn named(name: &str, may_login: bool) -> Account {
    Account {
        name: name.to_owned(),
        is_enabled: true,
        may_login,
        ..Account::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::read;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn accounts_are_read_as_argo_cd_writes_them() {
        let settings = map(&[
            ("accounts.ci", "apiKey, login"),
            ("accounts.old", "login"),
            ("accounts.old.enabled", "false"),
            ("accounts.odd", "fly"),
            ("url", "https://x"),
        ]);
        let secret = map(&[
            ("admin.password", "$2a$10$x"),
            ("admin.passwordMtime", "2024-05-06T07:08:09Z"),
            ("accounts.ci.tokens", r#"[{"id":"t1","iat":5}]"#),
        ]);
        let (accounts, told) = read(&settings, &secret);
        let words = |name: &str| (accounts[name].is_enabled, accounts[name].capabilities());
        assert_eq!(words("admin"), (true, vec!["login"]));
        assert_eq!(words("ci"), (true, vec!["login", "apiKey"]));
        assert_eq!(words("old"), (false, vec!["login"]));
        assert_eq!(accounts["admin"].hash, "$2a$10$x");
        assert!(accounts["admin"].changed.is_some());
        assert_eq!(accounts["ci"].tokens[0].id, "t1");
        assert_eq!(
            told,
            ["argocd-cm, `accounts.odd`: `fly` is neither `login` nor `apiKey`"]
        );
    }
}
