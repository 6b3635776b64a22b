//! Which files of a directory a renderer takes: `recurse`, `include` and `exclude`, as Argo CD's
//! directory source has them.

mod glob;

use schemars::JsonSchema;
use serde::Deserialize;

use glob::Glob;

use crate::renderer::{Diagnostic, Entry, EntryKind, ReadError, Tree, join};

/// Argo CD leaves out a file that has this text.
pub const SKIP_MARK: &str = "+argocd:skip-file-rendering";

/// What a renderer reads. The host's [`Tree`]; in native tests, where there is no host, a map.
pub trait Files {
    /// The names in a directory, in byte order.
    ///
    /// # Errors
    /// Why it could not be read.
    fn list(&self, directory: &str) -> Result<Vec<Entry>, ReadError>;

    /// A file's content.
    ///
    /// # Errors
    /// Why it could not be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// What is at a path.
    ///
    /// # Errors
    /// Why it could not be looked at; also when nothing is there.
    fn kind(&self, path: &str) -> Result<EntryKind, ReadError> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() {
            return Ok(EntryKind::Directory);
        }
        let entries = self.list(directory)?;
        let found = entries.iter().find(|entry| entry.name == name);
        found.map(|entry| entry.kind).ok_or(ReadError::NotFound)
    }

    /// The host's tree itself, for calls that hand it on.
    fn tree(&self) -> Option<&Tree> {
        None
    }
}

impl Files for Tree {
    fn list(&self, directory: &str) -> Result<Vec<Entry>, ReadError> {
        Self::list(self, directory)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        Self::read(self, path)
    }

    fn kind(&self, path: &str) -> Result<EntryKind, ReadError> {
        Self::kind(self, path)
    }

    fn tree(&self) -> Option<&Tree> {
        Some(self)
    }
}

/// The parameters, as in `spec.source.directory`. Flatten them into a renderer's own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Also the directories below.
    pub recurse: bool,
    /// Glob of paths relative to the application's directory, {a,b} for several; empty for all.
    pub include: String,
    /// Glob of paths to leave out; wins over include.
    pub exclude: String,
}

/// The parameters, ready to ask.
#[derive(Debug)]
pub struct Selection {
    recurse: bool,
    include: Option<Glob>,
    exclude: Option<Glob>,
}

impl Selection {
    /// Reads the globs.
    ///
    /// # Errors
    /// The glob that is not valid, by its parameter.
    pub fn new(settings: &Settings) -> Result<Self, Diagnostic> {
        Ok(Self {
            recurse: settings.recurse,
            include: glob("include", &settings.include)?,
            exclude: glob("exclude", &settings.exclude)?,
        })
    }

