//! Sync options and annotations that change what the driver does.

use gantry_model::Object;
use gantry_model::cluster::Propagation;
use gantry_sync::{Options, Prune, Report, Sync, Target};
use serde_json::json;

use super::{Fake, object, sync, told};

/// One whole sync with options.
async fn run_with(cluster: &Fake, options: Options, objects: &[Object]) -> Report {
    let sync = Sync {
        options,
        ..sync(cluster, "1")
    };
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    sync.tidy(ended).await
}

/// A live object of the application that Git does not have.
fn left_over(cluster: &Fake, name: &str, annotations: &[&str]) {
    let id = format!("tracking-id=app:/ConfigMap:ns/{name}");
    let all: Vec<&str> = [id.as_str()]
        .into_iter()
        .chain(annotations.iter().copied())
        .collect();
    cluster.put(object("ConfigMap", name, &all).into_value());
}

fn pruning() -> Options {
    Options {
        prune: Prune::Delete,
        ..Options::default()
    }
}

#[tokio::test(start_paused = true)]
async fn prunes_come_last_on_request() {
    for (annotations, prune_last) in [(&["sync-options=PruneLast=true"][..], false), (&[], true)] {
        let cluster = Fake::new();
        left_over(&cluster, "old", annotations);
        let objects = [
            object("ConfigMap", "a", &[]),
            object("ConfigMap", "b", &["sync-wave=7"]),
        ];
        let options = Options {
            prune_last,
            ..pruning()
        };
        let report = run_with(&cluster, options, &objects).await;
        assert_eq!(told(&report), ["a created", "b created", "old pruned"]);
    }
}

#[tokio::test(start_paused = true)]
async fn dependents_go_as_the_policy_says() {
    let cases = [
        (Propagation::Foreground, "delete ConfigMap/old"),
        (
            Propagation::Background,
            "delete ConfigMap/old in the background",
        ),
        (Propagation::Orphan, "delete ConfigMap/old alone"),
    ];
    for (propagation, expected) in cases {
        let cluster = Fake::new();
        left_over(&cluster, "old", &[]);
        let options = Options {
            propagation,
            ..pruning()
        };
        run_with(&cluster, options, &[]).await;
        assert_eq!(cluster.log(), [expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_extraneous_leaves_the_application_in_sync() {
    let cluster = Fake::new();
    left_over(&cluster, "extra", &["compare-options=IgnoreExtraneous"]);
    let report = run_with(&cluster, Options::default(), &[]).await;
    assert_eq!(report.sync.as_str(), "Synced");
    left_over(&cluster, "old", &[]);
    let report = run_with(&cluster, Options::default(), &[]).await;
    assert_eq!(report.sync.as_str(), "OutOfSync");
}

#[tokio::test(start_paused = true)]
async fn pruning_may_be_forbidden_for_one_object() {
    let cluster = Fake::new();
    left_over(&cluster, "kept", &["sync-options=Prune=false"]);
    left_over(&cluster, "asked", &["sync-options=Prune=confirm"]);
    left_over(&cluster, "old", &[]);
    run_with(&cluster, pruning(), &[]).await;
    assert_eq!(cluster.log(), ["delete ConfigMap/old"]);
    let confirmed = Options {
        prune_confirmed: true,
        ..pruning()
    };
    run_with(&cluster, confirmed, &[]).await;
    assert_eq!(
        cluster.log(),
        ["delete ConfigMap/old", "delete ConfigMap/asked"]
    );
}

#[tokio::test(start_paused = true)]
async fn health_that_is_ignored_holds_nothing_up() {
    let cluster = Fake::new();
    let objects = [
        object("Job", "fails", &["ignore-healthcheck=true"]),
        object("ConfigMap", "later", &["sync-wave=1"]),
    ];
    let report = run_with(&cluster, Options::default(), &objects).await;
    assert_eq!(told(&report), ["fails created", "later created"]);
    assert_eq!(report.health.status.as_str(), "Healthy");
}

#[tokio::test(start_paused = true)]
async fn what_is_degraded_stops_the_next_wave() {
    let cluster = Fake::new();
    let objects = [
        object("Job", "fails", &[]),
        object("ConfigMap", "later", &["sync-wave=1"]),
    ];
    let report = run_with(&cluster, Options::default(), &objects).await;
    assert_eq!(
        told(&report),
        ["fails created: Failed", "later not-reached"]
    );
    assert_eq!(report.health.status.as_str(), "Degraded");
    assert!(report.failed());
}

#[tokio::test(start_paused = true)]
async fn a_kind_may_come_while_the_sync_runs() {
    let widget = |options: &str| {
        let mut value = object("Widget", "w", &["sync-wave=1", options]).into_value();
        value["apiVersion"] = json!("example.com/v1");
        Object::new(value, None).expect("an object")
    };
    let operator = || object("ConfigMap", "operator", &[]);
    let cluster = Fake::new();
    let report = run_with(&cluster, Options::default(), &[operator(), widget("x=y")]).await;
    let refused = "w failed: the server serves no example.com/v1/Widget; is its \
                   CustomResourceDefinition installed?";
    assert_eq!(told(&report), [refused, "operator not-reached"]);
    let own = "sync-options=SkipDryRunOnMissingResource=true";
    let report = run_with(&cluster, Options::default(), &[operator(), widget(own)]).await;
    assert_eq!(told(&report), ["operator created", "w created"]);

    let cluster = Fake::new();
    let of_all = Sync {
        target: Target {
            kinds_may_come: true,
            ..sync(&cluster, "1").target
        },
        ..sync(&cluster, "1")
    };
    let ended = of_all
        .run(vec![operator(), widget("x=y")])
        .await
        .expect("a cluster");
    assert_eq!(
        told(&of_all.tidy(ended).await),
        ["operator created", "w created"]
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_options_are_named() {
    let cluster = Fake::new();
    let objects = [object(
        "ConfigMap",
        "a",
        &["sync-options=Prun=false,Replace=maybe"],
    )];
    let report = run_with(&cluster, Options::default(), &objects).await;
    let told: Vec<&str> = report.warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "sync option `Prun=false` is none that Argo CD knows; it is ignored",
            "sync option `Replace=maybe` is ignored: `Replace` takes `true`, `false` here"
        ]
    );
}
