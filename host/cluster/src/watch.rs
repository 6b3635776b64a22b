//! A kind's objects as they are and as they change, through everything that ends a watch.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream};
use gantry_model::cluster::{ListOptions, Resource, WatchEvent};
use gantry_model::{ClusterError, ObjectRef, limits};

use crate::connection::Connection;
use crate::events::{Event, Events};
use crate::list::{list, object as object_of, take};
use crate::request::{Call, collection};

/// Asks for metadata only; a server that cannot sends whole objects, which are cut down here.
const METADATA: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// Why a watch has to be opened again.
enum End {
    /// It ran its time, or its connection broke: it goes on where it was.
    Broken(ClusterError),
    /// The server no longer keeps what came after the last event: the kind is listed again.
    Expired,
}

/// One watch, for as long as somebody reads its stream.
struct Watch {
    server: Arc<Connection>,
    resource: Resource,
    namespace: Option<String>,
    metadata_only: bool,
    /// The resource version of each object that was given as present, by namespace and name.
    known: HashMap<(String, String), String>,
    /// What was seen and not yet given.
    pending: VecDeque<WatchEvent>,
    /// Where the watch goes on; none before the first list and after an expiry.
    version: Option<String>,
    events: Option<Events>,
    listed_once: bool,
    failures: u32,
    /// Before the next step.
    pause: Duration,
}

/// The stream of [`gantry_model::Cluster::watch`]. Errors that another try may mend stay inside,
/// once there was a first list: until then an unreachable cluster is news.
pub(crate) fn watch(
    server: &Arc<Connection>,
    resource: &Resource,
    namespace: Option<&str>,
    metadata_only: bool,
) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
    let watch = Watch {
        server: Arc::clone(server),
        resource: resource.clone(),
        namespace: namespace.map(str::to_owned),
        metadata_only,
        known: HashMap::new(),
        pending: VecDeque::new(),
        version: None,
        events: None,
        listed_once: false,
        failures: 0,
        pause: Duration::ZERO,
    };
    Box::pin(stream::unfold(watch, |mut watch| async {
        let next = watch.next().await;
        Some((next, watch))
    }))
}

