//! `argocd.argoproj.io/manifest-generate-paths`: while a commit touches none of an application's paths,
//! it is rendered from the commit that last did, as Argo CD goes on with the manifests that it has
//! (`UpdateRevisionForPaths`).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use gantry_model::application::{Application, Source};
use gantry_model::limits;
use gantry_model::push::{MANIFEST_GENERATE_PATHS, refresh_paths};

use crate::material::Material;
use crate::workshop::tracking_name;

/// An application, and which of its sources.
type Place = (String, usize);

/// What sources are rendered from whose paths have not changed since.
#[derive(Debug, Default)]
pub(crate) struct Settled(Mutex<HashMap<Place, VecDeque<Kept>>>);

#[derive(Clone, Debug)]
struct Kept {
    url: String,
    /// The paths that matter, and what their content is known by.
    paths: Vec<(String, String)>,
    material: Material,
}

impl Settled {
    /// What the sources of an application are rendered from.
    pub(crate) fn settle(&self, application: &Application, material: &[Material]) -> Vec<Material> {
        let annotation = application.annotations.get(MANIFEST_GENERATE_PATHS);
        let Some(annotation) = annotation.filter(|text| !text.trim().is_empty()) else {
            return material.to_vec();
        };
        let name = tracking_name(application);
        let sources = application.sources.iter().zip(material).enumerate();
        let settled = sources.map(
            |(index, (source, own))| match paths(annotation, source, own) {
                Some(paths) => self.one((name.clone(), index), &source.repo_url, paths, own),
                None => own.clone(),
            },
        );
        settled.collect()
    }

    fn one(
        &self,
        place: Place,
        url: &str,
        paths: Vec<(String, String)>,
        own: &Material,
    ) -> Material {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(place).or_default();
        let is_same = |kept: &&Kept| kept.url == url && kept.paths == paths;
        if let Some(found) = kept.iter().find(is_same) {
            return found.material.clone();
        }
        kept.push_back(Kept {
            url: url.to_owned(),
            paths,
            material: own.clone(),
        });
        if kept.len() > limits::SETTLED_COMMITS_MAX {
            kept.pop_front();
        }
        own.clone()
    }

    /// Renders an application from its newest commit the next time.
    pub(crate) fn forget(&self, application: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(name, _), _| name != application);
    }
}

/// The paths that matter, with what their content is known by; none where nothing tells.
fn paths(annotation: &str, source: &Source, own: &Material) -> Option<Vec<(String, String)>> {
    if !source.chart.is_empty() || own.revision.is_empty() {
        return None;
    }
    let known = refresh_paths(annotation, &source.path).into_iter();
    let known = known.map(|path| {
        let id = own.tree.content_below(literal(&path))?;
        Some((path, id))
    });
    let known: Vec<(String, String)> = known.collect::<Option<_>>()?;
    (!known.is_empty()).then_some(known)
}

/// The directories before the first name that is a glob.
fn literal(path: &str) -> &str {
    let Some(glob) = path.find(['*', '?', '[']) else {
        return path;
    };
    let before = path.get(..glob).unwrap_or_default();
    before.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use gantry_model::application::{Application, Source};
    use gantry_model::push::MANIFEST_GENERATE_PATHS;
    use gantry_source::{Access, Repositories};
    use gantry_testbed::GitRepository;

    use super::{Settled, literal};
    use crate::material::Material;

    fn application(annotation: &str, url: &str, path: &str) -> Application {
        Application {
            name: "shop".to_owned(),
            annotations: BTreeMap::from([(
                MANIFEST_GENERATE_PATHS.to_owned(),
                annotation.to_owned(),
            )]),
            sources: vec![Source {
                repo_url: url.to_owned(),
                path: path.to_owned(),
                ..Source::default()
            }],
            ..Application::default()
        }
    }

    #[test]
    fn only_what_touches_a_path_is_rendered_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
        let repositories = Repositories::new(folder.path().join("cache"));
        let url = repository.file_url();
        let commit = |files: &[(&str, &str)]| {
            repository.commit(files).expect("a commit");
            let commit = repositories.commit(&url, "HEAD", &Access::default());
            let commit = commit.expect("the commit");
            Material {
                tree: commit.tree,
                revision: commit.id,
                digest: String::new(),
                time_unix_secs: commit.time_unix_secs,
                below: String::new(),
            }
        };
        let settled = Settled::default();
        let at = |annotation: &str, material: &Material| {
            let application = application(annotation, &url, "web");
            let found = settled.settle(&application, std::slice::from_ref(material));
            found.into_iter().next().expect("one").revision
        };
        let first = commit(&[("web/a.yaml", "a: 1\n"), ("lib/b.yaml", "b: 1\n")]);
        let scoped = ".;/lib/*.yaml";
        assert_eq!(at(scoped, &first), first.revision);
        let beside = commit(&[("other/c.yaml", "c: 1\n")]);
        assert_eq!(at(scoped, &beside), first.revision, "no path is touched");
        assert_eq!(at("", &beside), beside.revision, "no path is named");
        assert_eq!(at("/absent", &beside), beside.revision, "not seen before");
        let library = commit(&[("lib/b.yaml", "b: 2\n")]);
        assert_eq!(at(scoped, &library), library.revision);
        assert_eq!(at(".", &library), library.revision, "other paths");
        assert_eq!(at("/absent", &library), beside.revision);
        // A preview of what was before changes nothing for what is.
        assert_eq!(at(scoped, &first), first.revision);
        let again = commit(&[("other/c.yaml", "c: 2\n")]);
        assert_eq!(at(scoped, &again), library.revision);
        settled.forget("shop");
        assert_eq!(at(scoped, &again), again.revision);
        let back = commit(&[("lib/b.yaml", "b: 1\n"), ("web/a.yaml", "a: 1\n")]);
        assert_eq!(at(scoped, &back), back.revision);
        assert!(Arc::strong_count(&back.tree) > 1);
    }

    #[test]
    fn globs_are_looked_for_below_what_is_none() {
        for (path, expected) in [
            ("a/b", "a/b"),
            ("", ""),
            ("a/*.yaml", "a"),
            ("a/b*/c", "a"),
            ("*.yaml", ""),
        ] {
            assert_eq!(literal(path), expected, "{path}");
        }
    }
}
