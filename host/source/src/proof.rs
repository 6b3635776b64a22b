//! Who has reached which repository: what is cached of it is for them.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use gantry_model::limits;

use crate::access::Access;

/// Repositories, each with the credentials that it has answered to, as hashes of this process' own.
#[derive(Default)]
struct Known {
    hasher: RandomState,
    reached: Mutex<HashSet<u64>>,
}

/// All that was proven; none where whoever asks may have all that is there.
#[derive(Clone, Default)]
pub(crate) struct Proofs(Option<Arc<Known>>);

/// Whether one repository has answered to one's credentials.
#[derive(Clone)]
pub(crate) struct Proof {
    known: Option<Arc<Known>>,
    key: u64,
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proofs").field(&self.0.is_some()).finish()
    }
}

impl Proofs {
    /// Nobody has reached anything yet.
    pub(crate) fn wanted() -> Self {
        Self(Some(Arc::default()))
    }

    /// For a repository, by its URL with user and password.
    pub(crate) fn of(&self, identity: &str, access: &Access) -> Proof {
        let known = self.0.clone();
        let key = known.as_ref();
        let key = key.map(|known| known.hasher.hash_one((identity, access)));
        Proof {
            known,
            key: key.unwrap_or_default(),
        }
    }
}

impl Proof {
    pub(crate) fn is_given(&self) -> bool {
        let Some(known) = &self.known else {
            return true;
        };
        let reached = known.reached.lock().unwrap_or_else(PoisonError::into_inner);
        reached.contains(&self.key)
    }

    /// The repository has answered, or has refused.
    pub(crate) fn note(&self, has_answered: bool) {
        let Some(known) = &self.known else { return };
        let mut reached = known.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if !has_answered {
            reached.remove(&self.key);
            return;
        }
        // They are asked once more.
        if reached.len() >= limits::REPOSITORIES_REACHED_MAX {
            reached.clear();
        }
        reached.insert(self.key);
    }
}
