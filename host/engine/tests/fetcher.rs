//! What a long-lived process asks of repositories, and what it makes of the answers.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gantry_charts::{Charts, Reach};
use gantry_engine::{ChartKey, CheckError, Fetcher, FileKey, GitKey, Wanted};
use gantry_model::secrets::{
    Credentials, Repositories as Secrets, RepositorySecret, Secret, Trust,
};
use gantry_source::{Repositories, SourceError};
use gantry_testbed::{FileServer, GitHttpServer, GitRepository};
use serde_json::json;

/// The handshake and the list of refs.
const LIST: usize = 2;
/// The handshake, the (empty) list of refs, and the commit.
const FETCH: usize = 3;

struct World {
    folder: tempfile::TempDir,
    repository: GitRepository,
    server: GitHttpServer,
    fetcher: Fetcher,
}

fn fetcher(folder: &Path) -> Fetcher {
    Fetcher::new(
        Repositories::new(folder.join("cache")),
        Charts::new(folder.join("charts")),
        Secrets::default(),
    )
}

impl World {
    fn new(login: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
        repository
            .commit(&[("a.yaml", "a: 1\n")])
            .expect("a commit");
        for arguments in [["tag", "v1.0.0"], ["branch", "stage"]] {
            repository.git(&arguments).expect("git");
        }
        let server = GitHttpServer::start(folder.path(), login).expect("a server");
        let fetcher = fetcher(folder.path());
        Self {
            folder,
            repository,
            server,
            fetcher,
        }
    }

    fn key(&self, revision: &str) -> GitKey {
        GitKey {
            url: self.server.url("app"),
            revision: revision.to_owned(),
            tag_prefix: String::new(),
            project: "default".to_owned(),
        }
    }

    fn get(&self, revision: &str) -> Result<String, SourceError> {
        self.fetcher
            .commit(&self.key(revision))
            .map(|commit| commit.id)
    }

    /// The revisions that moved, in order.
    fn check(&self, used: &[&str]) -> Vec<String> {
        let used: Vec<Wanted> = used.iter().map(|r| Wanted::Git(self.key(r))).collect();
        let repository = self.key("").repository();
        let moved = self.fetcher.check(&repository, &used).expect("an answer");
        let mut moved: Vec<String> = moved
            .into_iter()
            .map(|wanted| match wanted {
                Wanted::Git(key) => key.revision,
                Wanted::Chart(key) => key.name,
            })
            .collect();
        moved.sort();
        moved
    }

    fn head(&self) -> String {
        self.repository
            .git(&["rev-parse", "HEAD"])
            .expect("a commit")
    }

    fn requests<T>(&self, work: impl FnOnce() -> T) -> (T, usize) {
        let before = self.server.requests();
        let done = work();
        (done, self.server.requests() - before)
    }
}

const NONE: [String; 0] = [];

#[test]
fn one_request_tells_which_revisions_moved() {
    let world = World::new(None);
    let first = world.head();
    let used = ["main", "stage", "1.*", first.as_str()];
    for revision in used {
        assert_eq!(world.get(revision), Ok(first.clone()), "{revision}");
    }
    assert_eq!(world.requests(|| world.check(&used)), (vec![], LIST));
    let second = world
        .repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    assert_eq!(
        world.requests(|| world.check(&used)),
        (vec!["main".into()], LIST)
    );
    assert_eq!(world.requests(|| world.check(&used)), (vec![], LIST));
    assert_eq!(world.requests(|| world.get("main")), (Ok(second), FETCH));
    for revision in &used[1..] {
        assert_eq!(
            world.requests(|| world.get(revision)),
            (Ok(first.clone()), 0)
        );
    }
    world.repository.git(&["tag", "v1.1.0"]).expect("a tag");
    assert_eq!(world.check(&used), ["1.*"]);
    world
        .repository
        .git(&["reset", "--hard", "--quiet", &first])
        .expect("git");
    world
        .repository
        .git(&["commit", "--allow-empty", "-m", "other"])
        .expect("git");
    assert_eq!(world.check(&used), ["main"], "a forced push");
    assert_eq!(world.get("main"), Ok(world.head()));
    let fixed = world.key(&first);
    let only = [Wanted::Git(fixed.clone())];
    let world = World::new(None);
    let (moved, asked) = world.requests(|| {
        world
            .fetcher
            .check(&fixed.repository(), &only)
            .expect("an answer")
    });
    assert_eq!(
        (moved.len(), asked),
        (0, 0),
        "nobody is asked what a commit id means"
    );
}

