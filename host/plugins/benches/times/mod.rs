//! Times of many calls.

use std::time::{Duration, Instant};

/// How long each call took, the shortest first.
pub(crate) fn measure(calls: usize, mut call: impl FnMut()) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..calls)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort();
    times
}
