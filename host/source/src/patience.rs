//! How long somebody waits for a server.

use std::io;
use std::time::{Duration, Instant};

use gantry_model::limits;

/// Until when the whole may last, and how long there may be silence before that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    until: Instant,
    secs: u64,
    /// Before the first byte: a person may have to type something.
    first: Option<Duration>,
    silence: Duration,
}

/// Why nobody waits any longer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Late {
    /// The time for the whole is over.
    #[error("not done after {secs} s")]
    Whole { secs: u64 },
    /// The server has been silent.
    #[error("{host} has sent nothing for {secs} s")]
    Silent { host: String, secs: u64 },
}

impl Patience {
    /// So long from now.
    pub(crate) fn of_secs(secs: u64) -> Self {
        let silence = Duration::from_secs(limits::FETCH_SILENCE_SECS);
        Self {
            until: Instant::now() + Duration::from_secs(secs),
            secs,
            first: Some(silence),
            silence,
        }
    }

    /// The same where somebody may be asked for a passphrase first, and has the whole time for it.
    pub(crate) fn with_a_person(self) -> Self {
        Self {
            first: None,
            ..self
        }
    }

    /// Time that is left for the whole.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Time to wait for the next bytes, and why it was too long when it is over.
    pub(crate) fn next(&self, host: &str, has_begun: bool) -> (Duration, Late) {
        let left = self.left();
        let silence = if has_begun {
            Some(self.silence)
        } else {
            self.first
        };
        match silence {
            Some(silence) if silence < left => {
                let (host, secs) = (host.to_owned(), silence.as_secs());
                (silence, Late::Silent { host, secs })
            }
            _ => (left, self.over()),
        }
    }

    /// What is said once the whole took too long.
    pub(crate) fn over(&self) -> Late {
        Late::Whole { secs: self.secs }
    }
}

impl From<Late> for io::Error {
    fn from(late: Late) -> Self {
        Self::new(io::ErrorKind::TimedOut, late)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Late, Patience};

    #[test]
    fn what_is_over_first_counts() {
        let silent = Late::Silent {
            host: "git".into(),
            secs: 20,
        };
        let whole = |secs| Late::Whole { secs };
        let long = Patience::of_secs(120);
        let alone = [false, true].map(|begun| long.next("git", begun));
        for (time, late) in alone {
            assert_eq!((time, late), (Duration::from_secs(20), silent.clone()));
        }
        let attended = long.with_a_person();
        let (time, late) = attended.next("git", false);
        assert!(time > Duration::from_secs(110) && late == whole(120));
        assert_eq!(attended.next("git", true).1, silent);
        let (time, late) = Patience::of_secs(15).next("git", true);
        assert!(time <= Duration::from_secs(15) && late == whole(15));
        assert_eq!(Patience::of_secs(0).left(), Duration::ZERO);
    }
}
