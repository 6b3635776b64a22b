//! A cluster in memory: enough of an API server for the driver. Server-side apply with one owner,
//! finalizers, watches, Jobs that end after a while.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, PatchKind, Propagation, Resource, WatchEvent,
    WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use gantry_sync::FIELD_MANAGER;
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, broadcast};

/// How long a Job runs.
const JOB_RUNS: Duration = Duration::from_millis(30);

type Place = (String, String, String);

#[derive(Default)]
struct State {
    objects: BTreeMap<Place, Value>,
    versions: u64,
    /// What the next read gives instead: somebody writes right after it.
    stale: HashMap<Place, Value>,
    /// Writes that had an effect, in order.
    log: Vec<String>,
    /// Jobs that succeeded, each time.
    succeeded: HashMap<String, usize>,
    writes: usize,
}

/// When the one who syncs is killed: at that write, before it or after it has its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kill {
    Never,
    Before(usize),
    After(usize),
}

#[derive(Clone)]
pub(crate) struct Fake {
    state: Arc<Mutex<State>>,
    events: broadcast::Sender<WatchEvent>,
    kill: Kill,
    killed: Arc<Notify>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self {
            state: Arc::default(),
            events: broadcast::channel(1_024).0,
            kill: Kill::Never,
            killed: Arc::default(),
        }
    }

    /// The same cluster, seen by somebody who will be killed.
    pub(crate) fn killing(&self, kill: Kill) -> Self {
        self.lock().writes = 0;
        Self {
            kill,
            killed: Arc::default(),
            ..self.clone()
        }
    }

    /// Returns when whoever uses this view is killed.
    pub(crate) async fn killed(&self) {
        self.killed.notified().await;
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.lock().log.clone()
    }

    pub(crate) fn clear_log(&self) {
        self.lock().log.clear();
    }

    pub(crate) fn writes(&self) -> usize {
        self.lock().writes
    }

    pub(crate) fn succeeded(&self) -> HashMap<String, usize> {
        self.lock().succeeded.clone()
    }

    /// `Kind/name` of all objects, and their data.
    pub(crate) fn content(&self) -> Vec<String> {
        let state = self.lock();
        let tell = |(place, object): (&Place, &Value)| {
            let finalizers = &object["metadata"]["finalizers"];
            let gone = object["metadata"]["deletionTimestamp"].is_string();
            format!(
                "{}/{} {} {finalizers} {gone}",
                place.0, place.2, object["data"]
            )
        };
        state.objects.iter().map(tell).collect()
    }

    pub(crate) fn get_value(&self, kind: &str, name: &str) -> Option<Value> {
        let place = (kind.to_owned(), "ns".to_owned(), name.to_owned());
        self.lock().objects.get(&place).cloned()
    }

    pub(crate) fn put(&self, value: Value) {
        let place = place_of(&value);
        let mut value = value;
        let mut state = self.lock();
        state.stamp(&mut value, None);
        state.objects.insert(place, value);
    }

    /// The next read of an object gives this, however it is by then.
    pub(crate) fn read_once(&self, value: Value) {
        self.lock().stale.insert(place_of(&value), value);
    }

    /// Removes all finalizers of an object.
    pub(crate) fn free(&self, kind: &str, name: &str) {
        let place = (kind.to_owned(), "ns".to_owned(), name.to_owned());
        let mut state = self.lock();
        if let Some(object) = state.objects.get_mut(&place) {
            object["metadata"]["finalizers"] = json!([]);
        }
        state.collect(&place);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a write; stops for ever where the one who writes is killed.
    async fn write<T>(
        &self,
        dry_run: bool,
        effect: impl FnOnce(&mut State) -> Result<T, ClusterError>,
    ) -> Result<T, ClusterError> {
        tokio::task::yield_now().await;
        if dry_run {
            return effect(&mut self.lock());
        }
        let number = {
            let mut state = self.lock();
            state.writes += 1;
            state.writes
        };
        if self.kill == Kill::Before(number) {
            self.die().await;
        }
        let result = effect(&mut self.lock());
        if self.kill == Kill::After(number) {
            self.die().await;
        }
        result
    }

    async fn die(&self) {
        self.killed.notify_one();
        std::future::pending::<()>().await;
    }

    fn tell(&self, event: WatchEvent) {
        // Nobody may be watching.
        let _ = self.events.send(event);
    }

    fn run_job(&self, place: Place) {
        let cluster = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(JOB_RUNS).await;
            let mut state = cluster.lock();
            let Some(mut job) = state.objects.get(&place).cloned() else {
                return;
            };
            let failed = place.2.contains("fail");
            let kind = if failed { "Failed" } else { "Complete" };
            job["status"] = json!({"conditions": [{"type": kind, "status": "True"}]});
            state.stamp(&mut job, None);
            if !failed {
                *state.succeeded.entry(place.2.clone()).or_default() += 1;
            }
            state.objects.insert(place, job.clone());
            drop(state);
            cluster.tell(WatchEvent::Present(Box::new(object(job))));
        });
    }
}

