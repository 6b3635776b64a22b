//! `gantry render` beside `kustomize build` and `helm template`: whole process against whole process,
//! without remembered renders.
//!
//! The rounds are interleaved, so that what else the machine does falls on all alike; the median counts.

mod inputs;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::{Taken, measured};
use crate::{Failure, ratio, row};
use inputs::Inputs;

/// Rounds of one command; the median counts.
const ROUNDS: usize = 11;
/// Rounds over all overlays of the monorepo, which take minutes.
const MONOREPO_ROUNDS: usize = 3;

/// What is compared, and what is wanted.
struct Comparison<'a> {
    title: &'a str,
    peer: &'a str,
    /// The peer's time divided by ours should be at least this.
    aim: f64,
    rounds: usize,
}

/// Runs and prints all of it.
pub(crate) fn run(gantry: &Path, kustomize: &Path, helm: &Path) -> Result<(), Failure> {
    let inputs = Inputs::write()?;
    let ours = |folders: &[&Path]| {
        let mut command = Command::new(gantry);
        command.args(["render", "--no-render-cache"]);
        command.arg("--root").arg(inputs.root_of(folders));
        command.args(folders);
        command.env("GANTRY_DATA", inputs.data());
        command
    };
    let template = |chart: &Path| {
        let mut command = Command::new(helm);
        command.args(["template", "bench"]).arg(chart);
        command
    };
    let build = |folder: &Path| {
        let mut command = Command::new(kustomize);
        command.arg("build").arg(folder);
        command
    };
    for folder in [inputs.overlay(), inputs.chart()] {
        // Compiled once a machine; that is not what is timed.
        measured(&ours(&[folder]))?;
    }
    let overlay = Comparison {
        title: "an overlay of 100 Deployments",
        peer: "kustomize build",
        aim: 10.0,
        rounds: ROUNDS,
    };
    overlay.run(&[build(inputs.overlay())], &ours(&[inputs.overlay()]))?;
    let chart = Comparison {
        title: "a chart of 15 templates",
        peer: "helm template",
        aim: 1.0,
        rounds: ROUNDS,
    };
    chart.run(&[template(inputs.chart())], &ours(&[inputs.chart()]))?;
    let small = Comparison {
        title: "a chart of 2 templates",
        ..chart
    };
    small.run(
        &[template(inputs.small_chart())],
        &ours(&[inputs.small_chart()]),
    )?;
    let charts: Vec<&Path> = inputs.charts().iter().map(AsRef::as_ref).collect();
    let many = Comparison {
        title: "20 charts of 15 templates, one call",
        peer: "20 x helm template",
        aim: 1.0,
        rounds: MONOREPO_ROUNDS,
    };
    let templates: Vec<Command> = charts.iter().map(|chart| template(chart)).collect();
    many.run(&templates, &ours(&charts))?;
    let folders: Vec<&Path> = inputs.monorepo().iter().map(AsRef::as_ref).collect();
    let monorepo = Comparison {
        title: "200 overlays of one monorepo, one call",
        peer: "200 x kustomize build",
        aim: 30.0,
        rounds: MONOREPO_ROUNDS,
    };
    let builds: Vec<Command> = folders.iter().map(|folder| build(folder)).collect();
    monorepo.run(&builds, &ours(&folders))
}

impl Comparison<'_> {
    fn run(&self, theirs: &[Command], ours: &Command) -> Result<(), Failure> {
        let (mut peer, mut gantry) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let taken = theirs.iter().map(measured).collect::<Result<Vec<_>, _>>()?;
            peer.push(Taken {
                time: taken.iter().map(|one| one.time).sum(),
                memory_kib: taken
                    .iter()
                    .map(|one| one.memory_kib)
                    .max()
                    .unwrap_or_default(),
            });
            gantry.push(measured(ours)?);
        }
        let median = |takens: &[Taken], of: fn(&Taken) -> u64| {
            let mut values: Vec<u64> = takens.iter().map(of).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let micros = |taken: &Taken| u64::try_from(taken.time.as_micros()).unwrap_or(u64::MAX);
        let time = |takens: &[Taken]| Duration::from_micros(median(takens, micros));
        let memory = |takens: &[Taken]| median(takens, |taken| taken.memory_kib);
        println!("\n{}, median of {}", self.title, self.rounds);
        row(self.peer, time(&peer));
        row("gantry render", time(&gantry));
        let aim = format!("at least {}", self.aim);
        ratio("time", time(&peer), time(&gantry), &aim);
        let (peer_kib, gantry_kib) = (memory(&peer), memory(&gantry));
        println!(
            "peak memory: {} MiB, gantry {} MiB, {:.2} of it (aim: at most a third)",
            peer_kib >> 10,
            gantry_kib >> 10,
            gantry_kib as f64 / peer_kib as f64
        );
        Ok(())
    }
}
