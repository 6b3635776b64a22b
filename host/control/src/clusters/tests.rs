//! The registry over clusters in memory, which stand in the place of connections.

mod fake;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use gantry_cluster::{ClusterConfig, Contexts, ExecConfig};
use gantry_engine::{Destinations, cluster_config};
use gantry_live::Stats;
use gantry_model::application::Destination;
use gantry_model::secrets::ClusterSecret;
use gantry_model::{Manifest, limits, read_manifest};
use tokio_util::sync::CancellationToken;

use super::entry::Entry;
use super::manager::Claims;
use super::probe::Pace;
use super::{ClusterInfo, ConnectionStatus, Registry, Wrap, Wrapped, secret};
use fake::{Fake, Mood};

type Made = Arc<Mutex<Vec<Arc<Fake>>>>;

/// Puts a fake in the place of each connection and keeps it.
fn fakes() -> (Wrap, Made) {
    let made = Made::default();
    let kept = Arc::clone(&made);
    let wrap: Wrap = Arc::new(move |_, info| {
        let fake = Arc::new(Fake::new(&format!("{}@{}", info.name, info.project)));
        kept.lock().expect("a lock").push(Arc::clone(&fake));
        Wrapped {
            cluster: Arc::<Fake>::clone(&fake),
            probed: fake,
            kept: Arc::new(Stats::default),
        }
    });
    (wrap, made)
}

fn cluster(name: &str, server: &str, project: &str, token: &str) -> ClusterSecret {
    ClusterSecret {
        name: name.to_owned(),
        server: server.to_owned(),
        project: project.to_owned(),
        bearer_token: token.to_owned().into(),
        ..ClusterSecret::default()
    }
}

fn to(name: &str, server: &str) -> Destination {
    Destination {
        name: name.to_owned(),
        server: server.to_owned(),
        ..Destination::default()
    }
}