impl State {
    fn read(&mut self, place: &Place) -> Option<Object> {
        let stale = self.stale.remove(place);
        stale
            .or_else(|| self.objects.get(place).cloned())
            .map(object)
    }

    fn stamp(&mut self, value: &mut Value, before: Option<&Value>) {
        self.versions += 1;
        let version = self.versions.to_string();
        value["metadata"]["resourceVersion"] = json!(version);
        let uid = before.map_or_else(|| json!(version), |b| b["metadata"]["uid"].clone());
        if value["metadata"]["uid"].is_null() {
            value["metadata"]["uid"] = uid;
        }
    }

    /// Removes what is being deleted and has no finalizers.
    fn collect(&mut self, place: &Place) -> bool {
        let gone = self.objects.get(place).is_some_and(|object| {
            let finalizers = object["metadata"]["finalizers"].as_array();
            object["metadata"]["deletionTimestamp"].is_string()
                && finalizers.is_none_or(Vec::is_empty)
        });
        if gone {
            self.objects.remove(place);
        }
        gone
    }
}

fn place_of(value: &Value) -> Place {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &value["metadata"];
    (
        text(&value["kind"]),
        text(&metadata["namespace"]),
        text(&metadata["name"]),
    )
}

fn object(value: Value) -> Object {
    Object::new(value, None).expect("an object")
}

/// Every field as its manager would own it, lists as a whole.
fn fields(value: &Value) -> Value {
    let Some(map) = value.as_object() else {
        return json!({});
    };
    let below = map
        .iter()
        .map(|(key, value)| (format!("f:{key}"), fields(value)));
    Value::Object(below.collect::<Map<_, _>>())
}

#[async_trait]
impl Cluster for Fake {
    fn name(&self) -> &str {
        "fake"
    }

    async fn version(&self) -> Result<String, ClusterError> {
        Ok("v1.35.0".to_owned())
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        Ok("tester".to_owned())
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        let kinds = [
            ("v1", "ConfigMap"),
            ("batch/v1", "Job"),
            ("v1", "Namespace"),
        ];
        Ok(kinds
            .map(|(version, kind)| resource(Gvk::parse(version, kind)))
            .into())
    }

