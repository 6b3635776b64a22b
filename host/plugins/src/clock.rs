//! The clock that ends endless loops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use gantry_model::limits;
use wasmtime::{Engine, EngineWeak};

/// Counts an engine's epochs while guests run, and rests while none does: a control plane that has nothing to
/// do would wake up for nothing else.
#[derive(Debug)]
pub(crate) struct Clock {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    running: AtomicUsize,
    ended: AtomicBool,
}

/// A guest that runs, until this is dropped.
pub(crate) struct Ticking<'a>(&'a Shared);

impl Clock {
    /// A thread, not a task: a busy async runtime must not stop it.
    pub(crate) fn start(engine: &Engine) -> Self {
        let shared = Arc::<Shared>::default();
        let (engine, seen) = (engine.weak(), Arc::clone(&shared));
        let thread = thread::spawn(move || tick(&engine, &seen));
        Self {
            shared,
            thread: thread.thread().clone(),
        }
    }

    /// Ticks for a guest.
    pub(crate) fn tick(&self) -> Ticking<'_> {
        if self.shared.running.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thread.unpark();
        }
        Ticking(&self.shared)
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(engine: &EngineWeak, shared: &Shared) {
    while !shared.ended.load(Ordering::SeqCst) {
        if shared.running.load(Ordering::SeqCst) == 0 {
            // Who comes between the two leaves a token, with which this does not wait.
            thread::park();
            continue;
        }
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
        drop(engine);
        thread::sleep(Duration::from_millis(limits::EPOCH_TICK_MS));
    }
}
