//! What the cache of a repository becomes with time.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::path::{Path, PathBuf};

use gantry_model::{SourceTree, limits};
use gantry_source::{Access, Repositories};
use gantry_testbed::{GitHttpServer, GitRepository};

/// The folders that the cache has, each with its packs.
fn folders(cache: &Path) -> Vec<(PathBuf, usize)> {
    let entries = std::fs::read_dir(cache).expect("the cache");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let folders = paths.filter(|path| path.is_dir());
    let count = |path: PathBuf| {
        let packs = std::fs::read_dir(path.join("objects/pack"));
        let packs = packs.into_iter().flatten().flatten();
        let packs = packs.filter(|pack| pack.path().extension().is_some_and(|e| e == "pack"));
        (path, packs.count())
    };
    folders.map(count).collect()
}

#[test]
fn a_repository_that_moves_for_ever_is_cached_in_few_packs() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    let (url, cache) = (server.url("app"), folder.path().join("cache"));
    let repositories = Repositories::new(&cache);
    let fetch = |text: &str| {
        let id = repository.commit(&[("a.yaml", text)]).expect("a commit");
        let commit = repositories.commit(&url, &id, &Access::default());
        let commit = commit.expect("the commit");
        let read = commit.tree.read("a.yaml").expect("a file");
        assert_eq!(read, text.as_bytes());
        commit
    };
    let first = fetch("a: 1\n");
    let cached = folders(&cache);
    let [(own, 1)] = cached.as_slice() else {
        panic!("one folder, one pack: {cached:?}");
    };
    let own = own.clone();
    // As if it had been fetched that often. Git reads none of these: they have no index.
    for pack in 1..limits::CACHE_PACKS_MAX {
        let name = format!("objects/pack/pack-{pack}.pack");
        std::fs::write(own.join(name), "").expect("a file");
    }
    fetch("a: 2\n");
    let cached = folders(&cache);
    assert_eq!(cached.len(), 2, "{cached:?}");
    let next = cached.iter().find(|(path, _)| *path != own);
    let (next, packs) = next.expect("the next one");
    assert_eq!(*packs, 1);
    // Who has an old commit goes on reading it, and a fetch after that removes it.
    assert_eq!(first.tree.read("a.yaml").expect("a file"), b"a: 1\n");
    assert_eq!(folders(&cache).len(), 2);
    drop(first);
    fetch("a: 3\n");
    assert_eq!(folders(&cache), [(next.clone(), 2)]);
}