    /// Widgets are served once the ConfigMap `operator` is there.
    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        let served = gvk.kind != "Widget" || self.get_value("ConfigMap", "operator").is_some();
        Ok(served.then(|| resource(gvk.clone())))
    }

    async fn list_matching(
        &self,
        resource: &Resource,
        _options: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        let mut state = self.lock();
        let places = state.objects.keys().cloned();
        let places: Vec<Place> = places
            .filter(|place| place.0 == resource.gvk.kind)
            .collect();
        Ok(places
            .iter()
            .filter_map(|place| state.read(place))
            .collect())
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        let place = (
            resource.gvk.kind.clone(),
            namespace.to_owned(),
            name.to_owned(),
        );
        Ok(self.lock().read(&place))
    }

    async fn apply(
        &self,
        _resource: &Resource,
        wanted: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let place = place_of(wanted.value());
        let mut new_job = false;
        let applied = self.write(options.dry_run, |state| {
            if wanted.name().contains("refused") {
                return Err(ClusterError::Invalid("refused by admission".to_owned()));
            }
            let before = state.objects.get(&place).cloned();
            let mut value = wanted.value().clone();
            let mut owned = fields(&value);
            for field in ["f:apiVersion", "f:kind"] {
                owned.as_object_mut().and_then(|map| map.remove(field));
            }
            for field in ["f:name", "f:namespace"] {
                let metadata = owned["f:metadata"].as_object_mut();
                metadata.and_then(|map| map.remove(field));
            }
            value["metadata"]["managedFields"] = json!([{
                "manager": FIELD_MANAGER, "operation": "Apply",
                "apiVersion": wanted.api_version(), "fieldsV1": owned,
            }]);
            if let Some(before) = &before {
                for server_field in ["uid", "resourceVersion", "deletionTimestamp"] {
                    if let Some(theirs) = before["metadata"].get(server_field) {
                        value["metadata"][server_field] = theirs.clone();
                    }
                }
                if let Some(status) = before.get("status") {
                    value["status"] = status.clone();
                }
                if value == *before {
                    return Ok(object(value));
                }
            }
            if options.dry_run {
                return Ok(object(value));
            }
            let verb = if before.is_some() { "change" } else { "create" };
            state.log.push(format!("{verb} {}/{}", place.0, place.2));
            new_job = before.is_none() && place.0 == "Job";
            state.stamp(&mut value, before.as_ref());
            state.objects.insert(place.clone(), value.clone());
            if new_job {
                self.run_job(place.clone());
            }
            Ok(object(value))
        });
        let applied = applied.await?;
        self.tell(WatchEvent::Present(Box::new(applied.clone())));
        Ok(applied)
    }

    async fn create(
        &self,
        _resource: &Resource,
        object: &Object,
        _options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        Err(ClusterError::Other(format!(
            "no create of {}",
            object.reference()
        )))
    }

    async fn replace(
        &self,
        _resource: &Resource,
        object: &Object,
        _options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        Err(ClusterError::Other(format!(
            "no replace of {}",
            object.reference()
        )))
    }

    /// Takes the patches that remove one finalizer.
    async fn patch(
        &self,
        _resource: &Resource,
        reference: &ObjectRef,
        _kind: PatchKind,
        body: &Value,
        _options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let place = place_from(reference);
        let finalizer = body[1]["value"].as_str().unwrap_or_default().to_owned();
        let patched = self.write(false, |state| {
            let not_found = || ClusterError::NotFound(reference.to_string());
            let mut value = state.objects.get(&place).cloned().ok_or_else(not_found)?;
            if let Some(list) = value["metadata"]["finalizers"].as_array_mut() {
                list.retain(|known| *known != json!(finalizer));
            }
            state.stamp(&mut value, None);
            state.objects.insert(place.clone(), value.clone());
            let gone = state.collect(&place);
            Ok((value, gone))
        });
        let (value, gone) = patched.await?;
        self.tell(if gone {
            WatchEvent::Gone(reference.clone())
        } else {
            WatchEvent::Present(Box::new(object(value.clone())))
        });
        Ok(object(value))
    }

    async fn delete(
        &self,
        _resource: &Resource,
        reference: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        let place = place_from(reference);
        let gone = self.write(options.dry_run, |state| {
            let Some(found) = state.objects.get_mut(&place) else {
                return Ok(false);
            };
            if options.dry_run || found["metadata"]["uid"] != json!(options.uid) {
                return Ok(false);
            }
            found["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
            let how = match options.propagation {
                Propagation::Foreground => "",
                Propagation::Background => " in the background",
                Propagation::Orphan => " alone",
            };
            state
                .log
                .push(format!("delete {}/{}{how}", place.0, place.2));
            Ok(state.collect(&place))
        });
        if gone.await? {
            self.tell(WatchEvent::Gone(reference.clone()));
        }
        Ok(())
    }

    fn watch(
        &self,
        resource: &Resource,
        _namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        let events = self.events.subscribe();
        let kind = resource.gvk.kind.clone();
        let now: Vec<_> = {
            let state = self.lock();
            let of_kind = state.objects.iter().filter(|(place, _)| place.0 == kind);
            of_kind
                .map(|(_, value)| Ok(WatchEvent::Present(Box::new(object(value.clone())))))
                .collect()
        };
        let later = futures::stream::unfold(events, |mut events| async move {
            let event = events.recv().await.ok()?;
            Some((Ok(event), events))
        });
        let of_kind = move |event: &Result<WatchEvent, ClusterError>| {
            let fits = match event {
                Ok(WatchEvent::Present(object)) => object.kind() == kind,
                Ok(WatchEvent::Gone(reference)) => reference.gvk.kind == kind,
                Ok(WatchEvent::Listed) => false,
                Err(_) => true,
            };
            futures::future::ready(fits)
        };
        futures::stream::iter(now)
            .chain(later.filter(of_kind))
            .boxed()
    }
}

fn place_from(reference: &ObjectRef) -> Place {
    let ObjectRef {
        gvk,
        namespace,
        name,
    } = reference;
    (gvk.kind.clone(), namespace.clone(), name.clone())
}

fn resource(gvk: Gvk) -> Resource {
    Resource {
        namespaced: gvk.kind != "Namespace",
        plural: gvk.kind.to_lowercase(),
        listable: true,
        gvk,
    }
}
