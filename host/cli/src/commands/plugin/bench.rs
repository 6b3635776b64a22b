//! `gantry plugin bench`: what a plugin costs.

use std::time::Instant;

use gantry_plugins::LoadTimes;
use indicatif::HumanBytes;
use serde::Serialize;

use crate::Outcome;
use crate::args::{BenchArgs, Format, Global};
use crate::cases::{self, Input};
use crate::failure::Failure;
use crate::output::Output;
use crate::subject::{self, Subject};

/// The figures, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    size_bytes: u64,
    load: LoadTimes,
    calls: u32,
    /// A call from its request to its objects, in a fresh instance.
    call: CallTimes,
    /// The most linear memory of one call.
    memory_peak_bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallTimes {
    min_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
}

pub(crate) fn run(global: &Global, args: &BenchArgs, output: &Output) -> Result<Outcome, Failure> {
    let examination = subject::examine(&args.file)?;
    let subject = Subject::of_file(global, &args.file)?;
    let input = match &args.case {
        Some(directory) => one_case(directory)?.input(subject.kind)?,
        None => Input::none(subject.kind)?,
    };
    let mut millis = Vec::new();
    for _ in 0..args.calls {
        let start = Instant::now();
        // An error is an answer too: without a case, a plugin may miss its parameters.
        let answer = input.run(&subject);
        millis.push(start.elapsed().as_secs_f64() * 1e3);
        if let (Err(problems), Some(_)) = (answer, &args.case) {
            return Err(problems.into());
        }
    }
    millis.sort_by(f64::total_cmp);
    let figures = Figures {
        size_bytes: examination.facts.size_bytes,
        load: examination.load,
        calls: args.calls,
        call: CallTimes {
            min_ms: rank(&millis, 0.0),
            p50_ms: rank(&millis, 0.50),
            p99_ms: rank(&millis, 0.99),
        },
        memory_peak_bytes: memory_peak_bytes(&subject),
    };
    match args.output {
        Format::Json => output.json(&figures)?,
        Format::Yaml => output.yaml(&figures)?,
        Format::Table => output.print(&text(&figures))?,
    }
    Ok(Outcome::Good)
}

fn one_case(directory: &std::path::Path) -> Result<cases::Case, Failure> {
    let mut cases = cases::find(directory)?;
    match (cases.pop(), cases.is_empty()) {
        (Some(case), true) => Ok(case),
        _ => {
            let message = format!("{} holds several cases", directory.display());
            let problem = gantry_model::Diagnostic::error("several-cases", message);
            Err(problem.help("name the folder of one case").into())
        }
    }
}

fn memory_peak_bytes(subject: &Subject) -> u64 {
    let metrics = subject.host.metrics();
    let own = metrics.iter().find(|plugin| plugin.name == subject.name);
    own.map_or(0, |plugin| plugin.memory_peak_bytes)
}

/// The value below which that part of the sorted values lies.
fn rank(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in the list: between 0 and its length"
    )]
    let place = (last as f64 * part).ceil() as usize;
    sorted.get(place.min(last)).copied().unwrap_or_default()
}

fn text(figures: &Figures) -> String {
    let bytes = |bytes: u64| HumanBytes(bytes).to_string();
    let call = &figures.call;
    let rows = [
        ("size", bytes(figures.size_bytes)),
        ("compile", format!("{:.0} ms", figures.load.compile_ms)),
        (
            "load",
            format!("{:.1} ms from the cache", figures.load.cached_ms),
        ),
        (
            "call",
            format!(
                "{:.3} ms p50, {:.3} ms p99, {:.3} ms at best, of {}",
                call.p50_ms, call.p99_ms, call.min_ms, figures.calls
            ),
        ),
        (
            "memory",
            format!("{} at most", bytes(figures.memory_peak_bytes)),
        ),
    ];
    let line = |(name, value): &(&str, String)| format!("{name:<12}{value}\n");
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn ranks_are_values_of_the_list() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(
            [0.0, 0.5, 0.99, 1.0].map(|part| rank(&hundred, part)),
            [1.0, 51.0, 100.0, 100.0]
        );
        assert_eq!(rank(&[7.0], 0.99), 7.0);
        assert_eq!(rank(&[], 0.5), 0.0);
    }
}
