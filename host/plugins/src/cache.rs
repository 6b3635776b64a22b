//! Renders that need not be done again. What a render depends on is known exactly: its key, and
//! the answers that its guest got ([`observe`](crate::observe)). A commit that touches nothing that
//! was looked at costs no render.

mod disk;
mod key;
mod packed;

use std::sync::{Arc, Mutex, PoisonError};

use gantry_model::{SourceTree, limits};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::config::CacheConfig;
use crate::observe::{Answers, Now, still_hold};
use crate::render::Rendering;
use disk::Disk;
pub(crate) use key::Key;
use packed::Packed;

/// In memory, and on disk from run to run.
pub(crate) struct RenderCache {
    /// None: nothing is remembered in memory.
    memory: Option<Cache<Key, Variants, ByBytes>>,
    disk: Option<Disk>,
}

/// Renders of one key, the newest first: an application on a branch that goes back and forth.
type Variants = Arc<[Arc<Variant>]>;

/// What an empty render takes, about. (What weighs nothing would never be let go.)
const VARIANT_BYTES: u64 = 512;

/// One render, and what it saw.
#[derive(Debug)]
struct Variant {
    answers: Answers,
    rendering: Packed,
    bytes: u64,
    /// The tree for which the answers are known to hold.
    tree: Mutex<String>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Variants> for ByBytes {
    fn weight(&self, _key: &Key, variants: &Variants) -> u64 {
        variants.iter().map(|variant| variant.bytes).sum()
    }
}

impl RenderCache {
    pub(crate) fn new(config: &CacheConfig) -> Self {
        let bytes = config.memory_max_bytes;
        // For the library's own book-keeping: an application's objects have some 4 KiB.
        let items = usize::try_from(bytes >> 12).unwrap_or_default();
        Self {
            memory: (bytes > 0).then(|| Cache::with_weighter(items, bytes, ByBytes)),
            disk: config.directory.clone().and_then(Disk::open),
        }
    }

    /// A render of this key whose guest would see the same again.
    pub(crate) fn get(&self, key: &Key, now: &Now<'_>) -> Option<Arc<Rendering>> {
        let known = self.known(key);
        let variants = known.as_deref().unwrap_or_default();
        if let Some(hit) = variants.iter().find(|v| v.holds(now)) {
            return hit.rendering.open().map(Arc::new);
        }
        let (answers, packed) = self.disk.as_ref()?.read(key)?;
        let variant = Variant::new(answers, packed, String::new());
        if !variant.holds(now) {
            return None;
        }
        let rendering = variant.rendering.open()?;
        self.keep(*key, variant);
        Some(Arc::new(rendering))
    }

    /// Keeps a render.
    pub(crate) fn put(
        &self,
        key: Key,
        tree: &dyn SourceTree,
        answers: Answers,
        rendering: &Rendering,
    ) {
        if self.memory.is_none() && self.disk.is_none() {
            return;
        }
        let Some(packed) = Packed::of(rendering) else {
            return;
        };
        if let Some(disk) = &self.disk {
            disk.write(&key, &answers, &packed);
        }
        let id = if tree.is_versioned() {
            tree.id()
        } else {
            String::new()
        };
        self.keep(key, Variant::new(answers, packed, id));
    }

    fn known(&self, key: &Key) -> Option<Variants> {
        self.memory.as_ref()?.get(key)
    }

    fn keep(&self, key: Key, variant: Variant) {
        let Some(memory) = &self.memory else {
            return;
        };
        let newest = Arc::new(variant);
        let known = self.known(&key);
        let others = known.as_deref().unwrap_or_default().iter();
        let others = others.filter(|other| other.answers != newest.answers);
        let variants = std::iter::once(&newest).chain(others);
        let variants = variants.take(limits::RENDER_CACHE_VARIANTS_MAX).cloned();
        memory.insert(key, variants.collect());
    }
}

impl Variant {
    fn new(answers: Answers, rendering: Packed, tree: String) -> Self {
        let asked: usize = answers.values().map(|answer| answer.len() + 64).sum();
        Self {
            bytes: VARIANT_BYTES + asked as u64 + rendering.0.len() as u64,
            answers,
            rendering,
            tree: Mutex::new(tree),
        }
    }

    /// Whether its guest would see the same in that tree. A tree that was compared once is known by
    /// its id.
    fn holds(&self, now: &Now<'_>) -> bool {
        let tree = now.tree;
        let lock = || self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        let id = tree.is_versioned().then(|| tree.id());
        let same = id.as_ref().is_some_and(|id| *id == *lock());
        let holds = still_hold(&self.answers, now, same);
        if holds
            && !same
            && let Some(id) = id
        {
            *lock() = id;
        }
        holds
    }
}
