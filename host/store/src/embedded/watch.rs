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
    pending: VecDeque<Result<Change, StoreError>>,
    /// Not before this is the file asked again: the last time it could not be read.
    rests: Instant,
}

pub(super) fn watch(
    database: Database,
    kind: Kind,
) -> BoxStream<'static, Result<Change, StoreError>> {
    let watch = Watch {
        changed: database.changed.subscribe(),
        database,
        kind,
        seen: None,
        pending: VecDeque::new(),
        rests: Instant::now(),
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
                return change;
            }
            sleep_until(self.rests).await;
            let read = match self.seen {
                None => self.list().await,
                Some(seen) => {
                    // The other end is in the database.
                    let _ = self.changed.changed().await;
                    self.look(seen).await
                }
            };
            if let Err(error) = read {
                // What changed is still to be read.
                self.changed.mark_changed();
                self.rests = Instant::now() + Duration::from_millis(limits::DATABASE_LOOK_MS);
                return Err(error);
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
            self.pending
                .push_back(Ok(Change::Present(Box::new(object))));
        }
        self.pending.push_back(Ok(Change::Listed));
        self.seen = Some(newest);
        Ok(())
    }

    async fn look(&mut self, seen: i64) -> Result<(), StoreError> {
        let kind = self.kind;
        let changed = self
            .database
            .read(move |t| Ok((rows::since(t, kind, seen)?, rows::newest(t)?)));
        let (changed, newest) = changed.await?;
        // Of other kinds' changes, too: else each later look would pass them all.
        self.seen = Some(newest);
        for (namespace, name, text, version) in changed {
            self.pending.push_back(match text {
                Some(text) => rows::read(&text, version, &self.database.path)
                    .map(|object| Change::Present(Box::new(object))),
                None => Ok(Change::Gone { namespace, name }),
            });
        }
        Ok(())
    }
}
