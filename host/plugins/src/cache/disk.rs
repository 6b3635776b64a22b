//! Renders from run to run: one file for each key, the newest render.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use gantry_model::limits;

use super::Key;
use super::packed::Packed;
use crate::observe::{Answers, Question};

/// A directory that belongs to the user alone: rendered objects may be Secrets.
pub(crate) struct Disk(PathBuf);

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
        // What is read back is applied to clusters: it must be what this user has written.
        #[cfg(unix)]
        if is_for_everybody(&path) {
            tracing::warn!(path = %path.display(), "no cache of renders on disk: anybody may write there");
            return None;
        }
        Some(Self(path))
    }

    /// What is kept for a key. A file that cannot be read as such counts as none, and is replaced
    /// by the render that follows.
    pub(crate) fn read(&self, key: &Key) -> Option<(Answers, Packed)> {
        let bytes = fs::read(self.path(key)).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let answers: Vec<(Question, String)> = serde_json::from_slice(&bytes[..end]).ok()?;
        let packed = Packed(bytes[end + 1..].into());
        Some((answers.into_iter().collect(), packed))
    }

    /// Keeps a render: a line with what it saw, then what became of it. That it could not be kept only costs
    /// time later.
    pub(crate) fn write(&self, key: &Key, answers: &Answers, packed: &Packed) {
        let answers: Vec<(&Question, &String)> = answers.iter().collect();
        let written = serde_json::to_vec(&answers)
            .map_err(std::io::Error::from)
            .and_then(|line| self.replace(key, &[&line, b"\n", &packed.0]));
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
    fn replace(&self, key: &Key, parts: &[&[u8]]) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        for part in parts {
            file.write_all(part)?;
        }
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

#[cfg(unix)]
fn is_for_everybody(path: &std::path::Path) -> bool {
    let mode =
        |metadata: fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    fs::metadata(path)
        .map(mode)
        .map_or(true, |mode| mode & 0o002 != 0)
}

#[cfg(all(test, unix))]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::Disk;

    #[test]
    fn cve_2024_31989_renders_are_not_kept_where_anybody_may_write() {
        let folder = tempfile::tempdir().expect("a folder");
        for (mode, is_used) in [(0o700, true), (0o775, true), (0o777, false), (0o702, false)] {
            let path = folder.path().join(format!("{mode:o}"));
            fs::create_dir(&path).expect("made");
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("set");
            assert_eq!(Disk::open(path).is_some(), is_used, "{mode:o}");
        }
        let new = folder.path().join("a/b");
        assert!(Disk::open(new.clone()).is_some());
        let mode = fs::metadata(new).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
