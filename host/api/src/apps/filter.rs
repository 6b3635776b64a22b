//! Which applications a list or a watch is about.

use gantry_patch::selector::LabelSelector;
use serde_json::Value;

use super::Entry;
use crate::ask::Ask;
use crate::fault::Fault;

/// What a list is narrowed by so that any of some values fits, and how many applications have each is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facet {
    Sync,
    Health,
    Project,
    Cluster,
    Namespace,
}

impl Facet {
    const PLACES: [Self; 3] = [Self::Project, Self::Cluster, Self::Namespace];
    const STATES: [Self; 2] = [Self::Sync, Self::Health];
}

/// How an application fits: in all, or in all but one, which counts it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    All,
    But(Facet),
}

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
        self.fits_beside(entry) && Facet::PLACES.iter().all(|facet| self.has(*facet, entry))
    }

    /// How an application fits, its state too; none where it would not with any one of the facets left out.
    pub(crate) fn fit(&self, entry: &Entry) -> Option<Fit> {
        let mut all = Facet::PLACES.into_iter().chain(Facet::STATES);
        let missed = all.find(|facet| !self.has(*facet, entry));
        if all.any(|facet| !self.has(facet, entry)) || !self.fits_beside(entry) {
            return None;
        }
        Some(missed.map_or(Fit::All, Fit::But))
    }

    /// Whether one of the values of a facet that are asked for is the application's.
    fn has(&self, facet: Facet, entry: &Entry) -> bool {
        let app = &entry.keys;
        match facet {
            Facet::Sync => is_one_of(&self.sync, &app.sync),
            Facet::Health => is_one_of(&self.health, &app.health),
            Facet::Project => is_one_of(&self.projects, &app.project),
            Facet::Namespace => is_one_of(&self.namespaces, &app.to_namespace),
            Facet::Cluster => {
                let (server, name) = (&*app.server, &*app.cluster_name);
                let is_it = |asked: &String| asked == server || asked == name;
                self.clusters.is_empty() || self.clusters.iter().any(is_it)
            }
        }
    }

    /// Whether all fits that is no facet. Labels are none: an application has all that are asked for, not any.
    fn fits_beside(&self, entry: &Entry) -> bool {
        let app = &entry.keys;
        // Of all changes, those of one application are looked for by many.
        (self.name.is_empty() || *self.name == *app.name)
            && (self.namespace.is_empty() || *self.namespace == *app.namespace)
            && (self.repo.is_empty() || self.is_of_repo(entry))
            && self.has_labels(entry)
            && (self.search.is_empty() || app.name.to_lowercase().contains(&self.search))
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
