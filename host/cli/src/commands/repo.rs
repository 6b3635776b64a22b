//! `gantry repo` and `gantry repocreds`.

mod asked;
mod secret;
#[cfg(test)]
mod tests;

use std::io::Read;

use gantry_engine::Fetcher;
use gantry_model::secrets::{
    RepositorySecret, RepositoryType, SECRET_TYPE_LABEL, Scope, normalise,
};
use gantry_model::{Diagnostic, Manifest, Object, read_manifest, without_password};
use gantry_store::{Home, Kind, StoreError};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{Format, Global, RefreshArgs, RepoAddArgs, RepoCommand};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::inputs::Credentials;
use crate::output::Output;
use crate::setup;
use crate::table::Table;
pub(crate) use asked::{answers, wanted};

/// The columns, and where in what is told of a repository their cells are.
const HEAD: [(&str, &str); 9] = [
    ("TYPE", "/type"),
    ("NAME", "/name"),
    ("REPO", "/repo"),
    ("INSECURE", "/insecure"),
    ("OCI", "/enableOCI"),
    ("CREDS", "/credentials"),
    ("PROJECT", "/project"),
    ("STATUS", "/connectionState/status"),
    ("MESSAGE", "/connectionState/message"),
];
/// How many of them there are where nobody was asked.
const NOT_ASKED: usize = 7;

/// Runs one of the commands, on repositories or on credentials for many.
pub(crate) fn run(
    global: &Global,
    command: &RepoCommand,
    scope: Scope,
    output: &Output,
) -> Result<Outcome, Failure> {
    setup::runtime()?.block_on(async {
        match command {
            RepoCommand::Add(args) => add(global, args, scope, output).await,
            RepoCommand::List(args) => {
                let home = home::open(global, &args.home)?;
                let found = stored(&*home, scope, output).await?;
                let states = states(global, &*home, &found, &args.refresh, output).await?;
                show(&found, states, args.output, output)
            }
            RepoCommand::Get(args) => {
                let home = home::open(global, &args.home)?;
                let all = stored(&*home, scope, output).await?;
                let is_meant = |stored: &Stored| {
                    let project = args.project.as_ref();
                    stored.is_of(&args.url) && project.is_none_or(|p| *p == stored.secret.project)
                };
                let found: Vec<Stored> = all.into_iter().filter(is_meant).collect();
                if found.is_empty() {
                    return Err(unknown(&args.url).into());
                }
                let states = states(global, &*home, &found, &args.refresh, output).await?;
                show(&found, states, args.output, output)
            }
            RepoCommand::Rm(args) => {
                let home = home::open(global, &args.home)?;
                let all = stored(&*home, scope, output).await?;
                for url in &args.urls {
                    let project = args.project.as_deref().unwrap_or_default();
                    let mut found = all
                        .iter()
                        .filter(|s| s.is_of(url) && s.secret.project == project);
                    let found = found.next().ok_or_else(|| unknown(url))?;
                    let gone =
                        home.delete(Kind::Secret, found.object.namespace(), found.object.name());
                    gone.await.map_err(|error| problem(&error))?;
                    output.print(&format!("Repository '{}' removed\n", without_password(url)))?;
                }
                Ok(Outcome::Good)
            }
        }
    })
}

/// A repository as the home keeps it.
struct Stored {
    object: Object,
    secret: RepositorySecret,
}

impl Stored {
    fn is_of(&self, url: &str) -> bool {
        normalise(&self.secret.url) == normalise(url)
    }
}

/// All repositories of a home, or all credentials for many. What cannot be read is told.
async fn stored(home: &dyn Home, scope: Scope, output: &Output) -> Result<Vec<Stored>, Failure> {
    let secrets = home
        .list(Kind::Secret)
        .await
        .map_err(|error| problem(&error))?;
    let mut stored = Vec::new();
    for object in secrets {
        if object.label(SECRET_TYPE_LABEL) != Some(secret::kind(scope)) {
            continue;
        }
        match read_manifest(object.value()).map(|parsed| parsed.value) {
            Ok(Manifest::RepositorySecret(secret)) => stored.push(Stored {
                object,
                secret: *secret,
            }),
            Ok(_) => {}
            Err(problems) => problems
                .iter()
                .for_each(|problem| output.diagnostic(problem)),
        }
    }
    Ok(stored)
}

async fn add(
    global: &Global,
    args: &RepoAddArgs,
    scope: Scope,
    output: &Output,
) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home)?;
    let object = secret::object(args, scope, password(args)?)?;
    let Manifest::RepositorySecret(secret) = read_manifest(object.value())?.value else {
        return Err(Failure::internal(
            "the Secret that was made is of no repository",
        ));
    };
    if scope == Scope::Repository && !args.skip_test {
        test(global, &*home, *secret, output).await?;
    }
    let made = match home.create(&object).await {
        Err(StoreError::Exists { .. }) if args.upsert => {
            home.replace(&object_in(&*home, object)).await
        }
        made => made,
    };
    made.map_err(|error| match error {
        StoreError::Exists { .. } => {
            let message = format!("{} is remembered already", without_password(&args.url));
            Diagnostic::error("exists", message).help("--upsert takes its place")
        }
        error => problem(&error),
    })?;
    output.print(&format!(
        "Repository '{}' added\n",
        without_password(&args.url)
    ))?;
    Ok(Outcome::Good)
}

