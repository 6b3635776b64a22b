//! Clusters that applications at rest go to.

use std::sync::Arc;

use gantry_model::application::Destination;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::world::{World, until};
use crate::clusters::ConnectionStatus;

#[tokio::test(flavor = "multi_thread")]
async fn are_probed_where_they_are_its_own() {
    let world = World::new();
    world.own(&["one"]);
    for name in ["one", "two"] {
        let there = json!({"spec": {"destination": {"name": name}}});
        // Nobody runs its worker: nothing asks for a connection.
        world.worker(world.create(name, &there).await);
    }
    let shared = &world.shared;
    let status = |name: &str| {
        let destination = Destination {
            name: name.to_owned(),
            ..Destination::default()
        };
        let state = shared.clusters.state(&destination, "default");
        state.expect("a cluster").1.status
    };
    let cancel = CancellationToken::new();
    let (clusters, token) = (Arc::clone(&shared.clusters), cancel.clone());
    let probing = tokio::spawn(async move { clusters.run(&token).await });
    shared.keep_clusters_in_use();
    until("it is probed", || async {
        status("one") == ConnectionStatus::Successful
    })
    .await;
    assert_eq!(status("two"), ConnectionStatus::Unknown);
    cancel.cancel();
    probing.await.expect("it ends");
}
