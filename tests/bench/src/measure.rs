//! One command, run to its end: how long it took and how much memory it had at its peak.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::Failure;

/// The argument by which this program runs one other command and tells what that took.
pub(crate) const MEASURE: &str = "measure";

/// What a command took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Taken {
    pub(crate) time: Duration,
    pub(crate) memory_kib: u64,
}

/// Runs a command in a process of its own that has no other child: the system keeps the peak of all
/// children together, not of each.
pub(crate) fn measured(command: &Command) -> Result<Taken, Failure> {
    let mut outer = Command::new(std::env::current_exe()?);
    outer
        .arg(MEASURE)
        .arg(command.get_program())
        .args(command.get_args());
    outer.envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let output = outer.stdin(Stdio::null()).output()?;
    let failure = || format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(failure().into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(micros)), Some(Ok(memory_kib))) => Ok(Taken {
            time: Duration::from_micros(micros),
            memory_kib,
        }),
        _ => Err(failure().into()),
    }
}

/// The inner side of [`measured`].
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let mut command = Command::new(arguments.next().ok_or("no command")?);
    command.args(arguments).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    if !status.success() {
        return Err(format!("{command:?}: {status}").into());
    }
    let memory_kib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    println!("{} {memory_kib}", time.as_micros());
    Ok(())
}