#[test]
fn a_branch_that_goes_and_comes_back() {
    let world = World::new(None);
    let first = world.get("stage").expect("a commit");
    world
        .repository
        .git(&["branch", "-D", "stage"])
        .expect("git");
    assert_eq!(world.check(&["stage"]), ["stage"]);
    let missing = world.get("stage").expect_err("it is gone");
    assert!(
        matches!(missing, SourceError::NoRevision { .. }),
        "{missing}"
    );
    assert_eq!(world.check(&["stage"]), NONE);
    let (again, asked) = world.requests(|| world.get("stage").expect_err("it is gone"));
    assert_eq!((again, asked), (missing, 0), "an error is remembered");
    world.repository.git(&["branch", "stage"]).expect("git");
    assert_eq!(world.check(&["stage"]), ["stage"]);
    assert_eq!(world.get("stage"), Ok(first));
    // A commit that nobody has yet.
    let later = "0123456789012345678901234567890123456789";
    world.get(later).expect_err("no such commit");
    world.check(&[later]);
    world.get(later).expect_err("no such commit");
    assert_eq!(world.check(&[later]), NONE, "no ref has moved");
    world
        .repository
        .commit(&[("a.yaml", "a: 9\n")])
        .expect("a commit");
    assert_eq!(world.check(&[later]), [later], "now it may be there");
}

#[test]
fn a_broken_repository_is_asked_once_for_all_its_applications() {
    let world = World::new(None);
    let moved_away = world.folder.path().join("away");
    std::fs::rename(world.repository.folder(), &moved_away).expect("moved");
    let ((), asked) = world.requests(|| {
        for _ in 0..1_000 {
            world.get("main").expect_err("no repository");
        }
    });
    assert!(asked <= 2, "{asked}");
    let used = [Wanted::Git(world.key("main"))];
    let repository = world.key("").repository();
    let error = world
        .fetcher
        .check(&repository, &used)
        .expect_err("no repository");
    assert!(
        matches!(error, CheckError::Git(SourceError::NoRepository { .. })),
        "{error:?}"
    );
    std::fs::rename(&moved_away, world.repository.folder()).expect("moved");
    assert_eq!(world.check(&["main"]), ["main"], "it is back");
    assert_eq!(world.get("main"), Ok(world.head()));
    assert_eq!(world.check(&["main"]), NONE);
}

#[test]
fn what_one_application_saw_early_is_told_to_the_others() {
    let world = World::new(None);
    world.get("main").expect("a commit");
    let second = world
        .repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    let main = Wanted::Git(world.key("main"));
    world.fetcher.forget_older(&[main], Instant::now());
    assert_eq!(world.get("main"), Ok(second));
    assert_eq!(world.check(&["main"]), ["main"]);
    assert_eq!(world.check(&["main"]), NONE);
}

#[test]
fn who_wants_the_newest_forgets_only_their_own_and_only_what_is_older() {
    let world = World::new(None);
    let first = world.head();
    for revision in ["main", "stage"] {
        assert_eq!(world.get(revision), Ok(first.clone()));
    }
    // What a poll has listed is no newer.
    world.check(&["main", "stage"]);
    let second = world
        .repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    let failed = Instant::now();
    let main = [Wanted::Git(world.key("main"))];
    let newest = || {
        world.fetcher.forget_older(&main, failed);
        world.get("main")
    };
    for expected in [FETCH, 0, 0] {
        assert_eq!(world.requests(newest), (Ok(second.clone()), expected));
    }
    assert_eq!(world.requests(|| world.get("stage")), (Ok(first), 0));
}

