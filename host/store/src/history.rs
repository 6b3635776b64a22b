//! The door to the history, and whose it is.

use async_trait::async_trait;

use crate::entry::Entry;
use crate::error::StoreError;

/// Whose history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// The application's name, as in tracking ids.
    pub application: String,
    /// The cluster's name.
    pub cluster: String,
    /// The destination's namespace; empty for none.
    pub namespace: String,
}

/// What was applied, application by application.
#[async_trait]
pub trait History: Send + Sync {
    /// Adds an entry under the next number, and drops all but the newest `limit` in the same write.
    /// It takes the place of a failed one directly before it: failures must not push out what can
    /// be rolled back to.
    ///
    /// # Errors
    /// When nothing could be written; then nothing was.
    async fn record(&self, key: &Key, entry: Entry, limit: usize) -> Result<u64, StoreError>;

    /// All entries, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn list(&self, key: &Key) -> Result<Vec<Entry>, StoreError>;

    /// Drops all entries.
    ///
    /// # Errors
    /// When they could not be dropped.
    async fn forget(&self, key: &Key) -> Result<(), StoreError>;

    /// The entry of a number, or none.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn get(&self, key: &Key, id: u64) -> Result<Option<Entry>, StoreError> {
        let entries = self.list(key).await?;
        Ok(entries.into_iter().find(|entry| entry.id == id))
    }
}
