//! The store that the server works on, watched: when which application has which status.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::BoxStream;
use gantry_model::Object;
use gantry_store::{Change, Home, Kind, SqliteHome, StoreError};
use serde_json::Value;

use crate::Failure;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(600);

/// The store.
pub(crate) struct Watched {
    home: SqliteHome,
    changes: BoxStream<'static, Result<Change, StoreError>>,
    statuses: HashMap<String, String>,
}

impl Watched {
    /// Opens it beside the server.
    pub(crate) fn open(data: &Path) -> Result<Self, Failure> {
        let home = SqliteHome::open(&data.join("gantry.db"), "argocd")?;
        Ok(Self {
            changes: home.watch(Kind::Application),
            home,
            statuses: HashMap::new(),
        })
    }

    /// Makes applications.
    pub(crate) async fn create(&self, applications: &[Value]) -> Result<(), Failure> {
        for application in applications {
            self.home
                .create(&Object::new(application.clone(), None)?)
                .await?;
        }
        Ok(())
    }

    async fn next(&mut self, deadline: Instant) -> Result<(), Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let change = tokio::time::timeout(left, self.changes.next()).await;
        if let Some(Change::Present(object)) = change.map_err(|_| "not in time")?.transpose()? {
            let status = &object.value()["status"];
            let running = status["operationState"]["phase"] == "Running";
            let sync = status["sync"]["status"].as_str().unwrap_or_default();
            let told = if running && sync == "Synced" {
                "Syncing"
            } else {
                sync
            };
            self.statuses
                .insert(object.name().to_owned(), told.to_owned());
        }
        Ok(())
    }

    /// Waits until so many have a status.
    pub(crate) async fn until_all(&mut self, status: &str, count: usize) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while self.statuses.values().filter(|now| *now == status).count() < count {
            self.next(deadline).await?;
        }
        Ok(())
    }

    /// Waits until one has a status.
    pub(crate) async fn until(&mut self, name: &str, status: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while self.statuses.get(name).is_none_or(|now| now != status) {
            self.next(deadline).await?;
        }
        Ok(())
    }
}
