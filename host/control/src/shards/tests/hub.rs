//! A hub that keeps leases in memory, and the network between it and one replica.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

use super::random::Random;

/// The objects by name.
#[derive(Default)]
pub(super) struct Hub {
    objects: BTreeMap<String, Object>,
    version: u64,
    pub(super) writes: u64,
}

type Answer<T> = Result<T, ClusterError>;

impl Hub {
    fn put(&mut self, mut value: Value) -> Object {
        self.version += 1;
        self.writes += 1;
        value["metadata"]["resourceVersion"] = self.version.to_string().into();
        if value["metadata"]["uid"].is_null() {
            value["metadata"]["uid"] = format!("uid-{}", self.version).into();
        }
        let object = Object::new(value, None).expect("an object");
        self.objects
            .insert(object.name().to_owned(), object.clone());
        object
    }

    fn known(&self, name: &str) -> Answer<Object> {
        let missing = || ClusterError::NotFound(name.to_owned());
        self.objects.get(name).cloned().ok_or_else(missing)
    }

    fn create(&mut self, object: &Object) -> Answer<Object> {
        if self.objects.contains_key(object.name()) {
            return Err(ClusterError::AlreadyExists {
                message: "it exists".to_owned(),
                maybe_ours: false,
            });
        }
        Ok(self.put(object.value().clone()))
    }

    fn replace(&mut self, object: &Object) -> Answer<Object> {
        let known = self.known(object.name())?;
        assert!(!object.resource_version().is_empty(), "not by version");
        if known.resource_version() != object.resource_version() {
            return Err(ClusterError::Modified {
                message: "it was changed".to_owned(),
                maybe_ours: false,
            });
        }
        let mut value = object.value().clone();
        value["metadata"]["uid"] = known.uid().into();
        Ok(self.put(value))
    }

    fn merge(&mut self, name: &str, patch: &Value) -> Answer<Object> {
        fn merge(target: &mut Value, patch: &Value) {
            match patch.as_object() {
                Some(fields) => fields
                    .iter()
                    .for_each(|(key, value)| merge(&mut target[key.as_str()], value)),
                None => *target = patch.clone(),
            }
        }
        let mut value = self.known(name)?.into_value();
        merge(&mut value, patch);
        Ok(self.put(value))
    }

    fn delete(&mut self, name: &str, uid: &str) -> Answer<()> {
        let fits = |object: &Object| uid.is_empty() || object.uid() == uid;
        if self.objects.get(name).is_some_and(fits) {
            self.objects.remove(name);
            self.writes += 1;
        }
        Ok(())
    }

    /// What somebody does by hand.
    pub(super) fn delete_claims(&mut self) {
        self.objects
            .retain(|name, _| !name.starts_with("gantry-cluster-"));
    }

    /// The names of all leases of replicas.
    pub(super) fn replicas(&self) -> usize {
        let names = self.objects.keys();
        names
            .filter(|name| name.starts_with("gantry-replica-"))
            .count()
    }
}

/// How the network of one replica is.
struct Net {
    random: Random,
    /// Nothing passes until then.
    cut: Instant,
    /// Each way takes up to so long.
    slow: Duration,
}

/// One replica's way to the hub.
#[derive(Clone)]
pub(super) struct Link {
    hub: Arc<Mutex<Hub>>,
    net: Arc<Mutex<Net>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    pub(super) fn new(hub: Arc<Mutex<Hub>>, seed: u64) -> Self {
        let net = Net {
            random: Random(seed),
            cut: Instant::now(),
            slow: Duration::from_millis(10),
        };
        let net = Arc::new(Mutex::new(net));
        Self { hub, net }
    }

    pub(super) fn cut(&self, time: Duration) {
        lock(&self.net).cut = Instant::now() + time;
    }

    pub(super) fn slow(&self, time: Duration) {
        lock(&self.net).slow = time;
    }

    /// One way. What meets a cut is lost, or arrives after it.
    async fn travel(&self) -> Option<()> {
        let (time, cut, is_lost) = {
            let mut net = lock(&self.net);
            let slow = u64::try_from(net.slow.as_millis()).unwrap_or(u64::MAX);
            let time = net.random.millis(0, slow);
            (time, net.cut, net.random.below(2) == 0)
        };
        if Instant::now() < cut {
            if is_lost {
                return None;
            }
            sleep_until(cut).await;
        }
        sleep(time).await;
        Some(())
    }

    /// Once sent, a request arrives or not, whether or not somebody still waits for its answer.
    async fn send<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Hub) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let (answered, answer) = oneshot::channel();
        let link = self.clone();
        tokio::spawn(async move {
            if link.travel().await.is_some() {
                let done = request(&mut lock(&link.hub));
                if link.travel().await.is_some() {
                    _ = answered.send(done);
                    return;
                }
            }
            // The sender never hears of it.
            std::future::pending::<()>().await;
        });
        let gone = |_| ClusterError::Transient("gone".to_owned());
        answer.await.map_err(gone)?
    }
}

fn unused<T>() -> Answer<T> {
    Err(ClusterError::Other("not for leases".to_owned()))
}

#[async_trait]
impl Cluster for Link {
    fn name(&self) -> &str {
        "hub"
    }

    async fn version(&self) -> Answer<String> {
        unused()
    }

    async fn resources(&self) -> Answer<Arc<[Resource]>> {
        unused()
    }

    async fn resource(&self, _: &Gvk) -> Answer<Option<Resource>> {
        unused()
    }

    async fn identity(&self) -> Answer<String> {
        unused()
    }

    async fn list_matching(&self, _: &Resource, options: ListOptions<'_>) -> Answer<Vec<Object>> {
        let label = options.labels.to_owned();
        self.send(move |hub| {
            let objects = hub.objects.values();
            let fits = objects.filter(|object| object.label(&label).is_some());
            Ok(fits.cloned().collect())
        })
        .await
    }

    async fn get(&self, _: &Resource, _: &str, _: &str) -> Answer<Option<Object>> {
        unused()
    }

    async fn apply(&self, _: &Resource, _: &Object, _: ApplyOptions<'_>) -> Answer<Object> {
        // What tests of a fenced cluster write.
        self.send(|hub| {
            Ok(hub.put(json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}})))
        })
        .await
    }

    async fn create(&self, _: &Resource, object: &Object, _: WriteOptions<'_>) -> Answer<Object> {
        let object = object.clone();
        self.send(move |hub| hub.create(&object)).await
    }

    async fn replace(&self, _: &Resource, object: &Object, _: WriteOptions<'_>) -> Answer<Object> {
        let object = object.clone();
        self.send(move |hub| hub.replace(&object)).await
    }

    async fn patch(
        &self,
        _: &Resource,
        object: &ObjectRef,
        _: PatchKind,
        body: &Value,
        _: WriteOptions<'_>,
    ) -> Answer<Object> {
        let (name, body) = (object.name.clone(), body.clone());
        self.send(move |hub| hub.merge(&name, &body)).await
    }

    async fn delete(
        &self,
        _: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Answer<()> {
        let (name, uid) = (object.name.clone(), options.uid.to_owned());
        self.send(move |hub| hub.delete(&name, &uid)).await
    }

    fn watch(
        &self,
        _: &Resource,
        _: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        Box::pin(futures::stream::pending())
    }
}
