//! How often repositories are asked.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use gantry_model::limits;

/// The pace of a [`super::Poller`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Time between two questions to a repository (`timeout.reconciliation`).
    pub interval: Duration,
    /// Up to so much is added each time, so that not all are asked at once
    /// (`timeout.reconciliation.jitter`).
    pub jitter: Duration,
    /// Time for one answer.
    pub timeout: Duration,
    /// Time after which a repository counts as slow: it no longer holds up the others.
    pub slow_after: Duration,
    /// How many are asked at the same time; of slow ones, and those that failed, half as many.
    pub in_flight: usize,
    /// Time from one question to a repository to the next, however often it is to be asked.
    pub gap: Duration,
    /// The pause after a first failure; each further one doubles it.
    pub backoff: Duration,
    /// The longest of those pauses.
    pub backoff_max: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(limits::POLL_INTERVAL_SECS),
            jitter: Duration::from_secs(limits::POLL_JITTER_SECS),
            timeout: Duration::from_secs(limits::POLL_TIMEOUT_SECS),
            slow_after: Duration::from_secs(limits::POLL_SLOW_SECS),
            in_flight: limits::POLLS_IN_FLIGHT_MAX,
            gap: Duration::from_millis(limits::POLL_GAP_MS),
            backoff: Duration::from_secs(limits::POLL_BACKOFF_MIN_SECS),
            backoff_max: Duration::from_secs(limits::POLL_BACKOFF_MAX_SECS),
        }
    }
}

impl Pace {
    /// With that interval. Whoever wants to hear of a commit soon wants it after an outage too: a first
    /// failure costs no more than an interval.
    pub fn every(interval: Duration) -> Self {
        let usual = Self::default();
        Self {
            interval,
            jitter: interval / 2,
            backoff: usual.backoff.min(interval),
            ..usual
        }
    }

    /// Before the first question: anywhere in the interval, as the repository was fetched just now
    /// and many are followed at the start.
    pub(crate) fn first(&self) -> Duration {
        some_of(self.interval + self.jitter)
    }

    /// Before the next question, after so many failures in a row.
    pub(crate) fn next(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return self.interval + some_of(self.jitter);
        };
        let factor = 2_u32.saturating_pow(doublings);
        let pause = self.backoff.saturating_mul(factor).min(self.backoff_max);
        pause + some_of(pause / 4)
    }
}

/// Any time from nothing to all of it.
fn some_of(time: Duration) -> Duration {
    // Each state is seeded anew: good enough to spread requests.
    let random = RandomState::new().hash_one(0) % 1_000;
    time * u32::try_from(random).unwrap_or_default() / 1_000
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pace;

    #[test]
    fn pauses_grow_with_failures_up_to_a_limit() {
        let pace = Pace::default();
        for (failures, least, most) in [
            (0, 120, 180),
            (1, 30, 38),
            (2, 60, 75),
            (3, 120, 150),
            (6, 600, 750),
            (u32::MAX, 600, 750),
        ] {
            for _ in 0..100 {
                let pause = pace.next(failures);
                let bounds = Duration::from_secs(least)..=Duration::from_secs(most);
                assert!(bounds.contains(&pause), "{failures}: {pause:?}");
                assert!(pace.first() <= Duration::from_secs(180));
            }
        }
    }

    #[test]
    fn a_short_interval_goes_on_after_an_outage() {
        for (interval, failures, least, most) in [
            (1, 1, 1, 2),
            (1, 2, 2, 3),
            (1, 20, 600, 750),
            (300, 1, 30, 38),
        ] {
            let pause = Pace::every(Duration::from_secs(interval)).next(failures);
            let bounds = Duration::from_secs(least)..=Duration::from_secs(most);
            assert!(
                bounds.contains(&pause),
                "{interval} s, {failures}: {pause:?}"
            );
        }
    }

    #[test]
    fn first_questions_are_spread() {
        let pace = Pace::default();
        let mut firsts: Vec<u64> = (0..100).map(|_| pace.first().as_secs()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert!(firsts.len() > 20, "{firsts:?}");
    }
}
