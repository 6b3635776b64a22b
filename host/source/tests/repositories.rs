//! Revisions and trees of real repositories: in place, over http, over ssh.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gantry_model::{EntryKind, SourceTree, TreeError, limits};
use gantry_source::{Access, Commit, DirTree, Repositories, SourceError, enclosing_work_tree};
use gantry_testbed::{GitHttpServer, GitRepository, GitSshServer};

/// A repository with two commits, a branch, both kinds of tag, and links of every kind.
struct Fixture {
    folder: tempfile::TempDir,
    repository: GitRepository,
    first: String,
    second: String,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    let first = repository
        .commit(&[
            ("deploy/a.yaml", "a: 1\n"),
            ("deploy/sub/b.yaml", "b: 1\n"),
            ("deploy.txt", "x"),
        ])
        .expect("a commit");
    repository.git(&["tag", "v1"]).expect("a tag");
    repository
        .git(&["tag", "-a", "v1-annotated", "-m", "one"])
        .expect("a tag");
    repository.git(&["branch", "feature/x"]).expect("a branch");
    for (name, target) in [
        ("inside", "deploy/sub"),
        ("file-link", "deploy/sub/../a.yaml"),
        ("outside", "../../etc/passwd"),
        ("absolute", "/etc/passwd"),
        ("dangling", "nowhere"),
        ("loop", "loop"),
    ] {
        std::os::unix::fs::symlink(target, repository.folder().join(name)).expect("a link");
    }
    let second = repository
        .commit(&[("deploy/a.yaml", "a: 2\n")])
        .expect("a commit");
    Fixture {
        folder,
        repository,
        first,
        second,
    }
}

fn text(tree: &dyn SourceTree, path: &str) -> String {
    String::from_utf8(tree.read(path).expect(path)).expect("UTF-8")
}

/// Every form of revision that an application can name, and what it must resolve to.
fn check_revisions(fixture: &Fixture, get: &dyn Fn(&str) -> Result<Commit, SourceError>) {
    let Fixture { first, second, .. } = fixture;
    for (revision, expected) in [
        ("", second),
        ("HEAD", second),
        ("main", second),
        ("refs/heads/main", second),
        ("feature/x", first),
        ("v1", first),
        ("v1-annotated", first),
        ("refs/tags/v1-annotated", first),
        (first.as_str(), first),
        (&first[..8], first),
    ] {
        let commit = get(revision).expect(revision);
        assert_eq!(&commit.id, expected, "{revision}");
        assert!(commit.time_unix_secs > 1_700_000_000, "{revision}");
        let content = if expected == first {
            "a: 1\n"
        } else {
            "a: 2\n"
        };
        assert_eq!(text(&*commit.tree, "deploy/a.yaml"), content, "{revision}");
    }
    for revision in [
        "nothing",
        "v2",
        "feature",
        "0000000000000000000000000000000000000001",
        "a..b",
        "deadbeef",
    ] {
        let error = get(revision).expect_err(revision);
        assert!(
            matches!(error, SourceError::NoRevision { .. }),
            "{revision}: {error:?}"
        );
    }
}

#[test]
fn a_local_repository_is_read_in_place() {
    let fixture = fixture();
    let repositories = Repositories::new(fixture.folder.path().join("cache"));
    for url in [
        fixture.repository.file_url(),
        fixture.repository.folder().display().to_string(),
    ] {
        check_revisions(&fixture, &|revision| {
            repositories.commit(&url, revision, &Access::default())
        });
    }
    assert!(
        !fixture.folder.path().join("cache").exists(),
        "nothing was copied"
    );
    let missing = repositories.commit("file:///nowhere/at/all", "", &Access::default());
    assert!(
        matches!(missing, Err(SourceError::NoRepository { .. })),
        "{missing:?}"
    );
}

