//! `gantry repo` and `gantry repocreds`.

mod secret;

use std::io::Read;
use std::path::PathBuf;

use gantry_charts::Charts;
use gantry_engine::{Fetcher, Wanted};
use gantry_model::application::Source;
use gantry_model::secrets::{
    Repositories as Secrets, RepositorySecret, RepositoryType, SECRET_TYPE_LABEL, Scope, normalise,
};
use gantry_model::{Diagnostic, Manifest, Object, read_manifest, without_password};
use gantry_source::Repositories;
use gantry_store::{Home, Kind, StoreError};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{Format, Global, RepoAddArgs, RepoCommand};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::output::Output;
use crate::setup;
use crate::table::Table;

const HEAD: [&str; 7] = [
    "TYPE", "NAME", "REPO", "INSECURE", "OCI", "CREDS", "PROJECT",
];

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
                show(&found, args.output, output)
            }
            RepoCommand::Get(args) => {
                let home = home::open(global, &args.home)?;
                let all = stored(&*home, scope, output).await?;
                let found: Vec<Stored> = all.into_iter().filter(|s| s.is_of(&args.url)).collect();
                if found.is_empty() {
                    return Err(unknown(&args.url).into());
                }
                show(&found, args.output, output)
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
        test(global, *secret).await?;
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

async fn test(global: &Global, secret: RepositorySecret) -> Result<(), Failure> {
    let asked = answers(setup::data(global)?, secret).await;
    asked.map_err(|error| {
        Diagnostic::error("repository", error)
            .help("check the URL and the credentials; --skip-test remembers it anyway")
            .into()
    })
}

/// Asks the repository, with the credentials that are to be remembered; of a registry, whether it takes them.
pub(crate) async fn answers(kept: PathBuf, secret: RepositorySecret) -> Result<(), String> {
    let is_registry = secret.enable_oci || secret.repository_type == RepositoryType::Oci;
    let source = Source {
        repo_url: secret.url.clone(),
        // Any name: the index or the registry is what is asked.
        chart: if is_registry || secret.repository_type == RepositoryType::Helm {
            "any".to_owned()
        } else {
            String::new()
        },
        ..Source::default()
    };
    let Some(wanted) = Wanted::of(&source, &secret.project) else {
        return Ok(());
    };
    let asked = tokio::task::spawn_blocking(move || {
        let fetcher = Fetcher::new(
            Repositories::new(kept.join("repositories")).beside(&kept),
            Charts::new(kept.join("charts")),
            Secrets::new(vec![secret]),
        );
        fetcher.ask(&wanted)
    });
    let asked = asked.await.map_err(|error| error.to_string())?;
    asked.map_err(|error| error.to_string())
}

fn show(found: &[Stored], format: Format, output: &Output) -> Result<Outcome, Failure> {
    let all: Vec<Value> = found.iter().map(|stored| told(&stored.secret)).collect();
    match format {
        Format::Json => output.json(&all)?,
        Format::Yaml => output.yaml(&all)?,
        Format::Table => {
            let mut table = Table::new(&HEAD);
            for one in &all {
                let cell = |key: &str| match &one[key] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                table.row(
                    [
                        "type",
                        "name",
                        "repo",
                        "insecure",
                        "enableOCI",
                        "credentials",
                        "project",
                    ]
                    .map(cell),
                );
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
    json!({
        "type": kind,
        "name": secret.name,
        "repo": without_password(&secret.url),
        "username": secret.credentials.username,
        "insecure": secret.insecure,
        "enableOCI": secret.enable_oci,
        "credentials": !secret.credentials.is_empty(),
        "project": secret.project,
    })
}

fn unknown(url: &str) -> Diagnostic {
    let message = format!("no repository {} is remembered", without_password(url));
    Diagnostic::error("no-repository", message).help("`list` shows those that are")
}
