//! What a render is known by before its guest has looked at anything.

use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use crate::observe::texts;
use crate::request::RenderRequest;
use gantry_model::digest::{Digest, hex};

/// The hash of all that a render depends on, whatever its guest asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// `parameters` are the checked ones, as the guest gets them.
    pub(crate) fn of(plugin: &Digest, request: &RenderRequest, parameters: &str) -> Self {
        let namespace = request.namespace.as_deref();
        let plugin = plugin.to_string();
        let parts: [&str; 8] = [
            &BUILD,
            &plugin,
            &request.application,
            &request.path,
            namespace.unwrap_or_default(),
            if namespace.is_some() { "namespace" } else { "" },
            &request.kube_version,
            parameters,
        ];
        Self(Sha256::digest(texts(parts.iter())).into())
    }

    /// For a file's name.
    pub(crate) fn hex(&self) -> String {
        hex(&self.0)
    }

    /// A number that is the same for the same key, spread evenly.
    pub(crate) fn spread(&self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

/// Which build of the host this is: the host reads what a guest returns, so that another build may
/// make other objects of it.
static BUILD: LazyLock<String> = LazyLock::new(|| {
    let stamp = std::env::current_exe().and_then(|path| path.metadata());
    let stamp = stamp.and_then(|file| Ok((file.len(), file.modified()?)));
    let (bytes, changed) = stamp.unwrap_or((0, UNIX_EPOCH));
    let since = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{} {bytes} {}", env!("CARGO_PKG_VERSION"), since.as_nanos())
});
