//! Follows the plugin directory: what is added, replaced or removed takes effect by itself.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gantry_model::limits;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::host::Host;

/// Follows the directory until it is dropped.
#[derive(Debug)]
pub struct Watch {
    /// Dropped to end the thread.
    wake: Option<Sender<()>>,
    /// Dropped first: it holds the other sender.
    notifier: Option<RecommendedWatcher>,
    thread: Option<JoinHandle<()>>,
    changed: Receiver<()>,
}

impl Host {
    /// Follows the plugin directory. The operating system's word makes it quick; a look every
    /// [`PLUGIN_RESCAN_SECS`](limits::PLUGIN_RESCAN_SECS) makes it sure, since not every file system
    /// gives one. What counts is what the files hold, never their times.
    pub fn watch(&self) -> Watch {
        let (wake, woken) = channel();
        let (tell, changed) = sync_channel(1);
        let notifier = self
            .0
            .registry
            .directory()
            .and_then(|directory| notifier(directory, wake.clone()));
        let host = self.clone();
        Watch {
            wake: Some(wake),
            notifier,
            thread: Some(thread::spawn(move || follow(&host, &woken, &tell))),
            changed,
        }
    }
}

fn notifier(directory: &Path, wake: Sender<()>) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        // Reading the files is what follows a change: to be woken by that would never end.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            // The other end is gone only when nobody follows any more.
            let _ = wake.send(());
        }
    };
    let made = notify::recommended_watcher(tell).and_then(|mut watcher| {
        watcher.watch(directory, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    made.inspect_err(|error| {
        let secs = limits::PLUGIN_RESCAN_SECS;
        tracing::info!(%error, "the plugin directory is looked at every {secs} s");
    })
    .ok()
}

impl Watch {
    /// Waits until something has taken effect since the last time.
    pub fn changed(&self) {
        // The other end is gone only with the thread, which lives as long as this does.
        let _ = self.changed.recv();
    }
}

fn follow(host: &Host, woken: &Receiver<()>, tell: &SyncSender<()>) {
    let rescan = Duration::from_secs(limits::PLUGIN_RESCAN_SECS);
    let quiet = Duration::from_millis(limits::PLUGIN_WATCH_QUIET_MS);
    loop {
        match woken.recv_timeout(rescan) {
            Ok(()) => while woken.recv_timeout(quiet).is_ok() {},
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        match host.refresh() {
            Ok(true) => {
                // One that has not been taken yet tells of this change too.
                let _ = tell.try_send(());
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "the plugin directory cannot be listed: all stays as it is");
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.notifier = None;
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It only ever ends by itself.
            let _ = thread.join();
        }
    }
}
