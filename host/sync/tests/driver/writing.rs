//! How an object is written, by the options of its application and its own, which go before those.

use gantry_model::Object;
use gantry_sync::{Options, Sync};
use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Fake, object, run, sync, told};

/// Changes one object that is there; what was asked of the server for it.
async fn change(kind: &str, name: &str, options: Options, own: &str) -> (Vec<String>, Vec<String>) {
    let cluster = Fake::new();
    let own = format!("sync-options={own}");
    let before = object(kind, name, &[&own]);
    run(&cluster, "1", std::slice::from_ref(&before)).await;
    let mut after = before.into_value();
    after["data"]["of"] = json!("something else");
    let after = Object::new(after, None).expect("an object");
    let recorder = Recorder::new(cluster.clone());
    let again = Sync {
        cluster: &recorder,
        options,
        ..sync(&cluster, "2")
    };
    let ended = again.run(vec![after]).await.expect("a cluster");
    let report = again.tidy(ended).await;
    assert_eq!(told(&report), [format!("{name} configured")], "{own}");
    let warnings = report.warnings.into_iter().map(|w| w.message);
    (recorder.calls(), warnings.collect())
}

fn options() -> Options {
    Options::default()
}

#[tokio::test(start_paused = true)]
async fn objects_are_written_as_their_options_say() {
    let by_server = || Options {
        force_conflicts: true,
        ..options()
    };
    let replacing = || Options {
        replace: true,
        ..options()
    };
    let forcing = || Options {
        force: true,
        ..options()
    };
    let unchecked = || Options {
        validate: false,
        ..options()
    };
    let anew: &[&str] = &["delete immutable", "apply immutable by force"];
    let cases: [(Options, &str, &str, &[&str]); 15] = [
        (options(), "", "a", &["apply a"]),
        (by_server(), "", "a", &["apply a by force"]),
        (
            options(),
            "ServerSideApply=true",
            "a",
            &["apply a by force"],
        ),
        (
            options(),
            " Validate=false , ,ServerSideApply=true,",
            "a",
            &["apply a by force unchecked"],
        ),
        (replacing(), "", "a", &["replace a", "apply a"]),
        (replacing(), "Replace=false", "a", &["apply a"]),
        (options(), "Replace=true", "a", &["replace a", "apply a"]),
        (
            options(),
            "ServerSideApply=true,Replace=true",
            "a",
            &["replace a", "apply a by force"],
        ),
        (
            options(),
            "Replace=true,Force=true",
            "a",
            &["delete a", "apply a by force"],
        ),
        (options(), "Force=true", "a", &["apply a"]),
        (
            options(),
            "Force=true",
            "immutable",
            &["apply immutable", anew[0], anew[1]],
        ),
        (
            forcing(),
            "",
            "immutable",
            &["apply immutable", anew[0], anew[1]],
        ),
        (unchecked(), "", "a", &["apply a unchecked"]),
        (unchecked(), "Validate=true", "a", &["apply a"]),
        (options(), "Validate=false", "a", &["apply a unchecked"]),
    ];
    for (options, own, name, expected) in cases {
        let (calls, warnings) = change("ConfigMap", name, options, own).await;
        assert_eq!(calls, expected, "{own}");
        assert_eq!(warnings, Vec::<String>::new(), "{own}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_never_made_anew() {
    let (calls, _) = change("Namespace", "other", options(), "Replace=true,Force=true").await;
    assert_eq!(calls, ["replace other", "apply other"]);
}

#[tokio::test(start_paused = true)]
async fn options_that_an_object_cannot_have_are_told() {
    let cases = [
        (
            "ServerSideApply=false",
            "sync option `ServerSideApply=false` is ignored: `ServerSideApply` takes `true` here",
        ),
        (
            "ApplyOutOfSyncOnly=true",
            "sync option `ApplyOutOfSyncOnly=true` is ignored: applications have it, single objects \
             do not",
        ),
    ];
    for (own, expected) in cases {
        let (calls, warnings) = change("ConfigMap", "a", options(), own).await;
        assert_eq!(calls, ["apply a"]);
        assert_eq!(warnings, [expected]);
    }
}

/// An object as another manager has left it.
fn of_manager(name: &str, manager: &str, annotations: &[&str]) -> Value {
    let mut value = object("ConfigMap", name, annotations).into_value();
    value["metadata"]["managedFields"] = json!([{
        "manager": manager, "operation": "Update", "apiVersion": "v1",
        "fieldsV1": {"f:data": {"f:of": {}, "f:more": {}}},
    }]);
    value
}

#[tokio::test(start_paused = true)]
async fn fields_of_a_client_side_apply_are_migrated() {
    let kubectl = "kubectl-client-side-apply";
    let migrate = |manager: Option<&str>| Options {
        migrate: manager.map(str::to_owned),
        ..options()
    };
    let taking = Options {
        take_over: vec![kubectl.to_owned()],
        ..options()
    };
    let own = "sync-options=ServerSideApply=true";
    let taken: &[&str] = &["patch a", "apply a by force"];
    let cases: [(Options, &str, &[&str]); 5] = [
        (migrate(Some(kubectl)), "x=y", &["apply a"]),
        (migrate(Some(kubectl)), own, taken),
        (migrate(Some("my-tool")), own, &["apply a by force"]),
        (migrate(None), own, &["apply a by force"]),
        (taking, "x=y", &["patch a", "apply a"]),
    ];
    for (options, annotation, expected) in cases {
        let cluster = Fake::new();
        cluster.put(of_manager("a", kubectl, &[annotation]));
        let recorder = Recorder::new(cluster.clone());
        let sync = Sync {
            cluster: &recorder,
            options,
            ..sync(&cluster, "1")
        };
        let wanted = vec![object("ConfigMap", "a", &[annotation])];
        let ended = sync.run(wanted).await.expect("a cluster");
        assert!(!sync.tidy(ended).await.failed());
        assert_eq!(recorder.calls(), expected, "{annotation}");
    }
}
