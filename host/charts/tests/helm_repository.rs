//! Versions, archives and what is kept of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use gantry_charts::ChartError;
use gantry_model::EntryKind;
use gantry_testbed::FileServer;

use crate::world::{LOGIN, World, archive, basic, chart, gzip, login, request, sha256};

fn paths(server: &FileServer) -> Vec<String> {
    let asked = server.asked().into_iter();
    asked.map(|a| format!("{} {}", a.status, a.path)).collect()
}

#[test]
fn a_chart_comes_as_a_source_tree() {
    let mut world = World::new();
    world.publish("web", &["1.0.0", "1.1.0"]);
    let server = FileServer::start(&world.served(), None).expect("a server");
    let chart = world
        .charts()
        .fetch(&request(&server.url(""), "web", "1.1.0"));
    let chart = chart.expect("a chart");
    assert_eq!(
        (chart.name.as_str(), chart.version.as_str()),
        ("web", "1.1.0")
    );
    let digest = sha256(&crate::world::chart("web", "1.1.0"));
    assert_eq!(chart.digest, format!("sha256:{digest}"));
    assert_eq!(chart.tree.id(), chart.digest);
    let names = |directory| {
        let entries = chart.tree.list(directory).expect("a directory");
        entries
            .into_iter()
            .map(|entry| (entry.name, entry.kind))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(""),
        [
            ("Chart.yaml".to_owned(), EntryKind::File),
            ("templates".to_owned(), EntryKind::Directory),
            ("values.yaml".to_owned(), EntryKind::File),
        ]
    );
    assert_eq!(
        names("templates"),
        [("service.yaml".to_owned(), EntryKind::File)]
    );
    let about = chart.tree.read("Chart.yaml").expect("the file");
    assert!(String::from_utf8_lossy(&about).contains("version: 1.1.0"));
}

#[test]
fn all_charts_are_listed_as_the_index_has_them() {
    let mut world = World::new();
    world.publish("web", &["1.0.0", "1.1.0"]);
    world.publish("api", &["0.1.0"]);
    let server = FileServer::start(&world.served(), Some(&basic(LOGIN))).expect("a server");
    let mut request = request(&server.url(""), "", "");
    let stranger = world.charts().listed(&request);
    assert!(
        matches!(stranger, Err(ChartError::Unauthorized { .. })),
        "{stranger:?}"
    );
    request.access = login(LOGIN);
    let versions = |all: &[&str]| all.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
    let expected = vec![
        ("api".to_owned(), versions(&["0.1.0"])),
        ("web".to_owned(), versions(&["1.0.0", "1.1.0"])),
    ];
    assert_eq!(world.charts().listed(&request), Ok(expected));
}

#[test]
fn a_version_is_chosen_as_helm_chooses() {
    let mut world = World::new();
    world.publish("web", &["0.9.0", "1.2.3", "1.3.0", "1.2.4", "2.0.0-rc.1"]);
    let server = FileServer::start(&world.served(), None).expect("a server");
    let charts = world.charts();
    for (version, expected) in [
        ("", "1.3.0"),
        ("*", "1.3.0"),
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.2", "1.2.4"),
        ("~1.2", "1.2.4"),
        ("<1 || ~1.2", "1.2.4"),
        ("0.9 - 1.2.3", "1.2.3"),
        (">=2.0.0-0", "2.0.0-rc.1"),
    ] {
        let chart = charts.fetch(&request(&server.url(""), "web", version));
        assert_eq!(chart.expect(version).version, expected, "{version:?}");
    }
    let versions = charts.versions(&request(&server.url(""), "web", ""));
    let expected = ["2.0.0-rc.1", "1.3.0", "1.2.4", "1.2.3", "0.9.0"];
    assert_eq!(versions.expect("versions"), expected);
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let mut world = World::new();
    let versions: Vec<String> = (0..12).map(|minor| format!("1.{minor}.0")).collect();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    world.publish("web", &versions);
    world.publish("database", &["1.0.0"]);
    world.list("gone", "1.0.0", "gone-1.0.0.tgz", "");
    let server = FileServer::start(&world.served(), None).expect("a server");
    let url = server.url("");
    for (name, version, expected) in [
        (
            "web",
            "2.*",
            format!(
                "chart \"web\" of {url} has no version matching \"2.*\"; it has 1.11.0, 1.10.0, \
                 1.9.0, 1.8.0, 1.7.0, 1.6.0, 1.5.0, 1.4.0, 1.3.0, 1.2.0 and 2 more"
            ),
        ),
        (
            "wep",
            "*",
            format!("{url} has no chart \"wep\"; it has web, database, gone"),
        ),
        (
            "web",
            "main",
            "\"main\" is no version and no range of versions: \"main\" is no version".to_owned(),
        ),
        (
            "gone",
            "1.0.0",
            format!(
                "there is nothing at {url}gone-1.0.0.tgz, which the index of {url} for gone 1.0.0 names"
            ),
        ),
    ] {
        let error = world.charts().fetch(&request(&url, name, version));
        let error = error.expect_err(name);
        assert_eq!(error.to_string(), expected);
        assert!(error.diagnostic().help.is_some());
    }
}

