//! One SQLite file, which several processes may use at once.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use gantry_model::limits;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use crate::error::StoreError;

/// What makes each version of the schema of the one before it; `user_version` counts them.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE history (
    application TEXT NOT NULL,
    cluster TEXT NOT NULL,
    id INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (application, cluster, id)
) STRICT, WITHOUT ROWID;",
    "CREATE TABLE objects (
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    -- What every change gives anew; no two rows have the same.
    version INTEGER NOT NULL UNIQUE,
    -- None of an object that is gone: its row tells those who watch.
    object TEXT,
    -- When it went, in seconds since the Unix epoch.
    gone INTEGER,
    PRIMARY KEY (kind, namespace, name)
) STRICT;",
    "CREATE INDEX objects_gone ON objects (gone) WHERE object IS NULL;",
];

/// Something to do with the connection.
type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// An open file. Clones share the connection, which has a thread of its own: what waits for it holds neither
/// a thread, of which a thousand writers would need as many, nor a lock that is granted to whom nobody asks.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) path: PathBuf,
    jobs: Sender<Job>,
    /// Rings when the file has changed: by this process, which tells it, or by another.
    pub(crate) changed: watch::Sender<()>,
}

impl Database {
    /// Opens the file, makes it where there is none, and brings it to the newest schema. Blocks.
    ///
    /// # Errors
    /// When the file cannot be used, or a newer version wrote it.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        make(path).map_err(|error| fault(path, &error))?;
        let mut connection = Connection::open(path).map_err(|error| fault(path, &error))?;
        set_up(&connection).map_err(|error| fault(path, &error))?;
        let (found, known) = migrate(&mut connection).map_err(|error| fault(path, &error))?;
        if found > known {
            let path = path.display().to_string();
            return Err(StoreError::Newer { path, found, known });
        }
        let (jobs, waiting) = channel::<Job>();
        let changed = watch::Sender::new(());
        let told = changed.clone();
        let work = move || serve(connection, &waiting, &told);
        let thread = std::thread::Builder::new().name("database".to_owned());
        thread.spawn(work).map_err(|error| fault(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            jobs,
            changed,
        })
    }

    /// Changes something, or reads what a change is made from. Each change is a transaction of its own: in
    /// WAL mode one takes some 0.1 ms, so that several in one would save
    /// little.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        // Immediate: a read that becomes a write would fail at once when another one writes.
        self.within(TransactionBehavior::Immediate, work).await
    }

    /// Only reads: no writer waits for it, in no process.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.within(TransactionBehavior::Deferred, work).await
    }

    async fn within<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = move |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(behavior)?;
            let value = work(&transaction)?;
            transaction.commit().map(|()| value)
        };
        self.ask(work).await
    }

    /// Has something done by the thread of the connection, after all that was asked before.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, asked) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may be gone: what was asked is done all the same.
            let _ = answer.send(work(connection));
        });
        let gone = || fault(&self.path, &"the thread of the database has ended");
        self.jobs.send(job).map_err(|_| gone())?;
        let done = asked.await.map_err(|_| gone())?;
        done.map_err(|error| fault(&self.path, &error))
    }
}

/// Does what is asked, until the last handle is gone. Between that it looks for changes by others, for all who
/// watch at once; while nobody does, it only waits.
fn serve(mut connection: Connection, jobs: &Receiver<Job>, changed: &watch::Sender<()>) {
    let pause = Duration::from_millis(limits::DATABASE_LOOK_MS);
    let (mut looked, mut known) = (Instant::now(), None);
    loop {
        let job = if changed.receiver_count() == 0 {
            jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            jobs.recv_timeout(pause.saturating_sub(looked.elapsed()))
        };
        match job {
            Ok(job) => job(&mut connection),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if looked.elapsed() < pause {
            continue;
        }
        looked = Instant::now();
        // A number that is another one after each change of the file by another connection.
        let found = connection.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
        match found {
            Ok(found) if known.replace(found) == Some(found) => {}
            // Where it cannot be read, whoever reads meets the same error, and tells it.
            Ok(_) | Err(_) => {
                changed.send_replace(());
            }
        }
    }
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
