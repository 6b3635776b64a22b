//! What is pushed comes back, and nothing else does.

use std::fs;

use gantry_plugins::{Digest, Policy};
use gantry_registry::{Connection, Credentials, Pull, Registry, RegistryError, place};

use crate::world::{World, names_in, plugin, with_policy};

#[test]
fn what_was_pushed_is_pulled_by_tag_and_by_digest() {
    let world = World::start(false);
    let wasm = plugin("one");
    let pushed = world
        .push("team/helm:1.0", wasm.clone(), &world.nobody())
        .expect("pushed");
    assert_eq!(pushed.digest, Digest::of(&wasm));
    let by_digest = format!("team/helm@{}", pushed.artifact);
    for artifact in ["team/helm:1.0", &by_digest] {
        let pulled = world
            .pull(artifact, &Pull::default(), &world.nobody())
            .expect(artifact);
        assert_eq!(pulled.wasm, wasm);
        assert_eq!(
            (pulled.digest, pulled.artifact),
            (pushed.digest, pushed.artifact)
        );
        assert_eq!(
            pulled.surface.exports,
            ["gantry:plugin/about@0.1.0", "gantry:plugin/renderer@0.1.0"]
        );
    }
    let again = world
        .push("team/helm:1.1", wasm, &world.nobody())
        .expect("pushed again");
    assert_eq!(again.artifact, pushed.artifact, "one plugin, two artifacts");
    let registry = Registry::open(
        &world.at("team/helm:1.0"),
        &world.nobody(),
        &Connection::plain_http(true),
    );
    assert_eq!(registry.expect("a reference").name(), "helm");
}

#[test]
fn a_good_file_stays_until_a_good_one_takes_its_place() {
    let world = World::start(false);
    let nobody = world.nobody();
    let push = |tag: &str, mark: &str| {
        world
            .push(&format!("helm:{tag}"), plugin(mark), &nobody)
            .expect("pushed")
    };
    let (old, new) = (push("old", "one"), push("new", "two"));
    let path = world.install("helm:old", &Pull::default()).expect("placed");
    let kept = || Digest::of(&fs::read(&path).expect("the plugin"));
    assert_eq!(kept(), old.digest);
    let pinned = Pull {
        digest: Some(old.digest),
        ..Pull::default()
    };
    let not_allowed = with_policy(Policy {
        allow: Some([old.digest].into()),
        ..Policy::default()
    });
    for (pull, expected) in [
        (pinned, "wanted sha256:"),
        (not_allowed, "not on the allow-list"),
    ] {
        let error = world.install("helm:new", &pull).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(kept(), old.digest, "{expected}");
    }
    fs::write(path.with_extension("wasm.sig"), "of the old one").expect("written");
    world.install("helm:new", &Pull::default()).expect("placed");
    assert_eq!(kept(), new.digest);
    assert_eq!(names_in(&world.path("plugins")), ["helm.wasm"]);
}

#[test]
fn only_those_who_are_let_in_push_and_pull() {
    let world = World::start(true);
    let (username, password) = gantry_testbed::Registry::LOGIN;
    let login = |password: &str| Credentials::Login {
        username: username.to_owned(),
        password: password.to_owned(),
    };
    let docker = Credentials::Docker {
        path: world.path("docker.json"),
    };
    // `printf gantry:secret | base64`
    let address = world.at("");
    let config = format!(
        r#"{{"auths": {{"{}": {{"auth": "Z2FudHJ5OnNlY3JldA=="}}}}}}"#,
        address.trim_end_matches('/')
    );
    fs::write(world.path("docker.json"), config).expect("written");
    let denied = |error: RegistryError| {
        let diagnostic = error.diagnostic();
        assert_eq!(diagnostic.code, "registry-credentials", "{diagnostic}");
        assert!(
            !diagnostic.to_string().contains("wrong"),
            "a password is told"
        );
    };
    for who in [world.nobody(), login("wrong")] {
        denied(
            world
                .push("helm:1", plugin("one"), &who)
                .expect_err("no push"),
        );
    }
    world
        .push("helm:1", plugin("one"), &login(password))
        .expect("pushed");
    for who in [world.nobody(), login("wrong")] {
        denied(
            world
                .pull("helm:1", &Pull::default(), &who)
                .expect_err("no pull"),
        );
    }
    for who in [login(password), docker] {
        world
            .pull("helm:1", &Pull::default(), &who)
            .expect("pulled");
    }
}

#[test]
fn references_and_registries_that_are_none_are_told() {
    let world = World::start(false);
    let nobody = world.nobody();
    for (reference, expected) in [
        ("", "is no reference"),
        ("registry.example/UPPER", "is no reference"),
        ("registry.example/helm@sha256:00", "is no reference"),
    ] {
        let error =
            Registry::open(reference, &nobody, &Connection::plain_http(true)).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let of = |artifact: &str| {
        let error = world.pull(artifact, &Pull::default(), &nobody);
        error.expect_err(artifact).diagnostic()
    };
    let missing = format!("helm@{}", Digest::of(b"nothing"));
    for artifact in ["helm:latest", "other/helm:2", &missing] {
        let told = of(artifact);
        assert!(told.message.contains("there is no artifact"), "{told}");
    }
    let pushed = world
        .push("helm:1", plugin("one"), &nobody)
        .expect("pushed");
    let by_digest = format!("helm@{}", pushed.artifact);
    let error = world.push(&by_digest, plugin("two"), &nobody);
    assert!(
        error
            .expect_err("a digest")
            .to_string()
            .contains("name a tag")
    );
    let pulled = world
        .pull("helm:1", &Pull::default(), &nobody)
        .expect("pulled");
    for name in ["../helm", "Helm", ""] {
        let error = place(&world.path("plugins"), name, &pulled).expect_err(name);
        assert!(
            error.to_string().contains("cannot be a plugin's name"),
            "{error}"
        );
    }
    assert!(!world.path("plugins").exists());
    let closed_port = "127.0.0.1:1/helm:1";
    let registry =
        Registry::open(closed_port, &nobody, &Connection::plain_http(true)).expect("a reference");
    let error = crate::world::wait(Pull::default().run(&registry, &|_, _| {}));
    let error = error.expect_err("nobody listens").to_string();
    assert!(error.contains("127.0.0.1:1 cannot be reached"), "{error}");
}
