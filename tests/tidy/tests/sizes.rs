//! Files stay short enough to hold in the head. (Functions: clippy's `too_many_lines`, 70.)

use std::path::{Path, PathBuf};

/// No file is longer, tests' tables of cases aside.
const FILE_LINES_MAX: usize = 500;
/// Half of the files are shorter.
const FILE_LINES_MEDIAN_MAX: usize = 170;

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory)
        .expect("a readable folder")
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "tests" {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_are_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the workspace");
    let mut files = Vec::new();
    for folder in ["host", "plugins"] {
        rust_files(&root.join(folder), &mut files);
    }
    let mut lengths: Vec<(usize, PathBuf)> = files
        .into_iter()
        .map(|file| {
            (
                std::fs::read_to_string(&file)
                    .expect("UTF-8 source")
                    .lines()
                    .count(),
                file,
            )
        })
        .collect();
    lengths.sort();
    let long: Vec<_> = lengths
        .iter()
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "over {FILE_LINES_MAX} lines: {long:#?}");
    let (median, _) = lengths[lengths.len() / 2];
    assert!(
        median <= FILE_LINES_MEDIAN_MAX,
        "the median file has {median} lines"
    );
}
