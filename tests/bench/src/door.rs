//! The door of a control plane with 10,000 applications, over HTTP: lists for somebody limited, a page in a
//! browser, many who watch one application, logins. The server is a process of its own with the real API and a
//! home in a file; what is behind it is made up.

mod browser;
mod client;
mod lists;
mod logins;
mod objects;
mod server;
mod viewers;

use std::time::Duration;

use crate::{Failure, row};
use client::Client;
use server::Process;

pub(crate) use server::{DOOR, run as serve};

/// Applications in the home.
const APPLICATIONS: usize = 10_000;

/// Runs and prints all of it.
pub(crate) fn run() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    objects::fill(folder.path(), APPLICATIONS).await?;
    let door = Process::start(folder.path())?;
    // Once it has let somebody in and answered a list it knows all applications.
    let dev = Client::login(door.address, "dev").await?;
    let ops = Client::login(door.address, "ops").await?;
    lists::warm(&ops, APPLICATIONS).await?;
    println!(
        "\n{APPLICATIONS} applications in {} projects\n",
        objects::PROJECTS
    );
    told(&door, "at rest")?;
    lists::run(&dev, &ops).await?;
    told(&door, "after the lists")?;
    browser::run(&dev).await?;
    viewers::run(&door, &dev, &ops).await?;
    logins::run(&dev).await
}

fn told(door: &Process, when: &str) -> Result<(), Failure> {
    let (now, most) = door.memory_mib()?;
    println!(
        "memory of the door {when}: {now} MiB, at most {most} MiB; {:.1} s of its processor time",
        door.cpu()?.as_secs_f64()
    );
    Ok(())
}

/// One of a hundred, by size.
fn share(times: &mut [Duration], of_a_hundred: usize) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let at = (times.len() * of_a_hundred / 100).min(last);
    times.get(at).copied().unwrap_or_default()
}

fn told_times(name: &str, mut times: Vec<Duration>) {
    row(&format!("{name}, p50"), share(&mut times, 50));
    row(&format!("{name}, p99"), share(&mut times, 99));
}
