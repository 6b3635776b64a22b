//! What counts now: made anew from the home whenever something changes there, and read without waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use gantry_model::secrets::texts;
use gantry_model::{Object, limits};
use gantry_store::{Change, Kind, is_referred};
use serde_json::Value;

use crate::account::{self, Account, TokenInfo};
use crate::caller::{Caller, Login};
use crate::ended::{ENDED, Ended};
use crate::enforcer::Enforcer;
use crate::policy::Policy;
use crate::project;
use crate::sso::{LOGINS, Settings};
use crate::token::{Claims, seconds};

/// Argo CD's settings.
const SETTINGS: &str = "argocd-cm";
/// Argo CD's permissions.
const RBAC: &str = "argocd-rbac-cm";
/// Passwords, tokens, keys.
pub(crate) const SECRET: &str = "argocd-secret";
/// The key that signs tokens.
pub(crate) const SIGNING_KEY: &str = "server.secretkey";

/// What of the home matters here.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    settings: BTreeMap<String, String>,
    rbac: BTreeMap<String, String>,
    secret: BTreeMap<String, String>,
    ended: BTreeMap<String, String>,
    /// Other Secrets that settings may refer to.
    others: BTreeMap<String, BTreeMap<String, String>>,
    projects: HashMap<String, Project>,
}

/// A project, read once: all are put together anew with every change.
#[derive(Debug)]
struct Project {
    version: String,
    policy: Arc<Policy>,
    /// What of its policies cannot be used.
    told: Vec<String>,
    tokens: Vec<((String, String), Vec<TokenInfo>)>,
}

impl Project {
    fn read(object: &Object) -> Self {
        let (policy, told) = project::read(object);
        Self {
            version: object.resource_version().to_owned(),
            policy: Arc::new(policy),
            told,
            tokens: tokens_of(object),
        }
    }
}

impl Kept {
    /// Takes a change in; true where it matters.
    pub(crate) fn take(&mut self, kind: Kind, home: &str, change: Change) -> bool {
        let (namespace, name, object) = match change {
            Change::Present(object) => (
                object.namespace().to_owned(),
                object.name().to_owned(),
                Some(*object),
            ),
            Change::Gone { namespace, name } => (namespace, name, None),
            Change::Listed => return false,
        };
        if namespace != home {
            return false;
        }
        let fields = || object.as_ref().map(texts).unwrap_or_default();
        match (kind, name.as_str()) {
            (Kind::ConfigMap, SETTINGS) => self.settings = fields(),
            (Kind::ConfigMap, RBAC) => self.rbac = fields(),
            (Kind::Secret, SECRET) => self.secret = fields(),
            (Kind::Secret, ENDED) => self.ended = fields(),
            (Kind::Secret, name) if name.starts_with(LOGINS) => return false,
            (Kind::Secret, _) if object.as_ref().is_some_and(is_referred) => {
                self.others.insert(name, fields());
            }
            (Kind::Secret, _) => return self.others.remove(&name).is_some(),
            (Kind::Project, _) => match object {
                Some(object) => {
                    let version = object.resource_version();
                    let known = self.projects.get(&name);
                    if known.is_some_and(|p| !version.is_empty() && p.version == version) {
                        return false;
                    }
                    self.projects.insert(name, Project::read(&object));
                }
                None => drop(self.projects.remove(&name)),
            },
            _ => return false,
        }
        true
    }

    /// What `$KEY` and `$SECRET:KEY` stand for.
    fn secrets(&self) -> BTreeMap<String, String> {
        let others = self.others.iter().flat_map(|(name, fields)| {
            let named =
                move |(key, value): (&String, &String)| (format!("{name}:{key}"), value.clone());
            fields.iter().map(named)
        });
        others.chain(self.secret.clone()).collect()
    }
}

/// All of it, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) enforcer: Enforcer,
    pub(crate) session: Duration,
    pub(crate) password_pattern: String,
    pub(crate) sso: Option<Arc<Settings>>,
    /// The claims that are groups.
    pub(crate) scopes: Vec<String>,
    anonymous: bool,
    key: Vec<u8>,
    ended: Ended,
    /// Tokens of roles by project and role.
    roles: HashMap<(String, String), Vec<TokenInfo>>,
}

impl State {
    /// Reads all of it; what cannot be read is told.
    pub(crate) fn read(kept: &Kept) -> (Self, Vec<String>) {
        let (accounts, mut told) = account::read(&kept.settings, &kept.secret);
        let (enforcer, bad) = enforcer(kept);
        told.extend(bad);
        let of = |key: &str| {
            kept.settings
                .get(key)
                .map(String::as_str)
                .unwrap_or_default()
        };
        let (sso, bad) = Settings::read(&kept.settings, &kept.secrets());
        told.extend(bad);
        let scopes = scopes(kept.rbac.get("scopes")).unwrap_or_else(|why| {
            told.push(format!("argocd-rbac-cm, scopes: {why}: `[groups]` counts"));
            default_scopes()
        });
        let default = Duration::from_secs(limits::SESSION_SECS);
        let session = match of("users.session.duration") {
            "" => default,
            text => humantime::parse_duration(text).unwrap_or_else(|error| {
                told.push(format!(
                    "argocd-cm, users.session.duration: {error}: 24h counts"
                ));
                default
            }),
        };
        let state = Self {
            accounts,
            enforcer,
            session,
            password_pattern: of("passwordPattern").to_owned(),
            sso: sso.map(Arc::new),
            scopes,
            anonymous: of("users.anonymous.enabled") == "true",
            key: kept
                .secret
                .get(SIGNING_KEY)
                .cloned()
                .unwrap_or_default()
                .into_bytes(),
            ended: Ended::read(&kept.ended),
            roles: kept
                .projects
                .values()
                .flat_map(|p| p.tokens.clone())
                .collect(),
        };
        (state, told)
    }

