//! Renders from run to run: one file for each key, the newest render.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use gantry_model::{Diagnostic, Granted, Object, Origin, limits};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Key;
use crate::observe::Answers;
use crate::render::Rendering;

/// A directory that belongs to the user alone: rendered objects may be Secrets.
pub(crate) struct Disk(PathBuf);

/// What a file holds, as it is read.
#[derive(Deserialize)]
struct Stored {
    answers: Vec<(crate::observe::Question, String)>,
    objects: Vec<(Value, Option<Origin>)>,
    warnings: Vec<Diagnostic>,
    granted: Vec<Granted>,
    bytes: u64,
}

/// The same, as it is written.
#[derive(Serialize)]
struct Storing<'a> {
    answers: Vec<(&'a crate::observe::Question, &'a String)>,
    objects: Vec<(&'a Value, Option<&'a Origin>)>,
    warnings: &'a [Diagnostic],
    granted: &'a [Granted],
    bytes: u64,
}

impl Disk {
    /// None where the directory cannot be had: renders are then done again by each process.
    pub(crate) fn open(path: PathBuf) -> Option<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.create(&path);
        made.inspect_err(|error| {
            tracing::warn!(path = %path.display(), %error, "no cache of renders on disk");
        })
        .ok()?;
        Some(Self(path))
    }

    /// What is kept for a key. A file that cannot be read as such counts as none, and is replaced
    /// by the render that follows.
    pub(crate) fn read(&self, key: &Key) -> Option<(Answers, Rendering)> {
        let bytes = fs::read(self.path(key)).ok()?;
        let stored: Stored = serde_json::from_slice(&bytes).ok()?;
        let objects = stored.objects.into_iter();
        let objects = objects.map(|(value, origin)| Object::new(value, origin));
        let rendering = Rendering {
            objects: objects.collect::<Result<_, _>>().ok()?,
            warnings: stored.warnings,
            granted: stored.granted,
            bytes: stored.bytes,
        };
        Some((stored.answers.into_iter().collect(), rendering))
    }

    /// Keeps a render. That it could not be kept only costs time later.
    pub(crate) fn write(&self, key: &Key, answers: &Answers, rendering: &Rendering) {
        let objects = rendering.objects.iter();
        let storing = Storing {
            answers: answers.iter().collect(),
            objects: objects.map(|o| (o.value(), o.origin())).collect(),
            warnings: &rendering.warnings,
            granted: &rendering.granted,
            bytes: rendering.bytes,
        };
        let written = serde_json::to_vec(&storing)
            .map_err(std::io::Error::from)
            .and_then(|bytes| self.replace(key, &bytes));
        if let Err(error) = written {
            tracing::debug!(path = %self.path(key).display(), %error, "a render is not kept");
        }
        // A look at the whole directory costs more than a render: one in 64 keys pays for all.
        if key.spread() < 4 {
            self.trim();
        }
    }

    /// Whole or not at all, whoever else writes and whenever this process ends. Temporary files are
    /// made for the user alone.
    fn replace(&self, key: &Key, bytes: &[u8]) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(bytes)?;
        file.persist(self.path(key))?;
        Ok(())
    }

    /// Deletes the oldest files while there are too many bytes.
    fn trim(&self) {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if bytes <= limits::RENDER_CACHE_DISK_MAX_BYTES {
                return;
            }
            // Whoever else trims may have been quicker.
            let _ = fs::remove_file(path);
            bytes -= size;
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.0.join(key.hex())
    }
}
