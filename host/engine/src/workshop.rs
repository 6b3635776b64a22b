//! From an application to objects: its sources' trees, each rendered by its own renderer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use gantry_model::application::{Application, Source};
use gantry_model::{Diagnostic, SourceTree};
use gantry_plugins::{Host, Recording, Rendering, Supplier};
use gantry_source::is_local;
use serde_json::{Map, Value};

use crate::choice::{Choice, choose, directory};
use crate::environment::{Environment, Facts};
use crate::error::AppError;
use crate::fetch::Fetcher;
use crate::guard::Guard;
use crate::material::{Material, gather};
use crate::mounts::Mounts;
use crate::overrides;
use crate::parameters::assign;
use crate::pins::Pins;
use crate::projects::Projects;
use crate::render::{Scope, render};
use crate::rendered::{Rendered, RenderedSource};
use crate::renewal::Renewals;
use crate::settled::Settled;
use crate::substitute::{Names, mount_name, references};
use crate::swap::Swap;
use crate::wanted::Wanted;

/// Plugins, repositories and rules, shared by all applications. All calls block.
#[derive(Clone, Debug)]
pub struct Workshop {
    plugins: Host,
    fetcher: Arc<Fetcher>,
    projects: Arc<Swap<Projects>>,
    pins: Arc<Swap<Pins>>,
    settled: Arc<Settled>,
    renewals: Arc<Renewals>,
}

/// What renderers are told of the target cluster.
#[derive(Clone, Debug, Default)]
pub struct ClusterFacts {
    /// Its version, with or without the leading `v`; empty when unknown.
    pub kube_version: String,
    /// Its kinds, as `apps/v1/Deployment`.
    pub api_versions: Arc<[String]>,
}

/// What a person says in the place of the application.
#[derive(Clone, Debug, Default)]
pub struct Manual {
    /// The renderer, whatever the source's settings and its directory say.
    pub renderer: Option<String>,
    /// Parameters over those that the source has, as [`assign`] reads them.
    pub parameters: Vec<String>,
}

/// One source that is ready to be rendered.
struct Job {
    tree: Arc<dyn SourceTree>,
    choice: Choice,
    scope: Scope,
    warnings: Vec<Diagnostic>,
}

impl Workshop {
    /// Joins the parts.
    pub fn new(plugins: Host, fetcher: Fetcher, projects: Projects, pins: Pins) -> Self {
        Self {
            plugins,
            fetcher: Arc::new(fetcher),
            projects: Arc::new(Swap::new(projects)),
            pins: Arc::new(Swap::new(pins)),
            settled: Arc::default(),
            renewals: Arc::default(),
        }
    }

    /// Forgets what an application's sources were found to be before that moment, so that the next
    /// [`Workshop::gather`] sees what has moved since.
    pub(crate) fn forget_older(&self, application: &Application, than: Instant) {
        let project = &application.project;
        let sources = application.sources.iter();
        let wanted: Vec<Wanted> = sources.filter_map(|s| Wanted::of(s, project)).collect();
        self.fetcher.forget_older(&wanted, than);
    }

    /// Nobody wants to know of an application any more, by its name in tracking annotations.
    pub fn forget(&self, application: &str) {
        self.settled.forget(application);
        self.renewals.forget(application);
    }

    /// Renders an application from its newest commit the next time, and from nothing else that was fetched before: charts,
    /// also of exact versions, and whatever its renderers ask for, until it could be rendered once.
    pub fn renew(&self, application: &Application) {
        let name = tracking_name(application);
        self.settled.forget(&name);
        self.renewals.begin(&name);
        let (sources, project) = (&application.sources, &application.project);
        let wanted = sources
            .iter()
            .filter_map(|source| Wanted::of(source, project));
        self.fetcher.renew(wanted);
    }

    /// What fetches, and remembers.
    pub fn fetcher(&self) -> &Arc<Fetcher> {
        &self.fetcher
    }

    /// Works by the rules and the pins of other projects from now on.
    pub fn set_projects(&self, projects: Projects, pins: Pins) {
        self.projects.set(projects);
        self.pins.set(pins);
    }

