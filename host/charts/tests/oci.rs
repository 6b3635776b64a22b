//! Charts in a real registry, stored as `helm push` stores them.

use std::fs;

use gantry_charts::{Chart, ChartAccess, ChartError, ChartRequest};
use gantry_model::Digest;
use gantry_oci::{Connection, Credentials};
use gantry_testbed::{FileServer, Registry};
use serde_json::{Value, json};

use crate::world::{LOGIN, World, chart, login, request};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// A registry, and the folder of what was fetched.
struct Place {
    world: World,
    registry: Registry,
}

impl Place {
    fn start(closed: bool) -> Self {
        let world = World::new();
        let registry = Registry::start(&world.path("registry"), closed);
        Self {
            registry: registry.expect("a registry"),
            world,
        }
    }

    fn start_tls() -> Self {
        let world = World::new();
        let registry = Registry::start_tls(&world.path("registry"));
        Self {
            registry: registry.expect("a registry"),
            world,
        }
    }

    /// Pushes an archive as a chart; the digest of its manifest.
    fn push(&self, at: &str, archive: &[u8]) -> Digest {
        self.push_as(at, CONFIG, CHART, archive)
    }

    fn push_as(&self, at: &str, config_type: &str, layer_type: &str, archive: &[u8]) -> Digest {
        let part = |media_type: &str, content: &[u8]| -> Value {
            let digest = Digest::of(content).to_string();
            json!({"mediaType": media_type, "digest": digest, "size": content.len()})
        };
        let config = b"{}";
        let manifest = json!({
            "schemaVersion": 2,
            "config": part(config_type, config),
            "layers": [part(layer_type, archive)],
            "annotations": {"org.opencontainers.image.description": at},
        });
        let manifest = manifest.to_string().into_bytes();
        let digest = Digest::of(&manifest);
        let registry = self.open(&format!("{}/{at}", self.registry.address()));
        let blobs = vec![archive.to_vec(), config.to_vec()];
        let pushed = registry.push(blobs, manifest, gantry_oci::OCI_IMAGE_MEDIA_TYPE);
        wait(pushed).expect("pushed");
        digest
    }

    /// The registry, as one who may push.
    fn open(&self, reference: &str) -> gantry_oci::Registry {
        let (username, password) = Registry::LOGIN;
        let credentials = Credentials::Login {
            username: username.to_owned(),
            password: password.to_owned(),
        };
        let connection = Connection {
            plain_http: self.registry.certificate().is_empty(),
            insecure: true,
            ..Connection::default()
        };
        let registry = gantry_oci::Registry::open(reference, &credentials, &connection);
        registry.expect("a reference")
    }

    fn request(&self, path: &str, name: &str, version: &str) -> ChartRequest {
        let url = format!("oci://{}/{path}", self.registry.address());
        request(&url, name, version)
    }

    fn fetch(&self, name: &str, version: &str) -> Result<Chart, ChartError> {
        self.world
            .charts()
            .fetch(&self.request("charts", name, version))
    }
}

/// Runs what is asynchronous to its end.
fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

#[test]
fn tags_are_versions() {
    let place = Place::start(false);
    for version in ["0.9.0", "1.2.3", "1.3.0", "1.2.4+build.1", "2.0.0-rc.1"] {
        let tag = version.replace('+', "_");
        place.push(&format!("charts/web:{tag}"), &chart("web", version));
    }
    place.push("charts/web:latest", &chart("web", "1.3.0"));
    for (version, expected) in [
        ("", "1.3.0"),
        ("*", "1.3.0"),
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.2.4+build.1", "1.2.4+build.1"),
        ("1.2.4", "1.2.4+build.1"),
        ("~1.2", "1.2.4+build.1"),
        (">=2.0.0-0", "2.0.0-rc.1"),
        ("latest", "latest"),
    ] {
        let chart = place.fetch("web", version).expect(version);
        assert_eq!(
            (chart.name.as_str(), chart.version.as_str()),
            ("web", expected)
        );
        assert!(chart.tree.read("Chart.yaml").is_ok());
    }
    let versions = place
        .world
        .charts()
        .versions(&place.request("charts/web", "", ""));
    let expected = [
        "2.0.0-rc.1",
        "1.3.0",
        "1.2.4+build.1",
        "1.2.3",
        "0.9.0",
        "latest",
    ];
    assert_eq!(versions.expect("versions"), expected);
}

