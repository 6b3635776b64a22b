//! Repositories that are made to be too much, or to lead a reader astray.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::fs::File;
use std::path::Path;
use std::process::Command;

use gantry_model::{SourceTree, limits};
use gantry_source::{Access, Commit, Repositories};
use gantry_testbed::GitRepository;

fn text(tree: &dyn SourceTree, path: &str) -> String {
    String::from_utf8(tree.read(path).expect(path)).expect("UTF-8")
}

/// Runs `git` with an input.
fn git(folder: &Path, arguments: &str, input: &str) -> String {
    let file = folder.join("input");
    std::fs::write(&file, input).expect("a file");
    let run = Command::new("git")
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdin(File::open(file).expect("the file"))
        .output()
        .expect("git runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    String::from_utf8_lossy(&run.stdout).trim().to_owned()
}

/// A repository of one commit, written without a work tree: `names` hold the same small file each,
/// `links` a target.
fn imported(
    folder: &Path,
    names: impl Iterator<Item = String>,
    links: &[(&str, String)],
) -> Commit {
    let repository = GitRepository::init(folder).expect("git init");
    let mut stream = String::from("blob\nmark :1\ndata 5\na: 1\n\n");
    for (mark, (_, target)) in links.iter().enumerate() {
        stream += &format!(
            "blob\nmark :{}\ndata {}\n{target}\n",
            mark + 2,
            target.len()
        );
    }
    stream += "commit refs/heads/main\ncommitter t <t@example.com> 1700000000 +0000\ndata 0\n";
    for name in names {
        stream += &format!("M 100644 :1 {name}\n");
    }
    for (mark, (name, _)) in links.iter().enumerate() {
        stream += &format!("M 120000 :{} {name}\n", mark + 2);
    }
    git(folder, "fast-import --quiet", &stream);
    let repositories = Repositories::new(folder.join("cache"));
    let commit = repositories.commit(&repository.file_url(), "main", &Access::default());
    commit.expect("the commit")
}

#[test]
fn a_repository_of_many_files_is_read_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = (0..100_000).map(|n| format!("wide/{:03}/{:02}.yaml", n / 100, n % 100));
    let commit = imported(folder.path(), wide, &[]);
    let tree = commit.tree.as_ref();
    let directories = tree.list("wide").expect("a directory");
    assert_eq!(directories.len(), 1_000);
    let files: usize = directories
        .iter()
        .map(|entry| {
            tree.list(&format!("wide/{}", entry.name))
                .expect("a list")
                .len()
        })
        .sum();
    assert_eq!(files, 100_000);
    assert_eq!(text(tree, "wide/999/99.yaml"), "a: 1\n");
}

#[test]
fn a_directory_of_too_many_names_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(folder.path()).expect("git init");
    let blob = git(folder.path(), "hash-object -w --stdin", "a: 1\n");
    let names = 0..=limits::TREE_ENTRIES_MAX;
    let entries: String = names
        .map(|n| format!("100644 blob {blob}\t{n}\n"))
        .collect();
    let flat = git(folder.path(), "mktree", &entries);
    let commit = repository.git(&["commit-tree", "-m", "flat", &flat]);
    let repositories = Repositories::new(folder.path().join("cache"));
    let commit = repositories.commit(
        &repository.file_url(),
        &commit.expect("a commit"),
        &Access::default(),
    );
    let error = commit
        .expect("the commit")
        .tree
        .list("")
        .expect_err("too many");
    assert_eq!(
        error.to_string(),
        ": more than 100000 names in one directory"
    );
}

#[test]
fn cve_2022_24904_and_31036_names_and_links_that_play_games_lead_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["a.yaml", "A.yaml", "dir/x", "Dir/y"].map(str::to_owned);
    let chain = |n: usize| format!("chain-{n}");
    let chain_links: Vec<(String, String)> = (0..limits::TREE_LINKS_MAX + 1)
        .map(|n| (chain(n), chain(n + 1)))
        .chain([(chain(limits::TREE_LINKS_MAX + 1), "a.yaml".to_owned())])
        .collect();
    let mut links: Vec<(&str, String)> = chain_links
        .iter()
        .map(|(name, target)| (name.as_str(), target.clone()))
        .collect();
    links.push(("long", "./".repeat(limits::TREE_PATH_MAX_BYTES)));
    links.push(("out", "dir/../../secret".to_owned()));
    links.push(("back", "dir/../a.yaml".to_owned()));
    let commit = imported(folder.path(), names.into_iter(), &links);
    let tree = commit.tree.as_ref();
    assert_eq!(text(tree, "a.yaml"), "a: 1\n");
    assert_eq!(text(tree, "back"), "a: 1\n");
    // The last but one of the chain is followed as often as may be.
    assert_eq!(text(tree, "chain-2"), "a: 1\n");
    for (path, kind) in [
        ("A.YAML", "no such file"),
        ("dir/y", "no such file"),
        ("DIR/x", "no such file"),
        ("out", "leads outside the source tree"),
        ("chain-0", "too many levels of symbolic links"),
        (
            "long",
            "a symbolic link's target has 8192 bytes; at most 4096 count",
        ),
    ] {
        let error = tree.read(path).expect_err(path).to_string();
        assert!(error.contains(kind), "{path}: {error}");
    }
}
