//! Single files by URL.

use gantry_charts::ChartAccess;
use gantry_testbed::FileServer;

use crate::world::{LOGIN, World, basic, gzip, login};

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
