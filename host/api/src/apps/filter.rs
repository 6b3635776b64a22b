//! Which applications a list or a watch is about.

use gantry_patch::selector::LabelSelector;
use serde_json::Value;

use super::Entry;
use crate::ask::Ask;
use crate::fault::Fault;

/// What the request asks for: Argo CD's fields, and those of the pages.
#[derive(Default)]
pub(crate) struct Filter {
    pub(crate) name: String,
    namespace: String,
    projects: Vec<String>,
    repo: String,
    selectors: Vec<LabelSelector>,
    search: String,
    clusters: Vec<String>,
    namespaces: Vec<String>,
    sync: Vec<String>,
    health: Vec<String>,
}

impl Filter {
    /// Reads a request.
    pub(crate) fn of(ask: Ask<'_>) -> Result<Self, Fault> {
        let texts =
            |key: &str| -> Vec<String> { ask.texts(key).into_iter().map(str::to_owned).collect() };
        let mut projects = texts("projects");
        projects.extend(texts("project"));
        let mut selectors = Vec::new();
        for text in ask.texts("selector").into_iter().chain(ask.texts("labels")) {
            let selector = LabelSelector::parse(text);
            selectors.push(selector.map_err(|error| {
                Fault::invalid(format!("error parsing the selector {text:?}: {error}"))
            })?);
        }
        Ok(Self {
            name: ask.text("name").to_owned(),
            namespace: ask.text("appNamespace").to_owned(),
            projects,
            repo: ask.text("repo").to_owned(),
            selectors,
            search: ask.text("search").to_lowercase(),
            clusters: texts("clusters"),
            namespaces: texts("namespaces"),
            sync: texts("sync"),
            health: texts("health"),
        })
    }

    /// Whether an application fits, whatever its state is.
    pub(crate) fn fits(&self, entry: &Entry) -> bool {
        let app = &entry.keys;
        // Of all changes, those of one application are looked for by many.
        if !self.name.is_empty() && *self.name != *app.name {
            return false;
        }
        let (server, cluster) = (&*app.server, &*app.cluster_name);
        (self.namespace.is_empty() || *self.namespace == *app.namespace)
            && is_one_of(&self.projects, &app.project)
            && (self.repo.is_empty() || self.is_of_repo(entry))
            && (self.clusters.is_empty()
                || self.clusters.iter().any(|c| c == server || c == cluster))
            && is_one_of(&self.namespaces, &app.to_namespace)
            && self.has_labels(entry)
            && (self.search.is_empty() || app.name.to_lowercase().contains(&self.search))
    }

    /// Whether its state fits.
    pub(crate) fn fits_state(&self, entry: &Entry) -> bool {
        is_one_of(&self.sync, &entry.keys.sync) && is_one_of(&self.health, &entry.keys.health)
    }

    fn is_of_repo(&self, entry: &Entry) -> bool {
        let sources = entry.view().sources();
        sources.iter().any(|s| s.text("/repoURL") == self.repo)
    }

    fn has_labels(&self, entry: &Entry) -> bool {
        if self.selectors.is_empty() {
            return true;
        }
        let labels = entry.view().0.pointer("/metadata/labels");
        let labels = labels.and_then(Value::as_object);
        self.selectors.iter().all(|s| s.matches(labels))
    }
}

fn is_one_of(all: &[String], text: &str) -> bool {
    all.is_empty() || all.iter().any(|one| one == text)
}