/// The name of the cluster found, or the error.
fn found(registry: &Registry, destination: &Destination, project: &str) -> String {
    match registry.cluster(destination, project) {
        Ok(cluster) => cluster.name().to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_destination_finds_its_cluster_and_no_other_projects() {
    let (wrap, _) = fakes();
    let registry = Registry::new(wrap).with_hub(Arc::new(Fake::new("hub")));
    registry.set(vec![
        cluster("one", "https://one.example", "", "t"),
        cluster("one-a", "https://one.example:443", "a", "t"),
        cluster("secretive", "https://b.example", "b", "t"),
    ]);
    let known = "known are in-cluster (https://kubernetes.default.svc), one (https://one.example)";
    let known_to_a = "known are in-cluster (https://kubernetes.default.svc), one (https://one.example), one-a (https://one.example:443)";
    let cases = [
        ("one", "", "default", "one@".to_owned()),
        ("", "https://ONE.example/", "default", "one@".to_owned()),
        // The project's own one goes before that for all.
        ("", "https://one.example", "a", "one-a@a".to_owned()),
        ("one", "", "a", "one@".to_owned()),
        ("", "https://b.example", "b", "secretive@b".to_owned()),
        ("in-cluster", "", "a", "in-cluster@".to_owned()),
        (
            "",
            "https://kubernetes.default.svc",
            "a",
            "in-cluster@".to_owned(),
        ),
        (
            "",
            "https://b.example",
            "default",
            format!("there is no cluster with server \"https://b.example\"; {known}"),
        ),
        (
            "secretive",
            "",
            "a",
            format!("there is no cluster with name \"secretive\"; {known_to_a}"),
        ),
        (
            "",
            "",
            "a",
            "the destination has neither a server nor a name".to_owned(),
        ),
        (
            "one",
            "https://x",
            "a",
            "the destination has both the name \"one\" and the server \"https://x\"; use one"
                .to_owned(),
        ),
    ];
    for (name, server, project, expected) in cases {
        let got = found(&registry, &to(name, server), project);
        assert_eq!(got, expected, "{name} {server} {project}");
    }
}

#[test]
fn rules_are_asked_about_the_cluster_that_objects_go_to() {
    let (wrap, _) = fakes();
    let registry = Registry::new(wrap).with_hub(Arc::new(Fake::new("hub")));
    registry.set(vec![
        cluster("s-of-a", "https://s.example", "a", "t"),
        cluster("s-of-b", "https://s.example", "b", "t"),
        cluster("prod", "https://x.example", "", "t"),
        cluster("prod", "https://y.example", "b", "t"),
        cluster("twice", "https://one.example", "", "t"),
        cluster("twice", "https://two.example", "", "t"),
        cluster("twice", "https://three.example", "b", "t"),
    ]);
    let namesakes =
        "there are 2 clusters with the same name: [https://one.example https://two.example]";
    // What rules are told of, and where objects go; nowhere: why.
    let cases = [
        (
            "",
            "https://s.example",
            "a",
            "s-of-a https://s.example a",
            "s-of-a@a",
        ),
        (
            "",
            "https://s.example",
            "b",
            "s-of-b https://s.example b",
            "s-of-b@b",
        ),
        (
            "",
            "https://s.example",
            "c",
            "s-of-a https://s.example a",
            "there is no cluster",
        ),
        ("prod", "", "a", "prod https://x.example ", "prod@"),
        ("prod", "", "b", "prod https://y.example b", "prod@b"),
        ("twice", "", "b", "twice https://three.example b", "twice@b"),
        ("twice", "", "a", "twice https://one.example ", namesakes),
    ];
    for (name, server, project, described, goes) in cases {
        let destination = to(name, server);
        let told = registry.describe(&destination, project).expect(name);
        let told = format!("{} {} {}", told.name, told.server, told.project);
        assert_eq!(told, described, "{name}{server} {project}");
        let got = found(&registry, &destination, project);
        let is_so = got == goes || got.starts_with("there") && got.starts_with(goes);
        assert!(is_so, "{name}{server} {project}: {got}");
    }
}

#[test]
fn only_a_changed_secret_makes_a_new_connection() {
    let (wrap, made) = fakes();
    let registry = Registry::new(wrap).with_hub(Arc::new(Fake::new("hub")));
    let count = || made.lock().expect("a lock").len();
    let one = cluster("one", "https://one.example", "", "old");
    let two = cluster("two", "https://two.example", "", "t");
    registry.set(vec![one.clone(), two.clone()]);
    assert_eq!(count(), 3);
    let before = registry.cluster(&to("two", ""), "p").expect("a cluster");
    registry.set(vec![two.clone(), one]);
    assert_eq!(count(), 3, "another order is no change");
    let rotated = cluster("one", "https://one.example", "", "new");
    registry.set(vec![rotated, two.clone()]);
    assert_eq!(count(), 4);
    let after = registry.cluster(&to("two", ""), "p").expect("a cluster");
    assert!(Arc::ptr_eq(&before, &after));
    registry.set(vec![
        two.clone(),
        cluster("twice", "https://TWO.example", "", "t"),
    ]);
    assert!(found(&registry, &to("one", ""), "p").starts_with("there is no cluster"));
    assert!(found(&registry, &to("twice", ""), "p").starts_with("there is no cluster"));
    // The hub under another name, without credentials: the same connection.
    registry.set(vec![cluster(
        "home",
        "https://kubernetes.default.svc",
        "",
        "",
    )]);
    assert_eq!(found(&registry, &to("home", ""), "p"), "in-cluster@");
}

#[test]
fn thousands_of_clusters_are_taken_at_once() {
    let (wrap, _) = fakes();
    let registry = Registry::new(wrap);
    let all = |token: &str| -> Vec<ClusterSecret> {
        (0..4_000)
            .map(|i| {
                cluster(
                    &format!("c{i}"),
                    &format!("https://c{i}.example"),
                    "",
                    token,
                )
            })
            .collect()
    };
    let began = std::time::Instant::now();
    for token in ["old", "old", "new"] {
        registry.set(all(token));
    }
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}

/// Of two clusters; one has two contexts.
fn contexts() -> Contexts {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config");
    let text = r#"{"current-context": "b", "clusters": [
        {"name": "ca", "cluster": {"server": "https://a.example"}},
        {"name": "cb", "cluster": {"server": "https://b.example"}}],
        "contexts": [{"name": "a", "context": {"cluster": "ca", "user": ""}},
        {"name": "also-b", "context": {"cluster": "cb", "user": ""}},
        {"name": "b", "context": {"cluster": "cb", "user": ""}}], "users": []}"#;
    std::fs::write(&file, text).expect("a file");
    Contexts::load(Some(&file), None).expect("contexts")
}

