//! A home with applications, and who asks.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gantry_access::{Access, Caller, Login};
use gantry_model::application::{Destination, Source};
use gantry_model::project::DestinationCluster;
use gantry_model::{Cluster, Object};
use gantry_store::{Home, Kind, SqliteHome};
use serde_json::{Value, json};

use super::spoke::Spoke;
use crate::{Api, Code, Fault, Inside, Revisions};

/// What the running control plane would say, and what it was asked.
#[derive(Default)]
pub(crate) struct Told {
    asked: Mutex<Vec<(String, Value)>>,
    clusters: Mutex<Vec<Value>>,
}

#[async_trait]
impl Inside for Told {
    async fn manifests(&self, _: (&str, &str), revisions: &Revisions) -> Result<Vec<Value>, Fault> {
        // An application with two sources, of which it tells the revisions.
        let source = Source {
            target_revision: "main".to_owned(),
            ..Source::default()
        };
        let mut sources = [source.clone(), source];
        revisions.set(&mut sources)?;
        let manifest =
            |source: &Source| json!({"kind": "ConfigMap", "data": source.target_revision});
        Ok(sources.iter().map(manifest).collect())
    }

    async fn managed_resources(&self, _: (&str, &str)) -> Result<Vec<Value>, Fault> {
        Ok(vec![
            json!({"kind": "ConfigMap", "name": "a"}),
            json!({"kind": "Service", "name": "b"}),
        ])
    }

    async fn tree(&self, _: (&str, &str)) -> Result<Value, Fault> {
        Ok(Spoke::new().tree())
    }

    async fn cluster(&self, _: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault> {
        Ok(Arc::new(Spoke::new()))
    }

    /// `https://NAME` is the server of each, and there is none called `none`.
    fn destination(&self, destination: &Destination, _: &str) -> Option<DestinationCluster> {
        let named = Some(destination.name.as_str()).filter(|name| !name.is_empty());
        let name = named.or_else(|| destination.server.strip_prefix("https://"))?;
        let is_there = name != "none" && !name.contains('*');
        is_there.then(|| DestinationCluster {
            server: format!("https://{name}"),
            name: name.to_owned(),
            project: String::new(),
        })
    }

    async fn clusters(&self) -> Result<Vec<Value>, Fault> {
        Ok(self.clusters.lock().expect("no panic").clone())
    }

    async fn ask(&self, method: &str, request: &Value) -> Result<Value, Fault> {
        let mut asked = self.asked.lock().expect("no panic");
        asked.push((method.to_owned(), request.clone()));
        Ok(match method.rsplit('/').next().unwrap_or_default() {
            "ListResourceActions" => json!({"actions": [{"name": "restart"}]}),
            "RepositoryState" => json!({"status": "Successful"}),
            "ClusterAnswers" => {
                let object = Object::new(request.clone(), None).expect("a Secret");
                if object.name().contains("broken") {
                    return Err(Fault::new(Code::InvalidArgument, "it does not answer"));
                }
                json!({})
            }
            _ => json!({}),
        })
    }
}

/// A control plane.
pub(crate) struct World {
    pub(crate) api: Arc<Api>,
    told: Arc<Told>,
    pub(crate) access: Arc<Access>,
    pub(crate) home: Arc<dyn Home>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = SqliteHome::open(&folder.path().join("home.db"), "argocd").expect("a home");
        let home: Arc<dyn Home> = Arc::new(home);
        let access = Arc::new(Access::new(Arc::clone(&home)));
        let told = Arc::new(Told::default());
        let inside = Arc::clone(&told) as Arc<dyn Inside>;
        let api = Api::new(Arc::clone(&home), Arc::clone(&access), inside);
        Self {
            api: Arc::new(api),
            told,
            access,
            home,
            _folder: folder,
        }
    }

    /// One whose `argocd-rbac-cm` has these lines.
    pub(crate) async fn with_policy(lines: &str) -> Self {
        let world = Self::new();
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-rbac-cm"},
            "data": {"policy.csv": lines}});
        let map = Object::new(map, None).expect("an object");
        world.home.create(&map).await.expect("it is kept");
        world.access.prepare(false).await.expect("it is read");
        world
    }

    /// `argocd-rbac-cm` has these lines from now on.
    pub(crate) async fn permit(&self, lines: &str) {
        let patch = json!({"data": {"policy.csv": lines}});
        let changed = self
            .home
            .patch(Kind::ConfigMap, "argocd", "argocd-rbac-cm", &patch);
        changed.await.expect("it is kept");
        self.access.prepare(false).await.expect("it is read");
    }

    /// A token of admin.
    pub(crate) async fn log_in(&self) -> String {
        let password = self.access.prepare(false).await.expect("it is read");
        let password = password.expect("a first password");
        let here = crate::Origin::default().address;
        let session = self.access.login("admin", &password, here).await;
        session.expect("let in").token
    }

    /// What the control plane was asked so far.
    pub(crate) fn told(&self) -> Vec<(String, Value)> {
        self.told.asked.lock().expect("no panic").clone()
    }

    /// The clusters that the control plane knows from now on.
    pub(crate) fn has_clusters(&self, clusters: Vec<Value>) {
        *self.told.clusters.lock().expect("no panic") = clusters;
    }

    /// Puts an object into the home.
    pub(crate) async fn put(&self, value: Value) -> Object {
        let object = Object::new(value, None).expect("an object");
        let made = self.home.create(&object).await.expect("it is kept");
        if Kind::of(&made) == Some(Kind::Application) {
            self.api.seen_for_tests(&made).await;
        }
        made
    }

    /// What the application is now.
    pub(crate) async fn app(&self, name: &str) -> Option<Value> {
        let found = self.home.get(Kind::Application, "argocd", name).await;
        found.expect("it is read").map(Object::into_value)
    }

    pub(crate) async fn ask(&self, method: &str, request: Value) -> Result<Value, Fault> {
        let method = format!("application.ApplicationService/{method}");
        self.api.call(&admin(), &method, request).await
    }

    /// The same by somebody who may nothing.
    pub(crate) async fn alice(&self, method: &str, request: Value) -> Result<Value, Fault> {
        let method = format!("application.ApplicationService/{method}");
        self.api.call(&caller("alice"), &method, request).await
    }
}

pub(crate) fn admin() -> Caller {
    caller("admin")
}

pub(crate) fn caller(subject: &str) -> Caller {
    Caller::named(subject, Login::Password, String::new())
}

/// An application, with fields that differ.
pub(crate) fn application(name: &str, more: &Value) -> Value {
    let mut app = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example/shop", "path": "deploy", "targetRevision": "main"},
            "destination": {"server": "https://spoke.example", "namespace": "shop"},
        },
    });
    merge(&mut app, more);
    app
}

fn merge(value: &mut Value, more: &Value) {
    match (value, more) {
        (Value::Object(value), Value::Object(more)) => {
            for (key, more) in more {
                merge(value.entry(key.clone()).or_insert(Value::Null), more);
            }
        }
        (value, more) => value.clone_from(more),
    }
}
