//! `repository.RepositoryService`, and `repocreds.RepoCredsService`: credentials for many.

mod read;
mod unlisted;
mod write;

use gantry_model::secrets::normalise;
use gantry_model::without_password;
use serde_json::{Map, Value, json};

use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::secret::{self, Entries};

/// What of a repository may be shown: no password, no key, no token, for nobody.
const TEXTS: [&str; 4] = ["type", "name", "username", "project"];
const FLAGS: [&str; 6] = [
    "insecure",
    "insecureIgnoreHostKey",
    "enableLfs",
    "enableOCI",
    "forceHttpBasicAuth",
    "insecureOCIForceHttp",
];

/// What is told as numbers.
const NUMBERS: [&str; 2] = ["githubAppID", "githubAppInstallationID"];

/// One repository, or credentials for many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    One,
    Many,
}

impl Scope {
    fn label(self) -> &'static str {
        match self {
            Self::One => "repository",
            Self::Many => "repo-creds",
        }
    }

    /// The field with the URL.
    fn url(self) -> &'static str {
        match self {
            Self::One => "repo",
            Self::Many => "url",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::One => "repo",
            Self::Many => "creds",
        }
    }
}

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "List" | "ListRepositories" => {
            let items = with_states(call, all(call).await?).await;
            Ok(json!({"metadata": {}, "items": items}))
        }
        "Get" => get(call).await,
        "ListUnlisted" => unlisted::list(call).await,
        "Create" | "CreateRepository" => write::create(call, Scope::One).await,
        "Update" | "UpdateRepository" => write::update(call, Scope::One).await,
        "Delete" | "DeleteRepository" => write::delete(call, Scope::One).await,
        "ValidateAccess" => write::validate(call).await,
        "ListRefs" | "ListApps" | "GetHelmCharts" | "GetAppDetails" => read::read(call, name).await,
        _ => Err(Fault::unserved(&format!(
            "repository.RepositoryService/{name}"
        ))),
    }
}

pub(crate) async fn templates(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "ListRepositoryCredentials" => {
            let items = of_scope(call, Scope::Many).await?;
            Ok(json!({"metadata": {}, "items": items}))
        }
        "CreateRepositoryCredentials" => write::create(call, Scope::Many).await,
        "UpdateRepositoryCredentials" => write::update(call, Scope::Many).await,
        "DeleteRepositoryCredentials" => write::delete(call, Scope::Many).await,
        _ => Err(Fault::unserved(&format!(
            "repocreds.RepoCredsService/{name}"
        ))),
    }
}

/// All repositories that the caller may see.
pub(crate) async fn all(call: Call<'_>) -> Result<Vec<Value>, Fault> {
    of_scope(call, Scope::One).await
}

async fn of_scope(call: Call<'_>, scope: Scope) -> Result<Vec<Value>, Fault> {
    let found = secret::all(&*call.desk.home, scope.label()).await?;
    let seen = found
        .iter()
        .filter(|(_, entries)| call.may("repositories", "get", &rbac_name(entries)));
    let mut all: Vec<Value> = seen.map(|(_, entries)| shown(entries, scope)).collect();
    all.sort_by_key(|one| one[scope.url()].as_str().unwrap_or_default().to_owned());
    Ok(all)
}

fn text<'a>(entries: &'a Entries, key: &str) -> &'a str {
    entries.get(key).map_or("", String::as_str)
}

/// A repository's name in policies: the URL, after its project if it has one.
fn rbac_name(entries: &Entries) -> String {
    named(text(entries, "project"), text(entries, "url"))
}

/// The name in policies of the repository that an application of a project would be fetched from, with its
/// credentials: the project's own, else the one for all; where there is neither, it is the URL.
async fn used(call: Call<'_>, project: &str, url: &str) -> Result<String, Fault> {
    let all = secret::all(&*call.desk.home, Scope::One.label()).await?;
    let fits = |entries: &&Entries| {
        let own = text(entries, "project");
        normalise(text(entries, "url")) == normalise(url) && (own.is_empty() || own == project)
    };
    let fitting = all.iter().map(|(_, entries)| entries).filter(fits);
    let used = fitting.min_by_key(|entries| text(entries, "project").is_empty());
    Ok(used.map_or_else(|| named("", url), rbac_name))
}

fn named(project: &str, url: &str) -> String {
    if project.is_empty() {
        url.to_owned()
    } else {
        format!("{project}/{url}")
    }
}

fn shown(entries: &Entries, scope: Scope) -> Value {
    let mut found = Map::new();
    let url = without_password(text(entries, "url")).to_string();
    found.insert(scope.url().to_owned(), url.into());
    for key in TEXTS {
        let value = text(entries, key);
        if !value.is_empty() {
            found.insert(key.to_owned(), value.into());
        }
    }
    if !found.contains_key("type") {
        found.insert("type".to_owned(), "git".into());
    }
    for key in ["proxy", "githubAppEnterpriseBaseUrl"] {
        let url = text(entries, key);
        if !url.is_empty() {
            found.insert(key.to_owned(), without_password(url).into());
        }
    }
    for key in NUMBERS {
        if let Ok(number @ 1_i64..) = text(entries, key).trim().parse() {
            found.insert(key.to_owned(), number.into());
        }
    }
    for key in FLAGS {
        if text(entries, key) == "true" {
            found.insert(key.to_owned(), true.into());
        }
    }
    Value::Object(found)
}

/// With how the connection to each is, where that is known.
async fn with_states(call: Call<'_>, mut repositories: Vec<Value>) -> Vec<Value> {
    let states = repositories.iter().map(|one| {
        let request = json!({"repo": one["repo"], "project": one["project"], "type": one["type"],
            "enableOCI": one["enableOCI"], "forceRefresh": call.ask.flag("forceRefresh")});
        async move {
            let inside = &call.desk.inside;
            inside.ask("gantry.Inside/RepositoryState", &request).await
        }
    });
    let states = futures::future::join_all(states).await;
    for (one, state) in repositories.iter_mut().zip(states) {
        one["connectionState"] = state.unwrap_or_else(|_| json!({"status": "Unknown"}));
    }
    repositories
}

/// The repository that the request names. Who may not see it learns nothing of whether it is there.
async fn get(call: Call<'_>) -> Result<Value, Fault> {
    let url = call.ask.needed("repo")?;
    let project = call.ask.text("appProject");
    let mut all = all(call).await?;
    all.retain(|one| normalise(one["repo"].as_str().unwrap_or_default()) == normalise(url));
    match meant(all, project, |one| {
        one["project"].as_str().unwrap_or_default()
    }) {
        Some(one) => {
            let mut all = with_states(call, vec![one]).await;
            Ok(all.remove(0))
        }
        None if call.may("repositories", "get", &named(project, url)) => {
            let message = format!("repo '{}' not found", without_password(url));
            Err(Fault::new(Code::NotFound, message))
        }
        None => Err(denied()),
    }
}

/// Which of those with one URL a request means: that of the project that it names, and where it names none, that for
/// all, or the only one (`getRepository`).
fn meant<T>(mut all: Vec<T>, project: &str, project_of: impl Fn(&T) -> &str) -> Option<T> {
    if project.is_empty() && all.len() == 1 {
        return all.pop();
    }
    all.into_iter().find(|one| project_of(one) == project)
}

/// The same for what there is not and for what nobody may know of.
fn denied() -> Fault {
    Fault::new(Code::PermissionDenied, "permission denied")
}
