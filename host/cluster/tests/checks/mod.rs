//! What the checks share. Each module is one subject, each function one claim.

pub(crate) mod applying;
pub(crate) mod authors;
pub(crate) mod kinds;
pub(crate) mod lists;
pub(crate) mod names;
pub(crate) mod objects;
pub(crate) mod outages;
pub(crate) mod refused;
pub(crate) mod watching;
pub(crate) mod writing;

use std::path::PathBuf;
use std::sync::Arc;

use gantry_cluster::{ClusterConfig, Clusters, KubeCluster};
use gantry_model::cluster::{ApplyOptions, Resource};
use gantry_model::{Cluster, ClusterError, Gvk, Object};
use gantry_testbed::Testbed;
use serde_json::{Value, json};

/// The cluster, and how to reach it.
pub(crate) struct SetUp {
    pub(crate) kubeconfig: PathBuf,
    pub(crate) url: String,
    pub(crate) ca: Vec<u8>,
    pub(crate) token: String,
    pub(crate) one: Arc<KubeCluster>,
}

/// How the checks apply, unless they say otherwise.
pub(crate) const OPTIONS: ApplyOptions<'static> = ApplyOptions {
    field_manager: "gantry",
    force_conflicts: false,
    dry_run: false,
    validate: true,
};

impl SetUp {
    pub(crate) async fn new(testbed: &mut Testbed) -> Self {
        let kubeconfig = testbed.kubeconfig();
        let clusters = Clusters::load(Some(&kubeconfig), None).expect("a kubeconfig");
        let one = clusters.by_name("one").expect("its context");
        let cluster = testbed.clusters().first().expect("one cluster");
        Self {
            kubeconfig,
            url: cluster.url(),
            ca: std::fs::read(cluster.folder.join("ca.crt")).expect("its authority"),
            token: cluster.token.clone(),
            one,
        }
    }

    /// The same cluster, as a cluster Secret would give it.
    pub(crate) fn config(&self, name: &str) -> ClusterConfig {
        ClusterConfig {
            name: name.to_owned(),
            server: self.url.clone(),
            bearer_token: self.token.clone(),
            ca_data: self.ca.clone(),
            ..ClusterConfig::default()
        }
    }

    /// What the cluster answers to a first question when it is reached like this.
    pub(crate) async fn first_answer(&self, config: ClusterConfig) -> Result<usize, ClusterError> {
        let name = config.name.clone();
        let mut clusters = Clusters::load(Some(&self.kubeconfig), None).expect("a kubeconfig");
        clusters.add(config);
        let cluster = clusters.by_name(&name).expect("the added one");
        cluster.resources().await.map(|kinds| kinds.len())
    }

    pub(crate) async fn kind(&self, api_version: &str, kind: &str) -> Resource {
        let gvk = Gvk::parse(api_version, kind);
        let found = self.one.resource(&gvk).await.expect("discovery");
        found.expect("the kind")
    }

    pub(crate) async fn apply(
        &self,
        object: Value,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let object = Object::new(object, None).expect("an object");
        let resource = self.kind(object.api_version(), object.kind()).await;
        self.one.apply(&resource, &object, options).await
    }
}

pub(crate) fn config_map(name: &str, data: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"}, "data": data,
    })
}
