//! What all applications share, and the way of one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gantry_cluster::{Clusters, KubeCluster};
use gantry_model::application::Application;
use gantry_model::{Cluster, ClusterError, Diagnostic, SourceTree};
use gantry_plugins::{Host, Recording, Rendering};
use gantry_source::{Access, Commit, Repositories, SourceError};
use gantry_sync::{Differences, Limiter, Observer, Options, Prune, Report, Sync, Target};
use tokio::sync::OnceCell;

use crate::choice::{Choice, choose};
use crate::error::AppError;
use crate::judge::PluginJudge;
use crate::pins::Pins;
use crate::render::{Scope, render};

/// How to reach an application's repository.
type AccessFor = dyn Fn(&Application) -> Access + Send + std::marker::Sync;

/// Repository, revision, and the project whose credentials count.
type Wanted = (String, String, String);

/// A commit that several applications may wait for, fetched once.
type Fetched = Arc<OnceCell<Result<Commit, SourceError>>>;

/// Plugins, repositories and clusters, each shared by all applications.
pub struct Engine {
    plugins: Host,
    judge: PluginJudge,
    repositories: Repositories,
    access: Box<AccessFor>,
    clusters: Clusters,
    pins: Arc<Pins>,
    commits: Mutex<HashMap<Wanted, Fetched>>,
    limiters: Mutex<HashMap<String, Arc<Limiter>>>,
}

/// All that a render needs.
struct Ready {
    connection: Arc<KubeCluster>,
    commit: Commit,
    scope: Scope,
}

/// An application, rendered for its cluster.
pub struct Prepared {
    /// The commit that was rendered.
    pub revision: String,
    /// The plugin that rendered it.
    pub renderer: String,
    /// The cluster's name.
    pub cluster: String,
    /// The objects, and what the renderer wants the user to know; that is told with the result.
    rendering: Arc<Rendering>,
    connection: Arc<KubeCluster>,
    /// The application's name in tracking annotations.
    tracking: String,
    namespace: String,
}

impl Engine {
    /// Joins the parts.
    pub fn new(
        plugins: Host,
        repositories: Repositories,
        access: impl Fn(&Application) -> Access + Send + std::marker::Sync + 'static,
        clusters: Clusters,
        pins: Pins,
    ) -> Self {
        Self {
            judge: PluginJudge(plugins.clone()),
            plugins,
            repositories,
            access: Box::new(access),
            clusters,
            pins: Arc::new(pins),
            commits: Mutex::default(),
            limiters: Mutex::default(),
        }
    }

    /// Fetches and renders an application for its cluster. Changes nothing.
    ///
    /// # Errors
    /// [`AppError`] says which part could not do its work.
    pub async fn prepare(&self, application: &Application) -> Result<Prepared, AppError> {
        let Ready {
            connection,
            commit,
            scope,
        } = self.ready(application).await?;
        let revision = commit.id.clone();
        let (plugins, choose) = (self.plugins.clone(), self.chooser(application));
        let work = move || {
            let choice = choose(&*commit.tree)?;
            let rendered = render(&plugins, commit.tree, &choice, &scope)?;
            Ok::<_, AppError>((choice.plugin, rendered))
        };
        let (renderer, rendering) = blocking(work).await??;
        Ok(Prepared {
            revision,
            renderer,
            cluster: connection.name().to_owned(),
            rendering,
            connection,
            tracking: tracking_name(application),
            namespace: application.destination.namespace.clone(),
        })
    }

    /// Fetches and renders an application for its cluster, and keeps all that its renderer saw, for
    /// the renderer's author. Changes nothing.
    ///
    /// # Errors
    /// [`AppError`] says which part could not do its work; a render that fails is recorded.
    pub async fn record(&self, application: &Application) -> Result<Recording, AppError> {
        let Ready { commit, scope, .. } = self.ready(application).await?;
        let (plugins, choose) = (self.plugins.clone(), self.chooser(application));
        let work = move || {
            let choice = choose(&*commit.tree)?;
            let tree: Arc<dyn SourceTree> = commit.tree;
            Ok::<_, AppError>(plugins.record(&choice.plugin, &tree, &scope.request(&choice))?)
        };
        blocking(work).await?
    }

