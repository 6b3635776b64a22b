//! `gantry sync` beside a bare kube client and `kubectl`, on one API server.
//!
//! Each of several rounds applies the same 1,000 ConfigMaps to fresh namespaces: by kube's own
//! client at several concurrencies, by `gantry sync` and by `kubectl apply --server-side`, the
//! latter two as whole processes; then both again with nothing to change. The best time of each
//! counts: noise only ever adds.

mod bare;
mod commands;

use std::path::PathBuf;
use std::time::Duration;

use crate::{Failure, ratio, row};
use commands::Commands;

/// Objects of one application.
const OBJECTS: usize = 1_000;
/// Rounds; the best of each counts.
const ROUNDS: usize = 4;
/// Requests in flight of the bare client.
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 128];
/// Runs of the render.
const RENDERS: usize = 30;

/// Runs and prints all of it.
pub(crate) fn run(gantry: PathBuf) -> Result<(), Failure> {
    // kube panics without one; a second one is refused, which is all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let commands = Commands::start(gantry)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut bare = [Duration::MAX; IN_FLIGHT.len()];
    let (mut sync, mut again) = (Duration::MAX, Duration::MAX);
    let (mut kubectl, mut kubectl_again) = (Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        for (best, in_flight) in bare.iter_mut().zip(IN_FLIGHT) {
            let namespace = format!("bare-{round}-{in_flight}");
            let taken = runtime.block_on(bare::apply(&commands, &namespace, in_flight))?;
            *best = taken.min(*best);
        }
        let namespace = format!("gantry-{round}");
        sync = commands.sync(&namespace)?.min(sync);
        again = commands.sync(&namespace)?.min(again);
        let namespace = format!("kubectl-{round}");
        kubectl = commands.kubectl_apply(&namespace)?.min(kubectl);
        kubectl_again = commands.kubectl_apply(&namespace)?.min(kubectl_again);
    }
    println!("{OBJECTS} ConfigMaps, best of {ROUNDS} rounds\n");
    for (taken, in_flight) in bare.iter().zip(IN_FLIGHT) {
        row(&format!("bare kube client, {in_flight} in flight"), *taken);
    }
    row("gantry sync, whole process", sync);
    row("kubectl apply --server-side", kubectl);
    row("gantry sync, nothing to change", again);
    row("kubectl apply, nothing to change", kubectl_again);
    let best = bare.iter().min().copied().unwrap_or_default();
    println!();
    ratio(
        "gantry sync / bare client at its best",
        sync,
        best,
        "at most 1.25",
    );
    ratio("kubectl / gantry sync", kubectl, sync, "at least 3");
    ratio(
        "kubectl / gantry sync, unchanged",
        kubectl_again,
        again,
        "at least 10",
    );
    println!();
    let mut renders = (0..RENDERS)
        .map(|_| commands.render())
        .collect::<Result<Vec<_>, _>>()?;
    renders.sort_unstable();
    let median = renders.get(RENDERS / 2).copied().unwrap_or_default();
    row(
        "gantry render of the guestbook, whole process, median (under 60 ms)",
        median,
    );
    Ok(())
}
