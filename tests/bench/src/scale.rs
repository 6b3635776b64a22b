//! How a control plane grows: applications of one ConfigMap each on a hundred clusters, more of them step by step,
//! and what each step takes. The clusters are namespaces of two API servers, each behind an address of its own;
//! what those servers take is told beside ours, because they are what slows down first.

mod clusters;

use std::path::Path;
use std::time::{Duration, Instant};

use gantry_model::Object;
use gantry_store::{Home, SqliteHome};
use gantry_testbed::{GitRepository, Parts, Testbed};
use serde_json::{Value, json};

use crate::serve::objects::{client, namespace};
use crate::serve::process::Server;
use crate::serve::watched::Watched;
use crate::{Failure, process, row};
use clusters::Clusters;

/// API servers.
const SERVERS: [&str; 2] = ["spoke-1", "spoke-2"];
/// Clusters, by turns on each.
const CLUSTERS: usize = 100;
/// Applications after each step.
const STEPS: [usize; 3] = [1_000, 3_000, 10_000];
/// The directory of all in Git; each has one of its own there.
const PATH: &str = "apps";

/// Runs and prints all of it; `GANTRY_BENCH_STEPS` is a list of other steps.
pub(crate) fn run(gantry: &Path) -> Result<(), Failure> {
    // kube panics without one; a second one is refused, which is all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let steps = match std::env::var("GANTRY_BENCH_STEPS") {
        Ok(text) => text
            .split(',')
            .map(str::parse)
            .collect::<Result<Vec<usize>, _>>()?,
        Err(_) => STEPS.to_vec(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(gantry, &steps))
}

async fn measure(gantry: &Path, steps: &[usize]) -> Result<(), Failure> {
    let mut testbed = Testbed::start(&SERVERS, Parts::Api)?;
    let repository = GitRepository::init(&testbed.folder().join("repo"))?;
    let most = steps.iter().max().copied().unwrap_or_default();
    commit(&repository, most)?;
    let clusters = Clusters::open(testbed.clusters(), CLUSTERS).await?;
    for name in SERVERS {
        let client = client(&testbed, name).await?;
        for index in 0..CLUSTERS {
            namespace(&client, &clusters::namespace(index)).await?;
        }
    }
    let server = Server::start(gantry, &testbed)?;
    let mut watched = Watched::open(server.data())?;
    let home = SqliteHome::open(&server.data().join("gantry.db"), "argocd")?;
    for secret in clusters.secrets() {
        home.create(&Object::new(secret, None)?).await?;
    }
    let mut before = Taken::now(&server)?;
    println!(
        "\napplications of one ConfigMap on {CLUSTERS} clusters of {} API servers",
        SERVERS.len()
    );
    println!("at rest: {} MiB\n", server.memory_mib()?);
    let mut known = 0;
    for step in steps {
        let began = Instant::now();
        let new: Vec<Value> = (known..*step)
            .map(|index| application(&repository, index))
            .collect();
        watched.create(&new).await?;
        watched.until_all("Synced", *step).await?;
        let (wall, now) = (began.elapsed(), Taken::now(&server)?);
        tell(&before, &now, wall, *step - known, *step);
        (known, before) = (*step, now);
    }
    idle(&server).await
}

/// Processor time so far, and memory.
struct Taken {
    own: Duration,
    servers: Duration,
    memory_mib: u64,
}

impl Taken {
    fn now(server: &Server) -> Result<Self, Failure> {
        Ok(Self {
            own: server.cpu()?,
            servers: process::cpu_of_children(&["kube-apiserver", "etcd"])?,
            memory_mib: server.memory_mib()?,
        })
    }
}

fn tell(before: &Taken, now: &Taken, wall: Duration, new: usize, all: usize) {
    let each = |time: Duration| time.as_secs_f64() * 1e3 / new.max(1) as f64;
    let (own, servers) = (
        now.own.saturating_sub(before.own),
        now.servers.saturating_sub(before.servers),
    );
    row(
        &format!("{new} more, {all} in all: until all are Synced"),
        wall,
    );
    println!(
        "  of each: {:.1} ms, our processor time {:.2} ms, that of etcd and the API servers {:.2} ms",
        each(wall),
        each(own),
        each(servers)
    );
    println!(
        "  memory {} MiB, {:.1} KiB for each that is new",
        now.memory_mib,
        (now.memory_mib.saturating_sub(before.memory_mib) << 10) as f64 / new.max(1) as f64
    );
}

async fn idle(server: &Server) -> Result<(), Failure> {
    let rest = Duration::from_secs(30);
    tokio::time::sleep(rest).await;
    let before = server.cpu()?;
    tokio::time::sleep(rest).await;
    let used = server.cpu()?.saturating_sub(before).as_secs_f64() / rest.as_secs_f64();
    println!(
        "then idle: {:.1} % of one core; memory {} MiB",
        used * 100.0,
        server.memory_mib()?
    );
    Ok(())
}

fn name(index: usize) -> String {
    format!("app-{index:05}")
}

fn commit(repository: &GitRepository, applications: usize) -> Result<(), Failure> {
    let file = |index: usize| {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name(index)}, "data": {"key": "value"}});
        (format!("{PATH}/{}/map.yaml", name(index)), map.to_string())
    };
    let files: Vec<(String, String)> = (0..applications).map(file).collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    repository.commit(&files)?;
    Ok(())
}

fn application(repository: &GitRepository, index: usize) -> Value {
    let cluster = index % CLUSTERS;
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name(index)}, "spec": {
        "project": "default",
        "source": {"repoURL": repository.file_url(), "path": format!("{PATH}/{}", name(index))},
        "destination": {"name": clusters::name(cluster), "namespace": clusters::namespace(cluster)},
        "syncPolicy": {"automated": {"selfHeal": true, "prune": true}}}})
}
