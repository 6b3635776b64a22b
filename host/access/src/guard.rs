//! Logins that fail: who fails too often must wait. What is counted takes a bounded room, and nothing that a
//! stranger sends makes it forget an account that exists.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use gantry_model::limits;

/// Failures of one name or address within the window.
#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Instant,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    /// An account that exists.
    Account(String),
    /// All names that do not, together: so many that memory cannot hold them one by one.
    Unknown,
    Address(IpAddr),
}

/// Who must wait before another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// The address, whatever it tries.
    Address,
    /// The account.
    Name,
}

/// Counts failed logins.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<Known>);

impl Guard {
    /// Whether an address must wait: then its next try counts, and costs no more than this.
    pub(crate) fn refuses(&self, from: IpAddr, now: Instant) -> bool {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let who = Who::Address(from);
        let most = limits::LOGIN_FAILURES_PER_ADDRESS_MAX;
        let refuses = is_over(&failures, &who, most, now);
        if refuses {
            add(&mut failures, who, now);
        }
        refuses
    }

    /// Whether a password may be tried now; else who must wait. It counts as failed until it is known to have
    /// succeeded: others that run meanwhile see it. Of who has logged in before, the address does not count.
    pub(crate) fn begin(
        &self,
        account: Option<&str>,
        from: Option<IpAddr>,
        now: Instant,
    ) -> Result<(), Waits> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = whose(account, from);
        let mut over = all
            .iter()
            .filter(|(who, most)| is_over(&failures, who, *most, now));
        let waits = match over.next_back() {
            None => Ok(()),
            Some((Who::Address(_), _)) => Err(Waits::Address),
            Some(_) => Err(Waits::Name),
        };
        make_room(&mut failures, now);
        for (who, _) in all {
            add(&mut failures, who, now);
        }
        waits
    }

    /// A good password ends what was counted of its account; the address stays as it was before, or one good
    /// account would let it try all others.
    pub(crate) fn succeeded(&self, account: &str, from: Option<IpAddr>) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Who::Account(account.to_owned()));
        let Some(from) = from.map(Who::Address) else {
            return;
        };
        if let Some(failed) = failures.get_mut(&from) {
            failed.count = failed.count.saturating_sub(1);
            if failed.count == 0 {
                failures.remove(&from);
            }
        }
    }
}

type Known = HashMap<Who, Failures>;

fn window() -> Duration {
    Duration::from_secs(limits::LOGIN_FAILURES_WINDOW_SECS)
}

fn is_over(failures: &Known, who: &Who, most: u32, now: Instant) -> bool {
    let failed = failures.get(who);
    failed.is_some_and(|failed| failed.count >= most && failed.last + window() > now)
}

fn make_room(failures: &mut Known, now: Instant) {
    if failures.len() < limits::LOGIN_ADDRESSES_KNOWN_MAX {
        return;
    }
    // Addresses go first those that are over; then any: an account is never forgotten.
    failures.retain(|_, failed| failed.last + window() > now);
    if failures.len() >= limits::LOGIN_ADDRESSES_KNOWN_MAX {
        failures.retain(|who, _| !matches!(who, Who::Address(_)));
    }
}

fn add(failures: &mut Known, who: Who, now: Instant) {
    let failed = failures.entry(who).or_insert(Failures {
        count: 0,
        last: now,
    });
    if failed.last + window() <= now {
        failed.count = 0;
    }
    failed.count = failed.count.saturating_add(1);
    failed.last = now;
}

/// Who is counted, and how often they may fail.
fn whose(account: Option<&str>, from: Option<IpAddr>) -> Vec<(Who, u32)> {
    let name = match account {
        Some(name) => (Who::Account(name.to_owned()), limits::LOGIN_FAILURES_MAX),
        None => (Who::Unknown, limits::LOGIN_FAILURES_UNKNOWN_MAX),
    };
    let most = limits::LOGIN_FAILURES_PER_ADDRESS_MAX;
    let address = from.map(|from| (Who::Address(from), most));
    std::iter::once(name).chain(address).collect()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    use gantry_model::limits;

    use super::{Guard, Waits};

    fn address(last: u32) -> Option<IpAddr> {
        Some(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + last)))
    }

    #[test]
    fn cve_2020_8827_who_fails_too_often_waits() {
        let (guard, now) = (Guard::default(), Instant::now());
        for _ in 0..limits::LOGIN_FAILURES_MAX {
            assert!(guard.begin(Some("admin"), address(1), now).is_ok());
        }
        assert!(
            guard.begin(Some("admin"), address(2), now).is_err(),
            "from anywhere"
        );
        assert!(guard.begin(Some("other"), address(2), now).is_ok());
        let later = now + Duration::from_secs(limits::LOGIN_FAILURES_WINDOW_SECS);
        assert!(guard.begin(Some("admin"), address(2), later).is_ok());
    }

    #[test]
    fn a_login_that_succeeds_counts_for_nobody() {
        let (guard, now) = (Guard::default(), Instant::now());
        for _ in 0..10 * limits::LOGIN_FAILURES_PER_ADDRESS_MAX {
            assert!(guard.begin(Some("admin"), address(1), now).is_ok());
            guard.succeeded("admin", address(1));
        }
        // What failed of others from the same address stays counted.
        for _ in 0..limits::LOGIN_FAILURES_PER_ADDRESS_MAX {
            let _ = guard.begin(None, address(1), now);
        }
        let waits = guard.begin(Some("admin"), address(1), now);
        assert_eq!(waits, Err(Waits::Address), "whoever it is");
        let (one, other) = (address(1).expect("one"), address(2).expect("one"));
        assert!(guard.refuses(one, now) && !guard.refuses(other, now));
        let later = now + Duration::from_secs(limits::LOGIN_FAILURES_WINDOW_SECS - 1);
        assert!(guard.refuses(one, later));
        assert!(
            guard.refuses(one, later + Duration::from_secs(2)),
            "who goes on waits on"
        );
    }

    #[test]
    fn cve_2024_21661_failures_from_many_threads_at_once_are_all_counted() {
        let (guard, now) = (Guard::default(), Instant::now());
        let guess = |thread: u32| {
            for other in 0..2_000 {
                let from = address(thread * 2_000 + other);
                let account = (other % 2 == 0).then(|| format!("account-{thread}"));
                let _ = guard.begin(account.as_deref(), from, now);
                if other % 7 == 0 {
                    guard.succeeded(&format!("account-{}", thread + 1), from);
                }
            }
            for _ in 0..limits::LOGIN_FAILURES_MAX {
                let _ = guard.begin(Some("admin"), address(thread), now);
            }
        };
        std::thread::scope(|scope| {
            let guess = &guess;
            for thread in 0..8 {
                scope.spawn(move || guess(thread));
            }
        });
        assert!(guard.begin(Some("admin"), address(1), now).is_err());
        let known = guard.0.lock().expect("nobody panicked").len();
        let most = limits::LOGIN_ADDRESSES_KNOWN_MAX + 16;
        assert!(known <= most, "{known}");
    }

    #[test]
    fn cve_2024_21652_strangers_cannot_make_it_forget_an_account() {
        let (guard, now) = (Guard::default(), Instant::now());
        for _ in 0..limits::LOGIN_FAILURES_MAX {
            let _ = guard.begin(Some("admin"), address(1), now);
        }
        for other in 0..20_000 {
            let _ = guard.begin(None, address(other), now);
        }
        assert!(guard.begin(Some("admin"), address(9), now).is_err());
        let known = guard.0.lock().expect("free").len();
        assert!(known <= limits::LOGIN_ADDRESSES_KNOWN_MAX + 2, "{known}");
    }
}