    pub(crate) fn sign(&self, claims: &Claims) -> Option<String> {
        // Without a key anybody could sign.
        (!self.key.is_empty()).then(|| claims.sign(&self.key))?
    }

    pub(crate) fn claims(&self, token: &str) -> Option<Claims> {
        let fits = !self.key.is_empty() && token.len() <= limits::TOKEN_MAX_BYTES;
        fits.then(|| Claims::read(token, &self.key))?
    }

    /// Whose a token is, if it is good.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        let claims = self.claims(token)?;
        let parts: Vec<&str> = claims.sub.split(':').collect();
        let login = match parts[..] {
            ["proj", project, role] => {
                let known = self.roles.get(&(project.to_owned(), role.to_owned()))?;
                is_known(known, &claims).then_some(Login::Project)?
            }
            [name] | [name, "login"] => {
                let account = self
                    .accounts
                    .get(name)
                    .filter(|a| a.is_enabled && a.may_login)?;
                let changed = account.changed.map_or(0, seconds);
                let is_on = claims.is_session() && !self.is_ended(&claims.jti);
                let is_good = is_on && claims.aud.is_some() && claims.iat >= changed;
                is_good.then_some(Login::Password)?
            }
            [name, "apiKey"] => {
                let account = self
                    .accounts
                    .get(name)
                    .filter(|a| a.is_enabled && a.may_have_tokens)?;
                is_known(&account.tokens, &claims).then_some(Login::Token)?
            }
            _ => return None,
        };
        let name = match login {
            Login::Project => claims.sub.as_str(),
            _ => parts[0],
        };
        Some(Caller::named(name, login, claims.jti))
    }

    /// Whether a session was ended.
    pub(crate) fn is_ended(&self, id: &str) -> bool {
        self.ended.has(id)
    }

    /// The key that signs tokens; empty where there is none.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Who comes without a token, where such may come.
    pub(crate) fn anonymous(&self) -> Option<Caller> {
        self.anonymous.then(Caller::nobody)
    }
}

fn is_known(tokens: &[TokenInfo], claims: &Claims) -> bool {
    tokens.iter().any(|token| {
        if token.id.is_empty() || claims.jti.is_empty() {
            token.issued_at == claims.iat
        } else {
            token.id == claims.jti
        }
    })
}

fn default_scopes() -> Vec<String> {
    vec!["groups".to_owned()]
}

/// `scopes`: a list in YAML.
fn scopes(text: Option<&String>) -> Result<Vec<String>, String> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(default_scopes());
    };
    let wrong = || "it is to be a list of claims".to_owned();
    let read = gantry_yaml::parse(text).map_err(|error| error.to_string())?;
    let list = read.first().and_then(|document| document.value.as_array());
    let texts = list.ok_or_else(wrong)?.iter();
    texts
        .map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong))
        .collect()
}

fn enforcer(kept: &Kept) -> (Enforcer, Vec<String>) {
    // `policy.csv` first, then `policy.*.csv` by name.
    let parts = kept.rbac.iter().filter(|(key, _)| {
        *key != "policy.csv" && key.starts_with("policy.") && key.ends_with(".csv")
    });
    let first = kept.rbac.get("policy.csv").into_iter();
    let csv: Vec<&str> = first
        .chain(parts.map(|(_, text)| text))
        .map(String::as_str)
        .collect();
    let of = |key: &str| kept.rbac.get(key).cloned().unwrap_or_default();
    let (enforcer, mut told) = Enforcer::read(&of, &csv.join("\n"));
    let projects = kept.projects.iter().map(|(name, project)| {
        told.extend(project.told.iter().cloned());
        (name.clone(), Arc::clone(&project.policy))
    });
    let projects = projects.collect();
    (enforcer.with_projects(projects), told)
}

/// The tokens of a project's roles: those that the status has, and those that older versions wrote.
fn tokens_of(project: &Object) -> Vec<((String, String), Vec<TokenInfo>)> {
    let value = project.value();
    let read = |list: &Value| -> Vec<TokenInfo> {
        serde_json::from_value(list.clone()).unwrap_or_default()
    };
    let roles = value.pointer("/spec/roles").and_then(Value::as_array);
    let of = |role: &Value| {
        let name = role["name"].as_str().unwrap_or_default();
        let mut tokens = read(&role["jwtTokens"]);
        tokens.extend(read(&value["status"]["jwtTokensByRole"][name]["items"]));
        ((project.name().to_owned(), name.to_owned()), tokens)
    };
    roles.into_iter().flatten().map(of).collect()
}
