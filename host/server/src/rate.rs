//! How often something may happen: for each remote address, and in all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use gantry_model::limits;

/// So many a second for long, and at once what some seconds of that are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    per_sec: u32,
    burst_secs: u32,
}

impl Rate {
    pub(crate) fn new(per_sec: u32, burst_secs: u32) -> Self {
        Self {
            per_sec,
            burst_secs,
        }
    }

    /// Takes one. `paid` is the time up to which the taken ones are paid for (the generic cell rate
    /// algorithm): a bucket that leaks, in one number.
    fn take(self, paid: Option<Instant>, now: Instant) -> Result<Instant, Duration> {
        let interval = Duration::from_secs(1) / self.per_sec.max(1);
        let room = Duration::from_secs(u64::from(self.burst_secs));
        let paid = paid.map_or(now, |paid| paid.max(now)) + interval;
        match (paid - now).checked_sub(room) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(paid),
        }
    }
}

/// Both rates, and what has been taken of them.
#[derive(Debug)]
pub(crate) struct Limiter {
    each: Rate,
    all: Rate,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    by_address: HashMap<IpAddr, Instant>,
    by_all: Option<Instant>,
}

impl Limiter {
    pub(crate) fn new(each: Rate, all: Rate) -> Self {
        Self {
            each,
            all,
            taken: Mutex::default(),
        }
    }

    /// Takes one for an address, or says how long to wait. What is refused costs nothing.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        let known = taken.by_address.get(&address).copied();
        let by_address = self.each.take(known, now)?;
        taken.by_all = Some(self.all.take(taken.by_all, now)?);
        if taken.by_address.len() >= limits::WEBHOOK_ADDRESSES_MAX && known.is_none() {
            taken.by_address.retain(|_, paid| *paid > now);
        }
        // A full table would be a way to be unknown; then the rate of all is what holds.
        if known.is_some() || taken.by_address.len() < limits::WEBHOOK_ADDRESSES_MAX {
            taken.by_address.insert(address, by_address);
        }
        Ok(())
    }
}

/// One IPv4 address, or what one customer gets of IPv6 at least: a /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::{Duration, Instant};

    use gantry_model::limits;

    use super::{Limiter, Rate};

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn taken(limiter: &Limiter, from: &str, now: Instant) -> usize {
        let from = address(from);
        (0..1_000)
            .take_while(|_| limiter.take(from, now).is_ok())
            .count()
    }

    #[test]
    fn an_address_has_its_burst_and_then_its_rate() {
        let limiter = Limiter::new(Rate::new(5, 2), Rate::new(100, 2));
        let now = Instant::now();
        assert_eq!(taken(&limiter, "192.0.2.1", now), 10);
        let wait = limiter.take(address("192.0.2.1"), now);
        assert_eq!(wait, Err(Duration::from_millis(200)));
        assert_eq!(taken(&limiter, "::ffff:192.0.2.1", now), 0, "the same host");
        assert_eq!(taken(&limiter, "192.0.2.2", now), 10);
        assert_eq!(
            taken(&limiter, "192.0.2.1", now + Duration::from_secs(1)),
            5
        );
        assert_eq!(
            taken(&limiter, "192.0.2.1", now + Duration::from_secs(99)),
            10
        );
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let limiter = Limiter::new(Rate::new(1, 3), Rate::new(100, 2));
        let now = Instant::now();
        assert_eq!(taken(&limiter, "2001:db8::1", now), 3);
        assert_eq!(taken(&limiter, "2001:db8::2", now), 0);
        assert_eq!(taken(&limiter, "2001:db8:0:1::1", now), 3);
    }

    #[test]
    fn many_addresses_have_the_rate_of_all_and_take_no_memory() {
        let limiter = Limiter::new(Rate::new(5, 2), Rate::new(20_000, 1));
        let now = Instant::now();
        let many = (0..30_000u32).map(|n| IpAddr::V4(n.into()));
        let taken = many.filter(|a| limiter.take(*a, now).is_ok()).count();
        assert_eq!(taken, 20_000);
        let known = limiter.taken.lock().expect("no panic").by_address.len();
        assert!(known <= limits::WEBHOOK_ADDRESSES_MAX, "{known}");
    }
}