#[test]
fn a_server_is_told_once() {
    let (wrap, _) = fakes();
    let registry = Registry::new(wrap).with_contexts(&contexts());
    let told = || -> Vec<String> {
        let all = registry.all().into_iter();
        all.map(|standing| standing.info.name).collect()
    };
    assert_eq!(told(), ["b", "a"]);
    registry.set(vec![cluster("of-secret", "https://A.example/", "", "t")]);
    assert_eq!(told(), ["of-secret", "b"]);
}

#[test]
fn contexts_of_a_kubeconfig_are_destinations() {
    let (wrap, _) = fakes();
    let registry = Registry::new(wrap).with_contexts(&contexts());
    let cases = [
        ("a", "", "a@"),
        ("ca", "", "a@"),
        ("also-b", "", "also-b@"),
        ("in-cluster", "", "b@"),
        ("", "https://kubernetes.default.svc", "b@"),
        ("", "https://b.example", "b@"),
    ];
    for (name, server, expected) in cases {
        assert_eq!(
            found(&registry, &to(name, server), "p"),
            expected,
            "{name}{server}"
        );
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let limit = Duration::from_secs(20);
    let waited = tokio::time::timeout(limit, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "not in time: {what}");
}

#[test]
fn one_that_is_away_is_asked_until_it_is_back() {
    let (wrap, _) = fakes();
    let info = ClusterInfo::default();
    let unused: Arc<dyn gantry_model::Cluster> = Arc::new(Fake::new("unused"));
    let long = Duration::from_secs(limits::CLUSTER_IN_USE_SECS + 100);
    for (answer, is_asked) in [
        (Ok("v1.35.4".to_owned()), false),
        (Err("no route".to_owned()), true),
    ] {
        let entry = Entry::new(info.clone(), wrap(Arc::clone(&unused), &info));
        entry.touch();
        assert!(entry.take_turn(Instant::now()));
        entry.note(answer, Duration::ZERO);
        assert_eq!(entry.take_turn(Instant::now() + long), is_asked);
    }
}

#[test]
fn with_other_credentials_a_cluster_is_as_it_was_until_it_is_asked() {
    let (wrap, _) = fakes();
    let info = ClusterInfo::default();
    let unused: Arc<dyn gantry_model::Cluster> = Arc::new(Fake::new("unused"));
    let entry = || Entry::new(info.clone(), wrap(Arc::clone(&unused), &info));
    let before = entry();
    before.touch();
    assert!(before.take_turn(Instant::now()));
    before.note(Ok("v1.35.4".to_owned()), Duration::from_secs(60));
    assert!(!before.take_turn(Instant::now()), "it was asked just now");
    let after = entry().after(&before);
    assert_eq!(after.state(), before.state());
    assert!(after.take_turn(Instant::now()), "it is asked at once");
    assert!(!entry().take_turn(Instant::now()), "nobody goes there");
}

#[tokio::test]
async fn probes_tell_changes_and_hold_up_nobody() {
    let (wrap, made) = fakes();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let pace = Pace {
        every: Duration::from_millis(20),
        timeout: Duration::from_millis(200),
        tick: Duration::from_millis(5),
    };
    let registry = Registry::new(wrap).at_pace(pace);
    let registry = Arc::new(registry.telling(Arc::new(
        move |info: &ClusterInfo, state: &super::ConnectionState| {
            let line = format!("{} {} {}", info.name, state.status.as_str(), state.message);
            log.lock().expect("a lock").push(line.trim_end().to_owned());
        },
    )));
    registry.set(vec![
        cluster("silent", "https://silent.example", "", "t"),
        cluster("good", "https://good.example", "", "t"),
        cluster("unused", "https://unused.example", "", "t"),
    ]);
    let fakes: Vec<Arc<Fake>> = made.lock().expect("a lock").clone();
    fakes[0].set(Mood::Silent);
    for name in ["silent", "good"] {
        registry.cluster(&to(name, ""), "p").expect("a cluster");
    }
    let cancel = CancellationToken::new();
    let (running, stop) = (Arc::clone(&registry), cancel.clone());
    let task = tokio::spawn(async move { running.run(&stop).await });
    let status = |name: &str| registry.state(&to(name, ""), "p").expect("a state").1;
    until("the good one is asked while the other is silent", || {
        fakes[1].asked.load(Ordering::Relaxed) > 2
    })
    .await;
    until("the silent one has failed", || {
        status("silent").status == ConnectionStatus::Failed
    })
    .await;
    assert_eq!(status("good").version, "v1.35.4");
    let since = status("good").since;
    fakes[1].set(Mood::Failing("connection refused"));
    until("the good one has failed", || {
        status("good").status == ConnectionStatus::Failed
    })
    .await;
    assert!(status("good").since > since);
    assert_eq!(status("good").version, "v1.35.4", "the last one known");
    fakes[1].set(Mood::Well("v1.36.0"));
    until("it is back", || status("good").version == "v1.36.0").await;
    assert_eq!(fakes[2].asked.load(Ordering::Relaxed), 0);
    assert_eq!(status("unused").status, ConnectionStatus::Unknown);
    cancel.cancel();
    task.await.expect("it ends");
    let told = told.lock().expect("a lock").clone();
    let good: Vec<&String> = told
        .iter()
        .filter(|line| line.starts_with("good"))
        .collect();
    assert_eq!(
        good,
        [
            "good Successful",
            "good Failed connection refused",
            "good Successful"
        ]
    );
    let silent = "silent Failed the API server does not answer within 0.2 s";
    assert!(told.iter().any(|line| line == silent), "{told:?}");
}

#[test]
fn secrets_are_named_as_argo_cd_names_them() {
    let cases = [
        ("https://foo", "cluster-foo-327935294"),
        ("https://127.0.0.1:6443", "cluster-127.0.0.1-1831374316"),
        ("https://[fd00::1]:6443", "cluster-fd00--1-1803540860"),
        ("https://API.example/k8s", "cluster-api.example-1125105493"),
    ];
    for (server, expected) in cases {
        let name = secret::name(server).expect(server);
        assert_eq!(name, expected, "{server}");
    }
    for server in [
        "",
        "foo",
        "https://",
        "ftp://foo",
        "https://a b",
        "https://[x]",
    ] {
        let error = secret::name(server).expect_err(server);
        assert!(error.contains("https://host:port"), "{error}");
    }
}

#[test]
fn a_written_secret_is_read_as_it_was() {
    let config = ClusterConfig {
        project: "p".into(),
        name: "one".into(),
        server: "https://one.example".into(),
        bearer_token: "token".into(),
        username: "user".into(),
        password: "password".into(),
        ca_data: b"ca".to_vec(),
        cert_data: b"cert".to_vec(),
        key_data: b"key".to_vec(),
        insecure: false,
        server_name: "other.example".into(),
        proxy_url: "http://proxy.example".into(),
        exec: Some(ExecConfig {
            command: "plugin".into(),
            args: vec!["a".into()],
            env: BTreeMap::from([("K".into(), "v".into())]),
            api_version: "client.authentication.k8s.io/v1".into(),
            install_hint: "get it".into(),
        }),
        namespaces: vec!["a".into(), "b".into()],
        cluster_resources: true,
    };
    let info = ClusterInfo {
        name: "one".into(),
        server: "https://one.example".into(),
        project: "p".into(),
        namespaces: vec!["a".into(), "b".into()],
        cluster_resources: true,
    };
    let labels = BTreeMap::from([("env".to_owned(), "prod".to_owned())]);
    let object = secret::object("cluster-one", &info, &config, &labels, &BTreeMap::new());
    let object = object.expect("an object");
    assert_eq!(object.label("env"), Some("prod"));
    assert_eq!(object.annotation("managed-by"), Some("argocd.argoproj.io"));
    let read = read_manifest(object.value()).expect("a manifest").value;
    let Manifest::ClusterSecret(read) = read else {
        unreachable!("no cluster Secret: {read:?}");
    };
    assert!(cluster_config(&read) == config);
    assert_eq!(ClusterInfo::from(&*read), info);
}

#[test]
fn a_token_says_whose_it_is() {
    let claims = serde_json::json!({
        "kubernetes.io/serviceaccount/namespace": "kube-system",
        "kubernetes.io/serviceaccount/secret.name": "argocd-manager-long-lived-token",
        "kubernetes.io/serviceaccount/service-account.name": "argocd-manager",
    });
    let payload = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    let read = Claims::of(&format!("e30.{payload}.x")).expect("claims");
    assert_eq!(read.namespace, "kube-system");
    assert_eq!(read.secret, "argocd-manager-long-lived-token");
    assert_eq!(read.account, "argocd-manager");
    for other in ["", "opaque", "a.b.c", &BASE64_STANDARD.encode("{}")] {
        assert_eq!(Claims::of(other), None, "{other}");
    }
}
