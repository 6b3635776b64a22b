//! The trees of an application's sources: fetched, or given.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use gantry_model::application::{Application, Source};
use gantry_model::{Diagnostic, SourceTree};

use crate::error::AppError;
use crate::fetch::Fetcher;
use crate::projects::Projects;
use crate::wanted::Wanted;

/// What one source's tree is.
#[derive(Clone, Debug)]
pub struct Material {
    /// The content.
    pub tree: Arc<dyn SourceTree>,
    /// The commit, or the chart's version; empty for a plain directory.
    pub revision: String,
    /// The digest of a chart's archive; empty for others.
    pub digest: String,
    /// When the commit was made, in seconds since the Unix epoch; 0 where nothing tells.
    pub time_unix_secs: u64,
    /// The directory of the tree that stands for the source's root; empty for the root itself.
    pub below: String,
}

impl Material {
    /// A directory that is no commit. `below` leads from the tree's root to the source's.
    pub fn directory(tree: Arc<dyn SourceTree>, below: String) -> Self {
        Self {
            tree,
            revision: String::new(),
            digest: String::new(),
            time_unix_secs: 0,
            below,
        }
    }
}

/// The trees of all sources, each in its place. Those that are given, by their places, are taken;
/// the others are fetched, all at once.
///
/// # Errors
/// The first source, in their order, that its project does not permit or that cannot be fetched.
pub(crate) fn gather(
    application: &Application,
    given: &BTreeMap<usize, Material>,
    fetcher: &Fetcher,
    projects: &Projects,
) -> Result<Vec<Material>, AppError> {
    for source in &application.sources {
        permit(application, source, projects)?;
    }
    let (sources, project) = (&application.sources, &application.project);
    let one = |index: usize, source: &Source| match given.get(&index) {
        Some(material) => Ok(material.clone()),
        None => fetch(source, project, fetcher),
    };
    let found: Vec<Result<Material, AppError>> = if let [source] = sources.as_slice() {
        vec![one(0, source)]
    } else {
        thread::scope(|scope| {
            let numbered = sources.iter().enumerate();
            let running: Vec<_> = numbered
                .map(|(index, source)| scope.spawn(move || one(index, source)))
                .collect();
            let cut_off = || AppError::Internal("a fetch was cut off".to_owned());
            let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|end| end.unwrap_or_else(|_| Err(cut_off())))
                .collect()
        })
    };
    let numbered = found.into_iter().enumerate();
    numbered
        .map(|(index, found)| found.map_err(|error| error.of_source(sources, index)))
        .collect()
}

fn permit(
    application: &Application,
    source: &Source,
    projects: &Projects,
) -> Result<(), Diagnostic> {
    let permitted = projects.permit(&application.project, &source.repo_url);
    permitted.map_err(|reason| {
        Diagnostic::error("source-not-permitted", reason)
            .field(source.field_of("repoURL"))
            .help("use another repository, or ask for another rule in the project's sourceRepos")
    })?;
    // What cannot be checked is not let in: somebody relies on it.
    let is_git = matches!(
        Wanted::of(source, &application.project),
        Some(Wanted::Git(_))
    );
    let wanted = projects.wants_signatures(&application.project);
    wanted.filter(|_| is_git).map_or(Ok(()), |wanted| {
        let project = &application.project;
        let message = format!(
            "project {project:?} takes signed commits only ({wanted}), and signatures cannot be checked yet"
        );
        Err(Diagnostic::error("signature-unchecked", message)
            .field(source.field_of("repoURL"))
            .help(format!("take {wanted} out of the project to sync what nobody may have signed")))
    })
}

fn fetch(source: &Source, project: &str, fetcher: &Fetcher) -> Result<Material, AppError> {
    match Wanted::of(source, project) {
        Some(Wanted::Chart(key)) => {
            let chart = fetcher.chart(&key)?;
            Ok(Material {
                tree: chart.tree,
                revision: chart.version,
                digest: chart.digest,
                time_unix_secs: 0,
                below: String::new(),
            })
        }
        Some(Wanted::Git(key)) => {
            let commit = fetcher.commit(&key)?;
            Ok(Material {
                tree: commit.tree,
                revision: commit.id,
                digest: String::new(),
                time_unix_secs: commit.time_unix_secs,
                below: String::new(),
            })
        }
        None => {
            let message = format!(
                "{} is a registry: of registries, charts are supported",
                source.repo_url
            );
            Err(Diagnostic::error("not-supported-yet", message)
                .field(source.field_of("repoURL"))
                .help("name the `chart`, or put the manifests into a Git repository")
                .into())
        }
    }
}
