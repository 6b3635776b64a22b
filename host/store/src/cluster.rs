//! The home beside what was applied: one Secret for each application, in the destination's
//! namespace, where everybody who syncs the application finds it. A Secret and no ConfigMap, as
//! Helm keeps its releases: values of a chart may be confidential.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_model::cluster::{DeleteOptions, Resource, WriteOptions};
use gantry_model::{Cluster, ClusterError, Digest, Gvk, Object, ObjectRef, limits};
use serde_json::{Value, json};

use crate::entry::{Entry, Outcome};
use crate::error::StoreError;
use crate::history::{History, Key};

const DATA_KEY: &str = "history.json";
/// The application's full name: a label value has no room for it.
const APPLICATION: &str = "gantry.dev/application";
const WRITE: WriteOptions<'_> = WriteOptions {
    // Not the manager of the applications' own objects: nothing of this one is ever in a plan.
    field_manager: "gantry-history",
    dry_run: false,
    validate: true,
};

/// The history in one cluster. Needs `get`, `create` and `update` of Secrets in the destination's
/// namespace. The key's cluster name does not count: each kubeconfig may call the cluster otherwise.
#[derive(Clone)]
pub struct ClusterHistory(Arc<dyn Cluster>);

/// The Secret as it is now.
struct Stored {
    object: Object,
    /// The oldest first.
    entries: Vec<Entry>,
}

impl ClusterHistory {
    /// The history in this cluster.
    pub fn new(cluster: Arc<dyn Cluster>) -> Self {
        Self(cluster)
    }

    async fn read(&self, place: &Place) -> Result<Option<Stored>, StoreError> {
        let found = self.0.get(&secrets(), &place.namespace, &place.name).await;
        let Some(object) = found.map_err(|error| place.fault(error))? else {
            return Ok(None);
        };
        let entries = decode(&object).map_err(|reason| StoreError::Corrupt {
            place: format!("Secret {}/{}", place.namespace, place.name),
            reason,
        })?;
        Ok(Some(Stored { object, entries }))
    }
}

#[async_trait]
impl History for ClusterHistory {
    async fn record(&self, key: &Key, entry: Entry, limit: usize) -> Result<u64, StoreError> {
        let place = Place::of(key);
        for _ in 0..limits::HISTORY_WRITE_TRIES_MAX {
            let stored = self.read(&place).await?;
            let (mut entries, version) = match stored {
                Some(stored) => {
                    let version = stored.object.resource_version().to_owned();
                    (stored.entries, Some(version))
                }
                None => (Vec::new(), None),
            };
            let id = entries.last().map_or(1, |last| last.id + 1);
            let entry = Entry {
                id,
                ..entry.clone()
            };
            // A write that got no answer may have been done: then the entry is there already.
            if let Some(last) = entries.last()
                && is_same_write(last, &entry)
            {
                return Ok(last.id);
            }
            entries.pop_if(|last| last.outcome == Outcome::Failed);
            entries.push(entry);
            let text = fit(entries, limit)?;
            let object = place.secret(key, &text, version.as_deref())?;
            let written = match version {
                Some(_) => self.0.replace(&secrets(), &object, WRITE).await,
                None => self.0.create(&secrets(), &object, WRITE).await,
            };
            match written {
                Ok(_) => return Ok(id),
                Err(ClusterError::Modified { .. } | ClusterError::AlreadyExists { .. }) => {}
                Err(error) => return Err(place.fault(error)),
            }
        }
        Err(StoreError::Contended {
            namespace: place.namespace,
            name: place.name,
            tries: limits::HISTORY_WRITE_TRIES_MAX,
        })
    }

    async fn forget(&self, key: &Key) -> Result<(), StoreError> {
        let place = Place::of(key);
        let secret = ObjectRef {
            gvk: secrets().gvk,
            namespace: place.namespace.clone(),
            name: place.name.clone(),
        };
        let (kind, options) = (secrets(), DeleteOptions::default());
        let gone = self.0.delete(&kind, &secret, options).await;
        gone.map_err(|error| place.fault(error))
    }

