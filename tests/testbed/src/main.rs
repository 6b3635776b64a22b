//! `gantry-testbed`: local clusters from the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use gantry_testbed::{Binaries, Parts, TestbedError, down, up};

const USAGE: &str = "\
usage: gantry-testbed build
       gantry-testbed argocd
       gantry-testbed up   [--dir DIR] [--clusters hub,spoke-1,spoke-2] [--parts full|api]
       gantry-testbed down [--dir DIR]

build  makes the programs ready (kube-apiserver and its company, with Go, once a machine)
argocd makes Argo CD's client ready, and prints its path
up     starts clusters that go on, and prints the path of their kubeconfig
down   stops them and removes DIR [default: target/testbed]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1).cloned()
    };
    let folder = PathBuf::from(option("--dir").unwrap_or_else(|| "target/testbed".to_owned()));
    let clusters = option("--clusters").unwrap_or_else(|| "hub,spoke-1,spoke-2".to_owned());
    let names: Vec<String> = clusters.split(',').map(str::to_owned).collect();
    let parts = match option("--parts").as_deref() {
        None | Some("full") => Parts::Full,
        Some("api") => Parts::Api,
        Some(_) => return usage(),
    };
    let done = match arguments.first().map(String::as_str) {
        Some("build") => Binaries::find_or_build().map(|_| None),
        Some("argocd") => Binaries::find_or_build()
            .and_then(|binaries| binaries.argocd())
            .map(Some),
        Some("up") => up(&folder, &names, parts).map(Some),
        Some("down") => down(&folder).map(|()| None),
        _ => return usage(),
    };
    finish(done)
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints"
)]
fn finish(done: Result<Option<PathBuf>, TestbedError>) -> ExitCode {
    match done {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(kubeconfig)) => {
            println!("{}", kubeconfig.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command prints")]
fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
