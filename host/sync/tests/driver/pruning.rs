//! What is pruned, by the options of the application and of the object, and the destination's
//! namespace.

use gantry_model::application::NamespaceMetadata;
use gantry_sync::{Options, Prune, Report, Sync};

use super::{Fake, object, sync, told};

async fn run_with(cluster: &Fake, options: Options, objects: &[gantry_model::Object]) -> Report {
    let sync = Sync {
        options,
        ..sync(cluster, "1")
    };
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    sync.tidy(ended).await
}

const ITS_OWN: &str = "its sync option Prune=confirm wants a confirmation: --confirm-prune";
const OF_ALL: &str =
    "the application's sync option Prune=confirm wants a confirmation: --confirm-prune";
const KEPT: &str = "kept by its sync option Prune=false";
const ALL_KEPT: &str = "kept by the application's sync option Prune=false";
const UNASKED: &str = "--prune deletes it";

#[tokio::test(start_paused = true)]
async fn an_objects_own_prune_option_goes_before_its_applications() {
    let forbid = |asked| Prune::Forbid { asked };
    let cases = [
        (Prune::Leave, "", Some(UNASKED)),
        (Prune::Leave, "Prune=true", Some(UNASKED)),
        (Prune::Leave, "Prune=false", Some(KEPT)),
        (Prune::Delete, "", None),
        (Prune::Delete, "Prune=false", Some(KEPT)),
        (
            Prune::Delete,
            " Prune=confirm , Validate=true",
            Some(ITS_OWN),
        ),
        (Prune::Confirm, "", Some(OF_ALL)),
        (Prune::Confirm, "Prune=true", None),
        (Prune::Confirm, "Prune=false", Some(KEPT)),
        (forbid(true), "", Some(ALL_KEPT)),
        (forbid(true), "Prune=true", None),
        (forbid(true), "Prune=confirm", Some(ITS_OWN)),
        (forbid(false), "", Some(ALL_KEPT)),
        (forbid(false), "Prune=true", Some(UNASKED)),
        (forbid(false), "Prune=confirm", Some(UNASKED)),
    ];
    for (prune, own, stays) in cases {
        for confirmed in [false, true] {
            let cluster = Fake::new();
            let own = format!("sync-options={own}");
            let all = [own.as_str(), "tracking-id=app:/ConfigMap:ns/old"];
            cluster.put(object("ConfigMap", "old", &all).into_value());
            let options = Options {
                prune,
                prune_confirmed: confirmed,
                ..Options::default()
            };
            let report = run_with(&cluster, options, &[]).await;
            let asks = |why: &&str| confirmed && (*why == ITS_OWN || *why == OF_ALL);
            let expected = match stays.filter(|why| !asks(why)) {
                Some(why) => format!("old not-pruned: no longer in Git; {why}"),
                None => "old pruned".to_owned(),
            };
            assert_eq!(told(&report), [expected], "{prune:?} {own} {confirmed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn helms_resource_policy_is_for_deletions() {
    let cluster = Fake::new();
    let mut old = object("ConfigMap", "old", &["tracking-id=app:/ConfigMap:ns/old"]);
    old.set_annotation("helm.sh/resource-policy", "keep");
    cluster.put(old.into_value());
    let report = run_with(&cluster, super::options(), &[]).await;
    assert_eq!(told(&report), ["old pruned"]);
}

fn creating(metadata: NamespaceMetadata) -> Options {
    Options {
        create_namespace: true,
        namespace_metadata: metadata,
        ..super::options()
    }
}

#[tokio::test(start_paused = true)]
async fn the_destinations_namespace_is_made_once() {
    let config = || object("ConfigMap", "a", &[]);
    let cluster = Fake::new();
    let created = run_with(
        &cluster,
        creating(NamespaceMetadata::default()),
        &[config()],
    )
    .await;
    assert_eq!(told(&created), ["ns created", "a created"]);
    let again = run_with(
        &cluster,
        creating(NamespaceMetadata::default()),
        &[config()],
    )
    .await;
    assert_eq!(told(&again), ["a unchanged"]);

    // A manifest of it goes before what the application says of it.
    let cluster = Fake::new();
    let metadata = NamespaceMetadata {
        labels: [("team".to_owned(), "shop".to_owned())].into(),
        ..NamespaceMetadata::default()
    };
    let objects = [object("Namespace", "ns", &[]), config()];
    let report = run_with(&cluster, creating(metadata), &objects).await;
    assert_eq!(told(&report), ["ns created", "a created"]);
    let tracked = "Namespace/ns {\"of\":\"ns\"} null false".to_owned();
    assert!(
        cluster.content().contains(&tracked),
        "{:?}",
        cluster.content()
    );
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_the_application_describes_is_not_left_over() {
    let cluster = Fake::new();
    let id = (
        "argocd.argoproj.io/tracking-id".to_owned(),
        "app:/Namespace:/ns".to_owned(),
    );
    let metadata = NamespaceMetadata {
        annotations: [id].into(),
        ..NamespaceMetadata::default()
    };
    let objects = [object("ConfigMap", "a", &[])];
    run_with(&cluster, creating(metadata.clone()), &objects).await;
    let again = run_with(&cluster, creating(metadata), &objects).await;
    assert_eq!(told(&again), ["a unchanged"]);
    // It goes as any other object when the application no longer has it.
    let undescribed = creating(NamespaceMetadata::default());
    let gone = run_with(&cluster, undescribed, &objects).await;
    assert_eq!(told(&gone), ["ns pruned", "a unchanged"]);
}