    /// What chooses an application's renderer, once its tree is there.
    fn chooser(
        &self,
        application: &Application,
    ) -> impl Fn(&dyn SourceTree) -> Result<Choice, Diagnostic> + use<> {
        let (source, project) = (application.source.clone(), application.project.clone());
        let pins = Arc::clone(&self.pins);
        move |tree| {
            let mut choice = choose(&source, tree)?;
            pins.apply(&project, &mut choice)?;
            Ok(choice)
        }
    }

    /// Its cluster, its commit, and what its renderer is told.
    async fn ready(&self, application: &Application) -> Result<Ready, AppError> {
        let connection = self.connect(application)?;
        let (commit, facts) = futures::join!(self.commit(application), facts(&connection));
        let (commit, (kube_version, api_versions)) = (commit?, facts?);
        let scope = Scope {
            application: application.name.clone(),
            path: application.source.path.clone(),
            namespace: application.destination.namespace.clone(),
            revision: commit.id.clone(),
            commit_time_unix_secs: commit.time_unix_secs,
            kube_version,
            api_versions,
            ..Scope::default()
        };
        Ok(Ready {
            connection,
            commit,
            scope,
        })
    }

    /// Syncs what was prepared.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all; then nothing was changed.
    pub async fn sync(
        &self,
        prepared: Prepared,
        options: Options,
        observer: &dyn Observer,
    ) -> Result<Report, AppError> {
        let Rendering {
            objects, warnings, ..
        } = (*prepared.rendering).clone();
        let mut report = self.one(&prepared, options, observer).run(objects).await?;
        report.warnings.splice(0..0, warnings);
        Ok(report)
    }

    /// Says what a sync would change.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all.
    pub async fn diff(&self, prepared: Prepared, prune: Prune) -> Result<Differences, AppError> {
        let options = Options {
            prune,
            dry_run: true,
            ..Options::default()
        };
        let Rendering {
            objects, warnings, ..
        } = (*prepared.rendering).clone();
        let mut differences = self.one(&prepared, options, &()).diff(objects).await?;
        differences.warnings.splice(0..0, warnings);
        Ok(differences)
    }

    fn one<'a>(
        &'a self,
        prepared: &'a Prepared,
        options: Options,
        observer: &'a dyn Observer,
    ) -> Sync<'a> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = limiters.entry(prepared.cluster.clone()).or_default();
        Sync {
            cluster: &*prepared.connection,
            limiter: Arc::clone(limiter),
            judge: &self.judge,
            observer,
            target: Target {
                application: &prepared.tracking,
                namespace: &prepared.namespace,
            },
            options,
        }
    }

    fn connect(&self, application: &Application) -> Result<Arc<KubeCluster>, ClusterError> {
        let destination = &application.destination;
        if destination.name.is_empty() {
            self.clusters.by_server(&destination.server)
        } else {
            self.clusters.by_name(&destination.name)
        }
    }

    async fn commit(&self, application: &Application) -> Result<Commit, AppError> {
        let source = &application.source;
        let key = (
            source.repo_url.clone(),
            source.target_revision.clone(),
            application.project.clone(),
        );
        let cell = {
            let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(commits.entry(key.clone()).or_default())
        };
        let fetched = cell
            .get_or_try_init(|| async {
                let repositories = self.repositories.clone();
                let access = (self.access)(application);
                blocking(move || repositories.commit(&key.0, &key.1, &access)).await
            })
            .await?;
        Ok(fetched.clone()?)
    }
}

/// What a renderer is told of the cluster.
async fn facts(cluster: &KubeCluster) -> Result<(String, Arc<[String]>), ClusterError> {
    let (version, resources) = futures::join!(cluster.version(), cluster.resources());
    let kind =
        |r: gantry_model::cluster::Resource| format!("{}/{}", r.gvk.api_version(), r.gvk.kind);
    Ok((version?, resources?.into_iter().map(kind).collect()))
}

/// As Argo CD tracks: by name, and for an application outside of the control plane's own
/// namespace by namespace and name (`util/argo/argo.go`, `AppInstanceName`).
fn tracking_name(application: &Application) -> String {
    match application.namespace.as_str() {
        "" | "argocd" => application.name.clone(),
        namespace => format!("{namespace}_{}", application.name),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| AppError::Internal(format!("the work was cut off: {error}")))
}