    async fn list(&self, key: &Key) -> Result<Vec<Entry>, StoreError> {
        let stored = self.read(&Place::of(key)).await?;
        let mut entries = stored.map(|stored| stored.entries).unwrap_or_default();
        entries.reverse();
        Ok(entries)
    }
}

fn is_same_write(last: &Entry, entry: &Entry) -> bool {
    let numbered = Entry {
        id: last.id,
        ..entry.clone()
    };
    *last == numbered
}

/// The newest entries, as many as the limit and one Secret allow.
fn fit(mut entries: Vec<Entry>, limit: usize) -> Result<String, StoreError> {
    let surplus = entries.len().saturating_sub(limit);
    entries.drain(..surplus);
    loop {
        let text = json!(entries).to_string();
        if text.len() <= limits::HISTORY_SECRET_MAX_BYTES {
            return Ok(text);
        }
        if entries.len() <= 1 {
            let (bytes, max) = (text.len(), limits::HISTORY_SECRET_MAX_BYTES);
            return Err(StoreError::TooLarge { bytes, max });
        }
        entries.remove(0);
    }
}

fn decode(object: &Object) -> Result<Vec<Entry>, String> {
    let data = object.value().get("data").and_then(|d| d.get(DATA_KEY));
    let text = data.and_then(Value::as_str);
    let text = text.ok_or_else(|| format!("it has no data[{DATA_KEY}]"))?;
    let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

fn secrets() -> Resource {
    Resource {
        gvk: Gvk::parse("v1", "Secret"),
        plural: "secrets".to_owned(),
        namespaced: true,
        listable: true,
    }
}

/// Which Secret.
struct Place {
    namespace: String,
    name: String,
}

impl Place {
    fn of(key: &Key) -> Self {
        let namespace = match key.namespace.as_str() {
            "" => "default",
            namespace => namespace,
        };
        Self {
            namespace: namespace.to_owned(),
            name: format!("gantry-history-{}", short(&key.application)),
        }
    }

    fn secret(&self, key: &Key, text: &str, version: Option<&str>) -> Result<Object, StoreError> {
        let mut value = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "gantry.dev/history",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": {
                    "app.kubernetes.io/managed-by": "gantry",
                    APPLICATION: short(&key.application),
                },
                "annotations": {APPLICATION: key.application},
            },
            "data": {DATA_KEY: STANDARD.encode(text)},
        });
        if let Some(version) = version {
            value["metadata"]["resourceVersion"] = version.into();
        }
        Object::new(value, None).map_err(|error| self.fault(ClusterError::Other(error.to_string())))
    }

    fn fault(&self, error: ClusterError) -> StoreError {
        StoreError::Cluster {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            error,
        }
    }
}

/// A name that fits a label and an object's name: itself where it does, else its start and a hash.
fn short(application: &str) -> String {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    // 63 characters of a label, of which others that have to be changed keep 10 for the hash.
    if application.len() <= 63 && application.bytes().all(plain) {
        return application.to_owned();
    }
    let kept: String = application
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                c
            } else {
                '-'
            }
        })
        .take(52)
        .collect();
    let hash: String = Digest::of(application.as_bytes())
        .hex()
        .chars()
        .take(10)
        .collect();
    format!("{}-{hash}", kept.trim_matches('-'))
}

#[cfg(test)]
mod names {
    use super::short;

    #[test]
    fn names_fit_a_label_and_stay_apart() {
        assert_eq!(short("guestbook"), "guestbook");
        let long = "a".repeat(200);
        let names = [
            "team_web",
            "team-web",
            "team.web",
            long.as_str(),
            &long[1..],
        ];
        let short: std::collections::BTreeSet<String> = names.map(short).into();
        assert_eq!(short.len(), names.len(), "{short:?}");
        assert!(short.iter().all(|name| name.len() <= 63), "{short:?}");
    }
}
