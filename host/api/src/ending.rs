//! Streams end when whoever reads them may no longer: at a logout, with the token, with the permission.

use std::time::Duration;

use futures::{StreamExt, stream};
use gantry_model::limits;
use tokio::time::{MissedTickBehavior, interval};

use crate::api::Answers;

/// The same answers, for as long as something is so. It is asked now and again, also while nothing comes.
pub fn while_so(answers: Answers, is_so: impl Fn() -> bool + Send + 'static) -> Answers {
    let mut ticks = interval(Duration::from_millis(limits::API_STREAM_CHECK_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = (answers, ticks, is_so);
    let answers = stream::unfold(begun, |(mut answers, mut ticks, is_so)| async move {
        loop {
            tokio::select! {
                // A stream that never rests is asked about, too.
                biased;
                _ = ticks.tick() => {
                    if !is_so() {
                        return None;
                    }
                }
                answer = answers.next() => return Some((answer?, (answers, ticks, is_so))),
            }
        }
    });
    answers.boxed()
}
