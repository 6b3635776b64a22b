//! What the API asks of the running control plane.

mod actions;
mod clusters;
mod details;
mod foreseen;
mod managed;
mod overrides;
mod plugins;
mod repositories;
mod revisions;
mod tree;
mod windows;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use gantry_api::app::manifest;
use gantry_api::{Code, Fault, Inside, Revisions};
use gantry_control::clusters::{Census, Registry};
use gantry_engine::{AppError, Destinations as _, Engine, Neighbours};
use gantry_model::application::{Application, Destination};
use gantry_model::project::DestinationCluster;
use gantry_model::{Cluster, Diagnostic, Object, limits};
use gantry_plugins::Host;
use gantry_store::{Home, Kind};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// A tree, and when it was made.
type Trees = HashMap<(String, String), (Instant, Arc<Value>)>;

/// The parts of the control plane that answer.
pub(super) struct Running {
    pub(super) home: Arc<dyn Home>,
    pub(super) engine: Arc<Engine>,
    pub(super) clusters: Arc<Registry>,
    pub(super) plugins: Host,
    trees: Mutex<Trees>,
    /// Places for questions to repositories.
    asking: Arc<Semaphore>,
}

/// An application as the home has it.
struct Asked {
    object: Object,
    application: Application,
}

impl Running {
    pub(super) fn new(
        home: Arc<dyn Home>,
        engine: Arc<Engine>,
        clusters: Arc<Registry>,
        plugins: Host,
    ) -> Self {
        Self {
            home,
            engine,
            clusters,
            plugins,
            trees: Mutex::default(),
            asking: Arc::new(Semaphore::new(limits::REPOSITORIES_ASKED_MAX)),
        }
    }

    async fn asked_object(&self, (namespace, name): (&str, &str)) -> Result<Option<Object>, Fault> {
        let found = self.home.get(Kind::Application, namespace, name).await;
        found.map_err(|error| {
            tracing::error!(%error, "the home does not do what is asked");
            Fault::new(
                Code::Unavailable,
                "the home of the control plane cannot be read",
            )
        })
    }

    async fn asked(&self, id: (&str, &str)) -> Result<Asked, Fault> {
        let found = self.asked_object(id).await?;
        let gone = || Fault::new(Code::NotFound, "the application was deleted meanwhile");
        let object = found.ok_or_else(gone)?;
        let application = self.read(object.value())?;
        Ok(Asked {
            object,
            application,
        })
    }

    /// An application as the engine takes it.
    fn read(&self, value: &Value) -> Result<Application, Fault> {
        let mut application = manifest::application(value).map_err(|problems| told(&problems))?;
        // Objects of the control plane's own namespace are tracked by name alone.
        if application.namespace == self.home.namespace() {
            application.namespace.clear();
        }
        Ok(application)
    }

    /// Those of the applications that tracking annotations name which there are.
    async fn applications_of(&self, neighbours: &Neighbours) -> Result<BTreeSet<String>, Fault> {
        let mut there = BTreeSet::new();
        for tracking in neighbours.applications() {
            // A namespace has no underscore.
            let named = tracking.split_once('_');
            let id = named.unwrap_or((self.home.namespace(), tracking));
            if self.asked_object(id).await?.is_some() {
                there.insert(tracking.to_owned());
            }
        }
        Ok(there)
    }

    fn connect(&self, application: &Application) -> Result<Arc<dyn Cluster>, Fault> {
        let connected = self.engine.connect(application);
        connected.map_err(|error| told(&AppError::from(error).diagnostics()))
    }
}

/// What is wrong, and where, as the caller may know it: the words are those of the application's conditions, which who
/// may see the application sees too.
fn told(problems: &[Diagnostic]) -> Fault {
    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Fault::new(Code::FailedPrecondition, words.join("; "))
}

#[async_trait]
impl Inside for Running {
    async fn manifests(
        &self,
        app: (&str, &str),
        revisions: &Revisions,
    ) -> Result<Vec<Value>, Fault> {
        let mut application = self.asked(app).await?.application;
        revisions.set(&mut application.sources)?;
        let prepared = self.engine.prepare(&application).await;
        let prepared = prepared.map_err(|error| told(&error.diagnostics()))?;
        let rules = self.engine.ignored();
        let objects = prepared.rendered.objects().cloned();
        let hidden = |object| managed::hidden(object, &rules.sensitive);
        Ok(objects.map(hidden).collect())
    }