#[test]
fn an_artifact_says_what_it_is() {
    let place = Place::start(false);
    let digest = place.push("charts/web:1.2.3_b", &chart("web", "1.2.3+b"));
    place.push_as("any/thing:main", "application/vnd.any", CHART, b"x");
    let (pinned, gone) = (digest.to_string(), Digest::of(b"gone").to_string());
    for (path, name, version, expected) in [
        ("charts", "web", "1.2.3+b", Some("charts/web:1.2.3_b")),
        ("charts", "web", "1.2.*", Some("charts/web:1.2.3_b")),
        ("charts/web", "", &pinned, Some("charts/web:1.2.3_b")),
        // Not only charts.
        ("any/thing", "", "main", Some("any/thing:main")),
        ("any/thing", "", &gone, None),
        ("any/none", "", "main", None),
    ] {
        let request = place.request(path, name, version);
        let found = place.world.charts().annotations(&request).ok();
        let found = found.map(|all| all["org.opencontainers.image.description"].clone());
        assert_eq!(found.as_deref(), expected, "{path} {name} {version}");
    }
    let refused = place
        .world
        .charts()
        .listed(&place.request("charts", "", ""));
    let refused = refused.expect_err("no index").to_string();
    assert!(refused.contains("a registry has no index"), "{refused}");
}