    /// Every file below `root` that the globs and `is_wanted` let through, as paths of the tree.
    /// Both judge the path relative to `root`. The order is that of `filepath.Walk`: names in
    /// order, each directory at its place.
    ///
    /// # Errors
    /// The directory that could not be read.
    pub fn paths(
        &self,
        files: &impl Files,
        root: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, Diagnostic> {
        let mut paths = Vec::new();
        self.walk(files, root, "", &is_wanted, &mut paths)?;
        Ok(paths)
    }

    fn walk(
        &self,
        files: &impl Files,
        root: &str,
        below: &str,
        is_wanted: &impl Fn(&str) -> bool,
        paths: &mut Vec<String>,
    ) -> Result<(), Diagnostic> {
        let directory = join(root, below);
        let entries = files.list(&directory).map_err(|error| {
            Diagnostic::unreadable(&directory, &error)
                .help("check spec.source.path and the revision")
        })?;
        for entry in entries {
            let relative = join(below, &entry.name);
            match entry.kind {
                EntryKind::Directory if self.recurse => {
                    self.walk(files, root, &relative, is_wanted, paths)?;
                }
                EntryKind::File if self.lets_through(&relative) && is_wanted(&relative) => {
                    paths.push(join(root, &relative));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn lets_through(&self, path: &str) -> bool {
        let excluded = self
            .exclude
            .as_ref()
            .is_some_and(|glob| glob.is_match(path));
        !excluded && self.include.as_ref().is_none_or(|glob| glob.is_match(path))
    }
}

fn glob(name: &str, pattern: &str) -> Result<Option<Glob>, Diagnostic> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let glob = Glob::new(pattern).map_err(|reason| {
        let message = format!("{name} is not a valid glob: {reason}");
        Diagnostic::error("bad-glob", message).field(name)
    })?;
    Ok(Some(glob))
}

/// A file as text.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub fn read_text(files: &impl Files, path: &str) -> Result<String, Diagnostic> {
    let bytes = files
        .read(path)
        .map_err(|error| Diagnostic::unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("{path} is not UTF-8: save it as UTF-8");
        Diagnostic::error("not-utf-8", message)
    })
}

#[cfg(test)]
mod tests {
    use super::{Files, Selection, Settings, read_text};
    use crate::renderer::{Entry, EntryKind, ReadError};

    /// `d/a.yaml`, `d/notes.txt` and `d/sub/a.yaml`, each holding its path; `d/latin` is not UTF-8.
    struct Fixture;

    impl Files for Fixture {
        fn list(&self, directory: &str) -> Result<Vec<Entry>, ReadError> {
            let entries: &[(&str, EntryKind)] = match directory {
                "d" => &[
                    ("a.yaml", EntryKind::File),
                    ("gone.yaml", EntryKind::BrokenLink),
                    ("notes.txt", EntryKind::File),
                    ("sub", EntryKind::Directory),
                    ("z.yaml", EntryKind::File),
                ],
                "d/sub" => &[("a.yaml", EntryKind::File)],
                _ => return Err(ReadError::NotFound),
            };
            let entry = |(name, kind): &(&str, EntryKind)| Entry {
                name: (*name).to_owned(),
                kind: *kind,
            };
            Ok(entries.iter().map(entry).collect())
        }

        fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
            match path {
                "d/latin" => Ok(vec![0xe9]),
                path => Ok(path.into()),
            }
        }
    }

    fn settings(recurse: bool, include: &str, exclude: &str) -> Settings {
        Settings {
            recurse,
            include: include.into(),
            exclude: exclude.into(),
        }
    }

    #[test]
    fn files_are_chosen_as_argo_cd_chooses_them() {
        let cases: &[(bool, &str, &str, &[&str])] = &[
            (false, "", "", &["d/a.yaml", "d/z.yaml"]),
            (true, "", "", &["d/a.yaml", "d/sub/a.yaml", "d/z.yaml"]),
            (true, "*a.yaml", "", &["d/a.yaml", "d/sub/a.yaml"]),
            (true, "{a,b}.yaml", "", &["d/a.yaml"]),
            (true, "", "sub/*", &["d/a.yaml", "d/z.yaml"]),
            (true, "*", "a.*", &["d/sub/a.yaml", "d/z.yaml"]),
        ];
        for (recurse, include, exclude, expected) in cases {
            let selection = Selection::new(&settings(*recurse, include, exclude)).unwrap();
            let paths = selection.paths(&Fixture, "d", |path| path.ends_with(".yaml"));
            assert_eq!(
                paths.unwrap(),
                *expected,
                "{recurse} {include:?} {exclude:?}"
            );
        }
    }

    #[test]
    fn problems_name_their_parameter_or_place() {
        let bad = Selection::new(&settings(false, "[", "")).unwrap_err();
        assert_eq!(bad.field.as_deref(), Some("include"));
        let selection = Selection::new(&Settings::default()).unwrap();
        let missing = selection.paths(&Fixture, "e", |_| true).unwrap_err();
        assert_eq!(missing.span.unwrap().path, "e");
        assert!(missing.help.unwrap().contains("spec.source.path"));
        assert_eq!(
            read_text(&Fixture, "d/latin").unwrap_err().code,
            "not-utf-8"
        );
        assert_eq!(read_text(&Fixture, "d/a.yaml").unwrap(), "d/a.yaml");
    }
}
