//! The least that any tool must do: kube's own client, the same applies, nothing else.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::OBJECTS;
use super::commands::{Commands, config_map};
use crate::Failure;

/// Applies all objects to a new namespace. The connection is open before the clock starts.
pub(crate) async fn apply(
    commands: &Commands,
    namespace: &str,
    in_flight: usize,
) -> Result<Duration, Failure> {
    commands.create_namespace(namespace)?;
    let kubeconfig = Kubeconfig::read_from(commands.kubeconfig())?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    client.apiserver_version().await?;
    let api: Api<ConfigMap> = Api::namespaced(client, namespace);
    let start = Instant::now();
    futures::stream::iter((0..OBJECTS).map(|index| {
        let api = api.clone();
        async move {
            let params = PatchParams::apply("bench");
            let object = config_map(index);
            api.patch(&format!("config-{index}"), &params, &Patch::Apply(&object))
                .await
        }
    }))
    .buffer_unordered(in_flight)
    .try_for_each(|_| async { Ok(()) })
    .await?;
    Ok(start.elapsed())
}
