//! Single files by URL.

use gantry_charts::{ChartAccess, ChartRequest, Reach};
use gantry_testbed::FileServer;

use crate::world::{LOGIN, World, basic, gzip, login, request};

#[test]
fn a_file_comes_as_it_is() {
    let world = World::new();
    world.write("team/values.yaml", b"replicas: 3\n");
    world.write("team/packed.yaml", b"plain");
    world.write("team/packed.yaml.gz", &gzip(b"replicas: 4\n"));
    let server = FileServer::start(&world.served(), None).expect("a server");
    server.redirect("latest.yaml", "team/values.yaml");
    let charts = world.charts();
    for (path, expected) in [
        ("team/values.yaml", "replicas: 3\n"),
        ("team/values.yaml?ref=main", "replicas: 3\n"),
        ("latest.yaml", "replicas: 3\n"),
        ("team/packed.yaml", "replicas: 4\n"),
    ] {
        let content = charts.download(&server.url(path), &ChartAccess::default());
        assert_eq!(content.expect(path), expected.as_bytes(), "{path}");
    }
}

#[test]
fn a_file_that_cannot_be_had_says_why() {
    let world = World::new();
    world.write("values.yaml", b"replicas: 3\n");
    // Small on the wire, larger than what is read.
    let zeros =
        vec![0; usize::try_from(gantry_model::limits::TREE_FILE_MAX_BYTES).expect("fits") + 1];
    world.write("zeros", b"");
    world.write("zeros.gz", &gzip(&zeros));
    let server = FileServer::start(&world.served(), Some(&basic(LOGIN))).expect("a server");
    let charts = world.charts();
    for (url, access, expected) in [
        (
            server.url("values.yaml?token=t0ken"),
            ChartAccess::default(),
            "(401)",
        ),
        (
            server.url("missing.yaml"),
            login(LOGIN),
            "there is nothing at",
        ),
        (server.url(""), login(LOGIN), "(403)"),
        (
            server.url("zeros"),
            login(LOGIN),
            "is larger than 33554432 bytes",
        ),
        (
            "file:///etc/passwd".to_owned(),
            login(LOGIN),
            "its scheme is file",
        ),
        ("values.yaml".to_owned(), login(LOGIN), "this is no URL"),
    ] {
        let error = charts
            .download(&url, &access)
            .expect_err(expected)
            .to_string();
        assert!(error.contains(expected), "{error}");
        assert!(
            !error.contains("t0ken") && !error.contains("secret"),
            "{error}"
        );
    }
}

#[test]
fn a_guarded_download_does_not_reach_this_machine() {
    let world = World::new();
    world.write("values.yaml", b"a: 1\n");
    let server = FileServer::start(&world.served(), None).expect("a server");
    let port = server.url("").rsplit(':').next().map(str::to_owned);
    let port = port.unwrap_or_default();
    let guarded = |names: &[&str]| ChartAccess {
        reach: Reach::Guarded {
            except: names.iter().map(|name| (*name).to_owned()).collect(),
        },
        ..ChartAccess::default()
    };
    let charts = world.charts();
    for (host, names, expected) in [
        ("127.0.0.1", &[][..], false),
        ("localhost", &[], false),
        ("127.1", &[], false),
        ("0x7f000001", &[], false),
        ("[::ffff:127.0.0.1]", &[], false),
        ("0.0.0.0", &[], false),
        ("127.0.0.1", &["127.0.0.1"], true),
        ("localhost", &["localhost"], true),
        ("localhost", &["127.0.0.1"], false),
    ] {
        let url = format!("http://{host}:{port}values.yaml");
        let answer = charts.download(&url, &guarded(names));
        assert_eq!(answer.is_ok(), expected, "{url} {names:?}: {answer:?}");
        if let Err(error) = answer {
            assert!(error.to_string().contains("sourceRepos"), "{error}");
        }
    }
    let asked = server.asked().len();
    assert_eq!(asked, 2, "refused before anything is sent");
    // From a host that is named to one that is not.
    let to = format!("http://localhost:{port}values.yaml");
    server.redirect("moved.yaml", &to);
    let url = format!("http://127.0.0.1:{port}moved.yaml");
    let error = charts
        .download(&url, &guarded(&["127.0.0.1"]))
        .expect_err("it leads astray");
    assert!(error.to_string().contains("localhost"), "{error}");
    for repository in [
        format!("http://127.0.0.1:{port}"),
        format!("oci://127.0.0.1:{port}a"),
    ] {
        let request = ChartRequest {
            access: guarded(&[]),
            ..request(&repository, "web", "1.0.0")
        };
        let error = charts.fetch(&request).expect_err("it is this machine");
        assert!(error.to_string().contains("sourceRepos"), "{error}");
    }
    let found = charts.download(&to, &ChartAccess::default());
    assert!(found.is_ok(), "without the rule: {found:?}");
}
