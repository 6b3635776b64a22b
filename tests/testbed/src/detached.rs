//! Clusters that outlive the command that started them, found again by their folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::binaries::Binaries;
use crate::cluster::{Cluster, Parts};
use crate::{TestbedError, kubeconfig};

/// Starts clusters that go on, each in its folder below `folder`, and writes one kubeconfig for
/// all. When they run already, nothing happens. Gives the kubeconfig's path.
///
/// # Errors
/// What kept one from starting.
pub fn up(folder: &Path, names: &[String], parts: Parts) -> Result<PathBuf, TestbedError> {
    let file = folder.join("kubeconfig");
    if file.exists() && names.iter().all(|name| runs(&folder.join(name))) {
        return Ok(file);
    }
    down(folder)?;
    let binaries = Binaries::find_or_build()?;
    fs::create_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))?;
    let folder = folder
        .canonicalize()
        .map_err(TestbedError::io("the folder"))?;
    let start = |name: &String| Cluster::start(name, &folder.join(name), parts, &binaries);
    let clusters = names.iter().map(start).collect::<Result<Vec<_>, _>>()?;
    kubeconfig::write(&file, &clusters)?;
    for cluster in clusters {
        cluster.detach();
    }
    Ok(file)
}

/// Ends the clusters below `folder` and removes it.
///
/// # Errors
/// When the folder cannot be read or removed.
pub fn down(folder: &Path) -> Result<(), TestbedError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(TestbedError::io(folder.display().to_string()))?,
    };
    for cluster in entries.flatten() {
        for pid in pids(&cluster.path()) {
            // It may have ended by itself since.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
    fs::remove_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))
}

/// Whether every program of a cluster is alive.
fn runs(folder: &Path) -> bool {
    let pids = pids(folder);
    !pids.is_empty() && pids.into_iter().all(|pid| test_kill_process(pid).is_ok())
}

/// The process ids in a cluster's folder, less those that now belong to something else: a program
/// of the cluster works in the cluster's folder.
fn pids(folder: &Path) -> Vec<Pid> {
    let files = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let own = |pid: &Pid| {
        let works_in = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
        works_in.is_ok_and(|at| folder.canonicalize().is_ok_and(|folder| at == folder))
    };
    files
        .filter(|path| path.extension().is_some_and(|e| e == "pid"))
        .filter_map(|path| {
            fs::read_to_string(path)
                .ok()?
                .parse()
                .ok()
                .and_then(Pid::from_raw)
        })
        .filter(own)
        .collect()
}