#[test]
fn a_repository_is_named_in_several_ways() {
    let place = Place::start(false);
    place.push("charts/team/web:1.0.0", &chart("web", "1.0.0"));
    let address = place.registry.address();
    for (url, name, enable_oci) in [
        (format!("oci://{address}/charts"), "team/web", false),
        (format!("oci://{address}/charts/team/"), "web", false),
        (format!("oci://{address}/charts/team/web"), "", false),
        (format!("{address}/charts/team"), "web", true),
        (format!("{address}/charts/team"), "web", false),
        (format!("https://{address}/charts/team"), "web", true),
    ] {
        let mut request = request(&url, name, "1.0.0");
        request.access.enable_oci = enable_oci;
        let chart = place.world.charts().fetch(&request).expect(&url);
        assert_eq!(chart.name, "web", "{url}");
    }
    for (path, expected) in [
        (
            "charts/team/web:1.0.0",
            "the tag belongs into targetRevision",
        ),
        ("charts@sha256:00", "no user and no digest"),
        ("Charts", "oci://"),
    ] {
        let error = place.world.charts().fetch(&place.request(path, "", ""));
        let error = error.expect_err(path);
        assert!(matches!(error, ChartError::Url { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_digest_is_a_version_too() {
    let place = Place::start(false);
    let digest = place.push("charts/web:1.0.0", &chart("web", "1.0.0"));
    place.push("charts/web:1.0.0", &chart("web", "1.0.1"));
    for (version, expected) in [
        (digest.to_string(), "1.0.0"),
        (format!("1.0.0@{digest}"), "1.0.0"),
        (format!("gone@{digest}"), "gone"),
    ] {
        let found = place.fetch("web", &version).expect("the first one");
        assert_eq!(found.version, expected);
        assert_eq!(found.digest, Digest::of(&chart("web", "1.0.0")).to_string());
    }
    let missing = format!("sha256:{}", "0".repeat(64));
    let error = place.fetch("web", &missing).expect_err("no such manifest");
    assert!(
        matches!(&error, ChartError::NotFound { url, .. } if url.contains(&missing)),
        "{error:?}"
    );
}

#[test]
fn an_exact_version_is_asked_for_once() {
    let place = Place::start(false);
    for path in ["charts", "other"] {
        place.push(&format!("{path}/web:1.0.0"), &chart("web", "1.0.0"));
    }
    let exact = place.request("charts", "web", "1.0.0");
    let range = place.request("charts", "web", "1.*");
    for request in [&exact, &range] {
        place.world.charts().fetch(request).expect("fetched");
    }
    // The layer is kept: the registry can lose it.
    let blobs = place
        .world
        .path("registry/storage/docker/registry/v2/blobs/sha256");
    let hex = Digest::of(&chart("web", "1.0.0")).hex();
    fs::remove_dir_all(blobs.join(&hex[..2]).join(&hex)).expect("removed");
    // What was given to one is not for whoever names its digest elsewhere.
    let elsewhere = place.request("other", "web", "1.0.0");
    let lost = place.world.charts().fetch(&elsewhere);
    lost.expect_err("the registry has it no longer");
    place
        .world
        .charts()
        .fetch(&range)
        .expect("kept, and asked for its tags");
    let Place { world, registry } = place;
    drop(registry);
    world.charts().fetch(&exact).expect("kept");
    let error = world.charts().fetch(&range).expect_err("nobody to ask");
    assert!(matches!(error, ChartError::Unreachable { .. }), "{error:?}");
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let place = Place::start(false);
    for version in ["1.0.0", "1.1.0"] {
        place.push(&format!("charts/web:{version}"), &chart("web", version));
    }
    let url = format!("oci://{}/charts", place.registry.address());
    for (name, version, expected) in [
        (
            "web",
            "2.*",
            format!(
                "chart \"web\" of {url}/web has no version matching \"2.*\"; it has 1.1.0, 1.0.0"
            ),
        ),
        (
            "web",
            "2.0.0",
            format!(
                "chart \"web\" of {url}/web has no version matching \"2.0.0\"; it has 1.1.0, 1.0.0"
            ),
        ),
        (
            "web",
            "nightly",
            format!("there is nothing at {url}/web:nightly"),
        ),
        ("other", "1.0.0", format!("there is nothing at {url}/other")),
        ("other", "*", format!("there is nothing at {url}/other")),
    ] {
        let error = place.fetch(name, version).expect_err(&expected);
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert!(error.diagnostic().help.is_some());
    }
}

#[test]
fn what_is_no_chart_is_refused() {
    let place = Place::start(false);
    let image = "application/vnd.oci.image.config.v1+json";
    place.push_as("charts/web:1.0.0", image, CHART, &chart("web", "1.0.0"));
    place.push_as("charts/web:1.1.0", CONFIG, "text/plain", b"text");
    place.push("charts/web:1.2.0", b"text");
    place.push("charts/web:1.3.0", &chart("other", "1.3.0"));
    place.push("charts/web:1.4.0", &chart("web", "1.4.0"));
    let blobs = place
        .world
        .path("registry/storage/docker/registry/v2/blobs/sha256");
    let hex = Digest::of(&chart("web", "1.4.0")).hex();
    let stored = blobs.join(&hex[..2]).join(&hex).join("data");
    let mut changed = fs::read(&stored).expect("the layer");
    *changed.last_mut().expect("content") ^= 1;
    fs::write(stored, changed).expect("written");
    for (version, expected) in [
        (
            "1.0.0",
            "its configuration is application/vnd.oci.image.config.v1+json",
        ),
        (
            "1.1.0",
            "none of its layers is application/vnd.cncf.helm.chart.content",
        ),
        ("1.2.0", "it is no gzip file, but a text"),
        ("1.3.0", "it is chart \"other\", and \"web\" was asked for"),
        ("1.4.0", "has other content than it should: wanted sha256:"),
    ] {
        let error = place.fetch("web", version).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_index_may_have_its_archives_in_a_registry() {
    let mut place = Place::start(false);
    let manifest = place.push("charts/web:1.0.0", &chart("web", "1.0.0"));
    place.push("charts/web:1.1.0_b", &chart("web", "1.1.0+b"));
    let url = format!("oci://{}/charts/web", place.registry.address());
    let digest = Digest::of(&chart("web", "1.0.0")).to_string();
    for (version, url, digest) in [
        ("1.0.0", format!("{url}:1.0.0"), digest.clone()),
        ("1.0.1", format!("{url}@{manifest}"), manifest.to_string()),
        ("1.1.0+b", url.clone(), String::new()),
        ("1.2.0", format!("{url}:1.1.0_b"), digest.clone()),
    ] {
        place.world.list("web", version, &url, &digest);
    }
    let server = FileServer::start(&place.world.served(), None).expect("a server");
    for version in ["1.0.0", "1.0.1", "1.1.0+b"] {
        let chart = place
            .world
            .charts()
            .fetch(&request(&server.url(""), "web", version));
        assert_eq!(chart.expect(version).version, version);
    }
    let other = request(&server.url(""), "web", "1.2.0");
    // What is kept under the index's digest is what the index means.
    let kept = place.world.charts().fetch(&other).expect("kept");
    assert_eq!(kept.digest, digest);
    fs::remove_dir_all(place.world.path("cache")).expect("removed");
    let error = place.world.charts().fetch(&other);
    let error = error.expect_err("another chart").to_string();
    let expected = format!("wanted {digest}, found sha256:");
    assert!(error.contains(&expected), "{error}");
}

#[test]
fn ghsa_6w87_g839_9wv7_a_closed_registry_wants_the_right_login_and_tells_none() {
    let place = Place::start(true);
    place.push("charts/web:1.0.0", &chart("web", "1.0.0"));
    for version in ["1.0.0", "1.*"] {
        let mut request = place.request("charts", "web", version);
        request.access = login(("gantry", "hunter2"));
        let error = place
            .world
            .charts()
            .fetch(&request)
            .expect_err("not let in");
        assert!(
            matches!(error, ChartError::Unauthorized { .. }),
            "{error:?}"
        );
        assert!(
            !error.diagnostic().to_string().contains("hunter2"),
            "{error}"
        );
        request.access = login(LOGIN);
        place.world.charts().fetch(&request).expect("let in");
    }
}

#[test]
fn certificates_are_checked() {
    let place = Place::start_tls();
    place.push("charts/web:1.0.0", &chart("web", "1.0.0"));
    let fetch = |access: ChartAccess| {
        let mut request = place.request("charts", "web", "1.*");
        request.access = access;
        place.world.charts().fetch(&request)
    };
    let trusting = |tls_ca: String| ChartAccess {
        tls_ca,
        ..ChartAccess::default()
    };
    let other = FileServer::start_tls(&place.world.served(), None).expect("a server");
    let (own, other) = (place.registry.certificate(), other.certificate());
    let error = fetch(trusting(other.to_owned())).expect_err("nobody trusts it");
    assert!(error.to_string().contains("certificate"), "{error}");
    fetch(trusting(own.to_owned())).expect("trusted");
    fetch(trusting(format!("{other}{own}"))).expect("trusted");
    let insecure = ChartAccess {
        insecure: true,
        ..ChartAccess::default()
    };
    fetch(insecure).expect("not checked");
    let client = ChartAccess {
        tls_client_cert: own.to_owned(),
        ..ChartAccess::default()
    };
    let proxy = ChartAccess {
        proxy: "http://me:secret@a b/".to_owned(),
        ..ChartAccess::default()
    };
    for (access, expected) in [
        (trusting("no PEM".to_owned()), "CA certificates"),
        (proxy, "cannot be asked"),
        (
            client,
            "client certificates are not supported for registries",
        ),
    ] {
        let error = fetch(access).expect_err(expected);
        assert!(matches!(error, ChartError::Access { .. }), "{error:?}");
        let told = error.to_string();
        assert!(
            told.contains(expected) && !told.contains("secret"),
            "{told}"
        );
    }
}

#[test]
fn many_tags_come_in_pages() {
    let place = Place::start(false);
    let digest = place.push("charts/web:1.0.0", &chart("web", "1.0.0"));
    // As the registry itself keeps a tag.
    let repository = place
        .world
        .path("registry/storage/docker/registry/v2/repositories/charts/web");
    for patch in 1..=250 {
        let tag = repository.join(format!("_manifests/tags/1.0.{patch}/current"));
        fs::create_dir_all(&tag).expect("a folder");
        fs::write(tag.join("link"), digest.to_string()).expect("written");
    }
    let reference = format!("{}/charts/web", place.registry.address());
    let registry = place.open(&reference);
    for page in [Some(100), Some(251), None] {
        let tags = wait(registry.tags_in_pages(page)).expect("tags");
        assert_eq!(tags.len(), 251, "{page:?}");
    }
    let newest = place.fetch("web", "1.*").expect("the newest");
    assert_eq!(newest.version, "1.0.250");
}
