//! `read-matching`: one walk that enters only directories where a glob may still match.

use std::time::Instant;

use gantry_model::{EntryKind, SourceTree, TreeError, limits};

use super::patterns::Patterns;
use crate::bindings::renderer::gantry::plugin::source::{File, ReadError};

/// Why a walk ended early.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// An answer for the guest.
    Refused(ReadError),
    /// The guest's time is over. Only its own code is interrupted, so this call has to look.
    Late,
}

impl<E: Into<ReadError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Reads every file below `directory` that matches. An error names the file, since the guest did
/// not choose it.
pub(super) fn read_matching(
    tree: &dyn SourceTree,
    directory: &str,
    globs: &[String],
    deadline: Instant,
) -> Result<Vec<File>, Stop> {
    let root = directory.trim_matches('/');
    let root = if root == "." { "" } else { root };
    let mut walk = Walk {
        tree,
        patterns: Patterns::compile(globs)?,
        deadline,
        files: Vec::new(),
        read_bytes: 0,
        seen_entries: 0,
    };
    walk.enter(root, "", 0)?;
    Ok(walk.files)
}

struct Walk<'a> {
    tree: &'a dyn SourceTree,
    patterns: Patterns,
    deadline: Instant,
    files: Vec<File>,
    read_bytes: usize,
    seen_entries: usize,
}

