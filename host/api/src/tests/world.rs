//! A home with applications, and who asks.

use std::sync::Arc;

use async_trait::async_trait;
use gantry_access::{Access, Caller, Login};
use gantry_model::{Cluster, Object};
use gantry_store::{Home, Kind, SqliteHome};
use serde_json::{Value, json};

use crate::{Api, Code, Fault, Inside};

/// What the running control plane would say.
#[derive(Default)]
pub(crate) struct Told;

#[async_trait]
impl Inside for Told {
    async fn manifests(&self, _: (&str, &str), _: &str) -> Result<Vec<Value>, Fault> {
        Ok(vec![json!({"kind": "ConfigMap"})])
    }

    async fn managed_resources(&self, _: (&str, &str)) -> Result<Vec<Value>, Fault> {
        Ok(vec![
            json!({"kind": "ConfigMap", "name": "a"}),
            json!({"kind": "Service", "name": "b"}),
        ])
    }

    async fn tree(&self, _: (&str, &str)) -> Result<Value, Fault> {
        Ok(json!({"nodes": []}))
    }

    async fn cluster(&self, _: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault> {
        Err(Fault::new(Code::Unavailable, "there is no cluster"))
    }
}

/// A control plane.
pub(crate) struct World {
    pub(crate) api: Arc<Api>,
    pub(crate) home: Arc<dyn Home>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = SqliteHome::open(&folder.path().join("home.db"), "argocd").expect("a home");
        let home: Arc<dyn Home> = Arc::new(home);
        let access = Arc::new(Access::new(Arc::clone(&home)));
        let api = Api::new(Arc::clone(&home), access, Arc::new(Told));
        Self {
            api: Arc::new(api),
            home,
            _folder: folder,
        }
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
    Caller {
        subject: subject.to_owned(),
        name: subject.to_owned(),
        groups: Vec::new(),
        login: Login::Password,
        token_id: String::new(),
    }
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
