//! Repositories and credentials are made, changed and removed.

use gantry_model::secrets::normalise;
use gantry_model::{Manifest, Object, read_manifest, without_password};
use gantry_store::{Kind, StoreError};
use serde_json::{Map, Value, json};

use super::{NUMBERS, Scope, denied, meant, named, rbac_name, shown, text};
use crate::ask::Ask;
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::secret::{self, Entries};

/// The fields of a request that are entries of the Secret.
const ENTRIES: [&str; 22] = [
    "type",
    "name",
    "project",
    "username",
    "password",
    "bearerToken",
    "sshPrivateKey",
    "tlsClientCertData",
    "tlsClientCertKey",
    "insecure",
    "insecureIgnoreHostKey",
    "enableOCI",
    "enableLfs",
    "forceHttpBasicAuth",
    "insecureOCIForceHttp",
    "proxy",
    "noProxy",
    "gcpServiceAccountKey",
    "githubAppID",
    "githubAppInstallationID",
    "githubAppPrivateKey",
    "githubAppEnterpriseBaseUrl",
];

/// Entries that no request has, and that say nothing of who is asked for what.
const BEYOND_REQUESTS: [&str; 2] = ["depth", "webhookManifestCacheWarmDisabled"];

/// The repository of a request.
fn wanted(ask: Ask<'_>, scope: Scope) -> Result<Entries, Fault> {
    let mut entries = Entries::new();
    entries.insert("url".to_owned(), ask.needed(scope.url())?.to_owned());
    for key in ENTRIES {
        let value = match ask.value(key) {
            Value::String(text) => text.clone(),
            Value::Bool(true) => "true".to_owned(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        // To a number, 0 is what an empty text is to a text.
        let is_none = value.is_empty() || NUMBERS.contains(&key) && value == "0";
        if !is_none {
            entries.insert(key.to_owned(), value);
        }
    }
    // As the query of `ValidateAccess` has it.
    for (query, key) in [
        ("enableOci", "enableOCI"),
        ("insecureOciForceHttp", "insecureOCIForceHttp"),
    ] {
        if ask.flag(query) {
            entries.insert(key.to_owned(), "true".to_owned());
        }
    }
    Ok(entries)
}

fn object(entries: &Entries, scope: Scope) -> Result<Object, Fault> {
    let hash = secret::fnv(&format!(
        "{}{}",
        text(entries, "url"),
        text(entries, "project")
    ));
    let name = format!("{}-{hash}", scope.prefix());
    let none = Map::new();
    let object = secret::object(&name, scope.label(), entries, &none, &none)?;
    match read_manifest(object.value()).map(|read| read.value) {
        Ok(Manifest::RepositorySecret(_)) => Ok(object),
        Ok(_) => Err(Fault::invalid("this is no repository")),
        Err(problems) => Err(Fault::of_manifest(&problems)),
    }
}

/// Those of a URL, however it is spelled. It is their own spelling that rules are asked about: a rule that denies
/// one is not gone round by writing it otherwise.
async fn known(call: Call<'_>, url: &str, scope: Scope) -> Result<Vec<(Object, Entries)>, Fault> {
    let mut all = secret::all(&*call.desk.home, scope.label()).await?;
    all.retain(|(_, entries)| normalise(text(entries, "url")) == normalise(url));
    Ok(all)
}

/// The one of a project.
fn of_project(all: Vec<(Object, Entries)>, project: &str) -> Option<(Object, Entries)> {
    let mut all = all.into_iter();
    all.find(|(_, entries)| text(entries, "project") == project)
}

/// Refuses to do something with what was found. The request may have another spelling of it: the refusal names none.
fn must(call: Call<'_>, action: &str, found: &Entries) -> Result<(), Fault> {
    if call.may("repositories", action, &rbac_name(found)) {
        return Ok(());
    }
    Err(denied())
}

fn field(scope: Scope) -> &'static str {
    match scope {
        Scope::One => "repo",
        Scope::Many => "creds",
    }
}

pub(super) async fn create(call: Call<'_>, scope: Scope) -> Result<Value, Fault> {
    let given = call.ask.within(field(scope));
    let entries = wanted(given, scope)?;
    call.must("repositories", "create", &rbac_name(&entries))?;
    let all = known(call, text(&entries, "url"), scope).await?;
    if let Some((object, before)) = of_project(all, text(&entries, "project")) {
        if before == entries {
            return Ok(shown(&entries, scope));
        }
        if !call.ask.flag("upsert") {
            let message = "existing repository spec is different; use upsert flag to force update";
            return Err(Fault::invalid(message));
        }
        must(call, "update", &before)?;
        call.must("repositories", "update", &rbac_name(&entries))?;
        return replace(call, &object, &entries, scope).await;
    }
    match call.desk.home.create(&object(&entries, scope)?).await {
        Ok(_) => Ok(shown(&entries, scope)),
        Err(StoreError::Exists { .. }) => Err(Fault::new(
            Code::AlreadyExists,
            "the repository was made by somebody else meanwhile",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Replaces all that a request can have. A password that is not given goes, as in Argo CD: or who does not know it
/// could send it elsewhere, by a proxy or without checking who is there.
pub(super) async fn update(call: Call<'_>, scope: Scope) -> Result<Value, Fault> {
    let given = call.ask.within(field(scope));
    let entries = wanted(given, scope)?;
    let url = text(&entries, "url");
    let found = of_project(known(call, url, scope).await?, text(&entries, "project"));
    if let Some((_, before)) = &found {
        must(call, "update", before)?;
    }
    // What it becomes, too: by another spelling it may be one that somebody else's rules are about.
    call.must("repositories", "update", &rbac_name(&entries))?;
    let (object, _) = found.ok_or_else(|| missing(url))?;
    replace(call, &object, &entries, scope).await
}

async fn replace(
    call: Call<'_>,
    known: &Object,
    entries: &Entries,
    scope: Scope,
) -> Result<Value, Fault> {
    let mut next = known.value().clone();
    let mut data = object(entries, scope)?.value()["data"].clone();
    for key in BEYOND_REQUESTS {
        if let Some(value) = known.value()["data"].get(key) {
            data[key] = value.clone();
        }
    }
    next["data"] = data;
    if let Some(next) = next.as_object_mut() {
        next.remove("stringData");
    }
    let next = Object::new(next, None).map_err(|error| Fault::invalid(error.to_string()))?;
    call.desk.home.replace(&next).await?;
    Ok(shown(entries, scope))
}

pub(super) async fn delete(call: Call<'_>, scope: Scope) -> Result<Value, Fault> {
    let url = call.ask.needed(scope.url())?;
    let project = call.ask.text("appProject");
    let mut all = known(call, url, scope).await?;
    // Who may not see a repository learns nothing of whether it is there. Credentials need no such permission, as
    // in Argo CD.
    let is_seen = |entries: &Entries| call.may("repositories", "get", &rbac_name(entries));
    all.retain(|(_, entries)| scope == Scope::Many || is_seen(entries));
    if all.is_empty() {
        if scope == Scope::One {
            return Err(denied());
        }
        call.must("repositories", "delete", &named(project, url))?;
    }
    let found = meant(all, project, |(_, entries)| text(entries, "project"));
    let (object, entries) = found.ok_or_else(|| missing(url))?;
    must(call, "delete", &entries)?;
    let home = &call.desk.home;
    home.delete(Kind::Secret, object.namespace(), object.name())
        .await?;
    Ok(json!({}))
}

fn missing(url: &str) -> Fault {
    let message = format!("repo '{}' not found", without_password(url));
    Fault::new(Code::NotFound, message)
}

/// Whether a repository can be asked with what the request has.
pub(super) async fn validate(call: Call<'_>) -> Result<Value, Fault> {
    let entries = wanted(call.ask, Scope::One)?;
    call.must("repositories", "create", &rbac_name(&entries))?;
    let secret = object(&entries, Scope::One)?;
    let inside = &call.desk.inside;
    let method = "repository.RepositoryService/ValidateAccess";
    inside.ask(method, secret.value()).await
}