    async fn managed_resources(&self, app: (&str, &str)) -> Result<Vec<Value>, Fault> {
        let asked = self.asked(app).await?;
        managed::items(self, &asked).await
    }

    fn sensitive_annotations(&self) -> Vec<String> {
        let rules = self.engine.ignored();
        rules.sensitive.names().map(str::to_owned).collect()
    }

    async fn tree(&self, app: (&str, &str)) -> Result<Value, Fault> {
        let key = (app.0.to_owned(), app.1.to_owned());
        let young = Duration::from_millis(limits::API_TREE_KEPT_MS);
        {
            let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
            trees.retain(|_, (made, _)| made.elapsed() < young);
            if let Some((_, tree)) = trees.get(&key) {
                return Ok(Value::clone(tree));
            }
        }
        let asked = self.asked(app).await?;
        let tree = tree::of(self, &asked).await?;
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        trees.insert(key, (Instant::now(), Arc::new(tree.clone())));
        Ok(tree)
    }

    async fn cluster(&self, app: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault> {
        let asked = self.asked(app).await?;
        self.connect(&asked.application)
    }

    async fn check(&self, manifest: &Value, render: bool) -> Result<(), Fault> {
        let application = self.read(manifest)?;
        let invalid = |fault: Fault| {
            let message = format!("application spec is invalid: {}", fault.message);
            Fault::new(Code::InvalidArgument, message)
        };
        self.connect(&application).map_err(invalid)?;
        let projects = self.engine.workshop().projects();
        for source in &application.sources {
            let permitted = projects.permit(&application.project, &source.repo_url);
            let refused = |reason| invalid(Fault::new(Code::InvalidArgument, reason));
            permitted.map_err(refused)?;
        }
        if render {
            let prepared = self.engine.prepare(&application).await;
            prepared.map_err(|error| invalid(told(&error.diagnostics())))?;
        }
        Ok(())
    }

    async fn may_sync(&self, app: (&str, &str)) -> Result<(), Fault> {
        let asked = self.asked(app).await?;
        windows::may_sync(self, &asked.application)
    }

    fn destination(&self, destination: &Destination, project: &str) -> Option<DestinationCluster> {
        self.clusters.describe(destination, project).ok()
    }

    async fn clusters(&self) -> Result<Vec<Value>, Fault> {
        let census = Census::read(&*self.home).await;
        // What others know is not needed to tell what is known here.
        Ok(clusters::all(&self.clusters, &census.unwrap_or_default()))
    }

    async fn ask(&self, method: &str, request: &Value) -> Result<Value, Fault> {
        match method {
            "gantry.PluginService/List" => plugins::list(self).await,
            "repository.RepositoryService/ValidateAccess" => {
                repositories::validate(self, request).await
            }
            "gantry.Inside/RepositoryState" => repositories::state(self, request).await,
            "repository.RepositoryService/ListRefs" => repositories::refs(self, request).await,
            "repository.RepositoryService/ListApps" => repositories::apps(self, request).await,
            "repository.RepositoryService/GetHelmCharts" => {
                repositories::charts(self, request).await
            }
            "repository.RepositoryService/GetAppDetails" => details::of(self, request).await,
            "application.ApplicationService/ListResourceActions" => actions::list(request),
            "application.ApplicationService/RunResourceAction" => actions::run(self, request).await,
            "application.ApplicationService/RevisionMetadata" => {
                revisions::metadata(self, request).await
            }
            "application.ApplicationService/RevisionChartDetails" => {
                revisions::chart(self, request).await
            }
            "application.ApplicationService/GetOCIMetadata" => {
                revisions::artifact(self, request).await
            }
            "application.ApplicationService/GetApplicationSyncWindows" => {
                let application = self.read(&request["application"])?;
                windows::of_application(self, &application)
            }
            "project.ProjectService/GetSyncWindowsState" => {
                Ok(json!({"windows": windows::open(request)?}))
            }
            "application.ApplicationService/ServerSideDiff" => foreseen::diff(self, request).await,
            "gantry.Inside/ResourceOverrides" => {
                let data = serde_json::from_value(request.clone()).unwrap_or_default();
                Ok(overrides::of(&data))
            }
            "gantry.Inside/ClusterAnswers" => clusters::answers(request).await,
            "cluster.ClusterService/InvalidateCache" => clusters::invalidate(self, request),
            "cluster.ClusterService/RotateAuth" => clusters::rotate_token(self, request).await,
            _ => Err(Fault::new(
                Code::Unimplemented,
                format!("{method} is not served by this control plane"),
            )),
        }
    }
}
