//! An ssh server that lives, while Git hangs behind it.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use gantry_model::limits;
use gantry_source::{Access, Repositories, SourceError};
use gantry_testbed::{GitRepository, GitSshServer};

/// What the server does with each session: nothing, for as long as somebody is there.
const HANGS: &str = "exec cat >/dev/null\n";
/// What it was asked for.
const GOES_ON: &str = "exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n";

/// The programs of that name that this process has begun and that are still there.
fn children(name: &str) -> usize {
    let own = std::process::id().to_string();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = all.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let is_one = |stat: &String| {
        let after = stat.split_once(&format!("({name}) "));
        after.is_some_and(|(_, rest)| rest.split(' ').nth(1) == Some(&own))
    };
    stats.filter(is_one).count()
}

fn server(folder: &Path, script: &Path) -> Option<GitSshServer> {
    let command = format!("ForceCommand sh {}", script.display());
    GitSshServer::start_with(&folder.join("ssh"), &command).expect("sshd")
}

#[test]
fn git_that_hangs_behind_ssh_keeps_its_repository_from_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = |name: &str| {
        let repository = GitRepository::init(&folder.path().join(name)).expect("git init");
        let id = repository.commit(&[("a.yaml", "a: 1\n")]);
        (repository, id.expect("a commit"))
    };
    let ((app, id), (other, other_id)) = (repository("app"), repository("other"));
    let script = folder.path().join("session.sh");
    fs::write(&script, HANGS).expect("a script");
    let Some(hanging) = server(folder.path(), &script) else {
        eprintln!("skipped: this machine has no sshd");
        return;
    };
    let well = GitSshServer::start(&folder.path().join("well")).expect("sshd");
    let well = well.expect("there is one");
    let repositories = Repositories::new(folder.path().join("cache"));
    let access = |server: &GitSshServer| Access {
        ssh_private_key: server.private_key().expect("a key"),
        insecure: true,
        ..Access::default()
    };
    let url = hanging.url(app.folder());
    let began = Instant::now();
    thread::scope(|scope| {
        let fetch = scope.spawn(|| repositories.commit(&url, "main", &access(&hanging)));
        let list = scope.spawn(|| repositories.refs(&url, &[], &access(&hanging)));
        let found = repositories.commit(&well.url(other.folder()), "main", &access(&well));
        assert_eq!(found.expect("another repository").id, other_id);
        let took = began.elapsed().as_secs();
        assert!(took < limits::REFS_TIMEOUT_SECS, "it has waited: {took} s");
        let secs = limits::REFS_TIMEOUT_SECS;
        let late = SourceError::Timeout {
            url: url.clone(),
            secs,
        };
        assert_eq!(list.join().expect("an answer"), Err(late));
        let error = fetch.join().expect("an answer").expect_err("no commit");
        let (secs, host) = (limits::FETCH_SILENCE_SECS, "127.0.0.1");
        let words = format!("cannot fetch {url}: {host} has sent nothing for {secs} s");
        assert_eq!(error.to_string(), words);
        assert_eq!(error.diagnostic().code, "repository-timeout");
    });
    // Both ends are gone, and whoever comes next has the repository at once.
    let began = Instant::now();
    while children("ssh") > 0 && began.elapsed().as_secs() < 5 {
        thread::yield_now();
    }
    assert_eq!(children("ssh"), 0);
    fs::write(&script, GOES_ON).expect("a script");
    let began = Instant::now();
    let found = repositories.commit(&url, "main", &access(&hanging));
    assert_eq!(found.expect("the commit").id, id);
    let took = began.elapsed().as_secs();
    assert!(took < limits::FETCH_SILENCE_SECS, "it has waited: {took} s");
}
