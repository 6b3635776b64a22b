//! What an application may not have is neither written nor deleted.

use gantry_model::{Object, ObjectRef};
use gantry_sync::{Options, Pattern, Permit, Prune, Report, Selection, Sync};

use super::{Fake, object, run, sync, told};

/// Permits all but one kind, and in its namespace only.
struct AllBut(&'static str);

impl Permit for AllBut {
    fn permit(&self, object: &ObjectRef, is_namespaced: bool) -> Result<(), String> {
        if object.gvk.kind == self.0 {
            return Err(format!("{} is not permitted", self.0));
        }
        if is_namespaced && object.namespace != "ns" {
            return Err(format!("namespace {} is not permitted", object.namespace));
        }
        Ok(())
    }
}

fn asking<'a>(cluster: &'a Fake, permit: &'a dyn Permit, options: Options) -> Sync<'a> {
    Sync {
        permit,
        options,
        ..sync(cluster, "1")
    }
}

fn pruning() -> Options {
    Options {
        prune: Prune::Delete,
        ..Options::default()
    }
}

async fn run_with(
    cluster: &Fake,
    permit: &dyn Permit,
    options: Options,
    objects: &[Object],
) -> Report {
    let sync = asking(cluster, permit, options);
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    sync.tidy(ended).await
}

fn elsewhere(name: &str) -> Object {
    let mut object = object("ConfigMap", name, &[]);
    object.set_namespace("other");
    object
}

#[tokio::test(start_paused = true)]
async fn one_forbidden_object_keeps_all_from_being_written() {
    let cluster = Fake::new();
    let hook = object("Job", "first", &["hook=PreSync"]);
    let objects = [
        object("ConfigMap", "a", &[]),
        object("Secret", "b", &[]),
        hook,
    ];
    let report = run_with(&cluster, &AllBut("Secret"), pruning(), &objects).await;
    let rows = told(&report);
    let refused = "b failed: Secret is not permitted";
    assert_eq!(rows, [refused, "first not-reached", "a not-reached"]);
    let report = run_with(&cluster, &AllBut("Job"), pruning(), &objects).await;
    let refused = "first failed: Job is not permitted";
    assert_eq!(told(&report), [refused, "b not-reached", "a not-reached"]);
    assert!(cluster.get_value("ConfigMap", "a").is_none());
    let objects = [object("ConfigMap", "a", &[]), elsewhere("c")];
    let report = run_with(&cluster, &AllBut(""), pruning(), &objects).await;
    let refused = "c failed: namespace other is not permitted";
    assert_eq!(told(&report), [refused, "a not-reached"]);
    let report = run_with(&cluster, &AllBut(""), pruning(), &objects[..1]).await;
    assert_eq!(told(&report), ["a created"]);
}

#[tokio::test(start_paused = true)]
async fn a_part_without_it_is_synced() {
    let cluster = Fake::new();
    let objects = [object("ConfigMap", "a", &[]), object("Secret", "b", &[])];
    let options = Options {
        selection: Selection {
            only: vec![":ConfigMap:*".parse::<Pattern>().expect("a pattern")],
            ..Selection::default()
        },
        ..Options::default()
    };
    let report = run_with(&cluster, &AllBut("Secret"), options, &objects).await;
    assert_eq!(told(&report), ["a created"]);
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_leftover_stays_and_is_told() {
    let cluster = Fake::new();
    let objects = [object("ConfigMap", "a", &[]), object("Job", "b", &[])];
    run(&cluster, "1", &objects).await;
    let report = run_with(&cluster, &AllBut("Job"), pruning(), &objects[..1]).await;
    assert_eq!(told(&report), ["a unchanged"]);
    let warnings: Vec<&str> = report.warnings.iter().map(|w| w.message.as_str()).collect();
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert!(warning.contains("is no longer in Git, and stays: Job is not permitted"));
    assert!(cluster.get_value("Job", "b").is_some());
    let permit = AllBut("Job");
    let sync = asking(&cluster, &permit, pruning());
    let found = sync.diff(objects[..1].to_vec()).await.expect("a cluster");
    assert!(found.objects.is_empty() && found.warnings.len() == 1);
    let found = sync.diff(objects.to_vec()).await.expect("a cluster");
    let errors: Vec<&str> = found.errors.iter().map(|e| e.message.as_str()).collect();
    assert_eq!(errors, ["Job is not permitted"]);
    let state = sync.inspect(objects.to_vec()).await.expect("a cluster");
    assert_eq!(state.sync.as_str(), "Unknown");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_leaves_what_is_forbidden() {
    let cluster = Fake::new();
    let objects = [object("ConfigMap", "a", &[]), object("Job", "b", &[])];
    run(&cluster, "1", &objects).await;
    let permit = AllBut("Job");
    let sync = asking(&cluster, &permit, pruning());
    let report = sync
        .delete_application(Vec::new())
        .await
        .expect("a cluster");
    let rows = told(&report);
    assert_eq!(rows, ["b skipped: Job is not permitted", "a deleted"]);
    assert!(cluster.get_value("Job", "b").is_some());
    let hook = object("Job", "farewell", &["hook=PostDelete"]);
    let permit = AllBut("Job");
    let sync = asking(&cluster, &permit, pruning());
    let report = sync
        .delete_application(vec![hook])
        .await
        .expect("a cluster");
    let rows = told(&report);
    assert_eq!(
        rows,
        [
            "farewell failed: Job is not permitted",
            "b skipped: Job is not permitted"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_made_if_that_is_permitted() {
    let options = || Options {
        create_namespace: true,
        ..Options::default()
    };
    let objects = [object("ConfigMap", "a", &[])];
    let cluster = Fake::new();
    let report = run_with(&cluster, &AllBut("Namespace"), options(), &objects).await;
    let refused = "ns failed: Namespace is not permitted";
    assert_eq!(told(&report), [refused, "a not-reached"]);
    let report = run_with(&cluster, &AllBut(""), options(), &objects).await;
    assert_eq!(told(&report), ["ns created", "a created"]);
    // One that is there needs no permission.
    let report = run_with(&cluster, &AllBut("Namespace"), options(), &objects).await;
    assert_eq!(told(&report), ["a unchanged"]);
}
