//! The home in a file: an API server's semantics for a few kinds, without one.

mod change;
mod rows;
mod watch;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::Object;
use rusqlite::Transaction;
use serde_json::Value;

use crate::database::Database;
use crate::error::StoreError;
use crate::event::{Event, Recent, Subject};
use crate::home::{Change, Home, Kind};
use change::{Edit, Refusal};
use rows::Place;

/// The home in one SQLite file, which several processes may use at once. Clones share the connection.
#[derive(Clone)]
pub struct SqliteHome {
    database: Database,
    namespace: String,
    /// What happened of late, as far as this process knows.
    recent: Arc<Recent>,
}

impl SqliteHome {
    /// Opens the file, makes it where there is none. `namespace` is the control plane's own. Blocks.
    ///
    /// # Errors
    /// When the file cannot be used, or a newer version wrote it.
    pub fn open(path: &Path, namespace: &str) -> Result<Self, StoreError> {
        Ok(Self {
            database: Database::open(path)?,
            namespace: namespace.to_owned(),
            recent: Arc::default(),
        })
    }

    /// Where an object belongs, if it may be kept; the namespace is this home's where it has none.
    fn to_keep(&self, object: &Object) -> Result<(Place, Value), StoreError> {
        let mut object = object.clone();
        if object.namespace().is_empty() {
            object.set_namespace(&self.namespace);
        }
        Ok((Place::of(&object)?, object.into_value()))
    }

    /// Changes something in one transaction.
    async fn write(
        &self,
        place: Place,
        work: impl FnOnce(&Transaction<'_>, &Place) -> rusqlite::Result<Result<Edit, Refusal>>
        + Send
        + 'static,
    ) -> Result<Edit, StoreError> {
        let (kind, name) = (place.kind_name(), place.full_name());
        let done = self.database.with(move |t| {
            Ok(match work(t, &place)? {
                Ok(edit) => Ok(rows::store(t, &place, edit)?),
                Err(refusal) => Err(refusal),
            })
        });
        let edit = done.await?.map_err(|refusal| refusal.error(kind, name))?;
        if matches!(edit, Edit::Put(_) | Edit::Remove(_)) {
            self.database.changed.send_replace(());
        }
        Ok(edit)
    }
}

#[async_trait]
impl Home for SqliteHome {
    fn namespace(&self) -> &str {
        &self.namespace
    }

    async fn list(&self, kind: Kind) -> Result<Vec<Object>, StoreError> {
        let texts = self.database.read(move |t| rows::all(t, kind)).await?;
        let read = |(text, version): (String, i64)| rows::read(&text, version, &self.database.path);
        texts.into_iter().map(read).collect()
    }

    async fn get(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, StoreError> {
        let place = Place::new(kind, namespace, name);
        let found = self.database.read(move |t| rows::one(t, &place)).await?;
        found
            .map(|(text, version)| rows::read(&text, version, &self.database.path))
            .transpose()
    }

    async fn create(&self, object: &Object) -> Result<Object, StoreError> {
        let (place, value) = self.to_keep(object)?;
        let work = move |t: &Transaction<'_>, place: &Place| {
            let found = rows::one(t, place)?;
            Ok(change::create(value, found.is_some()))
        };
        self.write(place, work)
            .await?
            .into_object(&self.database.path)
    }

    async fn replace(&self, object: &Object) -> Result<Object, StoreError> {
        let (place, value) = self.to_keep(object)?;
        let work = move |t: &Transaction<'_>, place: &Place| {
            let found = rows::parsed(t, place)?;
            Ok(change::replace(found, value))
        };
        self.write(place, work)
            .await?
            .into_object(&self.database.path)
    }

    async fn patch(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Object, StoreError> {
        let patch = patch.clone();
        let work = move |t: &Transaction<'_>, place: &Place| {
            let found = rows::parsed(t, place)?;
            Ok(change::patch(found, &patch))
        };
        let edit = self.write(Place::new(kind, namespace, name), work).await?;
        edit.into_object(&self.database.path)
    }

    async fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let work = |t: &Transaction<'_>, place: &Place| {
            let found = rows::parsed(t, place)?;
            Ok(Ok(change::delete(found)))
        };
        let edit = self.write(Place::new(kind, namespace, name), work).await?;
        Ok(!matches!(edit, Edit::Nothing))
    }

    fn note(&self, application: &Object, event: Event) {
        self.recent.add(Subject::of(application), event);
    }

    async fn events(&self, application: &Object) -> Result<Vec<Value>, StoreError> {
        Ok(self.recent.of(application.uid()))
    }

    fn watch(&self, kind: Kind) -> BoxStream<'static, Result<Change, StoreError>> {
        watch::watch(self.database.clone(), kind)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
