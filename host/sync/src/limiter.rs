//! How many requests are in flight on one cluster.
//!
//! The number adapts: it grows while more requests bring more answers a second, shrinks when the
//! server says that it has too many (429) or answers slowly. The API server's own flow control
//! (KEP-1040) is the judge; there is no fixed rate.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gantry_model::{ClusterError, limits};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Requests in flight on one cluster.
#[derive(Debug)]
pub struct Limiter {
    permits: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Permits to take away as soon as they come back.
    debt: usize,
    window: Window,
    /// Answers a second in the window before.
    rate_before: f64,
}

#[derive(Debug)]
struct Window {
    start: Instant,
    answers: usize,
    latency: Duration,
}

impl Default for Limiter {
    fn default() -> Self {
        let limit = limits::APPLY_IN_FLIGHT_START;
        let state = State {
            limit,
            debt: 0,
            window: Window::new(),
            rate_before: 0.0,
        };
        Self {
            permits: Semaphore::new(limit),
            state: Mutex::new(state),
        }
    }
}

impl Window {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            answers: 0,
            latency: Duration::ZERO,
        }
    }
}

impl Limiter {
    /// Makes a request when it is its turn. What may pass was tried again inside the cluster's
    /// client; the time which that took counts as the server's.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn call<T, F, R>(&self, request: F) -> Result<T, ClusterError>
    where
        F: FnOnce() -> R,
        R: Future<Output = Result<T, ClusterError>>,
    {
        // The semaphore is never closed.
        let permit = self.permits.acquire().await;
        let start = Instant::now();
        let result = request().await;
        drop(permit);
        let overloaded = matches!(result, Err(ClusterError::Overloaded { .. }));
        self.learn(start.elapsed(), overloaded);
        result
    }

    fn learn(&self, latency: Duration, overloaded: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.limit;
        state.answer(latency, overloaded);
        let after = state.limit;
        if after > before {
            let grown = after - before;
            let paid = grown.min(state.debt);
            state.debt -= paid;
            self.permits.add_permits(grown - paid);
        } else {
            state.debt += before - after;
        }
        let forgotten = self.permits.forget_permits(state.debt);
        state.debt -= forgotten;
    }
}

impl State {
    fn answer(&mut self, latency: Duration, overloaded: bool) {
        if overloaded {
            self.limit = (self.limit / 2).max(1);
            self.rate_before = 0.0;
            self.window = Window::new();
            return;
        }
        self.window.answers += 1;
        self.window.latency += latency;
        if self.window.answers < self.limit {
            return;
        }
        let rate = self.window.answers as f64 / self.window.start.elapsed().as_secs_f64().max(1e-6);
        let mean = self.window.latency / u32::try_from(self.window.answers).unwrap_or(u32::MAX);
        if mean > Duration::from_millis(limits::APPLY_LATENCY_HIGH_MS) {
            self.limit = (self.limit * 3 / 4).max(1);
        } else if rate > self.rate_before * limits::APPLY_RATE_GAIN_MIN {
            self.limit = (self.limit + self.limit / 2 + 1).min(limits::APPLY_IN_FLIGHT_MAX);
        }
        self.rate_before = rate;
        self.window = Window::new();
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Window};
    use gantry_model::limits;
    use std::time::Duration;
    use tokio::time::advance;

    fn state(limit: usize) -> State {
        State {
            limit,
            debt: 0,
            window: Window::new(),
            rate_before: 0.0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_grows_while_growing_pays_and_no_further() {
        let mut state = state(limits::APPLY_IN_FLIGHT_START);
        // Every request takes 16 ms, however many there are: more is faster.
        for _ in 0..1_000 {
            advance(Duration::from_micros(16_000 / state.limit as u64)).await;
            state.answer(Duration::from_millis(16), false);
        }
        assert_eq!(state.limit, limits::APPLY_IN_FLIGHT_MAX);
        // The server does 500 a second, however many are in flight: more brings nothing.
        let mut state = self::state(limits::APPLY_IN_FLIGHT_START);
        for _ in 0..1_000 {
            advance(Duration::from_millis(2)).await;
            state.answer(Duration::from_millis(2 * state.limit as u64), false);
        }
        assert!(state.limit < limits::APPLY_IN_FLIGHT_MAX, "{}", state.limit);
    }

    #[tokio::test(start_paused = true)]
    async fn it_yields_to_a_server_that_has_too_much() {
        let mut state = state(64);
        state.answer(Duration::from_millis(1), true);
        assert_eq!(state.limit, 32);
        for _ in 0..200 {
            advance(Duration::from_millis(10)).await;
            state.answer(Duration::from_secs(5), false);
        }
        assert!(state.limit < 8, "{}", state.limit);
    }
}
