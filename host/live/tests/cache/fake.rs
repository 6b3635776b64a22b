//! A cluster in memory, whose events and answers the test gives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use gantry_live::{Hears, LiveCluster, Scope};
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

pub(crate) type Event = Result<WatchEvent, ClusterError>;
/// Gives a watch its events.
pub(crate) type Events = mpsc::UnboundedSender<Event>;
type Answer = Result<Object, ClusterError>;

#[derive(Default)]
pub(crate) struct Fake {
    watches: Mutex<VecDeque<mpsc::UnboundedReceiver<Event>>>,
    answer: Mutex<Option<Answer>>,
    stored: Mutex<Option<Object>>,
    gets: Mutex<usize>,
    watched: Mutex<Vec<Option<String>>>,
    versions: Mutex<Vec<String>>,
    held: Mutex<Option<oneshot::Receiver<()>>>,
    said: Mutex<Option<String>>,
    serves_all: Mutex<bool>,
    kinds_asked: Mutex<Vec<String>>,
    asked: Mutex<usize>,
}

impl Fake {
    /// The next watch that is opened.
    pub(crate) fn stream(&self) -> Events {
        let (events, watch) = mpsc::unbounded_channel();
        self.watches.lock().expect("a lock").push_back(watch);
        events
    }

    /// What the server says to writes from now on, and what it has.
    pub(crate) fn set(&self, answer: Answer, stored: Option<Object>) {
        *self.answer.lock().expect("a lock") = Some(answer);
        *self.stored.lock().expect("a lock") = stored;
    }

    pub(crate) fn gets(&self) -> usize {
        *self.gets.lock().expect("a lock")
    }

    /// The namespaces of the watches that were opened.
    pub(crate) fn watched(&self) -> Vec<Option<String>> {
        self.watched.lock().expect("a lock").clone()
    }

    /// The versions of the kinds that were watched.
    pub(crate) fn versions(&self) -> Vec<String> {
        self.versions.lock().expect("a lock").clone()
    }

    /// The next get is answered only then.
    pub(crate) fn hold_get(&self) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        *self.held.lock().expect("a lock") = Some(held);
        release
    }

    /// What somebody else has heard of the server: its version.
    pub(crate) fn say(&self, version: &str) {
        *self.said.lock().expect("a lock") = Some(version.to_owned());
    }

    /// From now on the kind `Unserved` is served, too.
    pub(crate) fn serve_all(&self) {
        *self.serves_all.lock().expect("a lock") = true;
    }

    /// How often it was asked for a kind since the last time.
    pub(crate) fn kind_asked(&self, kind: &str) -> usize {
        let mut asked = self.kinds_asked.lock().expect("a lock");
        let before = asked.len();
        asked.retain(|known| known != kind);
        before - asked.len()
    }

    /// How often its version was asked for.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().expect("a lock")
    }

    fn answer(&self) -> Answer {
        let unset = || Err(ClusterError::Other("no answer was set".to_owned()));
        self.answer
            .lock()
            .expect("a lock")
            .clone()
            .unwrap_or_else(unset)
    }
}

pub(crate) fn resource() -> Resource {
    Resource {
        gvk: Gvk::parse("v1", "ConfigMap"),
        plural: "configmaps".to_owned(),
        namespaced: true,
        listable: true,
    }
}