    /// The rules of projects as they are now.
    pub fn projects(&self) -> Arc<Projects> {
        self.projects.get()
    }

    /// The plugins.
    pub fn plugins(&self) -> &Host {
        &self.plugins
    }

    /// The trees of all sources of an application, in their order. Those that are given, by their
    /// places, are taken; the others are fetched.
    ///
    /// # Errors
    /// What the project does not permit, and what cannot be fetched.
    pub fn gather(
        &self,
        application: &Application,
        given: &BTreeMap<usize, Material>,
    ) -> Result<Vec<Material>, AppError> {
        gather(application, given, &self.fetcher, &self.projects())
    }

    /// Renders all sources of an application.
    ///
    /// # Errors
    /// [`AppError`] says what could not be rendered, of the first source in their order.
    pub fn render(
        &self,
        application: &Application,
        material: &[Material],
        cluster: &ClusterFacts,
        manual: &Manual,
    ) -> Result<Rendered, AppError> {
        let sources = &application.sources;
        let name = tracking_name(application);
        let new_since = self.renewals.since(&name);
        let settled = self.settled.settle(application, material);
        let one = |index: usize| {
            let mut rendered = self.one(application, index, &settled, cluster, manual);
            if let (Ok(rendered), Some(own)) = (&mut rendered, material.get(index)) {
                rendered.revision.clone_from(&own.revision);
            }
            rendered.map_err(|error| error.of_source(sources, index))
        };
        let rendered: Vec<Result<RenderedSource, AppError>> = if sources.len() == 1 {
            vec![one(0)]
        } else {
            thread::scope(|scope| {
                let one = &one;
                let running: Vec<_> = (0..sources.len())
                    .map(|index| scope.spawn(move || one(index)))
                    .collect();
                let cut_off = || AppError::Internal("a render was cut off".to_owned());
                let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
                ended
                    .map(|end| end.unwrap_or_else(|_| Err(cut_off())))
                    .collect()
            })
        };
        let sources = rendered.into_iter().collect::<Result<_, _>>()?;
        if let Some(since) = new_since {
            self.renewals.end(&name, since);
        }
        Ok(Rendered { sources })
    }

    /// Renders the one source of an application that is rendered at all, and keeps all that its
    /// renderer saw.
    ///
    /// # Errors
    /// [`AppError`] when the renderer could not be called; a render that fails is recorded.
    pub fn record(
        &self,
        application: &Application,
        material: &[Material],
        cluster: &ClusterFacts,
    ) -> Result<Recording, AppError> {
        let sources = application.sources.iter().enumerate();
        let mut rendered = sources.filter(|(_, source)| !source.is_reference_only());
        let (Some((index, _)), None) = (rendered.next(), rendered.next()) else {
            let message =
                "a recording is of one source, and several of this application are rendered";
            return Err(Diagnostic::error("several-sources", message)
                .field("spec.sources")
                .help("leave one, and those that have only a `ref`, in a copy of the manifest")
                .into());
        };
        let job = self.job(application, index, material, cluster, &Manual::default())?;
        let (plugin, request) = (&job.choice.plugin, job.scope.request(&job.choice));
        Ok(self.plugins.record(plugin, &job.tree, &request)?)
    }

    fn one(
        &self,
        application: &Application,
        index: usize,
        material: &[Material],
        cluster: &ClusterFacts,
        manual: &Manual,
    ) -> Result<RenderedSource, AppError> {
        let (source, own) = source_at(application, index, material)?;
        let mut rendered = RenderedSource::new(source, own);
        if source.is_reference_only() {
            return Ok(rendered);
        }
        let job = self.job(application, index, material, cluster, manual)?;
        let rendering: Arc<Rendering> = render(&self.plugins, job.tree, &job.choice, &job.scope)?;
        rendered.renderer = job.choice.plugin;
        rendered.warnings = job.warnings;
        rendered.rendering = rendering;
        Ok(rendered)
    }

