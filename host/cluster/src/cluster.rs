//! The port of the sync engine, over the network.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    ApplyOptions, Author, DeleteOptions, ListOptions, LogOptions, Page, PatchKind, Resource,
    WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef, limits};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::clusters::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER};
use crate::config::ClusterConfig;
use crate::connection::Connection;
use crate::discovery::Discovery;
use crate::list::{list, list_pages, take};
use crate::logs::logs;
use crate::naming::named;
use crate::request::{Call, item};
use crate::source::Source;
use crate::watch::watch;
use crate::{identity, write};

/// One cluster. Nothing is sent before the first question.
#[derive(Clone)]
pub struct KubeCluster {
    connection: Arc<Connection>,
    discovery: Arc<Discovery>,
    /// What it said last, and when.
    version: Arc<Mutex<Option<(String, Instant)>>>,
    /// Whose changes are sent; none: those of the account that is logged in.
    author: Option<Author>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

impl KubeCluster {
    /// The cluster that a configuration names, with its credentials.
    pub fn given(config: ClusterConfig) -> Self {
        let (name, server) = (config.name.clone(), config.server.clone());
        Self::new(&name, &server, Source::Given(Box::new(config)))
    }

    /// The cluster of the pod that this runs in, with its service account; none outside of a pod.
    pub fn in_pod() -> Option<Self> {
        std::env::var_os("KUBERNETES_SERVICE_HOST")?;
        Some(Self::new(
            IN_CLUSTER_NAME,
            IN_CLUSTER_SERVER,
            Source::ServiceAccount,
        ))
    }

    pub(crate) fn new(name: &str, server: &str, source: Source) -> Self {
        let connection = Connection::new(name.to_owned(), server.to_owned(), source);
        Self {
            connection,
            discovery: Arc::default(),
            version: Arc::default(),
            author: None,
        }
    }

    /// Notes what the server is. Another version may serve other kinds.
    fn note_version(&self, version: &str) {
        let said = (version.to_owned(), Instant::now());
        let before = self.said().replace(said);
        if before.is_some_and(|(before, _)| before != version) {
            self.discovery.expire();
        }
    }

    fn said(&self) -> MutexGuard<'_, Option<(String, Instant)>> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a change; the object as the server has it then.
    async fn write(&self, resource: &Resource, call: Call) -> Result<Object, ClusterError> {
        let call = self.authored(call)?;
        take(self.connection.json(&call, Some(&resource.gvk)).await?)
    }

    /// A change, of whoever is its author.
    fn authored(&self, call: Call) -> Result<Call, ClusterError> {
        match &self.author {
            None => Ok(call),
            Some(Author::User(user)) => Ok(Call {
                as_user: Some(user.as_str().into()),
                ..call
            }),
            Some(Author::Nobody(why)) => Err(ClusterError::Forbidden(why.clone())),
        }
    }

    /// The object as the server has it, or none. A kind that is not served has no objects.
    async fn read(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        let call = Call::get(item(resource, namespace, name)?);
        let found = self.connection.json(&call, Some(&resource.gvk)).await;
        match found {
            Err(ClusterError::NotFound(_)) => Ok(None),
            other => take(other?).map(Some),
        }
    }
}

impl fmt::Debug for KubeCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubeCluster")
            .field("name", &self.connection.name)
            .field("server", &self.connection.server)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Cluster for KubeCluster {
    fn name(&self) -> &str {
        &self.connection.name
    }

    fn login_time(&self) -> Duration {
        self.connection.login_time()
    }

    async fn version(&self) -> Result<String, ClusterError> {
        let version: Version = self.connection.json(&Call::get("/version"), None).await?;
        self.note_version(&version.git_version);
        Ok(version.git_version)
    }

    fn version_within(&self, age: Duration) -> Option<String> {
        let said = self.said();
        let (version, at) = said.as_ref()?;
        (at.elapsed() < age).then(|| version.clone())
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        self.discovery.all(&self.connection).await
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        self.discovery.one(&self.connection, gvk).await
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        identity::user(&self.connection).await
    }

    async fn list_matching(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        let list = list(&self.connection, resource, options).await?;
        Ok(list.items)
    }

    async fn list_pages(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
        visit: &mut (dyn FnMut(Page) + Send),
    ) -> Result<(), ClusterError> {
        list_pages(&self.connection, resource, options, visit).await
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        self.read(resource, namespace, name).await
    }

    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let call = write::apply(resource, object, options)?;
        self.write(resource, call).await
    }

    async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        for _ in 1..limits::GENERATED_NAME_TRIES_MAX {
            let Some(object) = named(object)? else { break };
            let call = write::create(resource, &object, options)?;
            match self.write(resource, call).await {
                // The random name is taken.
                Err(ClusterError::AlreadyExists { maybe_ours, .. }) if !maybe_ours => {}
                done => return done,
            }
        }
        let generated = named(object)?;
        let object = generated.as_ref().unwrap_or(object);
        let call = write::create(resource, object, options)?;
        self.write(resource, call).await
    }

    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let call = write::replace(resource, object, options)?;
        self.write(resource, call).await
    }

    async fn patch(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        kind: PatchKind,
        body: &Value,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let call = write::patch(resource, object, kind, body, options)?;
        self.write(resource, call).await
    }

    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        let call = self.authored(write::delete(resource, object, options)?)?;
        for tries in 1.. {
            let answer = self.connection.send(&call).await?;
            if (200..300).contains(&answer.code) {
                return Ok(());
            }
            let asked = self.connection.asked(&call, Some(&resource.gvk));
            match asked.error(&answer) {
                // A kind that is not served any more has taken its objects with it.
                ClusterError::NotFound(_) | ClusterError::UnknownKind(_) => return Ok(()),
                // Either another object has the name by now, and the one that was meant is gone,
                // or somebody changed it at the same moment, and the next try deletes it.
                error @ ClusterError::Modified { .. } => {
                    let now = self.read(resource, &object.namespace, &object.name).await?;
                    match now {
                        Some(now) if now.uid() != options.uid => return Ok(()),
                        Some(_) if tries >= limits::API_FAULT_TRIES_MAX => return Err(error),
                        Some(_) => {}
                        None => return Ok(()),
                    }
                }
                error => return Err(error),
            }
        }
        Ok(())
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        watch(&self.connection, resource, namespace, false)
    }

    fn watch_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        watch(&self.connection, resource, namespace, true)
    }

    fn written_by(&self, author: &Author) -> Option<Arc<dyn Cluster>> {
        let author = Some(author.clone());
        Some(Arc::new(Self {
            author,
            ..self.clone()
        }))
    }

    async fn logs(
        &self,
        pod: &ObjectRef,
        options: LogOptions<'_>,
    ) -> Result<BoxStream<'static, Result<String, ClusterError>>, ClusterError> {
        logs(&self.connection, pod, options).await
    }
}
