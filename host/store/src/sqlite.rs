//! The home on this machine: one SQLite file, which several processes may use at once.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use gantry_model::limits;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::entry::Entry;
use crate::error::StoreError;
use crate::history::{History, Key};

/// What makes each version of the schema of the one before it; `user_version` counts them.
const MIGRATIONS: &[&str] = &["CREATE TABLE history (
    application TEXT NOT NULL,
    cluster TEXT NOT NULL,
    id INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (application, cluster, id)
) STRICT, WITHOUT ROWID;"];

/// The history in a file. Clones share the connection.
#[derive(Clone)]
pub struct SqliteHistory {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl SqliteHistory {
    /// Opens the file, makes it where there is none, and brings it to the newest schema. Blocks.
    ///
    /// # Errors
    /// When the file cannot be used, or a newer version wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make(path).map_err(|error| fault(path, &error))?;
        let mut connection = Connection::open(path).map_err(|error| fault(path, &error))?;
        set_up(&connection).map_err(|error| fault(path, &error))?;
        let (found, known) = migrate(&mut connection).map_err(|error| fault(path, &error))?;
        if found > known {
            let path = path.display().to_string();
            return Err(StoreError::Newer { path, found, known });
        }
        Ok(Self {
            path: path.to_owned(),
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Does blocking work off the runtime.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = shared.lock().unwrap_or_else(PoisonError::into_inner);
            // Immediate: a read that becomes a write would fail at once when another one writes.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit().map(|()| value)
        });
        let done = done.await.map_err(|error| fault(&self.path, &error))?;
        done.map_err(|error| fault(&self.path, &error))
    }
}

#[async_trait]
impl History for SqliteHistory {
    async fn record(&self, key: &Key, entry: Entry, limit: usize) -> Result<u64, StoreError> {
        let key = key.clone();
        let id = self.with(move |t| insert(t, &key, entry, limit)).await?;
        Ok(u64::try_from(id).unwrap_or_default())
    }

    async fn forget(&self, key: &Key) -> Result<(), StoreError> {
        let key = key.clone();
        let gone = self.with(move |t| {
            let sql = "DELETE FROM history WHERE application = ?1 AND cluster = ?2";
            t.execute(sql, params![key.application, key.cluster])
        });
        gone.await.map(drop)
    }

    async fn list(&self, key: &Key) -> Result<Vec<Entry>, StoreError> {
        let key = key.clone();
        let texts = self.with(move |t| {
            let sql = "SELECT entry FROM history WHERE application = ?1 AND cluster = ?2 ORDER BY id DESC";
            let mut statement = t.prepare(sql)?;
            let rows = statement.query_map(params![key.application, key.cluster], |row| {
                row.get::<_, String>(0)
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        let read = |text: String| {
            serde_json::from_str(&text).map_err(|error| StoreError::Corrupt {
                place: self.path.display().to_string(),
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

/// How the connection works. The change to WAL, which only the first process makes, does not wait for
/// others as any other statement does: it is tried again here.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    let patience = Duration::from_millis(limits::DATABASE_BUSY_TIMEOUT_MS);
    connection.busy_timeout(patience)?;
    let began = Instant::now();
    loop {
        let changed = connection.pragma_update(None, "journal_mode", "WAL");
        let busy = changed.as_ref().is_err_and(|error| {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
        });
        if !busy || began.elapsed() > patience {
            changed?;
            return connection.pragma_update(None, "synchronous", "NORMAL");
        }
        std::thread::sleep(Duration::from_millis(limits::DATABASE_BUSY_POLL_MS));
    }
}

/// The schema that the file had or has now, and the newest one that is known.
fn migrate(connection: &mut Connection) -> rusqlite::Result<(i64, i64)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or_default();
    for step in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(step)?;
        version += 1;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    Ok((version, known))
}

/// The file for its owner only: sources may hold what others must not read. SQLite gives its
/// side files the same mode.
fn make(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn fault(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::File {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}
