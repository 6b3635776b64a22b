//! Who gets credentials, and whose certificate is trusted.

use gantry_charts::{ChartAccess, ChartError};
use gantry_testbed::FileServer;

use crate::world::{LOGIN, World, basic, chart, login, request, sha256};

#[test]
fn a_closed_repository_wants_the_right_login() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    let server = FileServer::start(&world.served(), Some(&basic(LOGIN))).expect("a server");
    let fetch = |access: ChartAccess, url: &str| {
        let mut request = request(url, "web", "");
        request.access = access;
        world.charts().fetch(&request)
    };
    let url = server.url("");
    for (access, expected) in [
        (ChartAccess::default(), "there were none"),
        (login(("gantry", "hunter2")), "the ones sent are not taken"),
    ] {
        let error = fetch(access, &url).expect_err(expected);
        assert!(
            matches!(error, ChartError::Unauthorized { .. }),
            "{error:?}"
        );
        let told = error.diagnostic().to_string();
        assert!(told.contains(expected) && told.contains("(401)"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    fetch(login(LOGIN), &url).expect("let in");
    let in_url = url.replace("http://", "http://gantry:secret@");
    fetch(ChartAccess::default(), &in_url).expect("let in");
    let wrong = url.replace("http://", "http://gantry:hunter2@");
    let error = fetch(ChartAccess::default(), &wrong).expect_err("the wrong password");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn who_knows_a_private_chart_s_digest_is_not_given_it_from_disk() {
    let (mut world, mut stranger) = (World::new(), World::new());
    world.publish("web", &["1.0.0"]);
    let private = FileServer::start(&world.served(), Some(&basic(LOGIN))).expect("a server");
    let mut own = request(&private.url(""), "web", "1.*");
    own.access = login(LOGIN);
    world.charts().fetch(&own).expect("let in");
    private.asked();
    world.charts().fetch(&own).expect("kept");
    assert_eq!(private.asked().len(), 1, "the index alone");
    // An index that names the archive, on a server that has none.
    let digest = sha256(&chart("web", "1.0.0"));
    stranger.list("web", "1.0.0", "web-1.0.0.tgz", &digest);
    stranger.list("web", "1.1.0", &private.url("web-1.0.0.tgz"), &digest);
    let other = FileServer::start(&stranger.served(), None).expect("a server");
    for version in ["1.0.0", "1.1.0"] {
        for access in [ChartAccess::default(), login(LOGIN)] {
            let mut request = request(&other.url(""), "web", version);
            request.access = access;
            let error = world.charts().fetch(&request).expect_err(version);
            assert!(
                matches!(
                    error,
                    ChartError::NotFound { .. } | ChartError::Unauthorized { .. }
                ),
                "{version}: {error}"
            );
        }
    }
}

#[test]
fn a_token_is_sent_as_one() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    let server = FileServer::start(&world.served(), Some("Bearer t0ken")).expect("a server");
    let mut request = request(&server.url(""), "web", "");
    request.access.bearer_token = "t0ken".to_owned();
    world.charts().fetch(&request).expect("let in");
}

#[test]
fn another_host_gets_credentials_only_where_the_secret_says_so() {
    for redirected in [false, true] {
        let (mut world, other) = (World::new(), World::new());
        other.write("web.tgz", &chart("web", "1.0.0"));
        let open = FileServer::start(&other.served(), None).expect("a server");
        let closed = FileServer::start(&other.served(), Some(&basic(LOGIN))).expect("a server");
        let server = FileServer::start(&world.served(), Some(&basic(LOGIN))).expect("a server");
        for (version, elsewhere) in [("1.0.0", &open), ("2.0.0", &closed)] {
            let url = elsewhere.url("web.tgz");
            if redirected {
                let file = format!("{version}.tgz");
                server.redirect(&file, &url);
                world.list("web", version, &file, "");
            } else {
                world.list("web", version, &url, "");
            }
        }
        let mut request = request(&server.url(""), "web", "1.0.0");
        request.access = login(LOGIN);
        request.refresh = true;
        let sent = |to: &FileServer| -> Vec<String> {
            to.asked()
                .into_iter()
                .map(|asked| asked.authorization)
                .collect()
        };
        world.charts().fetch(&request).expect("open to all");
        assert_eq!(sent(&open), [""]);
        request.version = "2.0.0".to_owned();
        let error = world
            .charts()
            .fetch(&request)
            .expect_err("no credentials")
            .to_string();
        assert!(error.contains("passCredentials"), "{error}");
        assert_eq!(sent(&closed), [""]);
        request.access.pass_credentials = true;
        world.charts().fetch(&request).expect("let in");
        assert_eq!(sent(&closed), [basic(LOGIN)]);
    }
}

#[test]
fn certificates_are_checked() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    let server = FileServer::start_tls(&world.served(), None).expect("a server");
    let other = FileServer::start_tls(&world.served(), None).expect("a server");
    let trusting = |certificate: &str| ChartAccess {
        tls_ca: certificate.to_owned(),
        ..ChartAccess::default()
    };
    let insecure = ChartAccess {
        insecure: true,
        ..ChartAccess::default()
    };
    let fetch = |access| {
        let mut request = request(&server.url(""), "web", "");
        request.access = access;
        world.charts().fetch(&request)
    };
    for access in [ChartAccess::default(), trusting(other.certificate())] {
        let error = fetch(access).expect_err("nobody trusts it").to_string();
        assert!(error.contains("certificate"), "{error}");
    }
    fetch(trusting(server.certificate())).expect("trusted");
    fetch(insecure.clone()).expect("not checked");
    let kept = |access| {
        let mut request = request(&server.url(""), "web", "1.0.0");
        request.access = access;
        world.charts().fetch(&request)
    };
    kept(insecure).expect("not checked, and kept");
    kept(ChartAccess::default()).expect_err("not for those who check");
    let both = format!("{}{}", other.certificate(), server.certificate());
    fetch(trusting(&both)).expect("trusted");
    let bad_key = ChartAccess {
        tls_client_cert: other.certificate().to_owned(),
        tls_client_key: "secret".to_owned(),
        ..ChartAccess::default()
    };
    let bad_proxy = ChartAccess {
        proxy: "http://me:secret@a b/".to_owned(),
        ..ChartAccess::default()
    };
    for (access, expected) in [
        (trusting("no PEM"), "CA certificates"),
        (bad_key, "certificate and key"),
        (bad_proxy, "its proxy is no URL"),
    ] {
        let error = fetch(access).expect_err(expected).to_string();
        assert!(
            error.contains(expected) && !error.contains("secret"),
            "{error}"
        );
    }
}

/// The environment is a process's own, so another one is asked.
#[test]
fn certificates_of_the_environment_are_trusted() {
    const URL: &str = "GANTRY_TEST_URL";
    if let Ok(url) = std::env::var(URL) {
        let content = World::new()
            .charts()
            .download(&url, &ChartAccess::default());
        assert_eq!(content.expect("trusted"), b"a: 1\n");
        return;
    }
    let world = World::new();
    world.write("values.yaml", b"a: 1\n");
    let server = FileServer::start_tls(&world.served(), None).expect("a server");
    let ca = world.path("ca.pem");
    std::fs::write(&ca, server.certificate()).expect("written");
    let run = |ca: Option<&std::path::Path>| {
        let mut test = std::process::Command::new(std::env::current_exe().expect("this test"));
        test.args([
            "--exact",
            "access::certificates_of_the_environment_are_trusted",
        ])
        .env(URL, server.url("values.yaml"))
        .env_remove("SSL_CERT_FILE");
        if let Some(ca) = ca {
            test.env("SSL_CERT_FILE", ca);
        }
        test.output().expect("it runs").status.success()
    };
    assert!(run(Some(&ca)));
    assert!(!run(None));
}

#[test]
fn tls_is_not_left_on_the_way() {
    let world = World::new();
    world.write("values.yaml", b"a: 1\n");
    let plain = FileServer::start(&world.served(), None).expect("a server");
    let server = FileServer::start_tls(&world.served(), None).expect("a server");
    server.redirect("moved.yaml", &plain.url("values.yaml"));
    let access = ChartAccess {
        insecure: true,
        ..ChartAccess::default()
    };
    let error = world.charts().download(&server.url("moved.yaml"), &access);
    let error = error.expect_err("no TLS").to_string();
    assert!(error.contains("which has no TLS"), "{error}");
    assert!(plain.asked().is_empty());
}

#[test]
fn a_proxy_is_used_and_told_apart() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    // A plain file server is a proxy whose answers are its own files.
    let proxy = FileServer::start(&world.served(), None).expect("a server");
    let mut request = request("http://charts.example", "web", "");
    request.access.proxy = proxy.url("");
    let error = world.charts().fetch(&request).expect_err("no such file");
    assert!(matches!(error, ChartError::NotFound { .. }), "{error:?}");
    let asked: Vec<String> = proxy.asked().into_iter().map(|a| a.path).collect();
    assert_eq!(asked, ["http://charts.example/index.yaml"]);
    let server = FileServer::start(&world.served(), None).expect("a server");
    request.repository = server.url("");
    request.access.no_proxy = "127.0.0.1".to_owned();
    world.charts().fetch(&request).expect("without the proxy");
    assert!(proxy.asked().is_empty());
}
