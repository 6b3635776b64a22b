//! Repositories that are fetched with an app's tokens.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::thread;

use gantry_charts::Charts;
use gantry_engine::{Fetcher, GitKey, Wanted};
use gantry_model::secrets::{Credentials, GithubApp, Repositories as Secrets, RepositorySecret};
use gantry_source::{Repositories, SourceError};
use gantry_testbed::{GitHttpServer, GitRepository, GithubApi};

const APP: u64 = 12;
/// The accounts that it is installed for; more than fit on a page.
const INSTALLED: [(u64, &str); 4] = [(1, "a"), (2, "b"), (3, "c"), (4, "Shop")];

struct World {
    _folder: tempfile::TempDir,
    api: GithubApi,
    /// It takes the first token that is given out, and nothing else.
    git: GitHttpServer,
    id: String,
    fetcher: Fetcher,
}

impl World {
    fn new(change: impl FnOnce(&mut GithubApp)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = GitRepository::init(&folder.path().join("shop/app")).expect("git init");
        let id = repository.commit(&[("a.yaml", "a: 1\n")]);
        let api = GithubApi::start(APP, &INSTALLED).expect("a server");
        let login = GithubApi::login(&GithubApi::token(1));
        let git = GitHttpServer::start(folder.path(), Some(&login)).expect("a server");
        let mut app = GithubApp {
            secret: "creds-1".into(),
            id: APP,
            installation: 4,
            private_key: GithubApi::private_key().expect("a key").into(),
            base_url: api.url(),
        };
        change(&mut app);
        let secret = RepositorySecret {
            url: git.url("shop/app"),
            credentials: Credentials {
                github_app: Some(app),
                ..Credentials::default()
            },
            ..RepositorySecret::default()
        };
        let fetcher = Fetcher::new(
            Repositories::new(folder.path().join("cache")),
            Charts::new(folder.path().join("charts")),
            Secrets::new(vec![secret]),
        );
        Self {
            _folder: folder,
            api,
            git,
            id: id.expect("a commit"),
            fetcher,
        }
    }

    fn key(&self, revision: &str) -> GitKey {
        GitKey {
            url: self.git.url("shop/app"),
            revision: revision.to_owned(),
            tag_prefix: String::new(),
            project: String::new(),
        }
    }

    fn get(&self) -> Result<String, SourceError> {
        let commit = self.fetcher.commit(&self.key("main"));
        commit.map(|commit| commit.id)
    }
}

const TOKEN: &str = "POST /app/installations/4/access_tokens";

#[test]
fn one_token_is_asked_for_whoever_wants_it() {
    let world = World::new(|_| {});
    thread::scope(|scope| {
        for revision in ["main", "HEAD", "refs/heads/main"] {
            let (world, key) = (&world, world.key(revision));
            scope.spawn(move || {
                let commit = world.fetcher.commit(&key);
                assert_eq!(commit.expect("the commit").id, world.id);
            });
        }
    });
    let refs = world.fetcher.refs(&world.git.url("shop/app"), "");
    refs.expect("refs");
    let wanted = Wanted::Git(world.key("main"));
    let moved = world.fetcher.check(&wanted.repository(), &[wanted]);
    assert!(moved.expect("it is asked").is_empty());
    assert_eq!(world.api.asked(), [TOKEN]);
}

#[test]
fn a_key_of_either_form_and_the_owner_s_installation() {
    let world = World::new(|app| {
        app.private_key = GithubApi::private_key_pkcs8().to_owned().into();
        app.installation = 0;
    });
    assert_eq!(world.get().as_ref(), Ok(&world.id));
    let page = |n: u32| format!("GET /app/installations?per_page=100&page={n}");
    assert_eq!(world.api.asked(), [page(1), page(2), TOKEN.to_owned()]);
}

#[test]
fn a_token_that_ends_soon_is_used_once() {
    let world = World::new(|_| {});
    world.api.set_lifetime(200);
    assert_eq!(world.get().as_ref(), Ok(&world.id));
    let refused = world.fetcher.refs(&world.git.url("shop/app"), "");
    // The server takes only the first.
    let refused = refused.expect_err("another token");
    assert!(
        matches!(refused, SourceError::Unauthorized { .. }),
        "{refused:?}"
    );
    assert_eq!(world.api.asked(), [TOKEN, TOKEN]);
}

