//! Bars on a terminal for work that takes long; nothing elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use std::{io, thread};

use gantry_plugins::Loading;
use gantry_sync::{Action, Observer, Report, Row};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a bar that waits is drawn again.
const TICK_MS: u64 = 120;
/// A bar that counts objects.
const OBJECTS_TEMPLATE: &str = "{spinner} {prefix:.bold} {bar:24} {pos}/{len} {wide_msg}";
/// A plugin that takes longer to load is being compiled: from where compiled ones are kept, the largest
/// takes less.
const COMPILING_AFTER_MS: u64 = 700;

/// All bars of one command.
pub(crate) struct Progress(MultiProgress);

/// The bar of one application.
pub(crate) struct Bar(ProgressBar);

/// The bar of one file that comes in.
pub(crate) struct Download(ProgressBar);

impl Progress {
    /// Draws to standard error, if that is a terminal.
    pub(crate) fn new() -> Self {
        Self(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
    }

    /// A bar for one application.
    pub(crate) fn bar(&self, name: &str) -> Bar {
        let bar = self.0.add(ProgressBar::new(0));
        let style = ProgressStyle::with_template("{spinner} {prefix:.bold} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.set_message("fetching and rendering");
        bar.enable_steady_tick(Duration::from_millis(TICK_MS));
        Bar(bar)
    }

    /// A bar for one file that comes in.
    pub(crate) fn download(&self, name: &str) -> Download {
        let bar = self.0.add(ProgressBar::new(0));
        let template = "{spinner} {prefix:.bold} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        Download(bar)
    }
}

impl Download {
    /// So many bytes are here, of so many.
    pub(crate) fn at(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.0.set_position(done);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Bar {
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }

    /// So much is done, of so much.
    pub(crate) fn at(&self, done: usize, all: usize, message: &str) {
        if let Ok(style) = ProgressStyle::with_template(OBJECTS_TEMPLATE) {
            self.0.set_style(style);
        }
        self.0.set_length(all as u64);
        self.0.set_position(done as u64);
        self.0.set_message(message.trim().to_owned());
    }

    /// Does something that prints, while the bar is away.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

/// Tells of plugins that a command has to wait for.
#[derive(Debug, Default)]
pub(crate) struct Compiling(Mutex<HashMap<String, mpsc::Sender<()>>>);

impl Loading for Compiling {
    fn begins(&self, plugin: &str) {
        if !io::stderr().is_terminal() {
            return;
        }
        let (done, waits) = mpsc::channel();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(plugin.to_owned(), done);
        let name: Arc<str> = plugin.into();
        thread::spawn(move || show(&name, &waits));
    }

    fn ends(&self, plugin: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(plugin);
    }
}

/// Draws until the other end is gone.
fn show(plugin: &str, waits: &mpsc::Receiver<()>) {
    let pause = Duration::from_millis(COMPILING_AFTER_MS);
    if waits.recv_timeout(pause) != Err(mpsc::RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = "{spinner} compiling {prefix:.bold} for this machine, once: {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(plugin.to_owned());
    bar.enable_steady_tick(Duration::from_millis(TICK_MS));
    let _ = waits.recv();
    bar.finish_and_clear();
}

impl Observer for Bar {
    fn planned(&self, objects: usize) {
        if let Ok(style) = ProgressStyle::with_template(OBJECTS_TEMPLATE) {
            self.0.set_style(style);
        }
        self.0.set_length(objects as u64);
        self.0.set_message("applied");
    }

    fn done(&self, row: &Row) {
        self.0.inc(1);
        tracing::info!(object = %row.object, action = row.action.as_str(), message = row.message, "done");
    }

    fn trying_again(&self, failed: &Report, retries: u32, pause: Duration) {
        let first = failed
            .objects
            .iter()
            .find(|row| row.action == Action::Failed);
        let why = first.map(|row| format!("{}: {}", row.object, row.message));
        tracing::warn!(
            application = self.0.prefix(),
            "the sync failed; try {} comes in {} s: {}",
            retries.saturating_add(2),
            pause.as_secs(),
            why.unwrap_or_default()
        );
        self.0.set_position(0);
    }

    fn waiting(&self, healthy: usize, all: usize, next: &str) {
        self.0.set_length(all as u64);
        self.0.set_position(healthy as u64);
        self.0.set_message(format!("healthy; waiting for {next}"));
    }
}