fn object_in(home: &dyn Home, mut object: Object) -> Object {
    object.set_namespace(home.namespace());
    object
}

fn password(args: &RepoAddArgs) -> Result<Option<String>, Failure> {
    if args.password.as_deref() != Some("-") {
        return Ok(args.password.clone());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(Failure::internal)?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn test(
    global: &Global,
    home: &dyn Home,
    secret: RepositorySecret,
    output: &Output,
) -> Result<(), Failure> {
    let fetcher = fetcher(global, home, output).await?;
    let asked = asked::answers(&fetcher, secret).await;
    asked.map_err(|error| {
        Diagnostic::error("repository", error)
            .help("check the URL and the credentials; --skip-test remembers it anyway")
            .into()
    })
}

/// What opens repositories as the control plane of that home does.
async fn fetcher(global: &Global, home: &dyn Home, output: &Output) -> Result<Fetcher, Failure> {
    let mut credentials = Credentials::default();
    for scope in [Scope::Repository, Scope::Template] {
        let found = stored(home, scope, output).await?;
        let secrets = found.into_iter().map(|stored| stored.secret);
        credentials.repositories.extend(secrets);
    }
    let maps = home.list(Kind::ConfigMap).await;
    for map in maps.map_err(|error| problem(&error))? {
        credentials.trust.take(map.value());
    }
    setup::fetcher(global, &credentials)
}

/// How each answers now, if somebody wants to know; credentials for many name no repository that could be asked.
async fn states(
    global: &Global,
    home: &dyn Home,
    found: &[Stored],
    refresh: &RefreshArgs,
    output: &Output,
) -> Result<Option<Vec<Value>>, Failure> {
    if refresh.refresh.is_none() {
        return Ok(None);
    }
    if found.iter().any(|one| one.secret.scope == Scope::Template) {
        let message = "--refresh is for repositories: these credentials are for many";
        return Err(Diagnostic::error("refresh", message)
            .help("leave it out")
            .into());
    }
    let secrets = found.iter().map(|one| one.secret.clone()).collect();
    let fetcher = fetcher(global, home, output).await?;
    Ok(Some(asked::states(fetcher, secrets).await))
}

fn show(
    found: &[Stored],
    states: Option<Vec<Value>>,
    format: Format,
    output: &Output,
) -> Result<Outcome, Failure> {
    let mut all: Vec<Value> = found.iter().map(|stored| told(&stored.secret)).collect();
    let is_asked = states.is_some();
    for (one, state) in all.iter_mut().zip(states.into_iter().flatten()) {
        one["connectionState"] = state;
    }
    match format {
        Format::Json => output.json(&all)?,
        Format::Yaml => output.yaml(&all)?,
        Format::Table => {
            let head: Vec<&str> = HEAD.iter().map(|(name, _)| *name).collect();
            let shown = if is_asked { head.len() } else { NOT_ASKED };
            let mut table = Table::new(&head[..shown]);
            for one in &all {
                let cell = |path: &str| match one.pointer(path) {
                    Some(Value::String(text)) => text.clone(),
                    other => other.unwrap_or_default().to_string(),
                };
                table.row(HEAD.iter().take(shown).map(|(_, path)| cell(path)));
            }
            output.print(&table.to_string())?;
        }
    }
    Ok(Outcome::Good)
}

/// What may be shown of a repository: no password, no key, no token.
fn told(secret: &RepositorySecret) -> Value {
    let kind = match secret.repository_type {
        RepositoryType::Git => "git",
        RepositoryType::Helm => "helm",
        RepositoryType::Oci => "oci",
    };
    let mut told = json!({
        "type": kind,
        "name": secret.name,
        "repo": without_password(&secret.url),
        "username": secret.credentials.username,
        "insecure": secret.insecure,
        "enableOCI": secret.enable_oci,
        "credentials": !secret.credentials.is_empty(),
        "project": secret.project,
    });
    if secret.force_http_basic_auth {
        told["forceHttpBasicAuth"] = json!(true);
    }
    if let Some(app) = &secret.credentials.github_app {
        told["githubAppID"] = json!(app.id);
        if app.installation != 0 {
            told["githubAppInstallationID"] = json!(app.installation);
        }
        if !app.base_url.is_empty() {
            told["githubAppEnterpriseBaseUrl"] = json!(without_password(&app.base_url));
        }
    }
    told
}

fn unknown(url: &str) -> Diagnostic {
    let message = format!("no repository {} is remembered", without_password(url));
    Diagnostic::error("no-repository", message).help("`list` shows those that are")
}
