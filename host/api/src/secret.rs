//! Secrets of a home, as Argo CD keeps clusters and repositories in them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_model::Object;
use gantry_model::secrets::{SECRET_TYPE_LABEL, texts};
use gantry_store::{Home, Kind};
use serde_json::{Map, Value, json};

use crate::fault::Fault;

/// The entries of a Secret.
pub(crate) type Entries = BTreeMap<String, String>;

/// All Secrets of a kind, with their entries.
pub(crate) async fn all(home: &dyn Home, kind: &str) -> Result<Vec<(Object, Entries)>, Fault> {
    let found = home.list(Kind::Secret).await?;
    let of_kind = found
        .into_iter()
        .filter(|object| object.label(SECRET_TYPE_LABEL) == Some(kind));
    Ok(of_kind
        .map(|object| {
            let entries = texts(&object);
            (object, entries)
        })
        .collect())
}

/// A Secret of a kind.
pub(crate) fn object(
    name: &str,
    kind: &str,
    entries: &Entries,
    labels: &Map<String, Value>,
    annotations: &Map<String, Value>,
) -> Result<Object, Fault> {
    let data: Map<String, Value> = entries
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.clone(), STANDARD.encode(value).into()))
        .collect();
    let (mut labels, mut annotations) = (labels.clone(), annotations.clone());
    labels.insert(SECRET_TYPE_LABEL.to_owned(), kind.into());
    annotations.insert("managed-by".to_owned(), "argocd.argoproj.io".into());
    let value = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "data": data,
    });
    Object::new(value, None).map_err(|error| Fault::invalid(error.to_string()))
}

/// FNV-1a of 32 bits: what Argo CD's names of Secrets end with.
pub(crate) fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
