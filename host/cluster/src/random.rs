//! Random numbers for names and pauses; not for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The keys of hash maps come from the system's random source.
pub(crate) fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// From 0 up to 1.
pub(crate) fn fraction() -> f64 {
    (number() >> 32) as f64 / (1_u64 << 32) as f64
}