    fn job(
        &self,
        application: &Application,
        index: usize,
        material: &[Material],
        cluster: &ClusterFacts,
        manual: &Manual,
    ) -> Result<Job, AppError> {
        let (written, own) = source_at(application, index, material)?;
        let source = Source {
            path: joined(&own.below, directory(written)),
            // Its chart is the tree now.
            chart: String::new(),
            ..written.clone()
        };
        let name = tracking_name(application);
        let overridden = overrides::apply(&source, &*own.tree, directory(&source), &name)?;
        let mut source = overridden.source;
        let known = references(application.sources.iter().zip(material));
        let environment = Environment::new(Facts {
            application: &name,
            namespace: &application.destination.namespace,
            project: &application.project,
            revision: &own.revision,
            source: written,
        });
        let names = Names {
            environment: &environment,
            kube_version: cluster.kube_version.trim_start_matches('v'),
            api_versions: &cluster.api_versions,
            references: &known.keys().copied().collect::<Vec<_>>(),
        };
        names.put_into(&mut source)?;
        let mut choice = manual.choose(&source, &*own.tree)?;
        self.pins
            .get()
            .apply(&application.project, &source, &mut choice)?;
        let mounted = known.into_iter();
        let mounted = mounted.map(|(name, m)| (mount_name(name), Arc::clone(&m.tree)));
        Ok(Job {
            tree: Mounts::over(Arc::clone(&own.tree), mounted.collect()),
            choice,
            scope: Scope {
                application: application.name.clone(),
                path: directory(&source).to_owned(),
                namespace: application.destination.namespace.clone(),
                revision: own.revision.clone(),
                commit_time_unix_secs: own.time_unix_secs,
                kube_version: cluster.kube_version.clone(),
                api_versions: Arc::clone(&cluster.api_versions),
                outside: self.outside(application),
            },
            warnings: overridden.warnings,
        })
    }

    /// What the application's renderers may be handed.
    fn outside(&self, application: &Application) -> Supplier {
        let mut urls = application.sources.iter().map(|source| &source.repo_url);
        Supplier(Arc::new(Guard {
            fetcher: Arc::clone(&self.fetcher),
            projects: self.projects(),
            project: application.project.clone(),
            // A directory on this machine has no URL.
            is_local: urls.any(|url| url.is_empty() || is_local(url)),
            new_since: self.renewals.since(&tracking_name(application)),
        }))
    }
}

impl Manual {
    fn choose(&self, source: &Source, tree: &dyn SourceTree) -> Result<Choice, Diagnostic> {
        let mut choice = match &self.renderer {
            Some(name) => Choice {
                plugin: name.clone(),
                parameters: Value::Object(Map::new()),
            },
            None => choose(source, tree)?,
        };
        if let Value::Object(parameters) = &mut choice.parameters {
            for text in &self.parameters {
                assign(parameters, text)?;
            }
        }
        Ok(choice)
    }
}

/// A source, and what was gathered for it.
fn source_at<'a>(
    application: &'a Application,
    index: usize,
    material: &'a [Material],
) -> Result<(&'a Source, &'a Material), AppError> {
    let found = application.sources.get(index).zip(material.get(index));
    found.ok_or_else(|| AppError::Internal(format!("there is no source {index}")))
}

fn joined(below: &str, path: &str) -> String {
    match (below, path) {
        ("", path) => path.to_owned(),
        (below, "") => below.to_owned(),
        (below, path) => format!("{below}/{path}"),
    }
}

/// As Argo CD tracks: by name, and for an application outside of the control plane's own
/// namespace by namespace and name (`types.go`, `InstanceName`). Whoever reads manifests leaves the namespace
/// of their control plane out.
pub fn tracking_name(application: &Application) -> String {
    match application.namespace.as_str() {
        "" => application.name.clone(),
        namespace => format!("{namespace}_{}", application.name),
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::application::Application;

    use super::tracking_name;

    #[test]
    fn no_namespace_is_the_control_planes_by_its_name() {
        for (namespace, expected) in [
            ("", "shop"),
            ("argocd", "argocd_shop"),
            ("team-a", "team-a_shop"),
        ] {
            let application = Application {
                name: "shop".to_owned(),
                namespace: namespace.to_owned(),
                ..Application::default()
            };
            assert_eq!(tracking_name(&application), expected);
        }
    }
}
