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

/// Counts failed logins.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<Known>);

impl Guard {
    /// Whether a login may be tried now; else how long to wait. It counts as failed until it is known to have
    /// succeeded: others that run meanwhile see it.
    pub(crate) fn begin(
        &self,
        account: Option<&str>,
        from: IpAddr,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = check(&failures, account, from, now);
        count(&mut failures, account, from, now);
        may
    }

    /// A good password ends what was counted of its account; the address stays as it was before, or one good
    /// account would let it try all others.
    pub(crate) fn succeeded(&self, account: &str, from: IpAddr) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Who::Account(account.to_owned()));
        if let Some(failed) = failures.get_mut(&Who::Address(from)) {
            failed.count = failed.count.saturating_sub(1);
            if failed.count == 0 {
                failures.remove(&Who::Address(from));
            }
        }
    }
}

type Known = HashMap<Who, Failures>;

fn check(
    failures: &Known,
    account: Option<&str>,
    from: IpAddr,
    now: Instant,
) -> Result<(), Duration> {
    let window = Duration::from_secs(limits::LOGIN_FAILURES_WINDOW_SECS);
    let waits = whose(account, from).into_iter().filter_map(|(who, most)| {
        let failed = failures.get(&who)?;
        let until = failed.last + window;
        (failed.count >= most && until > now).then(|| until - now)
    });
    waits.max().map_or(Ok(()), Err)
}

fn count(failures: &mut Known, account: Option<&str>, from: IpAddr, now: Instant) {
    let window = Duration::from_secs(limits::LOGIN_FAILURES_WINDOW_SECS);
    if failures.len() >= limits::LOGIN_ADDRESSES_KNOWN_MAX {
        // Addresses go first those that are over; then any: an account is never forgotten.
        failures.retain(|_, failed| failed.last + window > now);
        if failures.len() >= limits::LOGIN_ADDRESSES_KNOWN_MAX {
            failures.retain(|who, _| !matches!(who, Who::Address(_)));
        }
    }
    for (who, _) in whose(account, from) {
        let failed = failures.entry(who).or_insert(Failures {
            count: 0,
            last: now,
        });
        if failed.last + window <= now {
            failed.count = 0;
        }
        failed.count = failed.count.saturating_add(1);
        failed.last = now;
    }
}

/// Who is counted, and how often they may fail.
fn whose(account: Option<&str>, from: IpAddr) -> [(Who, u32); 2] {
    let name = match account {
        Some(name) => (Who::Account(name.to_owned()), limits::LOGIN_FAILURES_MAX),
        None => (Who::Unknown, limits::LOGIN_FAILURES_UNKNOWN_MAX),
    };
    [
        name,
        (Who::Address(from), limits::LOGIN_FAILURES_PER_ADDRESS_MAX),
    ]
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    use gantry_model::limits;

    use super::Guard;

    fn address(last: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + last))
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
        assert!(guard.begin(Some("admin"), address(1), now).is_err());
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
