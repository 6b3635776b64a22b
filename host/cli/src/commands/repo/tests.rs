use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use gantry_model::Object;
use gantry_model::secrets::Scope;
use gantry_store::Home;
use gantry_testbed::FileServer;
use serde_json::json;

use super::{asked, fetcher, run, secret, stored};
use crate::args::{Cli, Color, Command, Global, RepoCommand};
use crate::failure::Failure;
use crate::output::Output;
use crate::{home, setup};

/// What a command line of `repo` or `repocreds` says.
fn parsed(line: &[&str], data: &Path) -> (Global, RepoCommand, Scope) {
    let data = data.display().to_string();
    let words = ["gantry", "--data", &data];
    let cli = Cli::try_parse_from(words.iter().chain(line)).expect("a command");
    match cli.command {
        Command::Repo(command) => (cli.global, command, Scope::Repository),
        Command::Repocreds(command) => (cli.global, command, Scope::Template),
        _ => panic!("{line:?}"),
    }
}

fn told(failure: Failure) -> String {
    match failure {
        Failure::Problems(problems) => problems[0].message.clone(),
        other @ Failure::ClosedPipe => format!("{other:?}"),
    }
}

fn done(line: &[&str], data: &Path) -> Result<(), String> {
    let (global, command, scope) = parsed(line, data);
    let done = run(&global, &command, scope, &Output::new(Color::Never));
    done.map(drop).map_err(told)
}

fn home_of(data: &Path) -> (Global, Arc<dyn Home>) {
    let (global, command, _) = parsed(&["repo", "list"], data);
    let RepoCommand::List(args) = command else {
        panic!("{command:?}")
    };
    let home = home::open(&global, &args.home).expect("a home");
    (global, home)
}

/// From now on, that certificate is believed to be loopback's.
fn trust(data: &Path, certificate: &str) {
    let (_, home) = home_of(data);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"127.0.0.1": certificate},
        "metadata": {"name": "argocd-tls-certs-cm", "namespace": home.namespace()}});
    let map = Object::new(map, None).expect("an object");
    let runtime = setup::runtime().expect("a runtime");
    runtime.block_on(home.create(&map)).expect("kept");
}

/// How the repositories answer, sorted.
fn statuses(data: &Path) -> Vec<String> {
    let (global, home) = home_of(data);
    let output = Output::new(Color::Never);
    let states = setup::runtime().expect("a runtime").block_on(async {
        let found = stored(&*home, Scope::Repository, &output).await;
        let secrets = found.expect("they are read").into_iter();
        let fetcher = fetcher(&global, &*home, &output).await;
        let secrets = secrets.map(|one| one.secret).collect();
        asked::states(fetcher.expect("a fetcher"), secrets).await
    });
    let statuses = states.iter().map(|state| state["status"].to_string());
    let mut statuses: Vec<String> = statuses.collect();
    statuses.sort();
    statuses
}

#[test]
fn a_repository_is_asked_as_the_control_plane_asks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = folder.path().join("served");
    fs::create_dir(&served).expect("a folder");
    fs::write(served.join("index.yaml"), "apiVersion: v1\nentries: {}\n").expect("a file");
    // "robot:s3cret" in base64.
    let server = FileServer::start_tls(&served, Some("Basic cm9ib3Q6czNjcmV0"));
    let server = server.expect("a server");
    let url = server.url("");
    let add = ["repo", "add", &url, "--type", "helm", "--name", "charts"];
    let refused = done(&add, folder.path()).expect_err("nobody knows it");
    assert!(refused.contains("certificate"), "{refused}");

    trust(folder.path(), server.certificate());
    let refused = done(&add, folder.path()).expect_err("it wants a login");
    assert!(refused.contains("401"), "{refused}");
    let creds = [
        "repocreds",
        "add",
        &url,
        "--type",
        "helm",
        "--username",
        "robot",
        "--password",
        "s3cret",
    ];
    done(&creds, folder.path()).expect("they are not asked about");
    done(&add, folder.path()).expect("all is known");

    let other = [
        "repo",
        "add",
        "https://127.0.0.1:1/a",
        "--project",
        "shop",
        "--skip-test",
    ];
    done(&other, folder.path()).expect("it is not asked");
    assert_eq!(statuses(folder.path()), ["\"Failed\"", "\"Successful\""]);
    for (line, expected) in [
        (&["repo", "list", "--refresh", "hard"][..], Ok(())),
        (&["repo", "get", &url, "--refresh", "hard"], Ok(())),
        (
            &["repo", "get", "https://127.0.0.1:1/a", "--project", "shop"],
            Ok(()),
        ),
        (
            &["repo", "get", "https://127.0.0.1:1/a", "--project", "other"],
            Err("no repository https://127.0.0.1:1/a is remembered"),
        ),
        (
            &["repocreds", "list", "--refresh", "hard"],
            Err("--refresh is for repositories: these credentials are for many"),
        ),
    ] {
        let found = done(line, folder.path());
        assert_eq!(found, expected.map_err(str::to_owned), "{line:?}");
    }
}

#[test]
fn an_app_of_github_is_kept_as_argo_cd_keeps_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key.pem");
    fs::write(&key, "hidden").expect("a file");
    let key = key.display().to_string();
    let made = |more: &[&str]| {
        let line = [
            "repo",
            "add",
            "--github-app-id",
            "12",
            "--github-app-private-key-path",
            &key,
        ];
        let (_, command, scope) = parsed(&[&line, more].concat(), folder.path());
        let RepoCommand::Add(args) = command else {
            panic!("{command:?}")
        };
        let object = secret::object(&args, scope, args.password.clone());
        object.map_err(|problem| problem.message)
    };
    let url = "https://github.example/shop/web";
    let object = made(&[
        url,
        "--github-app-installation-id",
        "34",
        "--github-app-enterprise-base-url",
        "https://github.example/api/v3",
        "--force-http-basic-auth",
    ]);
    let object = object.expect("a Secret");
    for (entry, expected) in [
        ("githubAppID", "12"),
        ("githubAppInstallationID", "34"),
        ("githubAppPrivateKey", "hidden"),
        (
            "githubAppEnterpriseBaseUrl",
            "https://github.example/api/v3",
        ),
        ("forceHttpBasicAuth", "true"),
    ] {
        let expected = STANDARD.encode(expected);
        assert_eq!(object.value()["data"][entry], expected, "{entry}");
    }
    for (more, expected) in [
        (
            &[url, "--password", "x"][..],
            "--github-app-id and --password do not go together",
        ),
        (
            &[url, "--type", "helm"],
            "--github-app-id and --type do not go together",
        ),
        (
            &["git@github.example:shop/web"],
            "--github-app-id is for Git over https",
        ),
    ] {
        assert_eq!(made(more).expect_err("not together"), expected, "{more:?}");
    }
}