impl Walk<'_> {
    /// `path` is relative to the tree's root, `below` to where the walk began.
    fn enter(&mut self, path: &str, below: &str, depth: usize) -> Result<(), Stop> {
        if depth > limits::TREE_WALK_MAX_DEPTH {
            let max = limits::TREE_WALK_MAX_DEPTH;
            return Err(failed(format!("{path} lies deeper than {max} directories")));
        }
        // The guest chose the directory it starts in; its error needs no name.
        let entries = match self.tree.list(path) {
            Err(error) if depth > 0 => return Err(named(&error)),
            listed => listed?,
        };
        self.seen_entries += entries.len();
        if self.seen_entries > limits::TREE_WALK_MAX_ENTRIES {
            let max = limits::TREE_WALK_MAX_ENTRIES;
            return Err(failed(format!("more than {max} files lie below {path:?}")));
        }
        for entry in entries {
            if Instant::now() >= self.deadline {
                return Err(Stop::Late);
            }
            let (path, below) = (join(path, &entry.name), join(below, &entry.name));
            match entry.kind {
                EntryKind::Directory => {
                    if self.patterns.may_match_below(&below, depth + 1)
                        && !self.tree.is_link(&path).map_err(|error| named(&error))?
                    {
                        self.enter(&path, &below, depth + 1)?;
                    }
                }
                EntryKind::File | EntryKind::BrokenLink => {
                    if self.patterns.files.is_match(&below) {
                        self.read(path)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, path: String) -> Result<(), Stop> {
        let content = match self.tree.read(&path) {
            // A link whose target is gone: Argo CD's directory source skips it too.
            Err(TreeError::NotFound(_)) => return Ok(()),
            read => read.map_err(|error| named(&error))?,
        };
        self.read_bytes += content.len();
        if self.read_bytes > limits::TREE_BATCH_MAX_BYTES {
            let max = limits::TREE_BATCH_MAX_BYTES;
            return Err(failed(format!(
                "the files that match have more than {max} bytes"
            )));
        }
        self.files.push(File { path, content });
        Ok(())
    }
}

fn named(error: &TreeError) -> Stop {
    failed(error.to_string())
}

fn failed(reason: String) -> Stop {
    Stop::Refused(ReadError::Failed(reason))
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use gantry_model::{Entry, EntryKind, SourceTree, TreeError};

    use super::{ReadError, Stop, read_matching};

    const FILES: &[&str] = &[
        "README.md",
        "a/deep/er/x.yaml",
        "a/x.yaml",
        "a/y.json",
        "a.yaml",
        "b/x.yaml",
        "b/x.yml",
        "b/[x].yaml",
    ];

    /// Files of which each holds its path; `loop` links to the root, `gone` and `out` to nothing.
    #[derive(Debug, Default)]
    struct Fixture {
        listed: Mutex<Vec<String>>,
    }

    impl SourceTree for Fixture {
        fn id(&self) -> String {
            "fixture".into()
        }

        fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
            Ok(if FILES.contains(&path) {
                EntryKind::File
            } else {
                EntryKind::Directory
            })
        }

        fn is_link(&self, path: &str) -> Result<bool, TreeError> {
            Ok(path.ends_with("loop"))
        }

        fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
            if directory == "missing" {
                return Err(TreeError::NotFound(directory.into()));
            }
            self.listed.lock().unwrap().push(directory.into());
            let prefix = if directory.is_empty() {
                String::new()
            } else {
                format!("{directory}/")
            };
            let below = FILES.iter().filter_map(|file| file.strip_prefix(&prefix));
            let mut entries: Vec<Entry> = below
                .map(|rest| match rest.split_once('/') {
                    Some((name, _)) => Entry {
                        name: name.into(),
                        kind: EntryKind::Directory,
                    },
                    None => Entry {
                        name: rest.into(),
                        kind: EntryKind::File,
                    },
                })
                .collect();
            if directory == "b" {
                entries.push(Entry {
                    name: "gone.lnk".into(),
                    kind: EntryKind::BrokenLink,
                });
                entries.push(Entry {
                    name: "out.link".into(),
                    kind: EntryKind::BrokenLink,
                });
                entries.push(Entry {
                    name: "loop".into(),
                    kind: EntryKind::Directory,
                });
            }
            entries.sort_by(|x, y| x.name.cmp(&y.name));
            entries.dedup();
            Ok(entries)
        }

        fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
            match path {
                "b/gone.lnk" => Err(TreeError::NotFound(path.into())),
                "b/out.link" => Err(TreeError::Outside(path.into())),
                _ => Ok(path.into()),
            }
        }
    }

    fn read(directory: &str, globs: &[&str]) -> (Result<Vec<String>, Stop>, Vec<String>) {
        let tree = Fixture::default();
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let deadline = Instant::now() + Duration::from_secs(3_600);
        let files = read_matching(&tree, directory, &globs, deadline);
        let paths = files.map(|files| {
            files
                .iter()
                .for_each(|file| assert_eq!(file.content, file.path.as_bytes()));
            files.into_iter().map(|file| file.path).collect()
        });
        (paths, tree.listed.into_inner().unwrap())
    }

    #[test]
    fn files_that_match_in_the_order_of_a_walk() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("", &["*.yaml"], &["a.yaml"]),
            (".", &["*"], &["README.md", "a.yaml"]),
            ("", &["a/*"], &["a/x.yaml", "a/y.json"]),
            ("a", &["*.{yaml,json}"], &["a/x.yaml", "a/y.json"]),
            ("a/", &["**/*.yaml"], &["a/deep/er/x.yaml", "a/x.yaml"]),
            (
                "",
                &["**/*.yaml"],
                &[
                    "a/deep/er/x.yaml",
                    "a/x.yaml",
                    "a.yaml",
                    "b/[x].yaml",
                    "b/x.yaml",
                ],
            ),
            ("", &["b/x.y?ml"], &["b/x.yaml"]),
            ("", &["b/[a-z].yml"], &["b/x.yml"]),
            ("", &["b/[[]x].yaml"], &["b/[x].yaml"]),
            ("b", &["*.lnk"], &[]),
            ("", &["nothing/**"], &[]),
            ("", &[], &[]),
        ];
        for (directory, globs, expected) in cases {
            let (paths, _) = read(directory, globs);
            assert_eq!(
                paths.as_deref(),
                Ok(&expected.map_to_strings()[..]),
                "{directory} {globs:?}"
            );
        }
    }

    trait MapToStrings {
        fn map_to_strings(&self) -> Vec<String>;
    }

    impl MapToStrings for &[&str] {
        fn map_to_strings(&self) -> Vec<String> {
            self.iter().map(|text| (*text).to_owned()).collect()
        }
    }

    #[test]
    fn directories_where_nothing_can_match_are_not_entered() {
        for (globs, entered) in [
            (&["*.yaml"][..], &[""][..]),
            (&["a/*.yaml"], &["", "a"]),
            (&["a/**/x.yaml"], &["", "a", "a/deep", "a/deep/er"]),
            (&["*/x.yaml"], &["", "a", "b"]),
            (&["**"], &["", "a", "a/deep", "a/deep/er", "b"]),
        ] {
            let (_, listed) = read("", globs);
            assert_eq!(listed, entered, "{globs:?}");
        }
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let (outside, _) = read("", &["b/out.link"]);
        let refused = |error| Err(Stop::Refused(error));
        assert_eq!(
            outside,
            refused(ReadError::Failed(
                "b/out.link leads outside the source tree".into()
            ))
        );
        assert_eq!(read("missing", &["*"]).0, refused(ReadError::NotFound));
        assert!(matches!(
            read("", &["a{b"]).0,
            Err(Stop::Refused(ReadError::BadPattern(_)))
        ));
    }

    #[test]
    fn a_walk_ends_when_its_time_is_over() {
        let all = ["**".to_owned()];
        let late = read_matching(&Fixture::default(), "", &all, Instant::now());
        assert_eq!(late, Err(Stop::Late));
    }
}
