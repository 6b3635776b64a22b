//! The home in a hub cluster: Argo CD's own objects, where Argo CD has them. Its CRDs have no status
//! subresource: a patch writes `status` as any field.

mod fault;
mod told;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    DeleteOptions, ListOptions, PatchKind, Propagation, Resource, WriteOptions,
};
use gantry_model::project::NamePattern;
use gantry_model::{Cluster, ClusterError, Object, ObjectRef};
use serde_json::Value;

use crate::error::StoreError;
use crate::event::{Event, Subject};
use crate::home::{Change, Home, Kind, OWN_SECRET, SECRET_TYPE};
use fault::Asked;

/// Who owns the fields that a control plane writes.
const FIELD_MANAGER: &str = "gantry";

/// The home in a cluster. Clones share the connection.
#[derive(Clone)]
pub struct HubHome {
    cluster: Arc<dyn Cluster>,
    scope: Scope,
    telling: told::Telling,
}

/// Which namespaces are served.
#[derive(Clone)]
struct Scope {
    /// The control plane's own.
    namespace: String,
    /// Others with applications.
    further: Arc<[NamePattern]>,
}

impl HubHome {
    /// The home in a namespace of a cluster. Applications are also found in the namespaces that
    /// `application_namespaces` match, as Argo CD's `--application-namespaces` has them: globs, and regular
    /// expressions between two `/`.
    ///
    /// # Errors
    /// A pattern that cannot be read.
    pub fn new(
        cluster: Arc<dyn Cluster>,
        namespace: &str,
        application_namespaces: &[String],
    ) -> Result<Self, StoreError> {
        let read = |text: &String| {
            NamePattern::parse(text).map_err(|reason| StoreError::Invalid {
                what: format!("application namespace {text}"),
                reason,
            })
        };
        let further: Result<Vec<_>, _> = application_namespaces.iter().map(read).collect();
        let scope = Scope {
            namespace: namespace.to_owned(),
            further: further?.into(),
        };
        Ok(Self {
            cluster,
            scope,
            telling: told::Telling::default(),
        })
    }

    /// What is asked of one object.
    fn asked(&self, verb: &'static str, kind: Kind, namespace: &str, name: &str) -> Asked {
        Asked {
            cluster: self.cluster.name().to_owned(),
            verb,
            kind,
            name: format!("{namespace}/{name}"),
        }
    }

    /// The object with its namespace, and its kind, if it belongs here.
    fn to_keep(&self, object: &Object) -> Result<(Object, Kind), StoreError> {
        let mut object = object.clone();
        if object.namespace().is_empty() {
            object.set_namespace(&self.scope.namespace);
        }
        let kind = Kind::to_keep(&object)?;
        if !self.scope.serves(kind, object.namespace()) {
            return Err(StoreError::Invalid {
                what: object.reference().to_string(),
                reason: format!(
                    "this control plane serves the namespace {}{}",
                    self.scope.namespace,
                    match kind {
                        Kind::Application => " and those of --application-namespaces",
                        _ => "",
                    }
                ),
            });
        }
        Ok((object, kind))
    }
}

impl Scope {
    /// Whether objects of a kind are served in a namespace.
    fn serves(&self, kind: Kind, namespace: &str) -> bool {
        let further = || self.further.iter().any(|p| p.matches(namespace));
        namespace == self.namespace || kind == Kind::Application && further()
    }

    /// The namespace to ask for; none for all.
    fn asked(&self, kind: Kind) -> Option<&str> {
        let all = kind == Kind::Application && !self.further.is_empty();
        (!all).then_some(&self.namespace)
    }

    fn keeps(&self, kind: Kind, object: &Object) -> bool {
        self.serves(kind, object.namespace()) && kind.keeps(object)
    }
}

#[async_trait]
impl Home for HubHome {
    fn namespace(&self) -> &str {
        &self.scope.namespace
    }

    async fn list(&self, kind: Kind) -> Result<Vec<Object>, StoreError> {
        let namespace = self.scope.asked(kind);
        let options = ListOptions {
            namespace,
            labels: if kind == Kind::Secret {
                SECRET_TYPE
            } else {
                ""
            },
            ..ListOptions::default()
        };
        let asked = self.asked("list", kind, namespace.unwrap_or_default(), "");
        let listed = self.cluster.list_matching(&resource(kind), options).await;
        let mut objects = listed.map_err(|error| asked.fault(error))?;
        if kind == Kind::Secret {
            let own = self.get(kind, &self.scope.namespace, OWN_SECRET).await?;
            objects.retain(|object| object.name() != OWN_SECRET);
            objects.extend(own);
        }
        objects.retain(|object| self.scope.keeps(kind, object));
        objects.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
        Ok(objects)
    }

