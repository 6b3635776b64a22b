//! Random numbers that are the same for the same render: SHA-256 of a seed and a counter.

use std::convert::Infallible;

use rand_core::TryRng;
use sha2::{Digest, Sha256};

/// A generator that starts from a seed.
pub(super) struct Seeded {
    hash: Sha256,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Seeded {
    /// Different `stream`s of one seed have nothing in common.
    pub(super) fn new(seed: [u8; 32], stream: u8) -> Self {
        let hash = Sha256::new().chain_update(seed).chain_update([stream]);
        Self {
            hash,
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }

    fn next_byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let hash = self.hash.clone().chain_update(self.counter.to_le_bytes());
            self.block = hash.finalize().into();
            self.counter += 1;
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }

    fn next<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next_byte())
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.next()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.next()))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        target.fill_with(|| self.next_byte());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::Seeded;

    #[test]
    fn same_seed_same_numbers_and_no_short_cycle() {
        let read = |seed: u8, stream| {
            let mut bytes = [0; 4096];
            Seeded::new([seed; 32], stream).fill_bytes(&mut bytes);
            bytes
        };
        assert_eq!(read(1, 0), read(1, 0));
        assert_ne!(read(1, 0), read(2, 0));
        assert_ne!(read(1, 0), read(1, 1));
        let all = read(1, 0);
        assert!(all.chunks(32).skip(1).all(|chunk| chunk != &all[..32]));
    }
}
