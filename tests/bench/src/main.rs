//! Times a release build of `gantry` beside its peers, in one run on one machine: figures of different
//! runs do not compare.

#![allow(clippy::print_stdout, reason = "the result")]

mod cluster;
mod door;
mod measure;
mod process;
mod render;
mod scale;
mod serve;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// That of `gantry`, so that memory compares.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: gantry-bench cluster GANTRY | gantry-bench render GANTRY KUSTOMIZE HELM | gantry-bench serve GANTRY | gantry-bench door | gantry-bench scale GANTRY";

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args_os().skip(1);
    let what = arguments.next().ok_or(USAGE)?;
    if what == measure::MEASURE {
        return measure::run(arguments);
    }
    if what == door::DOOR {
        let folder = arguments.next().ok_or(USAGE)?;
        return door::serve(folder.as_ref());
    }
    let programs = arguments.map(|program| PathBuf::from(program).canonicalize());
    let programs = programs.collect::<Result<Vec<_>, _>>()?;
    match (what.to_str(), programs.as_slice()) {
        (Some("cluster"), [gantry]) => cluster::run(gantry.clone()),
        (Some("render"), [gantry, kustomize, helm]) => render::run(gantry, kustomize, helm),
        (Some("serve"), [gantry]) => serve::run(gantry, &serve::Size::from_environment()?),
        (Some("scale"), [gantry]) => scale::run(gantry),
        (Some("door"), []) => door::run(),
        _ => Err(USAGE.into()),
    }
}

fn row(name: &str, taken: Duration) {
    println!("{name:<72}{:>9.1} ms", taken.as_secs_f64() * 1e3);
}

fn ratio(name: &str, a: Duration, b: Duration, aim: &str) {
    println!(
        "{name:<72}{:>9.2}    ({aim})",
        a.as_secs_f64() / b.as_secs_f64()
    );
}