/// Ranges of versions, in place and over http.
#[test]
fn a_range_of_versions_is_its_newest_tag() {
    let fixture = fixture();
    for tag in ["v1.2.0", "app-1.0.0", "app-1.1.0"] {
        fixture
            .repository
            .git(&["tag", tag, &fixture.first])
            .expect("a tag");
    }
    fixture
        .repository
        .git(&["tag", "-a", "v1.10.0", "-m", "ten", &fixture.second])
        .expect("a tag");
    let cache = fixture.folder.path().join("cache");
    let repositories = Repositories::new(&cache);
    let server = GitHttpServer::start(fixture.folder.path(), None).expect("a server");
    for url in [fixture.repository.file_url(), server.url("app")] {
        let get = |revision: &str, prefix: &str| {
            let found = repositories.commit_of_tag(&url, revision, prefix, &Access::default());
            found
                .map(|commit| commit.id)
                .map_err(|error| error.to_string())
        };
        assert_eq!(get("1.*", ""), Ok(fixture.second.clone()), "{url}");
        assert_eq!(get("~1.2", ""), Ok(fixture.first.clone()), "{url}");
        assert_eq!(get(">=1 <2", "app-"), Ok(fixture.first.clone()), "{url}");
        assert_eq!(get("1.0.0", "app-"), Ok(fixture.first.clone()), "{url}");
        let error = get("^2", "app-").expect_err("no tag");
        assert!(error.contains("app-1.1.0, app-1.0.0"), "{error}");
    }
}

#[test]
fn a_repository_over_http_is_fetched_once_for_each_commit() {
    let fixture = fixture();
    let server = GitHttpServer::start(fixture.folder.path(), None).expect("a server");
    let cache = fixture.folder.path().join("cache");
    let repositories = Repositories::new(&cache);
    let url = server.url("app");
    check_revisions(&fixture, &|revision| {
        repositories.commit(&url, revision, &Access::default())
    });

    let before = server.requests();
    repositories
        .commit(&url, &fixture.first, &Access::default())
        .expect("a known commit");
    assert_eq!(
        server.requests(),
        before,
        "a commit that is there needs no request"
    );

    let third = fixture
        .repository
        .commit(&[("deploy/a.yaml", "a: 3\n")])
        .expect("a commit");
    let commit = repositories
        .commit(&url, "main", &Access::default())
        .expect("the new commit");
    assert_eq!(commit.id, third, "a branch is asked for each time");

    let missing = repositories.commit(&server.url("other"), "", &Access::default());
    assert!(
        matches!(missing, Err(SourceError::NoRepository { .. })),
        "{missing:?}"
    );
}

#[test]
fn a_first_fetch_is_shallow() {
    let fixture = fixture();
    let server = GitHttpServer::start(fixture.folder.path(), None).expect("a server");
    let cache = fixture.folder.path().join("cache");
    let url = server.url("app");
    Repositories::new(&cache)
        .commit(&url, "main", &Access::default())
        .expect("a commit");
    let bare = std::fs::read_dir(&cache)
        .expect("the cache")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .expect("a repository");
    let shallow = std::fs::read_to_string(bare.join("shallow")).expect("the shallow file");
    assert_eq!(shallow.trim(), fixture.second);
}

#[test]
fn credentials_are_sent_when_asked_for_and_never_told() {
    let fixture = fixture();
    // "robot:s3cret-token" in base64.
    let login = "Basic cm9ib3Q6czNjcmV0LXRva2Vu";
    let server = GitHttpServer::start(fixture.folder.path(), Some(login)).expect("a server");
    let repositories = Repositories::new(fixture.folder.path().join("cache"));
    let access = |password: &str| Access {
        username: "robot".into(),
        password: password.into(),
        ..Access::default()
    };
    let url = server.url("app");
    let commit = repositories
        .commit(&url, "", &access("s3cret-token"))
        .expect("a commit");
    assert_eq!(commit.id, fixture.second);
    for wrong in [access("wr0ng-token"), Access::default()] {
        let error = repositories
            .commit(&url, "", &wrong)
            .expect_err("no access");
        assert!(
            matches!(error, SourceError::Unauthorized { .. }),
            "{error:?}"
        );
        assert!(!error.to_string().contains("wr0ng-token"), "{error}");
        assert!(!format!("{wrong:?}").contains("wr0ng-token"));
    }
}

