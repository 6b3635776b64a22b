//! `gantry sync` beside a bare kube client and `kubectl`, on one API server.
//!
//! Each of several rounds applies the same objects to fresh namespaces: by kube's own client at several
//! concurrencies, by `gantry sync` and by `kubectl apply --server-side`, the latter two as whole
//! processes; then both again with nothing to change. The best time of each counts: noise only ever
//! adds. A tenfold set then says how time and memory grow.

mod bare;
mod commands;
mod objects;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::measure::Taken;
use crate::{Failure, ratio, row};
use commands::Commands;

/// Objects of one application.
const OBJECTS: usize = 1_000;
/// Objects of a large one.
const MANY_OBJECTS: usize = 10_000;
/// Rounds; the best of each counts.
const ROUNDS: usize = 4;
/// Requests in flight of the bare client.
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 128];
/// Runs of the render.
const RENDERS: usize = 30;
/// Peak memory that a sync may have.
const MEMORY_AIM_MIB: u64 = 150;

/// The best of all rounds.
struct Best {
    bare: [Duration; IN_FLIGHT.len()],
    sync: Taken,
    again: Taken,
    kubectl: Taken,
    kubectl_again: Taken,
}

/// Runs and prints all of it.
pub(crate) fn run(gantry: PathBuf) -> Result<(), Failure> {
    // kube panics without one; a second one is refused, which is all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let commands = Commands::start(gantry)?;
    let maps: Vec<Value> = (0..OBJECTS).map(objects::config_map).collect();
    commands.commit("maps", &maps)?;
    Best::of(&commands, "maps", &maps)?.print("ConfigMaps");
    let mixed = mixed(OBJECTS);
    commands.commit("mixed", &mixed)?;
    let best = Best::of(&commands, "mixed", &mixed)?;
    best.print("mixed objects");
    large(&commands, &best)?;
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

/// So many objects, the definition of the custom kind among them.
fn mixed(count: usize) -> Vec<Value> {
    let definition = std::iter::once(objects::definition());
    definition.chain((1..count).map(objects::mixed)).collect()
}

impl Best {
    fn of(commands: &Commands, folder: &str, objects: &[Value]) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let never = Taken {
            time: Duration::MAX,
            memory_kib: u64::MAX,
        };
        let mut best = Self {
            bare: [Duration::MAX; IN_FLIGHT.len()],
            sync: never,
            again: never,
            kubectl: never,
            kubectl_again: never,
        };
        for round in 0..ROUNDS {
            let namespace = format!("{folder}-gantry-{round}");
            best.sync = commands.sync(folder, &namespace)?.min(best.sync);
            best.again = commands.sync(folder, &namespace)?.min(best.again);
            let namespace = format!("{folder}-kubectl-{round}");
            best.kubectl = commands
                .kubectl_apply(folder, &namespace)?
                .min(best.kubectl);
            let again = commands.kubectl_apply(folder, &namespace)?;
            best.kubectl_again = again.min(best.kubectl_again);
            for (best, in_flight) in best.bare.iter_mut().zip(IN_FLIGHT) {
                let namespace = format!("{folder}-bare-{round}-{in_flight}");
                let applied = bare::apply(commands, objects, &namespace, in_flight);
                *best = runtime.block_on(applied)?.min(*best);
            }
        }
        Ok(best)
    }

    fn print(&self, what: &str) {
        println!("\n{OBJECTS} {what}, best of {ROUNDS} rounds\n");
        for (taken, in_flight) in self.bare.iter().zip(IN_FLIGHT) {
            row(&format!("bare kube client, {in_flight} in flight"), *taken);
        }
        for (name, taken) in [
            ("gantry sync, whole process", self.sync),
            ("kubectl apply --server-side", self.kubectl),
            ("gantry sync, nothing to change", self.again),
            ("kubectl apply, nothing to change", self.kubectl_again),
        ] {
            row(
                &format!("{name} ({} MiB)", taken.memory_kib >> 10),
                taken.time,
            );
        }
        let bare = self.bare.iter().min().copied().unwrap_or_default();
        println!();
        for (name, a, b, aim) in [
            (
                "gantry sync / bare client at its best",
                self.sync.time,
                bare,
                "at most 1.25",
            ),
            (
                "kubectl / gantry sync",
                self.kubectl.time,
                self.sync.time,
                "at least 3",
            ),
            (
                "kubectl / gantry sync, unchanged",
                self.kubectl_again.time,
                self.again.time,
                "at least 10",
            ),
        ] {
            ratio(name, a, b, aim);
        }
    }
}

/// How time and memory grow with the objects of one application.
fn large(commands: &Commands, of_a_thousand: &Best) -> Result<(), Failure> {
    commands.commit("many", &mixed(MANY_OBJECTS))?;
    let sync = commands.sync("many", "many")?;
    let again = commands.sync("many", "many")?;
    println!("\n{MANY_OBJECTS} mixed objects in one application, one run\n");
    for (name, many, few) in [
        ("gantry sync", sync, of_a_thousand.sync),
        ("gantry sync, nothing to change", again, of_a_thousand.again),
    ] {
        row(name, many.time);
        let aim = format!("linear: {}", MANY_OBJECTS / OBJECTS);
        ratio(
            &format!("{name} / that of {OBJECTS}"),
            many.time,
            few.time,
            &aim,
        );
        println!(
            "peak memory: {} MiB (under {MEMORY_AIM_MIB}), of {OBJECTS} objects {} MiB",
            many.memory_kib >> 10,
            few.memory_kib >> 10
        );
    }
    Ok(())
}
