//! What is no source, although it is there.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::path::{Path, PathBuf};

use gantry_source::{Access, Repositories, SourceError};
use gantry_testbed::{GitHttpServer, GitRepository};

/// The folders of repositories below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.is_dir()).collect()
}

fn no_access() -> Access {
    Access::default()
}

#[test]
fn what_was_fetched_for_others_is_not_read_by_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("served/app")).expect("git init");
    let id = repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    let server = GitHttpServer::start(&folder.path().join("served"), None).expect("a server");
    let data = folder.path().join("data");
    let cache = data.join("repositories");
    let repositories = Repositories::new(&cache).guarded();
    let fetched = repositories.commit(&server.url("app"), "main", &no_access());
    assert_eq!(fetched.expect("the commit").id, id);
    let cached = below(&cache).into_iter().next().expect("it is kept");
    // Repositories elsewhere that lead there.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&cached, &link).expect("a link");
    let by_file = folder.path().join("by-file");
    std::fs::create_dir(&by_file).expect("a folder");
    let text = format!("gitdir: {}\n", cached.display());
    std::fs::write(by_file.join(".git"), text).expect("a file");
    let by_alternate = GitRepository::init(&folder.path().join("by-alternate")).expect("git init");
    let alternates = by_alternate.folder().join(".git/objects/info/alternates");
    std::fs::create_dir_all(alternates.parent().expect("a folder")).expect("a folder");
    std::fs::write(alternates, cached.join("objects").display().to_string()).expect("a file");

    // As an application finds out the name of a ref.
    let main: String = b"refs/heads/main"
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let tip = format!("refs/gantry/tip/{main}");
    let none = cache.join("none.git");
    let paths = [
        &cached,
        &link,
        &by_file,
        by_alternate.folder(),
        &none,
        &data,
    ];
    let whole = Repositories::new(&cache).beside(&data);
    for path in paths {
        let is_in_cache = *path != data;
        for url in [
            format!("file://{}", path.display()),
            path.display().to_string(),
        ] {
            let mut errors = Vec::new();
            for revision in [tip.as_str(), &id, "1.*", "HEAD"] {
                errors.push(whole.commit(&url, revision, &no_access()).err());
                if is_in_cache {
                    errors.push(repositories.commit(&url, revision, &no_access()).err());
                }
            }
            errors.push(whole.refs(&url, &[], &no_access()).err());
            for error in errors {
                let expected = format!(
                    "{url}: a path in a folder of Gantry's own is not read; a repository that \
                     was fetched has its own URL"
                );
                assert_eq!(error.expect(&url).to_string(), expected);
            }
        }
    }
    let other = repositories.commit(&repository.file_url(), "main", &no_access());
    assert_eq!(other.expect("a repository of one's own").id, id);
}

#[test]
fn a_tag_of_a_tree_or_a_blob_is_no_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    for arguments in [
        ["tag", "tree", "HEAD^{tree}"].as_slice(),
        &["tag", "-a", "blob", "HEAD:a.yaml", "-m", "one"],
    ] {
        repository.git(arguments).expect("a tag");
    }
    let id = |name: &str| {
        let id = repository.git(&["rev-parse", &format!("{name}^{{}}")]);
        id.expect("an id").trim().to_owned()
    };
    let (tree, blob) = (id("tree"), id("blob"));
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    let cache = folder.path().join("cache");
    let repositories = Repositories::new(&cache);
    let url = server.url("app");
    repositories
        .commit(&url, "main", &no_access())
        .expect("a commit");
    let cached = below(&cache);
    assert_eq!(cached.len(), 1);
    let local = repository.file_url();
    for url in [url.as_str(), local.as_str()] {
        for (revision, id, kind) in [
            ("tree", &tree, "tree"),
            (tree.as_str(), &tree, "tree"),
            ("blob", &blob, "blob"),
            ("refs/tags/blob", &blob, "blob"),
            (blob.as_str(), &blob, "blob"),
        ] {
            let error = repositories.commit(url, revision, &no_access());
            let expected = SourceError::NotACommit {
                url: url.to_owned(),
                id: id.clone(),
                kind: kind.to_owned(),
            };
            assert_eq!(error.expect_err(revision), expected, "{url} {revision}");
        }
    }
    assert_eq!(below(&cache), cached, "it is not made anew");
}
