//! Lists, page by page.

use gantry_model::cluster::{ListOptions, Page, Resource};
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
struct ListBody {
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

/// What to do when the server no longer keeps the moment of the first page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expiry {
    /// Start again in one piece, which cannot expire: all is of one moment.
    Anew,
    /// Go on with what is there now, if the server says where.
    GoOn,
}

/// Reads all objects of a kind, as they are at one moment.
pub(crate) async fn list(
    server: &Connection,
    resource: &Resource,
    options: ListOptions<'_>,
) -> Result<List, ClusterError> {
    let mut items = Vec::new();
    let mut join = |page: Page| {
        if page.anew {
            items.clear();
        }
        items.extend(page.objects);
    };
    let version = walk(server, resource, options, Expiry::Anew, &mut join).await?;
    Ok(List { items, version })
}

/// Reads all objects of a kind, and keeps none.
pub(crate) async fn list_pages(
    server: &Connection,
    resource: &Resource,
    options: ListOptions<'_>,
    visit: &mut (dyn FnMut(Page) + Send),
) -> Result<(), ClusterError> {
    walk(server, resource, options, Expiry::GoOn, visit).await?;
    Ok(())
}

/// Hands over page by page; the version of the last one.
async fn walk(
    server: &Connection,
    resource: &Resource,
    options: ListOptions<'_>,
    expiry: Expiry,
    visit: &mut (dyn FnMut(Page) + Send),
) -> Result<String, ClusterError> {
    let whole = call(resource, options)?;
    let limit = options.limit.unwrap_or(limits::LIST_PAGE_OBJECTS);
    let first = whole.clone().query("limit", &limit.to_string());
    let mut next = first.clone();
    let (mut anew, mut pages) = (false, 0_u64);
    loop {
        let answer = server.send(&next).await?;
        if answer.code == 410 && pages > 0 {
            let place = expired_at(&answer.body).filter(|_| expiry == Expiry::GoOn);
            tracing::info!(cluster = %server.name, gvk = %resource.gvk, "a list expired between two pages");
            next = match place {
                Some(place) => first.clone().query("continue", &place),
                None => {
                    (anew, pages) = (true, 0);
                    whole.clone()
                }
            };
            continue;
        }
        if answer.code != 200 {
            return Err(server.asked(&next, Some(&resource.gvk)).error(&answer));
        }
        let page: ListBody = server.parse(&answer.body)?;
        let items = page.items.unwrap_or_default().into_iter();
        let objects = items.map(|value| object(value, resource, options.metadata_only));
        let objects = objects.collect::<Result<Vec<Object>, _>>()?;
        visit(Page { objects, anew });
        (anew, pages) = (false, pages + 1);
        if page.metadata.r#continue.is_empty() {
            return Ok(page.metadata.resource_version);
        }
        next = first.clone().query("continue", &page.metadata.r#continue);
    }
}

fn call(resource: &Resource, options: ListOptions<'_>) -> Result<Call, ClusterError> {
    let call = Call::get(collection(resource, options.namespace)?);
    let call = if options.metadata_only {
        call.accept(METADATA)
    } else {
        call
    };
    let selectors = [
        ("labelSelector", options.labels),
        ("fieldSelector", options.fields),
    ];
    let given = selectors.into_iter().filter(|(_, text)| !text.is_empty());
    Ok(given.fold(call, |call, (key, text)| call.query(key, text)))
}

/// Where an expired list can go on, with what is there now: the server says it with the refusal.
fn expired_at(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Expired {
        metadata: PageMetadata,
    }
    let expired: Expired = serde_json::from_slice(body).ok()?;
    Some(expired.metadata.r#continue).filter(|place| !place.is_empty())
}

/// An item of a list, which lacks what the list says for all (or says it is metadata).
pub(crate) fn object(
    value: Value,
    resource: &Resource,
    metadata_only: bool,
) -> Result<Object, ClusterError> {
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
