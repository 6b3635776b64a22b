//! The history on this machine, in a file.

use std::path::Path;

use async_trait::async_trait;
use rusqlite::{Transaction, params};

use crate::database::Database;
use crate::entry::Entry;
use crate::error::StoreError;
use crate::history::{History, Key};

/// The history in a file. Clones share the connection.
#[derive(Clone)]
pub struct SqliteHistory(Database);

impl SqliteHistory {
    /// Opens the file, makes it where there is none, and brings it to the newest schema. Blocks.
    ///
    /// # Errors
    /// When the file cannot be used, or a newer version wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Database::open(path).map(Self)
    }
}

#[async_trait]
impl History for SqliteHistory {
    async fn record(&self, key: &Key, entry: Entry, limit: usize) -> Result<u64, StoreError> {
        let key = key.clone();
        let id = self.0.with(move |t| insert(t, &key, entry, limit)).await?;
        Ok(u64::try_from(id).unwrap_or_default())
    }

    async fn forget(&self, key: &Key) -> Result<(), StoreError> {
        let key = key.clone();
        let gone = self.0.with(move |t| {
            let sql = "DELETE FROM history WHERE application = ?1 AND cluster = ?2";
            t.execute(sql, params![key.application, key.cluster])
        });
        gone.await.map(drop)
    }

    async fn list(&self, key: &Key) -> Result<Vec<Entry>, StoreError> {
        let key = key.clone();
        let texts = self.0.with(move |t| {
            let sql = "SELECT entry FROM history WHERE application = ?1 AND cluster = ?2 ORDER BY id DESC";
            let mut statement = t.prepare(sql)?;
            let rows = statement.query_map(params![key.application, key.cluster], |row| {
                row.get::<_, String>(0)
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        let read = |text: String| {
            serde_json::from_str(&text).map_err(|error| StoreError::Corrupt {
                place: self.0.path.display().to_string(),
                reason: error.to_string(),
            })
        };
        texts.await?.into_iter().map(read).collect()
    }
}

fn insert(t: &Transaction<'_>, key: &Key, mut entry: Entry, limit: usize) -> rusqlite::Result<i64> {
    let of = params![key.application, key.cluster];
    let sql =
        "SELECT coalesce(max(id), 0) + 1 FROM history WHERE application = ?1 AND cluster = ?2";
    let id: i64 = t.query_row(sql, of, |row| row.get(0))?;
    entry.id = u64::try_from(id).unwrap_or_default();
    let text = serde_json::to_string(&entry)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    t.execute(
        "DELETE FROM history WHERE application = ?1 AND cluster = ?2 AND id = ?3 \
         AND json_extract(entry, '$.outcome') = 'Failed'",
        params![key.application, key.cluster, id - 1],
    )?;
    t.execute(
        "INSERT INTO history (application, cluster, id, entry) VALUES (?1, ?2, ?3, ?4)",
        params![key.application, key.cluster, id, text],
    )?;
    let all = "application = ?1 AND cluster = ?2";
    let newest = format!("SELECT id FROM history WHERE {all} ORDER BY id DESC LIMIT ?3");
    t.execute(
        &format!("DELETE FROM history WHERE {all} AND id NOT IN ({newest})"),
        params![
            key.application,
            key.cluster,
            i64::try_from(limit).unwrap_or(i64::MAX)
        ],
    )?;
    Ok(id)
}
