//! `gantry cluster`.

mod add;
mod list;
mod rm;
pub(crate) mod rotate;
mod set;

use std::io::{BufRead, IsTerminal, Write};

use gantry_cluster::normalise_server;
use gantry_model::secrets::{ClusterSecret, SECRET_TYPE_LABEL};
use gantry_model::{ClusterError, Diagnostic, Manifest, Object, read_manifest};
use gantry_store::{Home, Kind};

use crate::Outcome;
use crate::args::{ClusterCommand, Global};
use crate::failure::Failure;
use crate::home::problem;
use crate::output::Output;
use crate::setup;

/// Runs one of its commands.
pub(crate) fn run(
    global: &Global,
    command: &ClusterCommand,
    output: &Output,
) -> Result<Outcome, Failure> {
    setup::runtime()?.block_on(async {
        match command {
            ClusterCommand::Add(args) => add::run(global, args, output).await,
            ClusterCommand::List(args) => list::list(global, args, output).await,
            ClusterCommand::Get(args) => list::get(global, args, output).await,
            ClusterCommand::Rm(args) => rm::run(global, args, output).await,
            ClusterCommand::Rotate(args) => rotate::run(global, args, output).await,
            ClusterCommand::Set(args) => set::run(global, args, output).await,
        }
    })
}

/// A cluster as the home keeps it.
struct Stored {
    object: Object,
    secret: ClusterSecret,
}

/// All clusters of a home, by the names of their Secrets. What cannot be read is told.
async fn stored(home: &dyn Home, output: &Output) -> Result<Vec<Stored>, Failure> {
    let secrets = home.list(Kind::Secret).await;
    let secrets = secrets.map_err(|error| problem(&error))?;
    let mut stored = Vec::new();
    for object in secrets {
        if object.label(SECRET_TYPE_LABEL) != Some("cluster") {
            continue;
        }
        match read_manifest(object.value()).map(|parsed| parsed.value) {
            Ok(Manifest::ClusterSecret(secret)) => stored.push(Stored {
                object,
                secret: *secret,
            }),
            Ok(_) => {}
            Err(problems) => {
                let title = format!("Secret {}", object.name());
                problems.iter().for_each(|found| output.of(&title, found));
            }
        }
    }
    Ok(stored)
}

/// The one cluster of a name or a server.
async fn one(home: &dyn Home, wanted: &str, output: &Output) -> Result<Stored, Failure> {
    let all = stored(home, output).await?;
    let server = normalise_server(wanted);
    let mut known: Vec<String> = all.iter().map(|found| found.secret.name.clone()).collect();
    known.sort_unstable();
    let fits = |found: &Stored| {
        found.secret.name == wanted || normalise_server(&found.secret.server) == server
    };
    let mut fitting = all.into_iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(found), None) => Ok(found),
        (None, _) => {
            let message = format!("there is no cluster {wanted:?}");
            let help = match known.as_slice() {
                [] => "none is there yet: `gantry cluster add` adds one".to_owned(),
                known => format!("known are {}", known.join(", ")),
            };
            Err(Diagnostic::error("cluster", message).help(help).into())
        }
        (Some(_), Some(_)) => {
            let message = format!("several clusters are named {wanted:?}, or have that server");
            Err(Diagnostic::error("cluster", message)
                .help("name one of them by what only it has")
                .into())
        }
    }
}

/// What a cluster refused.
fn refused(error: &ClusterError) -> Failure {
    Diagnostic::error("cluster", error.to_string()).into()
}

/// Asks, where somebody is there to answer.
fn agreed(question: &str, yes: bool) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if yes || !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    write!(std::io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}
