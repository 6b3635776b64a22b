//! A source tree that is too much: made up as it is asked for, so that it costs the test nothing.

use std::thread;
use std::time::Duration;

use gantry_model::{Entry, EntryKind, SourceTree, TreeError, limits};

/// - `wide/000/00.yaml`: a thousand directories of a hundred files;
/// - `slow`: the same, on a disk that takes its time;
/// - `flat/00000.yaml`: as many files in one directory as are listed at all;
/// - `deep/deep/…`: directories in directories without end, a file in each;
/// - `huge.yaml`: a file of 1 GiB, refused as a Git tree does;
/// - `mib.txt`: a file of 1 MiB.
#[derive(Debug)]
pub(crate) struct BombTree;

const HUGE_BYTES: u64 = 1 << 30;
/// Of one file in `slow`.
const SLOW_READ: Duration = Duration::from_millis(1);

fn entries(kind: EntryKind, names: impl Iterator<Item = String>) -> Vec<Entry> {
    names.map(|name| Entry { name, kind }).collect()
}

impl SourceTree for BombTree {
    fn id(&self) -> String {
        "bomb".to_owned()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        match path.rsplit('/').next().unwrap_or(path).rsplit_once('.') {
            Some(_) => Ok(EntryKind::File),
            None => self.list(path).map(|_| EntryKind::Directory),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let names: Vec<&str> = directory.split('/').collect();
        let of = |names: [&str; 2]| names.map(str::to_owned).into_iter();
        let numbers = |count, width| (0..count).map(move |n| format!("{n:0width$}"));
        let yaml = |name: String| name + ".yaml";
        match names[..] {
            [""] => Ok([
                entries(EntryKind::Directory, of(["deep", "flat"])),
                entries(EntryKind::File, of(["huge.yaml", "mib.txt"])),
                entries(EntryKind::Directory, of(["slow", "wide"])),
            ]
            .concat()),
            ["wide" | "slow"] => Ok(entries(EntryKind::Directory, numbers(1_000, 3))),
            ["wide" | "slow", _] => Ok(entries(EntryKind::File, numbers(100, 2).map(yaml))),
            ["flat"] => {
                let all = numbers(limits::TREE_ENTRIES_MAX, 5);
                Ok(entries(EntryKind::File, all.map(yaml)))
            }
            _ if names.iter().all(|name| *name == "deep") => Ok([
                entries(EntryKind::Directory, ["deep".to_owned()].into_iter()),
                entries(EntryKind::File, ["leaf.yaml".to_owned()].into_iter()),
            ]
            .concat()),
            _ => Err(TreeError::NotFound(directory.to_owned())),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        if path.starts_with("slow/") {
            thread::sleep(SLOW_READ);
        }
        match path {
            "huge.yaml" => Err(TreeError::TooLarge {
                path: path.to_owned(),
                size_bytes: HUGE_BYTES,
                max_bytes: limits::TREE_FILE_MAX_BYTES,
            }),
            "mib.txt" => Ok(vec![b'x'; 1 << 20]),
            _ => Ok(b"kind: List\n".to_vec()),
        }
    }
}
