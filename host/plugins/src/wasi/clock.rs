//! Time as guests see it: the wall clock stands at the commit's time, the monotonic clock moves
//! only when looked at or waited for.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::Resource;
use wasmtime_wasi::HostWallClock;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::observe::{Observed, Question};
use crate::sandbox::State;

/// What one look at the monotonic clock takes, in nanoseconds, so that a guest that waits in a loop
/// comes to its end.
const LOOK_NANOS: u64 = 1_000;

/// A wall clock that stands still, and notes that it was looked at.
pub(super) struct Fixed {
    pub(super) secs: u64,
    pub(super) observed: Arc<Observed>,
}

impl HostWallClock for Fixed {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        self.observed
            .note(Question::Clock, || Some(self.secs.to_string()));
        Duration::from_secs(self.secs)
    }
}

/// Ready at once: what a guest waits for has always happened.
pub(super) struct Now;

#[async_trait::async_trait]
impl Pollable for Now {
    async fn ready(&mut self) {}
}

impl State {
    fn pass(&mut self, nanos: u64) {
        self.monotonic_nanos = self.monotonic_nanos.saturating_add(nanos);
    }
}

impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.pass(LOOK_NANOS);
        Ok(self.monotonic_nanos)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(LOOK_NANOS)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.subscribe_duration(when.saturating_sub(self.monotonic_nanos))
    }

    /// Sleeping takes no time here: the clock is set to when the guest would wake.
    fn subscribe_duration(&mut self, nanos: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.pass(nanos);
        let now = self.table.push(Now)?;
        subscribe(&mut self.table, now)
    }
}
