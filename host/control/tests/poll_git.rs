//! Polls of real Git servers: what they cost, and what they do about servers that misbehave.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gantry_charts::Charts;
use gantry_control::{Listener, Pace, Poller};
use gantry_engine::{CheckError, Fetcher, GitKey, Wanted};
use gantry_model::secrets::Repositories as Secrets;
use gantry_source::{Repositories, SourceError};
use gantry_testbed::{GitHttpServer, GitRepository};

/// The handshake and the list of refs.
const LIST: usize = 2;
const PATIENCE: Duration = Duration::from_secs(30);

/// What was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Event>>>);

#[derive(Clone, Debug, PartialEq)]
enum Event {
    Moved(Vec<String>),
    Failing(Vec<String>, String),
    Recovered(Vec<String>),
}

impl Told {
    fn push(&self, event: Event) {
        self.0.lock().expect("no panic").push(event);
    }

    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }

    /// What was told, once it is something.
    async fn next(&self) -> Vec<Event> {
        wait_for(|| !self.0.lock().expect("no panic").is_empty()).await;
        self.take()
    }
}

impl Listener for Told {
    fn moved(&self, applications: &[String]) {
        self.push(Event::Moved(applications.to_vec()));
    }

    fn failing(&self, applications: &[String], error: &CheckError) {
        self.push(Event::Failing(applications.to_vec(), error.to_string()));
    }

    fn recovered(&self, applications: &[String]) {
        self.push(Event::Recovered(applications.to_vec()));
    }
}

async fn wait_for(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "it takes too long");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn key(url: &str, revision: &str) -> GitKey {
    GitKey {
        url: url.to_owned(),
        revision: revision.to_owned(),
        tag_prefix: String::new(),
        project: "default".to_owned(),
    }
}

fn fetcher(folder: &std::path::Path) -> Arc<Fetcher> {
    Arc::new(Fetcher::new(
        Repositories::new(folder.join("cache")),
        Charts::new(folder.join("charts")),
        Secrets::default(),
    ))
}