#[test]
fn what_is_dropped_from_memory_is_still_looked_after() {
    let world = World::new(None);
    let first = world.get("main").expect("a commit");
    world.check(&["main"]);
    world.fetcher.drop_unused(Duration::ZERO);
    assert_eq!(
        world.requests(|| world.get("main")),
        (Ok(first), 0),
        "it is on disk"
    );
    world.fetcher.drop_unused(Duration::ZERO);
    let second = world
        .repository
        .commit(&[("a.yaml", "a: 2\n")])
        .expect("a commit");
    assert_eq!(world.check(&["main"]), ["main"]);
    assert_eq!(world.get("main"), Ok(second));
}

#[test]
fn credentials_can_be_replaced() {
    // "robot:s3cret-token" in base64.
    let world = World::new(Some("Basic cm9ib3Q6czNjcmV0LXRva2Vu"));
    let error = world.get("main").expect_err("no access");
    assert!(matches!(error, SourceError::Unauthorized { .. }), "{error}");
    let secret = |url: String, password: &str| RepositorySecret {
        url,
        credentials: Credentials {
            username: "robot".to_owned(),
            password: Secret::from(password.to_owned()),
            ..Credentials::default()
        },
        ..RepositorySecret::default()
    };
    let other = secret(world.server.url("other"), "x");
    let told = world
        .fetcher
        .set_repository_secrets(Secrets::new(vec![other.clone()]));
    assert!(told.asked.is_empty(), "another repository's: {told:?}");
    assert_eq!(
        world
            .requests(|| world.get("main").expect_err("no access"))
            .1,
        0
    );
    let good = secret(world.server.url("app"), "s3cret-token");
    let told = world
        .fetcher
        .set_repository_secrets(Secrets::new(vec![other.clone(), good]));
    let key = world.key("main");
    assert!(told.has(&key.url, &key.project));
    assert_eq!(told.asked, [(key.url, key.project)].into());
    assert_eq!(world.get("main"), Ok(world.head()));
    world
        .fetcher
        .set_repository_secrets(Secrets::new(vec![other]));
    world
        .get("main")
        .expect_err("what was fetched with credentials goes with them");
}

#[test]
fn ranges_of_charts_are_looked_up_in_an_index_that_is_sent_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = folder.path().join("served");
    let server = FileServer::start(&served, None).expect("a server");
    publish(&served, &["1.0.0"]);
    let fetcher = fetcher(folder.path());
    let key = |version: &str| ChartKey {
        repository: server.url(""),
        name: "web".to_owned(),
        version: version.to_owned(),
        pass_credentials: false,
        project: "default".to_owned(),
        reach: Reach::Anywhere,
    };
    let [exact, range, any] = ["1.0.0", "1.*", "*"].map(key);
    let keys = [exact.clone(), range.clone(), any.clone()];
    for key in &keys {
        assert_eq!(fetcher.chart(key).expect("a chart").version, "1.0.0");
    }
    let asked = || {
        let asked = server.asked().into_iter();
        asked
            .map(|a| format!("{} {}", a.status, a.path))
            .collect::<Vec<_>>()
    };
    asked();
    let used: Vec<Wanted> = keys.iter().cloned().map(Wanted::Chart).collect();
    let check = || {
        fetcher
            .check(&exact.repository(), &used)
            .expect("an answer")
    };
    assert!(check().is_empty());
    assert_eq!(asked(), ["304 /index.yaml"]);
    publish(&served, &["1.0.0", "1.1.0", "2.0.0"]);
    assert_eq!(check().len(), 2);
    assert_eq!(asked(), ["200 /index.yaml"]);
    assert!(check().is_empty());
    for (key, version) in keys.iter().zip(["1.0.0", "1.1.0", "2.0.0"]) {
        assert_eq!(fetcher.chart(key).expect("a chart").version, version);
    }
    let only = [Wanted::Chart(exact.clone())];
    asked();
    fetcher.drop_unused(Duration::ZERO);
    fetcher
        .check(&exact.repository(), &only)
        .expect("an answer");
    assert!(
        asked().is_empty(),
        "an exact version is not asked for again"
    );
}