#[async_trait]
impl Cluster for Fake {
    fn name(&self) -> &str {
        "fake"
    }
    async fn version(&self) -> Result<String, ClusterError> {
        *self.asked.lock().expect("a lock") += 1;
        self.say("v1");
        Ok("v1".to_owned())
    }
    fn version_within(&self, _: Duration) -> Option<String> {
        self.said.lock().expect("a lock").clone()
    }
    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        Ok([resource()].into())
    }
    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        self.kinds_asked
            .lock()
            .expect("a lock")
            .push(gvk.kind.clone());
        let mut resource = resource();
        resource.gvk = gvk.clone();
        let is_served = gvk.kind != "Unserved" || *self.serves_all.lock().expect("a lock");
        Ok(Some(resource).filter(|_| is_served))
    }
    async fn identity(&self) -> Result<String, ClusterError> {
        Ok(String::new())
    }
    async fn list_matching(
        &self,
        _: &Resource,
        _: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        Ok(Vec::new())
    }
    async fn get(&self, _: &Resource, _: &str, _: &str) -> Result<Option<Object>, ClusterError> {
        *self.gets.lock().expect("a lock") += 1;
        let held = self.held.lock().expect("a lock").take();
        if let Some(held) = held {
            held.await.expect("somebody who lets it go on");
        }
        Ok(self.stored.lock().expect("a lock").clone())
    }
    async fn apply(&self, _: &Resource, _: &Object, _: ApplyOptions<'_>) -> Answer {
        self.answer()
    }
    async fn create(&self, _: &Resource, _: &Object, _: WriteOptions<'_>) -> Answer {
        self.answer()
    }
    async fn replace(&self, _: &Resource, _: &Object, _: WriteOptions<'_>) -> Answer {
        self.answer()
    }
    async fn patch(
        &self,
        _: &Resource,
        _: &ObjectRef,
        _: PatchKind,
        _: &Value,
        _: WriteOptions<'_>,
    ) -> Answer {
        self.answer()
    }
    async fn delete(
        &self,
        _: &Resource,
        _: &ObjectRef,
        _: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        self.answer().map(|_| ())
    }
    fn watch(&self, resource: &Resource, namespace: Option<&str>) -> BoxStream<'static, Event> {
        let version = resource.gvk.version.clone();
        self.versions.lock().expect("a lock").push(version);
        let namespace = namespace.map(str::to_owned);
        self.watched.lock().expect("a lock").push(namespace);
        match self.watches.lock().expect("a lock").pop_front() {
            Some(events) => Box::pin(stream::unfold(events, |mut events| async {
                events.recv().await.map(|event| (event, events))
            })),
            None => stream::pending().boxed(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<String>>);

impl Heard {
    /// Who was told since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("a lock"))
    }
}

impl Hears for Heard {
    fn touched(&self, application: &str) {
        self.0.lock().expect("a lock").push(application.to_owned());
    }
}

/// A ConfigMap of an application, or of none.
pub(crate) fn object(app: Option<&str>, name: &str, uid: &str, version: u64) -> Object {
    let tracking = app.map(|app| format!("{app}:/ConfigMap:n/{name}"));
    let annotations = tracking.map(|id| json!({"argocd.argoproj.io/tracking-id": id}));
    let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": name, "namespace": "n", "uid": uid, "resourceVersion": version.to_string(),
        "annotations": annotations,
    }});
    Object::new(value, None).expect("an object")
}

pub(crate) fn own(uid: &str, version: u64) -> Object {
    object(Some("shop"), "a", uid, version)
}

pub(crate) fn reference(name: &str) -> ObjectRef {
    ObjectRef {
        gvk: resource().gvk,
        namespace: "n".to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) fn present(object: &Object) -> Event {
    Ok(WatchEvent::Present(Box::new(object.clone())))
}

pub(crate) fn gone(name: &str) -> Event {
    Ok(WatchEvent::Gone(reference(name)))
}

pub(crate) fn refused() -> ClusterError {
    ClusterError::Forbidden("for a moment".to_owned())
}

pub(crate) fn write(dry_run: bool) -> WriteOptions<'static> {
    WriteOptions {
        field_manager: "x",
        dry_run,
        validate: true,
    }
}

/// A cluster that is watched, of which the application `shop` follows the object `a`.
pub(crate) struct World {
    pub(crate) fake: Arc<Fake>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) live: Arc<LiveCluster>,
    pub(crate) events: Events,
}

impl World {
    /// Nothing is followed yet.
    pub(crate) fn new(scope: Scope) -> Self {
        let (fake, heard) = (Arc::new(Fake::default()), Arc::new(Heard::default()));
        let events = fake.stream();
        let inner: Arc<dyn Cluster> = fake.clone();
        let live = LiveCluster::new(inner, heard.clone(), scope);
        Self {
            fake,
            heard,
            live,
            events,
        }
    }

    pub(crate) async fn start(objects: &[Object]) -> Self {
        let world = Self::new(Scope::default());
        world.send(objects.iter().map(present));
        world.send([Ok(WatchEvent::Listed)]);
        world.live.follow("shop", &[reference("a")]).await;
        world
    }

    pub(crate) fn send(&self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.events.send(event).expect("a watch that is open");
        }
    }

    pub(crate) async fn version(&self) -> Option<String> {
        let got = self.live.get(&resource(), "n", "a").await;
        let got = got.expect("an answer");
        got.map(|object| object.resource_version().to_owned())
    }
}

/// Until what was sent was taken in.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}
