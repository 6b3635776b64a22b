//! What the render is for. The revision changes with every commit and the cluster's kinds with every
//! definition: they are asked for only where a template uses them, since the host renders again what
//! depends on them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gantry_sdk::renderer::Request;
use minijinja::Value;
use minijinja::value::{Enumerator, Object};

/// What is known from the start.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The application's directory in the tree.
    pub(crate) directory: String,
    pub(crate) application: String,
    pub(crate) namespace: Option<String>,
    pub(crate) kube_version: String,
}

/// What is asked for when it is used.
pub(crate) trait Ask {
    fn revision(&self) -> String;
    fn api_versions(&self) -> Vec<String>;
}

impl Ask for Request {
    fn revision(&self) -> String {
        Self::revision(self)
    }

    fn api_versions(&self) -> Vec<String> {
        Self::api_versions(self)
    }
}

/// The answers so far. A template cannot ask the host itself, so it notes what it wants, and is
/// rendered anew with that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    revision: Option<Value>,
    api_versions: Option<Value>,
    wants_revision: bool,
    wants_api_versions: bool,
}

impl Answers {
    /// Asks for what a template wanted. False: it wanted nothing that is not known.
    pub(crate) fn fetch(&self, ask: &impl Ask) -> bool {
        let mut known = self.lock();
        let wanted = known.wants_revision || known.wants_api_versions;
        if std::mem::take(&mut known.wants_revision) {
            known.revision = Some(ask.revision().into());
        }
        if std::mem::take(&mut known.wants_api_versions) {
            known.api_versions = Some(ask.api_versions().into());
        }
        wanted
    }

    fn revision(&self) -> Value {
        let mut known = self.lock();
        known.wants_revision = known.revision.is_none();
        known.revision.clone().unwrap_or_default()
    }

    fn api_versions(&self) -> Value {
        let mut known = self.lock();
        known.wants_api_versions = known.api_versions.is_none();
        known.api_versions.clone().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `app` in templates.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) name: Value,
    pub(crate) namespace: Value,
    pub(crate) answers: Answers,
}

impl Object for App {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => Some(self.name.clone()),
            "namespace" => Some(self.namespace.clone()),
            "revision" => Some(self.answers.revision()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["name", "namespace", "revision"])
    }
}

/// `kube` in templates.
#[derive(Debug)]
pub(crate) struct Kube {
    pub(crate) version: Value,
    pub(crate) answers: Answers,
}

impl Object for Kube {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "version" => Some(self.version.clone()),
            "apiVersions" => Some(self.answers.api_versions()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["version", "apiVersions"])
    }
}
