//! Ports for programs that must be told theirs.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::TestbedError;

/// The lowest port that is given out: below it are those of well-known services.
const FIRST: u64 = 10_000;
/// Where the kernel's own choice begins when it does not say (Linux's default).
const EPHEMERAL_FIRST: u64 = 32_768;

/// Each process begins somewhere else, and goes on from there.
static NEXT: LazyLock<AtomicU64> =
    LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(std::process::id()) >> 32));

/// A port of loopback that was free a moment ago, and that the kernel gives to nobody else before a program
/// has it: one it had chosen itself would soon be some connection's, on a machine that makes many.
///
/// # Errors
/// When none is free.
pub fn free_port() -> Result<u16, TestbedError> {
    let ports = ephemeral_first().saturating_sub(FIRST).max(1);
    let candidates = (0..ports).filter_map(|_| {
        let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % ports;
        u16::try_from(port).ok()
    });
    candidates
        .into_iter()
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| TestbedError::io("a free port")(std::io::Error::other("all are taken")))
}

fn ephemeral_first() -> u64 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let first = range.split_whitespace().next();
    first
        .and_then(|first| first.parse().ok())
        .filter(|first| *first > FIRST)
        .unwrap_or(EPHEMERAL_FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_is_not_of_those_the_kernel_gives() {
        let ports: Vec<u16> = (0..50).map(|_| free_port().unwrap()).collect();
        let mut distinct = ports.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ports.len());
        let own = |port: &u16| (FIRST..ephemeral_first()).contains(&u64::from(*port));
        assert!(ports.iter().all(own), "{ports:?}");
    }
}
