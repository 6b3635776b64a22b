//! Whom a change of what stands beside the applications concerns: only those look anew.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use gantry_engine::{CredentialChanges, PLUGINS_ANNOTATION};
use gantry_model::application::Application;
use gantry_model::project::AppProject;
use serde_json::Value;

use crate::clusters::{Sight, Target};
use crate::shared::Id;
use crate::surroundings::Meaning;

/// What of a project concerns nobody's objects: who may log in, and words for people.
const UNHEEDED: [&str; 2] = ["roles", "description"];

/// What an application depends on beside its own manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    target: Target,
    repositories: Vec<String>,
}

impl Interest {
    pub(crate) fn of(application: &Application) -> Self {
        let sources = application.sources.iter();
        Self {
            target: Target::of(application),
            repositories: sources.map(|source| source.repo_url.clone()).collect(),
        }
    }
}

/// The interests of all applications that can be read.
#[derive(Debug, Default)]
pub(crate) struct Interests(RwLock<HashMap<Id, Arc<Interest>>>);

impl Interests {
    pub(crate) fn set(&self, id: &Id, interest: Option<Interest>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match interest {
            Some(interest) => all.insert(id.clone(), Arc::new(interest)),
            None => all.remove(id),
        };
    }

    /// Where applications go, each of it once.
    pub(crate) fn targets(&self) -> HashSet<Target> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all: HashSet<&Target> = all.values().map(|interest| &interest.target).collect();
        all.into_iter().cloned().collect()
    }

    /// The applications whose cluster is told to be meant.
    pub(crate) fn going_to(&self, is_meant: impl Fn(&Target) -> bool) -> Vec<Id> {
        let is_meant = Once::new(|target: &Target| is_meant(target));
        self.filter(|interest| is_meant.of(&interest.target))
    }

    /// The applications that a change concerns.
    pub(crate) fn concerned(&self, change: &Change) -> Vec<Id> {
        let of_renderers = self.asked_by_renderers(change);
        let moved = Once::new(|target: &Target| change.has_moved(target));
        let changed = Once::new(|(url, project): &(String, String)| change.is_for(url, project));
        self.filter(|interest| {
            let project = &interest.target.project;
            let mut urls = interest.repositories.iter();
            change.projects.contains(project)
                || of_renderers.contains(project)
                || moved.of(&interest.target)
                || urls.any(|url| changed.of(&(url.clone(), project.clone())))
        })
    }

    /// The projects of which renderers have asked for something with credentials that have changed: whose
    /// they were nobody notes.
    fn asked_by_renderers(&self, change: &Change) -> BTreeSet<String> {
        let Some(credentials) = &change.credentials else {
            return BTreeSet::new();
        };
        let mut asked = credentials.asked.clone();
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for interest in all.values() {
            for url in &interest.repositories {
                asked.remove(&(url.clone(), interest.target.project.clone()));
            }
        }
        asked.into_iter().map(|(_, project)| project).collect()
    }

    fn filter(&self, is_meant: impl Fn(&Interest) -> bool) -> Vec<Id> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let meant = all.iter().filter(|(_, interest)| is_meant(interest));
        meant.map(|(id, _)| id.clone()).collect()
    }
}

/// Answers each question once: thousands of applications share few clusters and repositories.
struct Once<K, F>(RefCell<HashMap<K, bool>>, F);

impl<K: Clone + Eq + Hash, F: Fn(&K) -> bool> Once<K, F> {
    fn new(ask: F) -> Self {
        Self(RefCell::default(), ask)
    }

    fn of(&self, key: &K) -> bool {
        let mut known = self.0.borrow_mut();
        if let Some(answer) = known.get(key) {
            return *answer;
        }
        let answer = (self.1)(key);
        known.insert(key.clone(), answer);
        answer
    }
}

/// What is another one than before.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) projects: BTreeSet<String>,
    /// All clusters before, and now.
    pub(crate) clusters: Option<(Sight, Sight)>,
    pub(crate) credentials: Option<CredentialChanges>,
}

impl Change {
    fn has_moved(&self, target: &Target) -> bool {
        let clusters = self.clusters.as_ref();
        clusters.is_some_and(|(before, now)| before.differs(now, target))
    }

    fn is_for(&self, url: &str, project: &str) -> bool {
        let credentials = self.credentials.as_ref();
        credentials.is_some_and(|changes| changes.has(url, project))
    }
}

