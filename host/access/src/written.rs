//! Secrets of the control plane are changed as they are when they are written, and not as they were known to be:
//! other replicas, and people, write them too.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_model::secrets::texts;
use gantry_model::{Object, limits};
use gantry_store::{Kind, StoreError};
use serde_json::{Map, Value, json};

use crate::access::Access;
use crate::error::AccessError;

/// The entries of a Secret.
pub(crate) type Fields = BTreeMap<String, String>;

/// Entries that are set, and those that are taken away.
pub(crate) type Changes = BTreeMap<String, Option<String>>;

impl Access {
    /// Changes entries of a Secret, which is made where there is none: `change` is asked which, with those that are
    /// there, and again whenever somebody else was faster. Answers what is there then.
    pub(crate) async fn change(
        &self,
        name: &str,
        change: impl Fn(&Fields) -> Result<Changes, AccessError>,
    ) -> Result<Fields, AccessError> {
        // Those of this process wait for each other.
        let _turn = self.writes.lock().await;
        let mut last = None;
        for _ in 0..limits::ACCESS_CHANGE_TRIES_MAX {
            let now = self.secret(name).await?;
            let changes = change(&now.as_ref().map(texts).unwrap_or_default())?;
            let written = match now {
                Some(found) if changes.is_empty() => Ok(found),
                None if changes.is_empty() => return Ok(Fields::new()),
                Some(found) => self.patched(&found, &changes).await,
                None => self.made(name, &changes).await,
            };
            match written {
                Ok(object) => {
                    let fields = texts(&object);
                    self.know(Kind::Secret, object);
                    return Ok(fields);
                }
                Err(error @ (StoreError::Conflict { .. } | StoreError::Exists { .. })) => {
                    last = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(last.map_or_else(
            || AccessError::Invalid("nothing was tried".to_owned()),
            AccessError::from,
        ))
    }

    async fn secret(&self, name: &str) -> Result<Option<Object>, StoreError> {
        let namespace = self.home.namespace();
        self.home.get(Kind::Secret, namespace, name).await
    }

    async fn patched(&self, found: &Object, changes: &Changes) -> Result<Object, StoreError> {
        let version = found.resource_version();
        let patch = json!({"data": data(changes), "metadata": {"resourceVersion": version}});
        let home = &self.home;
        home.patch(Kind::Secret, home.namespace(), found.name(), &patch)
            .await
    }

    async fn made(&self, name: &str, changes: &Changes) -> Result<Object, StoreError> {
        let mut data = data(changes);
        data.retain(|_, value| !value.is_null());
        let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd"});
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
            "metadata": {"name": name, "namespace": self.home.namespace(), "labels": labels},
        });
        let secret = Object::new(secret, None).map_err(|error| StoreError::Invalid {
            what: name.to_owned(),
            reason: error.to_string(),
        })?;
        self.home.create(&secret).await
    }
}

fn data(changes: &Changes) -> Map<String, Value> {
    let encoded = |value: &String| Value::String(STANDARD.encode(value));
    let all = changes.iter();
    all.map(|(key, value)| (key.clone(), value.as_ref().map_or(Value::Null, encoded)))
        .collect()
}
