//! Times 1,000 server-side applies with 1, 16, 64 and 128 in flight.
//!
//! Needs a cluster: `KUBECONFIG=... cargo bench -p gantry-cluster` (`GANTRY_BENCH_CONTEXT` for
//! another context than the current one). Its `ConfigMap`s go into a namespace of their own, which
//! is deleted at the end.

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use futures::{StreamExt, stream};
use gantry_cluster::Clusters;
use gantry_model::cluster::{ApplyOptions, DeleteOptions, Propagation};
use gantry_model::{Cluster, Gvk, Object};
use serde_json::json;

const OBJECTS: usize = 1_000;
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 128];
const NAMESPACE: &str = "gantry-bench";
const OPTIONS: ApplyOptions<'static> = ApplyOptions {
    field_manager: "gantry-bench",
    force_conflicts: true,
    dry_run: false,
    validate: true,
};

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn main() -> Result<(), Box<dyn Error>> {
    let Some(kubeconfig) = env::var_os("KUBECONFIG") else {
        println!("skipped: KUBECONFIG names no cluster");
        return Ok(());
    };
    let context = env::var("GANTRY_BENCH_CONTEXT").ok();
    let clusters = Clusters::load(Some(Path::new(&kubeconfig)), context.as_deref())?;
    let cluster = clusters.by_name("in-cluster")?;
    tokio::runtime::Runtime::new()?.block_on(run(&*cluster))
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
async fn run(cluster: &dyn Cluster) -> Result<(), Box<dyn Error>> {
    let missing = "the server lacks a built-in kind";
    let kind = async |kind| cluster.resource(&Gvk::parse("v1", kind)).await;
    let namespaces = kind("Namespace").await?.ok_or(missing)?;
    let maps = kind("ConfigMap").await?.ok_or(missing)?;
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    let namespace = Object::new(namespace, None)?;
    let namespace = cluster.apply(&namespaces, &namespace, OPTIONS).await?;
    println!(
        "{OBJECTS} applies to {} ({})",
        cluster.name(),
        cluster.version().await?
    );
    for (round, in_flight) in IN_FLIGHT.into_iter().enumerate() {
        let objects: Result<Vec<Object>, _> = (0..OBJECTS).map(|at| object(at, round)).collect();
        let objects = objects?;
        let started = Instant::now();
        let applied = stream::iter(&objects)
            .map(|object| cluster.apply(&maps, object, OPTIONS))
            .buffer_unordered(in_flight);
        let applied: Vec<_> = applied.collect().await;
        let took = started.elapsed();
        let failed = applied.iter().filter(|answer| answer.is_err()).count();
        // The first round creates, the others change.
        let does = if round == 0 { "create" } else { "change" };
        println!(
            "{in_flight:>4} in flight: {:>6} ms, {does}, {failed} failed",
            took.as_millis()
        );
    }
    let object = namespace.reference();
    let options = DeleteOptions {
        uid: namespace.uid(),
        propagation: Propagation::Background,
        ..DeleteOptions::default()
    };
    let deleted = cluster.delete(&namespaces, &object, options);
    Ok(deleted.await?)
}

fn object(at: usize, round: usize) -> Result<Object, gantry_model::ObjectError> {
    let value = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("map-{at}"), "namespace": NAMESPACE},
        "data": {"round": round.to_string(), "text": "a".repeat(200)},
    });
    Object::new(value, None)
}