/// The projects whose applications are judged by other rules now.
pub(crate) fn changed_projects(before: &Meaning, now: &Meaning) -> BTreeSet<String> {
    let [old, new] = [before, now].map(projects);
    let names = old.keys().chain(new.keys());
    let changed = names.filter(|name| old.get(*name) != new.get(*name));
    changed.map(|name| (*name).to_owned()).collect()
}

/// What counts of a project: why it cannot be read, its pins, its rules.
type Counts<'a> = (
    Option<&'a String>,
    Option<&'a String>,
    BTreeMap<&'a str, &'a Value>,
);

fn projects(meaning: &Meaning) -> BTreeMap<&str, Counts<'_>> {
    let read = meaning.projects.iter().map(|project| {
        let pins = project.annotations.get(PLUGINS_ANNOTATION);
        (project.name.as_str(), (None, pins, rules_of(project)))
    });
    let broken = meaning.broken_projects.iter();
    let broken = broken.map(|(name, why)| (name.as_str(), (Some(why), None, BTreeMap::new())));
    read.chain(broken).collect()
}

fn rules_of(project: &AppProject) -> BTreeMap<&str, &Value> {
    let spec = project.spec.as_object().into_iter().flatten();
    let spec = spec.filter(|(key, _)| !UNHEEDED.contains(&key.as_str()));
    spec.map(|(key, value)| (key.as_str(), value)).collect()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::sync::Arc;

    use gantry_engine::CredentialChanges;
    use gantry_live::Stats;
    use gantry_model::application::{Application, Destination, Source};
    use gantry_model::project::AppProject;
    use gantry_model::secrets::{ClusterSecret, Credentials, Repositories, RepositorySecret};
    use serde_json::{Value, json};

    use super::{Change, Interest, Interests, changed_projects};
    use crate::clusters::{Registry, Wrapped};
    use crate::shared::Id;
    use crate::surroundings::Meaning;

    /// Applications by name, project, cluster and repository.
    const APPLICATIONS: [[&str; 4]; 4] = [
        ["a", "one", "spoke-1", "https://git.example/a"],
        ["b", "one", "spoke-2", "https://git.example/b"],
        ["c", "two", "spoke-1", "https://git.example/a"],
        ["d", "two", "spoke-2", "https://git.example/b"],
    ];

    fn interests() -> Interests {
        let interests = Interests::default();
        for [name, project, cluster, url] in APPLICATIONS {
            let destination = Destination {
                name: cluster.to_owned(),
                ..Destination::default()
            };
            let source = Source {
                repo_url: url.to_owned(),
                ..Source::default()
            };
            let application = Application {
                project: project.to_owned(),
                destination,
                sources: vec![source],
                ..Application::default()
            };
            interests.set(&id(name), Some(Interest::of(&application)));
        }
        interests
    }

    fn id(name: &str) -> Id {
        Id {
            namespace: "argocd".to_owned(),
            name: name.to_owned(),
        }
    }

    fn told(change: &Change) -> String {
        let mut ids = interests().concerned(change);
        ids.sort();
        ids.into_iter().map(|id| id.name).collect()
    }

    #[test]
    fn other_rules_concern_the_applications_of_their_project() {
        for (name, expected) in [("one", "ab"), ("two", "cd"), ("other", "")] {
            let change = Change {
                projects: [name.to_owned()].into(),
                ..Change::default()
            };
            assert_eq!(told(&change), expected, "{name}");
        }
    }

    #[test]
    fn other_credentials_concern_who_uses_them() {
        let secret = |url: &str, project: &str, token: &str| RepositorySecret {
            url: url.to_owned(),
            project: project.to_owned(),
            credentials: Credentials {
                bearer_token: token.to_owned().into(),
                ..Credentials::default()
            },
            ..RepositorySecret::default()
        };
        let before = Repositories::new(vec![secret("https://git.example/a", "one", "x")]);
        /// The Secrets, what was asked for and for whom, and who is told.
        type Case<'a> = (Vec<RepositorySecret>, &'a [(&'a str, &'a str)], &'a str);
        let cases: [Case<'_>; 5] = [
            (vec![secret("https://git.example/a", "one", "x")], &[], ""),
            (vec![secret("https://git.example/a", "one", "y")], &[], "a"),
            (vec![secret("https://git.example/a", "", "x")], &[], "ac"),
            // Its own source is known to be its own; what else a project asked for, all of it may have.
            (Vec::new(), &[("https://git.example/a", "one")], "a"),
            (Vec::new(), &[("https://git.example/base", "two")], "acd"),
        ];
        for (index, (now, asked, expected)) in cases.into_iter().enumerate() {
            let (old, new) = (Arc::new(before.clone()), Arc::new(Repositories::new(now)));
            let mut credentials = CredentialChanges::between(old, new);
            let asked = asked.iter();
            credentials.asked = asked.map(|(u, p)| ((*u).into(), (*p).into())).collect();
            let change = Change {
                credentials: Some(credentials),
                ..Change::default()
            };
            assert_eq!(told(&change), expected, "{index}");
        }
    }

    #[test]
    fn another_cluster_concerns_who_goes_there() {
        let registry = Registry::new(Arc::new(|cluster, _| Wrapped {
            cluster: Arc::clone(&cluster),
            probed: cluster,
            kept: Arc::new(Stats::default),
        }));
        let cluster = |name: &str, project: &str, token: &str| ClusterSecret {
            name: name.to_owned(),
            server: format!("https://{name}{project}.example"),
            project: project.to_owned(),
            bearer_token: token.to_owned().into(),
            ..ClusterSecret::default()
        };
        let both = || vec![cluster("spoke-1", "", "x"), cluster("spoke-2", "", "x")];
        registry.set(both());
        let new = |added| both().into_iter().chain([added]).collect::<Vec<_>>();
        let rotated = vec![cluster("spoke-1", "", "y"), cluster("spoke-2", "", "x")];
        for (step, secrets, expected) in [
            ("the same", both(), ""),
            ("a token", rotated, "ac"),
            ("back", both(), "ac"),
            ("a project's own", new(cluster("spoke-2", "one", "x")), "b"),
            (
                "it goes, and another",
                vec![cluster("spoke-2", "", "x")],
                "abc",
            ),
        ] {
            let before = registry.sight();
            registry.set(secrets);
            let change = Change {
                clusters: Some((before, registry.sight())),
                ..Change::default()
            };
            assert_eq!(told(&change), expected, "{step}");
        }
        let sight = registry.sight();
        let mut going = interests()
            .going_to(|target| sight.server(target).as_deref() == Some("https://spoke-2.example"));
        going.sort();
        assert_eq!(going, [id("b"), id("d")]);
    }

    #[test]
    fn what_of_a_project_counts() {
        let spec = json!({"sourceRepos": ["*"], "roles": [], "description": "x"});
        let meaning = |spec: &Value, annotation: &str| Meaning {
            projects: vec![AppProject {
                name: "one".to_owned(),
                namespace: "argocd".to_owned(),
                annotations: [(annotation.to_owned(), "web".to_owned())].into(),
                spec: spec.clone(),
            }],
            ..Meaning::default()
        };
        let with = |key: &str, value: Value| {
            let mut spec = spec.clone();
            spec[key] = value;
            spec
        };
        let own = "kubectl.kubernetes.io/last-applied-configuration";
        let mut broken = meaning(&spec, own);
        broken.projects.clear();
        broken
            .broken_projects
            .insert("one".to_owned(), "why".to_owned());
        for (what, now, is_change) in [
            ("nothing", meaning(&spec, own), false),
            ("another annotation", meaning(&spec, "x"), false),
            (
                "its pins",
                meaning(&spec, gantry_engine::PLUGINS_ANNOTATION),
                true,
            ),
            (
                "a token",
                meaning(&with("roles", json!([{"name": "r"}])), own),
                false,
            ),
            (
                "words",
                meaning(&with("description", json!("y")), own),
                false,
            ),
            (
                "rules",
                meaning(&with("sourceRepos", json!(["a"])), own),
                true,
            ),
            (
                "a window",
                meaning(&with("syncWindows", json!([])), own),
                true,
            ),
            ("its end", Meaning::default(), true),
            ("a mistake", broken, true),
        ] {
            let changed = changed_projects(&meaning(&spec, own), &now);
            assert_eq!(changed.contains("one"), is_change, "{what}");
            let back = changed_projects(&now, &meaning(&spec, own));
            assert_eq!(back, changed, "{what}");
        }
    }
}
