//! `gantry serve` beside a bare kube client that writes the same objects: in the shape of Flux's own
//! benchmark, where an application is a Deployment without replicas, a Service, a `ServiceAccount` and an
//! Ingress.

pub(crate) mod objects;
pub(crate) mod process;
pub(crate) mod watched;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gantry_testbed::{GitRepository, Parts, Testbed};
use serde_json::Value;

use crate::{Failure, row};
use process::Server;
use watched::Watched;

/// Where the applications go.
const SPOKES: [&str; 2] = ["spoke-1", "spoke-2"];
/// Live edits of which the time is taken.
const EDITS: usize = 50;
/// Requests in flight of the bare client.
const IN_FLIGHT: usize = 64;

/// How much of it.
pub(crate) struct Size {
    pub(crate) applications: usize,
    pub(crate) idle: Duration,
}

impl Size {
    /// `GANTRY_BENCH_APPLICATIONS` and `GANTRY_BENCH_IDLE_SECS`, or what the aims are about.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) => text.parse(),
            Err(_) => Ok(default),
        };
        Ok(Self {
            applications: usize::try_from(number("GANTRY_BENCH_APPLICATIONS", 1_000)?)?,
            idle: Duration::from_secs(number("GANTRY_BENCH_IDLE_SECS", 300)?),
        })
    }
}

/// Runs and prints all of it.
pub(crate) fn run(gantry: &Path, size: &Size) -> Result<(), Failure> {
    // kube panics without one; a second one is refused, which is all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(gantry.to_owned(), size))
}

async fn measure(gantry: PathBuf, size: &Size) -> Result<(), Failure> {
    let testbed = Testbed::start(&SPOKES, Parts::Full)?;
    let repository = GitRepository::init(&testbed.folder().join("repo"))?;
    objects::commit(&repository, size.applications)?;
    let bare = bare(&testbed, size.applications).await?;
    println!(
        "\n{} applications of 4 objects on two spokes\n",
        size.applications
    );
    row(
        &format!("bare kube client, {IN_FLIGHT} requests in flight on each spoke"),
        bare,
    );

    let server = Server::start(&gantry, &testbed)?;
    let mut watched = Watched::open(server.data())?;
    let began = Instant::now();
    watched
        .create(&objects::applications(&repository, size.applications))
        .await?;
    watched.until_all("Synced", size.applications).await?;
    let synced = began.elapsed();
    row(
        "gantry serve, from created to all Synced (under 60 s)",
        synced,
    );
    crate::ratio("gantry serve / bare client", synced, bare, "at most 3");
    println!(
        "its own processor time {:.1} s; memory {} MiB (under 150)",
        server.cpu()?.as_secs_f64(),
        server.memory_mib()?
    );
    idle(&server, size.idle).await?;
    // Before the commit: a new revision is a reason of its own to sync what has drifted.
    drift(&testbed, &mut watched).await?;
    one_commit(&testbed, &repository, &server).await
}

/// The same objects in other namespaces, by kube's own client.
async fn bare(testbed: &Testbed, applications: usize) -> Result<Duration, Failure> {
    let mut clients = Vec::new();
    for spoke in SPOKES {
        let client = objects::client(testbed, spoke).await?;
        objects::namespace(&client, "bare").await?;
        objects::namespace(&client, "apps").await?;
        clients.push(client);
    }
    let began = Instant::now();
    let halves = clients
        .iter()
        .enumerate()
        .map(|(spoke, client)| async move {
            let all = (0..applications).filter(|index| index % SPOKES.len() == spoke);
            let wanted: Vec<Value> = all.flat_map(objects::of).collect();
            objects::apply(client, &wanted, "bare", IN_FLIGHT).await
        });
    futures::future::try_join_all(halves).await?;
    let took = began.elapsed();
    // Both begin on clusters at rest.
    let resting = clients
        .iter()
        .map(|client| objects::until_at_rest(client, "bare"));
    futures::future::try_join_all(resting).await?;
    Ok(took)
}

async fn idle(server: &Server, time: Duration) -> Result<(), Failure> {
    // What the last syncs have stirred up is over then.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let before = server.cpu()?;
    tokio::time::sleep(time).await;
    let used = server.cpu()?.saturating_sub(before);
    let share = used.as_secs_f64() / time.as_secs_f64() * 100.0;
    println!(
        "idle for {} s: {share:.2} % of one core (under 2 %)",
        time.as_secs()
    );
    Ok(())
}

/// One commit that touches one application, told by a webhook.
async fn one_commit(
    testbed: &Testbed,
    repository: &GitRepository,
    server: &Server,
) -> Result<(), Failure> {
    let client = objects::client(testbed, "spoke-1").await?;
    let renders = server.renders()?;
    objects::commit_change(repository, 0)?;
    let began = Instant::now();
    server.push(repository)?;
    while objects::port_of(&client, "apps", 0).await? != objects::CHANGED_PORT {
        if began.elapsed() > Duration::from_secs(30) {
            return Err("the commit is not live in 30 s".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    row(
        "one commit that touches one application: live after the webhook (1 s)",
        began.elapsed(),
    );
    // All others have been looked at by then.
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("renders for it: {} (1)", server.renders()? - renders);
    Ok(())
}

/// Live edits, until they are seen where nobody repairs them, and until they are repaired where somebody does.
async fn drift(testbed: &Testbed, watched: &mut Watched) -> Result<(), Failure> {
    let client = objects::client(testbed, "spoke-1").await?;
    let (mut seen, mut healed) = (Vec::new(), Vec::new());
    // On spoke-1, and another one each time; the first one was committed to.
    for index in (2..).step_by(2).take(2 * EDITS) {
        objects::edit(&client, "apps", index).await?;
        let began = Instant::now();
        if objects::is_healed(index) {
            while objects::is_edited(&client, "apps", index).await? {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            healed.push(began.elapsed());
        } else {
            watched.until(&objects::name(index), "OutOfSync").await?;
            seen.push(began.elapsed());
        }
    }
    println!();
    for (name, mut times) in [
        ("seen as OutOfSync (p99 300 ms)", seen),
        ("healed (1 s)", healed),
    ] {
        times.sort_unstable();
        let at = |share: usize| {
            let last = times.len().saturating_sub(1);
            times
                .get((times.len() * share / 100).min(last))
                .copied()
                .unwrap_or_default()
        };
        row(&format!("a live edit {name}, p50"), at(50));
        row(&format!("a live edit {name}, p99"), at(99));
    }
    Ok(())
}
