//! A render as a text: what is remembered takes a tenth of the memory of the objects that it is read to, and
//! is what a file holds.

use gantry_model::{Diagnostic, Granted, Object, Origin};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::render::Rendering;

/// JSON, see [`Written`].
#[derive(Debug)]
pub(super) struct Packed(pub(super) Box<[u8]>);

/// A render as it is read.
#[derive(Deserialize)]
struct Stored {
    objects: Vec<(Value, Option<Origin>)>,
    warnings: Vec<Diagnostic>,
    granted: Vec<Granted>,
    bytes: u64,
}

/// The same, as it is written.
#[derive(Serialize)]
struct Written<'a> {
    objects: Vec<(&'a Value, Option<&'a Origin>)>,
    warnings: &'a [Diagnostic],
    granted: &'a [Granted],
    bytes: u64,
}

impl Packed {
    /// Packs a render; none where that cannot be: then it is not remembered.
    pub(super) fn of(rendering: &Rendering) -> Option<Self> {
        let objects = rendering.objects.iter();
        let written = Written {
            objects: objects.map(|o| (o.value(), o.origin())).collect(),
            warnings: &rendering.warnings,
            granted: &rendering.granted,
            bytes: rendering.bytes,
        };
        let text = serde_json::to_vec(&written);
        let text = text
            .inspect_err(|error| tracing::debug!(%error, "a render is not kept"))
            .ok()?;
        Some(Self(text.into()))
    }

    /// The render; none of what was not packed by this build.
    pub(super) fn open(&self) -> Option<Rendering> {
        let stored: Stored = serde_json::from_slice(&self.0).ok()?;
        let objects = stored.objects.into_iter();
        let objects = objects.map(|(value, origin)| Object::new(value, origin));
        Some(Rendering {
            objects: objects.collect::<Result<_, _>>().ok()?,
            warnings: stored.warnings,
            granted: stored.granted,
            bytes: stored.bytes,
        })
    }
}
