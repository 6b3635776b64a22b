//! Lists, page by page.

use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, Object, limits};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::request::{Call, collection};

/// Asks for metadata only; a server that cannot sends whole objects, which are cut down here.
const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// All objects, at one moment.
pub(crate) struct List {
    /// The objects.
    pub(crate) items: Vec<Object>,
    /// Where a watch goes on.
    pub(crate) version: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    // `null` when there are none. Without it, as derived for any `Option`, the answer of something
    // that is no API server would pass for an empty list.
    #[serde(deserialize_with = "Option::deserialize")]
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageMetadata {
    resource_version: String,
    r#continue: String,
}

/// Reads all objects of a kind. All pages are of the moment of the first; when the server no
/// longer keeps that moment, the list starts again in one piece, which cannot expire.
pub(crate) async fn list(
    server: &Connection,
    resource: &Resource,
    namespace: Option<&str>,
    metadata_only: bool,
) -> Result<List, ClusterError> {
    let target = collection(resource, namespace)?;
    let mut call = Call::get(target);
    if metadata_only {
        call = call.accept(METADATA);
    }
    let first = call
        .clone()
        .query("limit", &limits::LIST_PAGE_OBJECTS.to_string());
    let mut items = Vec::new();
    let mut next = first.clone();
    loop {
        let answer = server.send(&next).await?;
        if answer.code == 410 && !items.is_empty() {
            tracing::info!(cluster = %server.name, gvk = %resource.gvk, "a list expired between two pages");
            items.clear();
            next = call.clone();
            continue;
        }
        if answer.code != 200 {
            return Err(server.asked(&next, Some(&resource.gvk)).error(&answer));
        }
        let page: Page = server.parse(&answer.body)?;
        for value in page.items.unwrap_or_default() {
            items.push(object(value, resource, metadata_only)?);
        }
        if page.metadata.r#continue.is_empty() {
            let version = page.metadata.resource_version;
            return Ok(List { items, version });
        }
        next = first.clone().query("continue", &page.metadata.r#continue);
    }
}

/// An item of a list, which lacks what the list says for all (or says it is metadata).
fn object(value: Value, resource: &Resource, metadata_only: bool) -> Result<Object, ClusterError> {
    let mut map = match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    if metadata_only {
        map.retain(|key, _| key == "metadata");
    }
    map.insert("apiVersion".into(), resource.gvk.api_version().into());
    map.insert("kind".into(), resource.gvk.kind.clone().into());
    take(Value::Object(map))
}

/// An object as the server sent it.
pub(crate) fn take(value: Value) -> Result<Object, ClusterError> {
    Object::new(value, None)
        .map_err(|error| ClusterError::Other(format!("the server sent no object: {error}")))
}

#[cfg(test)]
mod tests {
    use gantry_model::Gvk;
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_of_the_kind_that_was_asked_for() {
        let resource = Resource {
            gvk: Gvk::parse("apps/v1", "Deployment"),
            plural: "deployments".to_owned(),
            namespaced: true,
            listable: true,
        };
        let metadata = json!({"name": "web", "namespace": "a"});
        let bare = json!({"metadata": metadata, "spec": {"replicas": 1}});
        let whole = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}});
        let part = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata});
        let cut = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata});
        for (value, metadata_only, expected) in [
            (&bare, false, &whole),
            (&part, true, &cut),
            (&bare, true, &cut),
        ] {
            let object = object(value.clone(), &resource, metadata_only).expect("an object");
            assert_eq!(object.value(), expected);
        }
    }
}
