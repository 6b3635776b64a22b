//! Passwords: hashed by bcrypt, as Argo CD does, off the runtime, and few at a time.

use std::sync::OnceLock;

use gantry_model::limits;
use regex_lite::Regex;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::AccessError;

/// Argo CD's own.
const PATTERN: &str = "^.{8,32}$";

/// Hashes and compares.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Semaphore,
    /// Places, and those who wait for one.
    queue: Semaphore,
    /// What a password is compared with where there is no account: it takes the same time.
    nobody: OnceLock<String>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "they are held")] [SemaphorePermit<'a>; 2]);

impl Default for Passwords {
    fn default() -> Self {
        Self {
            places: Semaphore::new(limits::PASSWORD_HASHES_MAX),
            queue: Semaphore::new(limits::PASSWORD_HASHES_MAX + limits::PASSWORDS_WAITING_MAX),
            nobody: OnceLock::new(),
        }
    }
}

impl Passwords {
    /// Waits for a place among those that are hashed at once; none where too many wait already.
    pub(crate) async fn turn(&self) -> Option<Turn<'_>> {
        let queued = self.queue.try_acquire().ok()?;
        // The places are never closed.
        let place = self.places.acquire().await.ok()?;
        Some(Turn([queued, place]))
    }

    /// Whether a password belongs to a hash; none has no password, and takes as long.
    pub(crate) async fn fits(&self, _turn: &Turn<'_>, password: &str, hash: Option<&str>) -> bool {
        let other = self.nobody.get().cloned();
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        let work = move || {
            let stand_in = || other.map_or_else(|| hashed("nobody"), Some);
            let is_somebody = hash.is_some();
            let hash = match hash {
                Some(hash) => hash,
                None => stand_in()?,
            };
            let fits = bcrypt::verify(&password, &hash).unwrap_or_default() && is_somebody;
            Some((fits, (!is_somebody).then_some(hash)))
        };
        let done = tokio::task::spawn_blocking(work).await.ok().flatten();
        let Some((fits, stand_in)) = done else {
            return false;
        };
        if let Some(hash) = stand_in {
            // It is the same whichever comes first.
            let _ = self.nobody.set(hash);
        }
        fits
    }

    pub(crate) async fn hash(&self, _turn: &Turn<'_>, password: &str) -> Option<String> {
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || hashed(&password))
            .await
            .ok()
            .flatten()
    }

    /// Makes the stand-in before the first stranger comes.
    pub(crate) async fn warm(&self) {
        if let Some(turn) = self.turn().await {
            self.fits(&turn, "", None).await;
        }
    }
}

fn hashed(password: &str) -> Option<String> {
    bcrypt::hash(password, limits::PASSWORD_HASH_COST).ok()
}

/// Whether a new password is one, by `passwordPattern`.
pub(crate) fn check(password: &str, pattern: &str) -> Result<(), AccessError> {
    let pattern = if pattern.is_empty() { PATTERN } else { pattern };
    let regex = Regex::new(pattern).map_err(|error| {
        AccessError::Invalid(format!(
            "passwordPattern of argocd-cm cannot be used: {error}"
        ))
    })?;
    if !regex.is_match(password) {
        return Err(AccessError::Invalid(format!(
            "new password does not match the following expression: {pattern}"
        )));
    }
    if password.len() > limits::PASSWORD_MAX_BYTES {
        return Err(AccessError::Invalid(format!(
            "a password has at most {} bytes: bcrypt looks at no more",
            limits::PASSWORD_MAX_BYTES
        )));
    }
    Ok(())
}
