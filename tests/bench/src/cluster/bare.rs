//! The least that any tool must do: kube's own client, the same applies, nothing else.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;

use super::commands::Commands;
use crate::Failure;

/// Applies all objects to a new namespace. The connection is open before the clock starts.
pub(crate) async fn apply(
    commands: &Commands,
    objects: &[Value],
    namespace: &str,
    in_flight: usize,
) -> Result<Duration, Failure> {
    commands.create_namespace(namespace)?;
    let kubeconfig = Kubeconfig::read_from(commands.kubeconfig())?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    client.apiserver_version().await?;
    let start = Instant::now();
    futures::stream::iter(objects.iter().map(|object| {
        let api = api(&client, object, namespace);
        async move {
            let params = PatchParams::apply("bench").force();
            let name = text(object, "/metadata/name");
            api.patch(name, &params, &Patch::Apply(object)).await
        }
    }))
    .buffer_unordered(in_flight)
    .try_for_each(|_| async { Ok(()) })
    .await?;
    Ok(start.elapsed())
}

fn api(client: &Client, object: &Value, namespace: &str) -> Api<DynamicObject> {
    let version = text(object, "/apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = GroupVersionKind::gvk(group, version, text(object, "/kind"));
    let resource = ApiResource::from_gvk(&kind);
    if kind.kind == "CustomResourceDefinition" {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    let text = object.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default()
}
