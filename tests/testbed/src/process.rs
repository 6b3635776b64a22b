//! One program of a cluster, with its log in a file, stopped by process id.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::TestbedError;

/// Longest wait for a program that was asked to end: an API server finishes its requests first, but
/// not the watches.
const END_TIMEOUT_SECS: u64 = 10;
/// Pause between two looks.
const END_POLL_MS: u64 = 50;

/// A running program. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Process {
    /// The program's name.
    pub(crate) name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program in a folder; `NAME.log` and `NAME.pid` are written there.
    pub(crate) fn start(
        program: &Path,
        folder: &Path,
        arguments: &[String],
    ) -> Result<Self, TestbedError> {
        let name = program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let log = folder.join(format!("{name}.log"));
        let file = fs::File::create(&log).map_err(TestbedError::io(name.clone()))?;
        let again = file.try_clone().map_err(TestbedError::io(name.clone()))?;
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(again)
            .spawn()
            .map_err(TestbedError::io(program.display().to_string()))?;
        let pid = folder.join(format!("{name}.pid"));
        fs::write(pid, child.id().to_string()).map_err(TestbedError::io(name.clone()))?;
        Ok(Self { name, child, log })
    }

    /// Asks it to end, and waits a while for that; dropping ends it in any case.
    pub(crate) fn end(mut self) {
        let started = Instant::now();
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        while asked && started.elapsed() < Duration::from_secs(END_TIMEOUT_SECS) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(END_POLL_MS));
        }
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return false;
        };
        // Only looked at: whoever drops this waits for it.
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(waitid(WaitId::Pid(pid), look), Ok(Some(_)))
    }

    /// The last lines of its log.
    pub(crate) fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(8).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