#[test]
fn a_token_that_the_server_refuses_is_asked_for_anew() {
    let world = World::new(|_| {});
    // Somebody else has had the first.
    let other = World::new(|app| app.base_url = world.api.url());
    other.get().expect("the first token");
    for _ in 0..2 {
        let refs = world.fetcher.ask(&Wanted::Git(world.key("main")));
        refs.expect_err("not the first token");
    }
    assert_eq!(world.api.asked(), [TOKEN, TOKEN, TOKEN]);
}

#[test]
fn whatever_is_wrong_is_told_without_a_secret() {
    type Change = fn(&mut GithubApp);
    let cases: [(Change, &str, bool); 7] = [
        (
            |app| app.id = 13,
            "answered 401 Unauthorized: Integration not found",
            true,
        ),
        (
            |app| app.installation = 5,
            "answered 404 Not Found: Not Found",
            true,
        ),
        (
            |app| app.private_key = "hidden".to_owned().into(),
            "githubAppPrivateKey is no private key in PEM",
            true,
        ),
        (
            |app| {
                let key = GithubApi::private_key().expect("a key");
                let key: String = key.replace("MII", "MIJ");
                app.private_key = key.into();
            },
            "githubAppPrivateKey is no RSA key that can be used",
            true,
        ),
        (
            |app| app.base_url = "github.example".into(),
            "is no URL such as",
            true,
        ),
        (
            |app| app.base_url = "http://u:hidden@127.0.0.1:1".into(),
            "127.0.0.1:1: ",
            false,
        ),
        (
            |app| app.base_url.push_str("/other"),
            "/other answered 404",
            true,
        ),
    ];
    for (change, words, is_refused) in cases {
        let world = World::new(change);
        let error = world.get().expect_err(words);
        let text = error.to_string();
        assert!(
            text.contains("of Secret creds-1: ") && text.contains(words),
            "{text}"
        );
        assert!(
            text.contains("GitHub App 1") && !text.contains("hidden"),
            "{text}"
        );
        assert!(!text.contains("ghs_") && !text.contains("eyJ"), "{text}");
        assert_eq!(
            matches!(error, SourceError::Unauthorized { .. }),
            is_refused,
            "{error:?}"
        );
        // It is not asked again for each application.
        world.api.asked();
        world
            .fetcher
            .refs(&world.git.url("shop/app"), "")
            .expect_err("no token");
        assert!(world.api.asked().is_empty(), "{words}");
    }
}

#[test]
fn an_app_that_is_not_installed_for_the_owner() {
    let world = World::new(|app| app.installation = 0);
    let api = GithubApi::start(APP, &INSTALLED[..3]).expect("a server");
    let secret = RepositorySecret {
        url: world.git.url("shop/app"),
        credentials: Credentials {
            github_app: Some(GithubApp {
                secret: "repo-1".into(),
                id: APP,
                private_key: GithubApi::private_key().expect("a key").into(),
                base_url: api.url(),
                ..GithubApp::default()
            }),
            ..Credentials::default()
        },
        ..RepositorySecret::default()
    };
    let tried = world.fetcher.trying(secret);
    let error = tried.ask(&Wanted::Git(world.key("main")));
    let text = error.expect_err("no installation").to_string();
    let words = "GitHub App 12 of Secret repo-1: it is not installed for shop";
    assert!(text.contains(words), "{text}");
    assert!(
        world.api.asked().is_empty(),
        "the Secret that is tried counts"
    );
}

#[test]
fn an_app_is_asked_only_where_nothing_else_is_given() {
    let world = World::new(|_| {});
    let with = |change: fn(&mut RepositorySecret)| {
        let mut secret = RepositorySecret {
            url: world.git.url("shop/app"),
            credentials: Credentials {
                github_app: Some(GithubApp {
                    base_url: world.api.url(),
                    id: APP,
                    installation: 4,
                    ..GithubApp::default()
                }),
                ..Credentials::default()
            },
            ..RepositorySecret::default()
        };
        change(&mut secret);
        let tried = world.fetcher.trying(secret);
        let asked = tried.ask(&Wanted::Git(world.key("main")));
        asked.expect_err("no login").to_string()
    };
    let login = |secret: &mut RepositorySecret| {
        secret.credentials.username = "robot".into();
        secret.credentials.password = "other".to_owned().into();
    };
    let refused = with(login);
    assert!(
        refused.contains("does not accept the credentials"),
        "{refused}"
    );
    let without_key = with(|_| {});
    assert!(without_key.contains("no private key"), "{without_key}");
    assert!(world.api.asked().is_empty());
}