impl Watch {
    async fn next(&mut self) -> Result<WatchEvent, ClusterError> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            tokio::time::sleep(std::mem::take(&mut self.pause)).await;
            let Err(error) = self.step().await else {
                continue;
            };
            self.events = None;
            self.failures = self.failures.saturating_add(1);
            self.pause = self.pause_after(&error);
            let mended = match error {
                ClusterError::Unreachable { .. } => self.listed_once,
                ref error => error.is_transient(),
            };
            if !mended {
                return Err(error);
            }
            tracing::debug!(cluster = %self.server.name, gvk = %self.resource.gvk, "watching again: {error}");
        }
    }

    /// One list, one opening, or one event.
    async fn step(&mut self) -> Result<(), ClusterError> {
        let Some(version) = self.version.clone() else {
            return self.list().await;
        };
        if self.events.is_none() {
            self.events = self.open(&version).await?;
        }
        let Some(events) = &mut self.events else {
            self.version = None;
            return Ok(());
        };
        let ended = match events.next().await {
            Ok(Some(event)) => match self.take(event)? {
                None => {
                    self.failures = 0;
                    return Ok(());
                }
                Some(ended) => ended,
            },
            // The server ends each watch after its time. One that ends before anything came is
            // counted as a failure, or a broken proxy would be asked without a pause.
            Ok(None) if events.count() > 0 || events.ran_its_time() => {
                self.events = None;
                return Ok(());
            }
            Ok(None) => End::Broken(ClusterError::Transient("the watch ended early".to_owned())),
            Err(error) => End::Broken(error),
        };
        match ended {
            End::Broken(error) => Err(error),
            End::Expired => {
                (self.version, self.events) = (None, None);
                Ok(())
            }
        }
    }

    /// Lists the kind; gives what is new, and what is gone since the last time.
    async fn list(&mut self) -> Result<(), ClusterError> {
        let options = ListOptions {
            namespace: self.namespace.as_deref(),
            metadata_only: self.metadata_only,
            ..ListOptions::default()
        };
        let listed = list(&self.server, &self.resource, options).await?;
        let mut before = std::mem::take(&mut self.known);
        for object in listed.items {
            let key = (object.namespace().to_owned(), object.name().to_owned());
            let version = object.resource_version().to_owned();
            if before.remove(&key).as_ref() != Some(&version) {
                let present = WatchEvent::Present(Box::new(object));
                self.pending.push_back(present);
            }
            self.known.insert(key, version);
        }
        let gone = before.into_keys().map(|key| self.gone(key));
        let gone: Vec<WatchEvent> = gone.collect();
        self.pending.extend(gone);
        if !self.listed_once {
            self.pending.push_back(WatchEvent::Listed);
        }
        self.version = Some(listed.version);
        self.listed_once = true;
        self.failures = 0;
        Ok(())
    }

    /// Opens the watch after a version; none when the server no longer keeps it.
    async fn open(&mut self, version: &str) -> Result<Option<Events>, ClusterError> {
        let target = collection(&self.resource, self.namespace.as_deref())?;
        let call = if self.metadata_only {
            Call::get(target).accept(METADATA)
        } else {
            Call::get(target)
        };
        let call = call
            .query("watch", "true")
            .query("allowWatchBookmarks", "true")
            .query("resourceVersion", version)
            .query("timeoutSeconds", &limits::WATCH_TIMEOUT_SECS.to_string());
        match self.server.stream(&call, &self.resource.gvk).await? {
            Ok((lane, body)) => Ok(Some(Events::new(lane, body))),
            Err(answer) if answer.code == 410 => Ok(None),
            Err(answer) => Err(self
                .server
                .asked(&call, Some(&self.resource.gvk))
                .error(&answer)),
        }
    }

    /// Takes note of one event; gives why the watch ends, if it does.
    fn take(&mut self, event: Event) -> Result<Option<End>, ClusterError> {
        let (object, present) = match event {
            Event::Added(object) | Event::Modified(object) => (object, true),
            Event::Deleted(object) => (object, false),
            Event::Bookmark(metadata) => {
                self.version = Some(metadata.metadata.resource_version);
                return Ok(None);
            }
            Event::Error(status) if status.is_expired() => return Ok(Some(End::Expired)),
            Event::Error(status) => {
                let call = Call::get("");
                let asked = self.server.asked(&call, Some(&self.resource.gvk));
                return Ok(Some(End::Broken(asked.status_error(&status))));
            }
        };
        let object = if self.metadata_only {
            object_of(object, &self.resource, true)?
        } else {
            take(object)?
        };
        let key = (object.namespace().to_owned(), object.name().to_owned());
        let version = object.resource_version().to_owned();
        self.version = Some(version.clone());
        if present {
            self.known.insert(key, version);
            self.pending
                .push_back(WatchEvent::Present(Box::new(object)));
        } else {
            self.known.remove(&key);
            self.pending.push_back(self.gone(key));
        }
        Ok(None)
    }

    fn gone(&self, (namespace, name): (String, String)) -> WatchEvent {
        WatchEvent::Gone(ObjectRef {
            gvk: self.resource.gvk.clone(),
            namespace,
            name,
        })
    }

    /// How long to wait after an error: as long as the server asks, or twice as long as before.
    fn pause_after(&self, error: &ClusterError) -> Duration {
        let doublings = self.failures.saturating_sub(1);
        let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        let pause_ms = limits::WATCH_BACKOFF_START_MS.saturating_mul(factor);
        let asked_secs = match error {
            ClusterError::Overloaded {
                retry_after_secs, ..
            } => retry_after_secs.unwrap_or_default(),
            _ => 0,
        };
        let pause = Duration::from_millis(pause_ms.min(limits::WATCH_BACKOFF_MAX_MS));
        pause.max(Duration::from_secs(
            asked_secs.min(limits::API_OUTAGE_MAX_SECS),
        ))
    }
}