    async fn get(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, StoreError> {
        if !self.scope.serves(kind, namespace) {
            return Ok(None);
        }
        let found = self.cluster.get(&resource(kind), namespace, name).await;
        let asked = self.asked("read", kind, namespace, name);
        let found = found.map_err(|error| asked.fault(error))?;
        Ok(found.filter(|object| self.scope.keeps(kind, object)))
    }

    async fn create(&self, object: &Object) -> Result<Object, StoreError> {
        let (object, kind) = self.to_keep(object)?;
        let asked = self.asked("create", kind, object.namespace(), object.name());
        match self
            .cluster
            .create(&resource(kind), &object, write(true))
            .await
        {
            Err(ClusterError::AlreadyExists {
                maybe_ours: true, ..
            }) => {
                let found = self.get(kind, object.namespace(), object.name()).await?;
                let ours = found.filter(|found| is_made_of(found.value(), object.value()));
                ours.ok_or_else(|| asked.exists())
            }
            made => made.map_err(|error| asked.fault(error)),
        }
    }

    async fn replace(&self, object: &Object) -> Result<Object, StoreError> {
        let (object, kind) = self.to_keep(object)?;
        let replaced = self
            .cluster
            .replace(&resource(kind), &object, write(true))
            .await;
        let asked = self.asked("replace", kind, object.namespace(), object.name());
        replaced.map_err(|error| asked.fault(error))
    }

    async fn patch(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Object, StoreError> {
        let reference = ObjectRef {
            gvk: kind.gvk(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        // A controller's record must not fail for a field that an older CRD lacks; a user's wish must.
        let strict = patch.get("spec").is_some();
        let patched = self
            .cluster
            .patch(
                &resource(kind),
                &reference,
                PatchKind::Merge,
                patch,
                write(strict),
            )
            .await;
        let asked = self.asked("change", kind, namespace, name);
        patched.map_err(|error| asked.fault(error))
    }

    async fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let Some(found) = self.get(kind, namespace, name).await? else {
            return Ok(false);
        };
        let options = DeleteOptions {
            propagation: Propagation::Background,
            ..DeleteOptions::default()
        };
        let deleted = self
            .cluster
            .delete(&resource(kind), &found.reference(), options)
            .await;
        let asked = self.asked("delete", kind, namespace, name);
        deleted.map(|()| true).map_err(|error| asked.fault(error))
    }

    fn note(&self, application: &Object, event: Event) {
        let event = event.written(&Subject::of(application));
        self.telling.tell(&self.cluster, event);
    }

    async fn events(&self, application: &Object) -> Result<Vec<Value>, StoreError> {
        let (namespace, name) = (application.namespace(), application.name());
        let asked = self.asked("read the events of", Kind::Application, namespace, name);
        let found = told::of(&*self.cluster, &Subject::of(application)).await;
        found.map_err(|error| asked.fault(error))
    }

    fn watch(&self, kind: Kind) -> BoxStream<'static, Result<Change, StoreError>> {
        let namespace = self.scope.asked(kind);
        let asked = self.asked("watch", kind, namespace.unwrap_or_default(), "");
        let events = self.cluster.watch(&resource(kind), namespace);
        watch::watch(events, kind, self.scope.clone(), asked)
    }
}

/// The kind as the server has it, without asking: all that a home needs of the API is known.
fn resource(kind: Kind) -> Resource {
    let plural = match kind {
        Kind::Application => "applications",
        Kind::Project => "appprojects",
        Kind::Secret => "secrets",
        Kind::ConfigMap => "configmaps",
    };
    Resource {
        gvk: kind.gvk(),
        plural: plural.to_owned(),
        namespaced: true,
        listable: true,
    }
}

fn write(validate: bool) -> WriteOptions<'static> {
    WriteOptions {
        field_manager: FIELD_MANAGER,
        dry_run: false,
        validate,
    }
}

/// Whether one has all that the other says, but for what a server adds to it.
fn is_made_of(made: &Value, wanted: &Value) -> bool {
    match (made, wanted) {
        (Value::Object(made), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| made.get(key).is_some_and(|made| is_made_of(made, value))),
        _ => made == wanted,
    }
}
