//! Many objects through a bad server, and through one that restarts.

use std::time::Duration;

use futures::{StreamExt, stream};
use gantry_cluster::{Clusters, KubeCluster};
use gantry_model::{Cluster as _, ClusterError, Object};
use gantry_testbed::{FaultProxy, Faults, Testbed};
use serde_json::json;

use super::{OPTIONS, SetUp, config_map};

const COUNT: usize = 200;

pub(crate) async fn run(set_up: &SetUp, testbed: &mut Testbed) {
    a_bad_server_gets_everything(set_up, testbed).await;
    a_restart_is_waited_for(set_up, testbed).await;
}

async fn apply_all(
    set_up: &SetUp,
    cluster: &KubeCluster,
    prefix: &str,
) -> Vec<Result<Object, ClusterError>> {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let objects = (0..COUNT).map(|at| config_map(&format!("{prefix}-{at}"), &json!({"a": "1"})));
    let objects: Vec<Object> = objects
        .map(|map| Object::new(map, None).expect("an object"))
        .collect();
    let applied = stream::iter(&objects).map(|object| cluster.apply(&maps, object, OPTIONS));
    applied.buffer_unordered(16).collect().await
}

async fn are_there(set_up: &SetUp, prefix: &str) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let listed = set_up.one.list(&maps, Some("default")).await;
    let listed = listed.expect("a list");
    let ours = listed.iter().filter(|map| map.name().starts_with(prefix));
    assert_eq!(ours.count(), COUNT, "{prefix}");
}

async fn a_bad_server_gets_everything(set_up: &SetUp, testbed: &mut Testbed) {
    let cluster = testbed.clusters().first().expect("one cluster");
    let proxy = FaultProxy::start(cluster).expect("a proxy");
    let kubeconfig = proxy.kubeconfig(cluster).expect("a kubeconfig");
    let clusters = Clusters::load(Some(&kubeconfig), None).expect("clusters");
    let faulty = clusters.by_name("one").expect("it");
    faulty.version().await.expect("a first answer");
    proxy.set(Faults {
        statuses: vec![429, 500, 502, 503, 504],
        cut: true,
        every: 5,
        delay: Duration::from_millis(5),
    });
    proxy.away_for(Duration::from_secs(2));
    let applied = apply_all(set_up, &faulty, "faulty").await;
    let errors: Vec<_> = applied
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(proxy.faults_met() > COUNT / 8, "{}", proxy.faults_met());
    are_there(set_up, "faulty").await;
}

async fn a_restart_is_waited_for(set_up: &SetUp, testbed: &mut Testbed) {
    let cluster = testbed.clusters().first_mut().expect("one cluster");
    let restart = async {
        // Some are applied by then, some under way.
        tokio::time::sleep(Duration::from_millis(50)).await;
        tokio::task::block_in_place(|| cluster.restart_apiserver(Duration::from_secs(1)))
    };
    let one = &set_up.one;
    let applies = apply_all(set_up, one, "restart");
    let (applied, restarted) = tokio::join!(applies, restart);
    restarted.expect("it starts again");
    let errors: Vec<_> = applied
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    are_there(set_up, "restart").await;
}