#[test]
fn an_exact_version_is_asked_for_once_and_a_range_for_the_index_only() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    let server = FileServer::start(&world.served(), None).expect("a server");
    let (exact, range) = (
        request(&server.url(""), "web", "1.0.0"),
        request(&server.url(""), "web", "1.*"),
    );
    world.charts().fetch(&exact).expect("fetched");
    assert_eq!(paths(&server), ["200 /index.yaml", "200 /web-1.0.0.tgz"]);
    // Another process, which has only the folder.
    let charts = world.charts();
    charts.fetch(&exact).expect("kept");
    assert_eq!(paths(&server), [""; 0]);
    charts.fetch(&range).expect("kept");
    assert_eq!(paths(&server), ["304 /index.yaml"]);
    world.publish("web", &["1.1.0"]);
    assert_eq!(charts.fetch(&range).expect("the new one").version, "1.1.0");
    assert_eq!(paths(&server), ["200 /index.yaml", "200 /web-1.1.0.tgz"]);
    let mut again = exact.clone();
    again.refresh = true;
    charts.fetch(&again).expect("kept, and asked");
    assert_eq!(paths(&server), ["304 /index.yaml"]);
    // Who has other credentials has to show them.
    again = exact;
    again.access = crate::world::login(("other", "one"));
    charts.fetch(&again).expect("asked");
    assert_eq!(paths(&server), ["200 /index.yaml", "200 /web-1.0.0.tgz"]);
    let mode = fs::metadata(world.path("cache"))
        .expect("the folder")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
}

#[test]
fn what_many_ranges_mean_costs_one_question() {
    let mut world = World::new();
    world.publish("web", &["1.0.0", "2.0.0"]);
    world.publish("api", &["0.1.0"]);
    let server = FileServer::start(&world.served(), None).expect("a server");
    let wanted = [
        ("web", "1.*"),
        ("web", "*"),
        ("api", ">=0"),
        ("api", "^2"),
        ("none", "*"),
    ];
    let requests = wanted.map(|(name, version)| request(&server.url(""), name, version));
    let charts = world.charts();
    let chosen = charts.choose(&requests);
    let versions: Vec<&str> = chosen
        .iter()
        .map(|chosen| match chosen {
            Ok(chosen) => chosen.version.as_str(),
            Err(ChartError::NoVersion { .. }) => "no version",
            Err(ChartError::NoChart { .. }) => "no chart",
            Err(_) => "other",
        })
        .collect();
    assert_eq!(
        versions,
        ["1.0.0", "2.0.0", "0.1.0", "no version", "no chart"]
    );
    assert_eq!(paths(&server), ["200 /index.yaml"]);
    let fetched = charts.fetch(&requests[0]).expect("fetched");
    assert_eq!(chosen[0].as_ref().map(|c| &c.digest), Ok(&fetched.digest));
    paths(&server);
    charts.choose(&requests);
    assert_eq!(paths(&server), ["304 /index.yaml"]);
}

#[test]
fn an_index_may_come_packed() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    world.write("index.yaml.gz", &gzip(world.index().as_bytes()));
    world.write("index.yaml", b"the plain one is not asked for");
    let server = FileServer::start(&world.served(), None).expect("a server");
    let chart = world.charts().fetch(&request(&server.url(""), "web", ""));
    assert_eq!(chart.expect("a chart").version, "1.0.0");
}

#[test]
fn urls_of_an_index_may_lead_elsewhere() {
    let mut world = World::new();
    let content = chart("web", "1.0.0");
    let other = World::new();
    other.write("files/web.tgz", &content);
    let elsewhere = FileServer::start(&other.served(), None).expect("a server");
    world.write("charts/sub/web.tgz", &content);
    world.list("web", "1.0.0", &elsewhere.url("files/web.tgz"), "");
    world.list(
        "web",
        "1.1.0",
        "sub/web.tgz",
        &format!("sha256:{}", sha256(&content)),
    );
    world.list("web", "1.2.0", "moved.tgz", "");
    world.write("charts/index.yaml", world.index().as_bytes());
    let server = FileServer::start(&world.served(), None).expect("a server");
    server.redirect("charts/moved.tgz", "/charts/again.tgz");
    server.redirect("charts/again.tgz", &elsewhere.url("files/web.tgz"));
    for repository in ["charts", "charts/"] {
        for version in ["1.0.0", "1.1.0", "1.2.0"] {
            let mut request = request(&server.url(repository), "web", version);
            request.refresh = true;
            let chart = world.charts().fetch(&request).expect(version);
            assert_eq!(chart.version, version);
        }
    }
}

