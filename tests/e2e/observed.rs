//! A control plane seen from outside: what it counts, and what it traces.

mod collector;

use std::collections::BTreeSet;
use std::path::Path;

use gantry_testbed::GitHttpServer;

use crate::server::{Home, Server};
use crate::world::World;
use collector::{Collector, Span};

const APP: &str = "observed";

pub(crate) fn what_is_counted_and_traced(world: &World) {
    let (git, collector) = (
        GitHttpServer::start(world.testbed.folder(), None).expect("a server"),
        Collector::start(),
    );
    let url = git.url("repo");
    let flags = [
        "--refresh-interval",
        "1s",
        "--otlp-endpoint",
        collector.url(),
    ];
    let mut server = Server::start(world, Home::Embedded, APP, &flags);
    let create = [
        "app",
        "create",
        APP,
        "--repo",
        &url,
        "--path",
        "guestbook",
        "--dest-name",
        "spoke-1",
        "--dest-namespace",
        APP,
        "--sync-option",
        "CreateNamespace=true",
    ];
    server.gantry(&create).expect(0);
    server.gantry(&["app", "sync", APP]).expect(0);
    server.until_state(APP, "Synced Healthy");
    each_metric_of_the_table_moves(world, &server, &url);
    server
        .gantry(&["app", "delete", APP, "-y", "--wait"])
        .expect(0);
    let gone = || !server.metrics().contains(&format!("name=\"{APP}\""));
    world.until("its series are gone", gone);
    world.until("an operation is told, with all that it had in it", || {
        collector
            .spans()
            .iter()
            .any(|span| span.name == "operation")
    });
    assert!(server.stop(), "it ends well, and sends the rest");
    spans_tell_what_was_done(&collector.spans(), &url);
}

/// The value of a series that has all these parts.
fn value(metrics: &str, name: &str, parts: &[&str]) -> Option<f64> {
    let is_it = |line: &&str| {
        let rest = line.strip_prefix(name).unwrap_or_default();
        rest.starts_with(['{', ' ']) && parts.iter().all(|part| line.contains(part))
    };
    let line = metrics.lines().find(is_it)?;
    line.rsplit_once(' ')?.1.parse().ok()
}

fn each_metric_of_the_table_moves(world: &World, server: &Server<'_>, url: &str) {
    let at_least = |name: &str, parts: &[&str], least: f64| {
        let seen = || value(&server.metrics(), name, parts).is_some_and(|value| value >= least);
        world.until(&format!("{name} {parts:?} is {least} or more"), seen);
    };
    let app = format!("name=\"{APP}\"");
    let repository = format!("repo=\"{url}\"");
    at_least(
        "gantry_app_info",
        &[&app, "sync_status=\"Synced\"", "health_status=\"Healthy\""],
        1.0,
    );
    at_least(
        "gantry_app_reconcile_count",
        &[&format!("namespace=\"{APP}\"")],
        2.0,
    );
    at_least(
        "gantry_app_sync_total",
        &[&app, "phase=\"Succeeded\"", "dry_run=\"false\""],
        1.0,
    );
    for request in ["request_type=\"fetch\"", "request_type=\"ls-remote\""] {
        at_least("gantry_git_request_total", &[&repository, request], 1.0);
        at_least(
            "gantry_git_request_duration_seconds_count",
            &[&repository, request],
            1.0,
        );
    }
    let polls = || {
        value(
            &server.metrics(),
            "gantry_git_request_total",
            &[&repository, "ls-remote"],
        )
    };
    let before = polls();
    world.until("another poll is counted", || polls() > before);
    at_least(
        "gantry_cluster_connection_status",
        &["k8s_version=\"v1.35.4\""],
        1.0,
    );
    let spoke = world.testbed.cluster("spoke-1").expect("a cluster");
    // The guestbook's three objects, and what the Deployment owns.
    at_least(
        "gantry_cluster_objects",
        &[&format!("server=\"{}\"", spoke.url())],
        3.0,
    );
    for queue in [
        "name=\"looks\"",
        "name=\"operations\"",
        "name=\"repositories\"",
    ] {
        at_least("gantry_queue_depth", &[queue], 0.0);
    }
    let metrics = server.metrics();
    for name in named_in_the_readme() {
        let has_samples = ["", "_count", "_sum"].iter().any(|part| {
            let name = format!("{name}{part}");
            value(&metrics, &name, &[]).is_some()
        });
        assert!(has_samples, "{name} is in the README and not in\n{metrics}");
    }
}

/// The metrics of the README's table.
fn named_in_the_readme() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    let rows = text.lines().filter(|line| line.starts_with("| `gantry_"));
    let names: BTreeSet<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap_or_default().split('`'))
        .filter(|word| word.starts_with("gantry_"))
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 10, "{names:?}");
    names
}

fn spans_tell_what_was_done(spans: &[Span], url: &str) {
    let named =
        |name: &str| -> Vec<&Span> { spans.iter().filter(|span| span.name == name).collect() };
    let below = |name: &str, parent: &Span| {
        let found = named(name)
            .into_iter()
            .find(|span| span.parent == parent.id);
        found.unwrap_or_else(|| unreachable!("no {name} below {parent:?}"))
    };
    let of_it = |span: &&&Span| {
        let (application, cluster) = (span.has("application", APP), span.has("cluster", "spoke-1"));
        application && cluster
    };
    let looks = named("look");
    let look = looks.iter().filter(of_it).find(|look| {
        let mut compares = named("compare").into_iter();
        compares.any(|compare| compare.parent == look.id)
    });
    let look = look.expect("a look that compared");
    below("render", look);
    let resolves = named("resolve");
    let fetched = named("git").into_iter().find(|git| {
        let source = spans.iter().find(|span| span.id == git.parent);
        let resolve = source.and_then(|source| resolves.iter().find(|one| one.id == source.parent));
        resolve.is_some() && git.has("request", "fetch") && git.has("repository", url)
    });
    assert!(fetched.is_some(), "no fetch below a resolve");
    let operations = named("operation");
    let operation = operations.iter().find(of_it).expect("an operation");
    let sync = below("sync", operation);
    assert!(sync.has("cluster", "spoke-1"), "{sync:?}");
    let phase = below("phase", sync);
    assert!(phase.has("phase", "Sync"), "{phase:?}");
    let wave = below("wave", phase);
    assert!(
        wave.has("wave", "0") && wave.has("objects", "3"),
        "{wave:?}"
    );
}