#[test]
fn a_chart_that_was_published_again_is_seen_on_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = folder.path().join("served");
    let server = FileServer::start(&served, None).expect("a server");
    publish(&served, &["1.0.0"]);
    let fetcher = fetcher(folder.path());
    let [exact, other] = ["default", "other"].map(|project| ChartKey {
        repository: server.url(""),
        name: "web".to_owned(),
        version: "1.0.0".to_owned(),
        pass_credentials: false,
        project: project.to_owned(),
        reach: Reach::Anywhere,
    });
    let get = |key: &ChartKey| fetcher.chart(key).map(|chart| chart.digest);
    let first = get(&exact).expect("a chart");
    std::fs::write(served.join("build/web/values.yaml"), "a: 2\n").expect("a file");
    publish(&served, &["1.0.0"]);
    fetcher.renew([Wanted::Chart(other)]);
    assert_eq!(get(&exact).as_ref(), Ok(&first), "nobody wants it anew");
    // As long as its repository is away, it is not taken from disk either.
    let (index, away) = (served.join("index.yaml"), served.join("away"));
    std::fs::rename(&index, &away).expect("away");
    fetcher.renew([Wanted::Chart(exact.clone())]);
    get(&exact).expect_err("there is no index");
    std::fs::rename(&away, &index).expect("back");
    fetcher.drop_unused(Duration::from_secs(3_600));
    fetcher.forget_older(&[Wanted::Chart(exact.clone())], Instant::now());
    let second = get(&exact).expect("the chart");
    assert_ne!(second, first);
    server.asked();
    fetcher.forget_older(&[Wanted::Chart(exact.clone())], Instant::now());
    assert_eq!(get(&exact), Ok(second));
    assert!(server.asked().is_empty(), "it is kept again");
}

#[test]
fn a_tag_of_a_tree_moves_only_when_it_does() {
    let world = World::new(None);
    world
        .repository
        .git(&["tag", "tree", "HEAD^{tree}"])
        .expect("a tag");
    let error = world.get("tree").expect_err("no commit");
    assert!(matches!(error, SourceError::NotACommit { .. }), "{error}");
    assert_eq!(world.check(&["tree"]), NONE);
    world
        .repository
        .git(&["tag", "--force", "tree", "HEAD"])
        .expect("a tag");
    assert_eq!(world.check(&["tree"]), ["tree"]);
    assert_eq!(world.get("tree"), Ok(world.head()));
}

#[test]
fn servers_are_believed_as_the_config_maps_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = folder.path().join("served");
    let server = FileServer::start_tls(&served, None).expect("a server");
    publish(&served, &["1.0.0"]);
    let fetcher = fetcher(folder.path());
    let chart = ChartKey {
        repository: server.url(""),
        name: "web".to_owned(),
        version: "1.*".to_owned(),
        pass_credentials: false,
        project: "default".to_owned(),
        reach: Reach::Anywhere,
    };
    let file = FileKey {
        url: server.url("index.yaml"),
        project: "default".to_owned(),
        reach: Reach::Anywhere,
    };
    fetcher.chart(&chart).expect_err("nobody knows it");
    fetcher.file(&file).expect_err("nobody knows it");
    let host = server.url("");
    let host = host.split(['/', ':']).nth(3).expect("a host");
    let mut trust = Trust::default();
    assert!(trust.take(&json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "argocd-tls-certs-cm"}, "data": {host: server.certificate()}})));
    assert!(fetcher.set_trust(trust.clone()));
    fetcher.chart(&chart).expect("a chart");
    fetcher.file(&file).expect("a file");
    assert!(!fetcher.set_trust(trust), "it is the same");
}

/// A Helm repository with these versions of a chart.
fn publish(folder: &Path, versions: &[&str]) {
    let mut index = "apiVersion: v1\nentries:\n  web:\n".to_owned();
    for version in versions {
        let chart = folder.join("build/web");
        std::fs::create_dir_all(&chart).expect("a folder");
        let text = format!("apiVersion: v2\nname: web\nversion: {version}\n");
        std::fs::write(chart.join("Chart.yaml"), text).expect("a file");
        let made = Command::new("tar")
            .args(["czf", &format!("../web-{version}.tgz"), "web"])
            .current_dir(folder.join("build"))
            .status()
            .expect("tar runs");
        assert!(made.success());
        index += &format!("  - version: {version}\n    urls: [web-{version}.tgz]\n");
    }
    std::fs::write(folder.join("index.yaml"), index).expect("a file");
}