#[test]
fn what_is_no_repository_says_so() {
    let world = World::new();
    world.write("page/index.yaml", b"<html><body>Welcome</body></html>");
    world.write("broken/index.yaml", b"apiVersion: v1\nentries: {web: [");
    world.write("folder/index.yaml/file", b"");
    let server = FileServer::start(&world.served(), None).expect("a server");
    server.redirect("loop/index.yaml", "/loop/index.yaml");
    server.redirect("file/index.yaml", "file:///etc/passwd");
    for (path, expected) in [
        (
            "page",
            "page/index.yaml is no index of a Helm repository: it is no mapping",
        ),
        (
            "broken",
            "broken/index.yaml is no index of a Helm repository: line ",
        ),
        ("missing", "there is nothing at"),
        ("folder", "the server forbids it (403)"),
        ("loop", "it redirects more than 10 times"),
        ("file", "it redirects to a URL of scheme file"),
    ] {
        let error = world.charts().fetch(&request(&server.url(path), "web", ""));
        let error = error.expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(&server.url("")), "{error}");
    }
    for (url, expected) in [
        (
            "http://127.0.0.1:1/",
            "cannot fetch http://127.0.0.1:1/index.yaml: ",
        ),
        ("http://", "this is no URL"),
        ("no url", "oci://no url/web: "),
        ("git@example.org:web", "has no user and no digest in it"),
        ("file:///charts", "its scheme is file"),
    ] {
        let error = world
            .charts()
            .fetch(&request(url, "web", ""))
            .expect_err(url);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn other_content_than_the_index_says_is_refused() {
    let mut world = World::new();
    let (good, bad) = (chart("web", "1.0.0"), chart("web", "6.6.6"));
    world.write("web.tgz", &bad);
    world.list("web", "1.0.0", "web.tgz", &sha256(&good));
    world.list("web", "1.1.0", "web.tgz", "md5:00");
    world.list("web", "1.2.0", "\"\"", "");
    world.write("text.tgz", b"not found");
    world.list("text", "1.0.0", "text.tgz", "");
    world.list("other", "1.0.0", "web.tgz", "");
    let nameless = archive(&[("web/Chart.yaml", "version: 1.0.0\n")]);
    world.write("nameless.tgz", &nameless);
    world.list("nameless", "1.0.0", "nameless.tgz", "");
    let server = FileServer::start(&world.served(), None).expect("a server");
    let (good, bad) = (sha256(&good), sha256(&bad));
    let digests = format!("wanted sha256:{good}, found sha256:{bad}");
    for (name, version, expected) in [
        ("web", "1.0.0", digests.as_str()),
        (
            "web",
            "1.1.0",
            "web 1.1.0: its digest \"md5:00\" is no SHA-256",
        ),
        ("web", "1.2.0", "there is no URL in its `urls`"),
        ("text", "1.0.0", "it is no gzip file, but a text"),
        (
            "other",
            "1.0.0",
            "it is chart \"web\", and \"other\" was asked for",
        ),
        ("nameless", "1.0.0", "its Chart.yaml has no `name`"),
    ] {
        for _ in 0..2 {
            let error = world
                .charts()
                .fetch(&request(&server.url(""), name, version));
            let error = error.expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

#[test]
fn many_at_once_get_the_same() {
    let mut world = World::new();
    world.publish("web", &["1.0.0"]);
    let server = FileServer::start(&world.served(), None).expect("a server");
    let request = request(&server.url(""), "web", "");
    let shared = world.charts();
    std::thread::scope(|scope| {
        for at in 0..8 {
            let (own, shared, request) = (world.charts(), &shared, &request);
            scope.spawn(move || {
                let charts = if at % 2 == 0 { &own } else { shared };
                let chart = charts.fetch(request).expect("a chart");
                assert!(chart.tree.read("values.yaml").is_ok());
            });
        }
    });
    let kept = fs::read_dir(world.path("cache/archives")).expect("a folder");
    assert_eq!(kept.count(), 1, "one archive, and nothing half written");
}