#[test]
fn what_was_fetched_is_for_those_whom_the_server_has_answered() {
    let fixture = fixture();
    // "robot:s3cret-token" in base64.
    let login = "Basic cm9ib3Q6czNjcmV0LXRva2Vu";
    let server = GitHttpServer::start(fixture.folder.path(), Some(login)).expect("a server");
    let url = server.url("app");
    let access = |password: &str| Access {
        username: "robot".into(),
        password: password.into(),
        ..Access::default()
    };
    let right = || access("s3cret-token");
    let asked = Arc::new(AtomicUsize::new(0));
    let start = |guarded: bool| {
        let counted = Arc::clone(&asked);
        let repositories = Repositories::new(fixture.folder.path().join("cache"));
        let repositories = repositories.heard_by(move |_, _, _| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        if guarded {
            repositories.guarded()
        } else {
            repositories
        }
    };
    let id = fixture.second.as_str();
    let get = |repositories: &Repositories, revision: &str, known, access: &Access| {
        let before = asked.load(Ordering::Relaxed);
        let found = repositories.commit_known(&url, revision, "", known, access);
        let found = match found {
            Ok(commit) => commit.id,
            Err(SourceError::Unauthorized { .. }) => "refused".to_owned(),
            Err(error) => error.to_string(),
        };
        (found, asked.load(Ordering::Relaxed) - before)
    };
    let first = start(true);
    let (given, refused) = (id.to_owned(), "refused".to_owned());
    assert_eq!(get(&first, id, None, &right()).0, given);
    assert_eq!(get(&first, id, None, &right()), (given.clone(), 0));
    for wrong in [access("wr0ng-token"), Access::default()] {
        for (revision, known) in [(id, None), ("main", Some(id)), (&id[..8], None)] {
            let (found, requests) = get(&first, revision, known, &wrong);
            assert_eq!(found, refused, "{revision} {known:?}");
            assert!(requests > 0, "{revision} {known:?}");
        }
    }
    // Who was refused keeps nobody else from it.
    assert_eq!(get(&first, id, None, &right()), (given.clone(), 0));
    // After a start each is asked for once; a list of refs will do.
    let second = start(true);
    assert_eq!(get(&second, id, None, &right()), (given.clone(), 1));
    assert_eq!(get(&second, "main", Some(id), &right()), (given.clone(), 0));
    let third = start(true);
    third.refs(&url, &[], &right()).expect("refs");
    assert_eq!(get(&third, id, None, &right()), (given.clone(), 0));
    // A command works for one person, who has the files anyway.
    assert_eq!(get(&start(false), id, None, &Access::default()), (given, 0));
}

#[test]
fn a_repository_over_ssh_with_a_key() {
    let fixture = fixture();
    // As large hosts have it, and as servers are that nobody has told of protocol 2.
    for (name, settings) in [("2", "AcceptEnv GIT_PROTOCOL"), ("1", "")] {
        let folder = fixture.folder.path().join(format!("ssh-{name}"));
        let Some(server) = GitSshServer::start_with(&folder, settings).expect("sshd") else {
            eprintln!("skipped: this machine has no sshd");
            return;
        };
        let cache = fixture.folder.path().join(format!("cache-{name}"));
        let repositories = Repositories::new(cache);
        let access = Access {
            ssh_private_key: server.private_key().expect("a key"),
            insecure: true,
            ..Access::default()
        };
        let url = server.url(fixture.repository.folder());
        check_revisions(&fixture, &|revision| {
            repositories.commit(&url, revision, &access)
        });
        let missing = server.url(Path::new("/nowhere"));
        let error = repositories.commit(&missing, "", &access);
        let error = error.expect_err("no repository");
        let is_told = error.to_string().contains("does not appear to be a git");
        assert!(
            is_told && matches!(error, SourceError::NoRepository { .. }),
            "{error:?}"
        );
        let no_key = Access {
            ssh_private_key: String::new(),
            ..access
        };
        let error = repositories.commit(&url, "", &no_key);
        let error = error.expect_err("no key");
        let is_told = error.to_string().contains("Permission denied (");
        assert!(
            is_told && matches!(error, SourceError::Unauthorized { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn an_ssh_server_that_is_silent_keeps_its_repository_from_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    // It takes each connection, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = silent.local_addr().expect("its address").port();
    let repositories = Repositories::new(folder.path());
    let url = format!("ssh://git@127.0.0.1:{port}/a");
    let started = std::time::Instant::now();
    let error = repositories
        .commit(&url, "", &Access::default())
        .expect_err("no answer");
    assert!(
        !matches!(error, SourceError::Timeout { .. }),
        "nobody waited for ssh to end: {error}"
    );
    let most = limits::SSH_CONNECT_TIMEOUT_SECS * 2;
    assert!(started.elapsed().as_secs() < most, "{error}");
    let mut locks = 0;
    for entry in std::fs::read_dir(folder.path()).expect("the cache") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|end| end == "lock") {
            let lock = std::fs::File::open(&path).expect("the lock");
            lock.try_lock().expect("nobody holds it");
            locks += 1;
        }
    }
    assert_eq!(locks, 1);
}

#[test]
fn a_server_that_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let repositories = Repositories::new(folder.path());
    for url in ["http://127.0.0.1:1/a", "http://no-such-host.invalid/a"] {
        let error = repositories
            .commit(url, "", &Access::default())
            .expect_err(url);
        assert!(
            matches!(error, SourceError::Unreachable { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn cve_2022_24730_and_24731_both_kinds_of_tree_show_nothing_outside() {
    let fixture = fixture();
    let repositories = Repositories::new(fixture.folder.path().join("cache"));
    let commit = repositories
        .commit(&fixture.repository.file_url(), "", &Access::default())
        .expect("a commit");
    let directory = DirTree::open(fixture.repository.folder()).expect("the directory");
    let trees: [&dyn SourceTree; 2] = [&*commit.tree, &directory];
    for tree in trees {
        check_tree(tree);
    }
    assert_eq!(
        enclosing_work_tree(&fixture.repository.folder().join("deploy/sub")),
        fixture.repository.folder().canonicalize().ok()
    );
}

fn check_tree(tree: &dyn SourceTree) {
    use EntryKind::{BrokenLink, Directory, File};
    let entries = tree.list("").expect("the root");
    let names: Vec<(&str, EntryKind)> = entries.iter().map(|e| (e.name.as_str(), e.kind)).collect();
    let expected = [
        ("absolute", BrokenLink),
        ("dangling", BrokenLink),
        ("deploy", Directory),
        ("deploy.txt", File),
        ("file-link", File),
        ("inside", Directory),
        ("loop", BrokenLink),
        ("outside", BrokenLink),
    ];
    assert_eq!(names, expected, "{tree:?}");
    assert_eq!(text(tree, "file-link"), "a: 2\n", "{tree:?}");
    assert_eq!(text(tree, "inside/b.yaml"), "b: 1\n", "{tree:?}");
    assert_eq!(text(tree, "deploy/./sub/../a.yaml"), "a: 2\n", "{tree:?}");
    assert_eq!(tree.is_link("inside"), Ok(true), "{tree:?}");
    assert_eq!(tree.is_link("deploy"), Ok(false), "{tree:?}");
    for path in [
        "outside",
        "absolute",
        "../x",
        "/etc/passwd",
        "deploy/../../x",
    ] {
        let error = tree.read(path).expect_err(path);
        assert!(
            matches!(error, TreeError::Outside(_)),
            "{path}: {error:?} {tree:?}"
        );
    }
    for path in ["dangling", "missing", ".git/HEAD"] {
        let error = tree.read(path).expect_err(path);
        assert!(
            matches!(error, TreeError::NotFound(_)),
            "{path}: {error:?} {tree:?}"
        );
    }
    assert!(
        matches!(tree.read("deploy"), Err(TreeError::NotAFile(_))),
        "{tree:?}"
    );
    assert!(
        matches!(tree.list("deploy.txt"), Err(TreeError::NotADirectory(_))),
        "{tree:?}"
    );
    assert!(
        matches!(
            tree.read("loop"),
            Err(TreeError::Loop(_) | TreeError::Io { .. })
        ),
        "{tree:?}"
    );
    for (path, target) in [
        ("inside", "deploy/sub"),
        ("outside", "../../etc/passwd"),
        ("absolute", "/etc/passwd"),
        ("loop", "loop"),
    ] {
        let told = tree.read_link(path);
        assert_eq!(told.as_deref(), Ok(target), "{tree:?}");
    }
    assert!(
        matches!(tree.read_link("deploy"), Err(TreeError::NotALink(_))),
        "{tree:?}"
    );
}
