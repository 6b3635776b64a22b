//! Changes as they come, from this process and from others.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, BoxStream};
use gantry_model::limits;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::rows;
use crate::database::Database;
use crate::error::StoreError;
use crate::home::{Change, Kind};

struct Watch {
    database: Database,
    changed: Receiver<()>,
    kind: Kind,
    /// The newest version that was given; none before the first list.
    seen: Option<i64>,
    /// What SQLite counts: changes of the file by others.
    others: i64,
    pending: VecDeque<Change>,
    /// When the file is looked at next, without being told.
    next: Instant,
}

pub(super) fn watch(
    database: Database,
    changed: Receiver<()>,
    kind: Kind,
) -> BoxStream<'static, Result<Change, StoreError>> {
    let watch = Watch {
        database,
        changed,
        kind,
        seen: None,
        others: 0,
        pending: VecDeque::new(),
        next: Instant::now(),
    };
    Box::pin(stream::unfold(watch, |mut watch| async {
        let next = watch.next().await;
        Some((next, watch))
    }))
}

impl Watch {
    async fn next(&mut self) -> Result<Change, StoreError> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                return Ok(change);
            }
            match self.seen {
                None => {
                    // After a list that failed the file is not asked without a pause.
                    sleep_until(self.next).await;
                    self.next = Instant::now() + Duration::from_millis(limits::DATABASE_LOOK_MS);
                    self.list().await?;
                }
                Some(seen) => {
                    self.wait().await?;
                    self.look(seen).await?;
                }
            }
        }
    }

    async fn list(&mut self) -> Result<(), StoreError> {
        let kind = self.kind;
        self.changed.mark_unchanged();
        let listed = self
            .database
            .read(move |t| Ok((rows::all(t, kind)?, rows::newest(t)?)));
        let (all, newest) = listed.await?;
        for (text, version) in all {
            let object = rows::read(&text, version, &self.database.path)?;
            self.pending.push_back(Change::Present(Box::new(object)));
        }
        self.pending.push_back(Change::Listed);
        self.seen = Some(newest);
        Ok(())
    }

    /// Returns when something may have changed.
    async fn wait(&mut self) -> Result<(), StoreError> {
        loop {
            tokio::select! {
                rung = self.changed.changed() => {
                    if rung.is_ok() {
                        return Ok(());
                    }
                    // This process changes nothing any more; others may.
                    sleep_until(self.next).await;
                }
                () = sleep_until(self.next) => {}
            }
            self.next = Instant::now() + Duration::from_millis(limits::DATABASE_LOOK_MS);
            let others = self.database.changes_by_others().await?;
            if std::mem::replace(&mut self.others, others) != others {
                return Ok(());
            }
        }
    }

    async fn look(&mut self, seen: i64) -> Result<(), StoreError> {
        let kind = self.kind;
        let changed = self
            .database
            .read(move |t| rows::since(t, kind, seen))
            .await?;
        for (namespace, name, text, version) in changed {
            self.seen = Some(version);
            let change = match text {
                Some(text) => {
                    Change::Present(Box::new(rows::read(&text, version, &self.database.path)?))
                }
                None => Change::Gone { namespace, name },
            };
            self.pending.push_back(change);
        }
        Ok(())
    }
}
