//! What the refs of real repositories say of revisions: the same that a fetch finds.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::path::Path;
use std::time::{Duration, Instant};

use gantry_source::{Access, Repositories, Resolved, SourceError, identity};
use gantry_testbed::{GitHttpServer, GitRepository, GitSshServer};

const OTHER: &str = "refs/pull/7/head";

fn repository(folder: &Path) -> GitRepository {
    let repository = GitRepository::init(&folder.join("app")).expect("git init");
    repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    for arguments in [
        &["tag", "v1.0.0"][..],
        &["tag", "-a", "v1.2.0", "-m", "annotated"],
        &["tag", "-a", "nested", "v1.2.0", "-m", "a tag of a tag"],
        &["tag", "app-3.1.0"],
        &["branch", "feature/x"],
        &["branch", "v1.0.0"],
        &["update-ref", OTHER, "HEAD"],
    ] {
        repository.git(arguments).expect("git");
    }
    repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    repository
}

/// Each revision must resolve by the refs to what a fetch finds.
fn check(repositories: &Repositories, url: &str, access: &Access, first: &str) {
    let refs = repositories
        .refs(url, &[OTHER.to_owned()], access)
        .expect("refs");
    for (revision, prefix) in [
        ("", ""),
        ("HEAD", ""),
        ("main", ""),
        ("feature/x", ""),
        ("feature", ""),
        ("v1.0.0", ""),
        ("refs/tags/v1.0.0", ""),
        ("v1.2.0", ""),
        ("nested", ""),
        ("1.*", ""),
        ("^2", ""),
        ("3.x", "app-"),
        ("3.1.0", "app-"),
        (OTHER, ""),
        ("refs/pull/8/head", ""),
        (first, ""),
        (&first[..9], ""),
    ] {
        let fetched = repositories.commit_of_tag(url, revision, prefix, access);
        let resolved = refs.resolve(revision, prefix);
        let agree = match (&resolved, &fetched) {
            (Resolved::Commit(id), Ok(commit)) => *id == commit.id,
            (Resolved::Id(id), Ok(commit)) => commit.id.starts_with(id),
            (Resolved::Nothing, Err(error)) => matches!(
                error,
                SourceError::NoRevision { .. } | SourceError::NoTag { .. }
            ),
            _ => false,
        };
        assert!(
            agree,
            "{url} {revision} {prefix}: {resolved:?}, {fetched:?}"
        );
    }
}

#[test]
fn refs_of_every_kind_of_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = repository(folder.path());
    let first = repository
        .git(&["rev-parse", "v1.0.0"])
        .expect("the first commit");
    let repositories = Repositories::new(folder.path().join("cache"));
    let none = Access::default();
    check(&repositories, &repository.file_url(), &none, &first);
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    check(&repositories, &server.url("app"), &none, &first);
    // A server packs its refs.
    repository.git(&["pack-refs", "--all"]).expect("git");
    check(&repositories, &repository.file_url(), &none, &first);
    let before = server.requests();
    repositories
        .refs(&server.url("app"), &[], &none)
        .expect("refs");
    // The handshake and the list itself.
    assert_eq!(server.requests() - before, 2);
    let Some(server) = GitSshServer::start(&folder.path().join("ssh")).expect("sshd") else {
        eprintln!("skipped: this machine has no sshd");
        return;
    };
    let access = Access {
        ssh_private_key: server.private_key().expect("a key"),
        insecure: true,
        ..none
    };
    check(
        &repositories,
        &server.url(repository.folder()),
        &access,
        &first,
    );
}

#[test]
fn a_repository_without_commits_has_no_refs() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    let repositories = Repositories::new(folder.path().join("cache"));
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    for url in [repository.file_url(), server.url("app")] {
        let refs = repositories
            .refs(&url, &[], &Access::default())
            .expect("refs");
        assert!(refs.is_empty(), "{refs:?}");
        assert_eq!(refs.resolve("", ""), Resolved::Nothing);
    }
}

#[test]
fn a_commit_that_is_known_by_its_id_is_fetched_by_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = repository(folder.path());
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    let repositories = Repositories::new(folder.path().join("cache"));
    let (url, none) = (server.url("app"), Access::default());
    let known = repository.git(&["rev-parse", "HEAD"]).expect("the commit");
    let get = |known: &str| repositories.commit_known(&url, "main", "", Some(known), &none);
    let later = repository
        .commit(&[("a.yaml", "a: 3\n")])
        .expect("a commit");
    assert_eq!(get(&known).expect("the commit").id, known);
    let before = server.requests();
    assert_eq!(get(&known).expect("the commit").id, known);
    assert_eq!(server.requests(), before, "it is there already");
    // After a forced push the server may have it no more.
    let gone = "0000000000000000000000000000000000000001";
    assert_eq!(get(gone).expect("the branch").id, later);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let repositories = Repositories::new(folder.path());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let url = format!("http://127.0.0.1:{port}/a");
    let start = Instant::now();
    let error = repositories
        .refs(&url, &[], &Access::default())
        .expect_err("no answer");
    assert!(start.elapsed() < Duration::from_secs(25), "{error}");
    assert!(
        matches!(
            error,
            SourceError::Timeout { .. } | SourceError::Unreachable { .. }
        ),
        "{error:?}"
    );
}

#[test]
fn urls_of_one_repository_are_told_from_others() {
    for (a, b, same) in [
        (
            "https://example.com/a/b",
            "https://Example.com/a/b.git/",
            true,
        ),
        ("git@example.com:a/b.git", "ssh://git@example.com/a/b", true),
        ("https://example.com/a/b", "https://example.com/A/b", false),
        (
            "https://me:1@example.com/a",
            "https://you:2@example.com/a",
            false,
        ),
        ("file:///a/b", "/a/b", true),
        ("", "https://example.com/a", false),
    ] {
        assert_eq!(identity(a) == identity(b), same, "{a} {b}");
    }
}
