//! Folders of our own. What lies there belongs to whoever has fetched it, with their credentials: nobody reads it
//! by naming its path.

use std::path::{Path, PathBuf};

/// Those folders.
#[derive(Clone, Debug)]
pub(crate) struct Ours(Vec<PathBuf>);

impl Ours {
    pub(crate) fn of(folder: &Path) -> Self {
        Self(vec![folder.to_owned()])
    }

    pub(crate) fn and(mut self, folder: &Path) -> Self {
        self.0.push(folder.to_owned());
        self
    }

    /// Whether a path leads into one of them, or through it: else whoever names a way through and out again would
    /// learn what is there.
    pub(crate) fn has(&self, path: &Path) -> bool {
        let own: Vec<PathBuf> = self.0.iter().flat_map(|own| forms(own)).collect();
        let is_own = |step: &Path| own.iter().any(|own| step.starts_with(own));
        path.ancestors().flat_map(forms).any(|step| is_own(&step))
    }
}

/// A path as it is written, and where it leads.
fn forms(path: &Path) -> impl Iterator<Item = PathBuf> {
    let written = std::path::absolute(path).ok();
    written.into_iter().chain(path.canonicalize().ok())
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::Ours;

    #[test]
    fn ways_into_a_folder_of_our_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("data/repositories/a.git")).expect("a folder");
        std::fs::create_dir_all(at("other/b")).expect("a folder");
        symlink(at("data"), at("same")).expect("a link");
        symlink("../data/repositories", at("other/in")).expect("a link");
        for own in ["data", "same"] {
            let ours = Ours::of(&at(own));
            for (path, expected) in [
                ("data", true),
                ("data/repositories/a.git", true),
                ("data/repositories/none", true),
                ("data/repositories/none/../../../other/b", true),
                ("data/repositories/a.git/../../../other/b", true),
                ("other/../data/repositories/a.git", true),
                ("same/repositories/a.git", true),
                ("same/none", true),
                ("other/in/a.git", true),
                ("other/in/none", true),
                ("other/b", false),
                ("other", false),
                ("", false),
                ("data2", false),
                ("none", false),
            ] {
                assert_eq!(ours.has(&at(path)), expected, "{own}: {path}");
            }
        }
        let ours = Ours::of(&at("later")).and(&at("other/b"));
        assert!(ours.has(&at("later/a")) && ours.has(&at("other/b/c")) && !ours.has(&at("data")));
    }
}