/// Fetches as an application does.
async fn get(fetcher: &Arc<Fetcher>, key: GitKey) -> Result<String, SourceError> {
    let fetcher = Arc::clone(fetcher);
    let fetched = tokio::task::spawn_blocking(move || fetcher.commit(&key));
    fetched.await.expect("no panic").map(|commit| commit.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_applications_of_a_repository_cost_one_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    let first = repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    repository.git(&["branch", "stage"]).expect("git");
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    let fetcher = fetcher(folder.path());
    let told = Told::default();
    // Nothing is asked unless a webhook says so.
    let poller = Poller::new(Arc::clone(&fetcher), told.clone(), Pace::default());
    let url = server.url("app");
    let mut stage = Vec::new();
    for number in 0..200 {
        let (name, revision) = match number % 10 {
            0 => (format!("stage-{number:03}"), "stage"),
            _ => (format!("main-{number:03}"), "main"),
        };
        assert_eq!(get(&fetcher, key(&url, revision)).await, Ok(first.clone()));
        poller.follow(&name, vec![Wanted::Git(key(&url, revision))]);
        if revision == "stage" {
            stage.push(name);
        }
    }
    let ask = |requests: usize| {
        let before = server.requests();
        assert_eq!(poller.refresh(&url), 1);
        let server = &server;
        async move { wait_for(|| server.requests() >= before + requests).await }
    };
    ask(LIST).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let before = server.requests();
    assert!(told.take().is_empty());

    repository
        .git(&["checkout", "--quiet", "stage"])
        .expect("git");
    let second = repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    ask(LIST).await;
    assert_eq!(told.next().await, [Event::Moved(stage.clone())]);
    assert_eq!(
        server.requests() - before,
        LIST,
        "one list for 200 applications"
    );
    assert_eq!(get(&fetcher, key(&url, "stage")).await, Ok(second));
    for _ in &stage {
        get(&fetcher, key(&url, "stage"))
            .await
            .expect("it is there");
        get(&fetcher, key(&url, "main")).await.expect("it is there");
    }
    assert_eq!(server.requests() - before, LIST + 3, "and one fetch");

    repository
        .git(&["reset", "--hard", "--quiet", &first])
        .expect("git");
    let forced = repository
        .commit(&[("a.yaml", "a: 3\n")])
        .expect("a commit");
    ask(LIST).await;
    assert_eq!(told.next().await, [Event::Moved(stage)], "a forced push");
    assert_eq!(get(&fetcher, key(&url, "stage")).await, Ok(forced));
}

// On one thread: all have asked before anything else goes on.
#[tokio::test]
async fn a_commit_is_seen_by_all_who_ask_after_it_by_one_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    let (fetcher, told) = (fetcher(folder.path()), Told::default());
    let poller = Poller::new(Arc::clone(&fetcher), told.clone(), Pace::default());
    let url = server.url("app");
    let names: Vec<String> = (0..200).map(|number| format!("app-{number:03}")).collect();
    get(&fetcher, key(&url, "main")).await.expect("a commit");
    for name in &names {
        poller.follow(name, vec![Wanted::Git(key(&url, "main"))]);
    }
    let second = repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    let before = server.requests();
    let main = key(&url, "main").repository();
    let asks = names.iter().map(|name| poller.ask(name, main.clone()));
    let answers = futures::future::join_all(asks).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(server.requests() - before, LIST, "one list for all");
    assert_eq!(get(&fetcher, key(&url, "main")).await, Ok(second));
    assert!(told.take().is_empty(), "they know it already");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_misbehave_are_told_and_do_not_touch_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    let server = GitHttpServer::start(folder.path(), None).expect("a server");
    let good = server.url("app");
    let hangs = TcpListener::bind("127.0.0.1:0").expect("a port");
    let hanging = format!("http://{}/app", hangs.local_addr().expect("a port"));
    let garbage = serve_garbage();
    let away = server.url("away");
    let fetcher = fetcher(folder.path());
    let told = Told::default();
    get(&fetcher, key(&good, "main")).await.expect("a commit");
    get(&fetcher, key(&away, "main"))
        .await
        .expect_err("it is not there");
    let poller = Poller::new(Arc::clone(&fetcher), told.clone(), fast());
    for (name, url) in [
        ("good", &good),
        ("hanging", &hanging),
        ("garbage", &garbage),
        ("away", &away),
    ] {
        poller.follow(name, vec![Wanted::Git(key(url, "main"))]);
    }
    let mut seen = Vec::new();
    for name in ["hanging", "garbage", "away"] {
        let failed = |event: &Event| matches!(event, Event::Failing(names, _) if names == &[name]);
        while !seen.iter().any(failed) {
            seen.extend(told.next().await);
        }
    }
    assert!(
        !seen.iter().any(|event| match event {
            Event::Failing(names, _) | Event::Moved(names) => names == &["good"],
            Event::Recovered(_) => true,
        }),
        "{seen:?}"
    );
    repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    let start = Instant::now();
    let moved = |name: &str| Event::Moved(vec![name.to_owned()]);
    let mut seen = Vec::new();
    while !seen.contains(&moved("good")) {
        seen.extend(told.next().await);
    }
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    let other = GitRepository::init(&folder.path().join("away")).expect("git init");
    other.commit(&[("a.yaml", "a: 1\n")]).expect("a commit");
    while !seen.contains(&moved("away")) {
        seen.extend(told.next().await);
    }
    assert!(
        seen.contains(&Event::Recovered(vec!["away".to_owned()])),
        "{seen:?}"
    );
    get(&fetcher, key(&away, "main"))
        .await
        .expect("it is there now");
}

/// Some hundred times faster than usual.
fn fast() -> Pace {
    Pace {
        interval: Duration::from_millis(300),
        jitter: Duration::from_millis(100),
        timeout: Duration::from_secs(8),
        slow_after: Duration::from_millis(500),
        gap: Duration::from_millis(50),
        backoff: Duration::from_millis(200),
        backoff_max: Duration::from_millis(400),
        in_flight: 2,
    }
}

/// A server that says what is no Git.
fn serve_garbage() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/app", listener.local_addr().expect("a port"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer =
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\
                Content-Length: 24\r\nConnection: close\r\n\r\nzzzz\x00\xff001e# nonsense\n\n\n\n";
            // A client that breaks off is its own affair.
            let _ = stream.write_all(answer);
        }
    });
    url
}
