//! What all applications share, and the way of one of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use gantry_diff::{CompareOptions, Ignore, SystemRules};
use gantry_model::application::{Application, Retry};
use gantry_model::{Cluster, Diagnostic, Object, ObjectRef};
use gantry_plugins::Recording;
use gantry_store::{Entry, History, Key};
use gantry_sync::{
    Assessment, CancellationToken, Differences, Limiter, Memory, Observer, Operation, Options,
    Report, State, Sync, Target, until_allowed,
};
use tracing::Instrument;

use crate::connect::{KindsTold, facts};
use crate::destinations::Destinations;
use crate::error::AppError;
use crate::history::{HistoryHome, Ledger, draft, told, unrecorded};
use crate::judge::PluginJudge;
use crate::material::Material;
use crate::pins::Pins;
use crate::projects::{Permission, Projects};
use crate::refresh::{operation_of, revisions};
use crate::rendered::Rendered;
use crate::workshop::{ClusterFacts, Manual, Workshop, tracking_name};

/// Plugins, repositories and clusters, each shared by all applications.
pub struct Engine {
    workshop: Workshop,
    judge: PluginJudge,
    pub(crate) destinations: Arc<dyn Destinations>,
    /// What is ignored in all applications.
    ignored: RwLock<Arc<SystemRules>>,
    home: HistoryHome,
    limiters: Mutex<HashMap<String, Arc<Limiter>>>,
    kinds_told: KindsTold,
}

/// How to sync one application.
pub struct How<'a> {
    /// What to do.
    pub options: Options,
    /// How often a sync that failed is tried again.
    pub retry: Retry,
    /// How often that was done before: by a process that is gone, or of a sync that could not begin.
    pub retries: u32,
    /// Which operation it is, where the history does not tell: see [`Operation`].
    pub operation: Option<Operation>,
    /// Who hears of the progress.
    pub observer: &'a dyn Observer,
    /// Ends the sync early, with a report that says how far it came.
    pub cancel: CancellationToken,
}

/// All that a render needs.
struct Ready {
    connection: Arc<dyn Cluster>,
    permission: Permission,
    material: Vec<Material>,
    facts: ClusterFacts,
}

/// An application, rendered for its cluster.
pub struct Prepared {
    /// The cluster's name.
    pub cluster: String,
    /// Its sources: which revision was rendered by which plugin, and to what.
    pub rendered: Rendered,
    connection: Arc<dyn Cluster>,
    /// The application's name in tracking annotations.
    tracking: String,
    namespace: String,
    /// The sync option `SkipDryRunOnMissingResource`.
    kinds_may_come: bool,
    /// What its project lets it have.
    permission: Permission,
    /// What the application is known to have had, for whoever keeps watch of it.
    pub known: Vec<ObjectRef>,
    /// What of a difference does not count.
    ignore: Ignore,
    warnings: Vec<Diagnostic>,
}

impl Engine {
    /// Joins the parts.
    pub fn new(
        workshop: Workshop,
        destinations: Arc<dyn Destinations>,
        ignored: SystemRules,
        home: HistoryHome,
    ) -> Self {
        Self {
            judge: PluginJudge(workshop.plugins().clone()),
            workshop,
            destinations,
            ignored: RwLock::new(Arc::new(ignored)),
            home,
            limiters: Mutex::default(),
            kinds_told: KindsTold::default(),
        }
    }

    /// Changes what is ignored in all applications, from the next one on.
    pub fn set_ignored(&self, ignored: SystemRules) {
        let mut known = self.ignored.write().unwrap_or_else(PoisonError::into_inner);
        *known = Arc::new(ignored);
    }

    /// What is ignored, and not shown, in all applications.
    pub fn ignored(&self) -> Arc<SystemRules> {
        let known = self.ignored.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known)
    }

    /// Works by the rules and the pins of other projects, from the next application on.
    pub fn set_projects(&self, projects: Projects, pins: Pins) {
        self.workshop.set_projects(projects, pins);
    }

    /// Plugins, repositories and rules.
    pub fn workshop(&self) -> &Workshop {
        &self.workshop
    }

    /// Fetches and renders an application for its cluster. Changes nothing.
    ///
    /// # Errors
    /// [`AppError`] says which part could not do its work.
    pub async fn prepare(&self, application: &Application) -> Result<Prepared, AppError> {
        self.prepare_from(application, BTreeMap::new()).await
    }

    /// The same, with trees that are given for some of its sources, by their places.
    ///
    /// # Errors
    /// As [`Engine::prepare`].
    pub async fn prepare_from(
        &self,
        application: &Application,
        given: BTreeMap<usize, Material>,
    ) -> Result<Prepared, AppError> {
        let Ready {
            connection,
            permission,
            material,
            facts,
        } = self.ready(application, given).await?;
        let (workshop, wanted) = (self.workshop.clone(), application.clone());
        let work = move || workshop.render(&wanted, &material, &facts, &Manual::default());
        let span = tracing::debug_span!("render");
        let rendered = blocking(work).instrument(span).await??;
        Ok(self.prepared(application, connection, permission, rendered))
    }

    /// Joins what was rendered with what the application says of it.
    pub(crate) fn prepared(
        &self,
        application: &Application,
        connection: Arc<dyn Cluster>,
        permission: Permission,
        rendered: Rendered,
    ) -> Prepared {
        let rules = &application.ignore_differences;
        let (ignore, mut warnings) = Ignore::compile_with(&self.ignored(), rules);
        warnings.extend(CompareOptions::read(&application.annotations).1);
        let options = &application.sync_policy.options;
        Prepared {
            ignore,
            warnings,
            permission,
            known: Vec::new(),
            cluster: connection.name().to_owned(),
            rendered,
            connection,
            tracking: tracking_name(application),
            namespace: application.destination.namespace.clone(),
            kinds_may_come: options.skip_dry_run_on_missing_resource,
        }
    }

    /// Fetches and renders an application for its cluster, and keeps all that its renderer saw, for
    /// the renderer's author. Changes nothing.
    ///
    /// # Errors
    /// [`AppError`] says which part could not do its work; a render that fails is recorded.
    pub async fn record(&self, application: &Application) -> Result<Recording, AppError> {
        let Ready {
            material, facts, ..
        } = self.ready(application, BTreeMap::new()).await?;
        let (workshop, application) = (self.workshop.clone(), application.clone());
        blocking(move || workshop.record(&application, &material, &facts)).await?
    }

    /// Its cluster, its sources' trees, and what its renderers are told.
    async fn ready(
        &self,
        application: &Application,
        given: BTreeMap<usize, Material>,
    ) -> Result<Ready, AppError> {
        let connection = self.connect(application)?;
        let permission = self.permission(application)?;
        let (workshop, wanted) = (self.workshop.clone(), application.clone());
        let span = tracing::debug_span!("resolve");
        let material = blocking(move || workshop.gather(&wanted, &given)).instrument(span);
        let (material, facts) = futures::join!(material, facts(&*connection, &self.kinds_told));
        Ok(Ready {
            connection,
            permission,
            material: material??,
            facts: facts?,
        })
    }

    /// Syncs what was prepared; where that fails, again as `how` says: with `refresh` what the application's
    /// sources have by then, whatever revision was prepared. What was prepared is then what was tried last,
    /// without its objects.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all; then nothing was changed.
    pub async fn sync(
        &self,
        application: &Application,
        prepared: &mut Prepared,
        how: &How<'_>,
    ) -> Result<Report, AppError> {
        for retry in how.retries.. {
            let pause = how.retry.pause_before(retry);
            let is_last = pause.is_none();
            until_allowed(how.observer, &how.cancel).await;
            let report = self.sync_once(application, prepared, is_last, how).await?;
            let ended = Instant::now();
            let Some(pause) = pause.filter(|_| report.failed() && !report.cancelled) else {
                return Ok(report);
            };
            how.observer.trying_again(&report, retry, pause);
            tokio::select! {
                biased;
                () = how.cancel.cancelled() => return Ok(report),
                () = tokio::time::sleep(pause) => {}
            }
            if how.retry.refresh {
                let latest = self.prepare_latest(application, ended).await?;
                let known = std::mem::take(&mut prepared.known);
                *prepared = Prepared { known, ..latest };
                how.observer.refreshed(&revisions(&prepared.rendered));
            }
        }
        Err(AppError::Internal("no try was made".to_owned()))
    }

    async fn sync_once(
        &self,
        application: &Application,
        prepared: &mut Prepared,
        is_last: bool,
        how: &How<'_>,
    ) -> Result<Report, AppError> {
        // A part of an application is no state to go back to.
        let home = how.options.selection.is_all().then_some(&self.home);
        let ledger = Ledger::open(
            home.and_then(|home| home.of(&prepared.connection)),
            prepared.key(),
            application,
            &prepared.rendered,
            self.workshop.plugins(),
        )
        .await;
        let objects = if is_last {
            prepared.rendered.take_objects()
        } else {
            prepared.rendered.objects().cloned().collect()
        };
        let sync = Sync {
            cancel: how.cancel.clone(),
            operation: match &how.operation {
                Some(given) => operation_of(given, &prepared.rendered, how.retry.refresh),
                None => ledger.operation(),
            },
            ..self.one(prepared, how.options.clone(), how.observer)
        };
        let span = tracing::debug_span!(
            "sync",
            application = prepared.tracking,
            cluster = prepared.cluster
        );
        let mut ended = sync.run(objects).instrument(span).await?;
        // Before the hooks' remains are removed: see `Ended`.
        ledger
            .record(&mut ended.report, &*prepared.connection)
            .await;
        let mut report = sync.tidy(ended).await;
        let warnings = ledger.warning.into_iter().chain(prepared.warnings());
        report.warnings.splice(0..0, warnings);
        Ok(report)
    }

    /// The history of an application, and what it is kept under.
    pub(crate) fn history_of(
        &self,
        application: &Application,
    ) -> Result<(Option<Arc<dyn History>>, Key), AppError> {
        let connection = self.connect(application)?;
        let key = Key {
            application: tracking_name(application),
            cluster: connection.name().to_owned(),
            namespace: application.destination.namespace.clone(),
        };
        Ok((self.home.of(&connection), key))
    }

    /// What the history would say of what was prepared.
    pub(crate) fn draft_of(&self, prepared: &Prepared) -> Entry {
        draft(&prepared.key(), &prepared.rendered, self.workshop.plugins())
    }

    /// Says what a sync would change.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all.
    pub async fn diff(
        &self,
        mut prepared: Prepared,
        options: Options,
    ) -> Result<Differences, AppError> {
        let options = Options {
            dry_run: true,
            ..options
        };
        let objects = prepared.rendered.take_objects();
        let mut differences = self.one(&prepared, options, &()).diff(objects).await?;
        differences.warnings.splice(0..0, prepared.warnings());
        Ok(differences)
    }

    /// Deletes an application's objects, and its history with the last of them. `rendered` has its
    /// PreDelete and PostDelete hooks: without, none run and neither Git nor a renderer is asked.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all; then nothing was changed.
    pub async fn delete(
        &self,
        application: &Application,
        rendered: Option<&Prepared>,
        how: &How<'_>,
    ) -> Result<Report, AppError> {
        let bare;
        let prepared = match rendered {
            Some(prepared) => prepared,
            None => {
                bare = self.unrendered(application)?;
                &bare
            }
        };
        let objects: Vec<Object> = prepared.rendered.objects().cloned().collect();
        let connection = self.connect_to_delete(application)?;
        let sync = Sync {
            cluster: &*connection,
            cancel: how.cancel.clone(),
            operation: unrecorded(),
            ..self.one(prepared, how.options.clone(), how.observer)
        };
        let mut report = sync.delete_application(objects).await?;
        let history = self.home.of(&prepared.connection);
        if !report.failed()
            && !report.dry_run
            && how.options.extent.objects
            && let Some(history) = history
            && let Err(error) = history.forget(&prepared.key()).await
        {
            report.warnings.push(told(&error));
        }
        Ok(report)
    }

    /// Says how an application is, and what its objects own. Changes nothing.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all.
    pub async fn inspect(&self, prepared: &Prepared, options: Options) -> Result<State, AppError> {
        let options = Options {
            dry_run: true,
            ..options
        };
        let objects: Vec<Object> = prepared.rendered.objects().cloned().collect();
        let mut state = self.one(prepared, options, &()).inspect(objects).await?;
        state.warnings.splice(0..0, prepared.warnings());
        Ok(state)
    }

    /// Says how an application is, asking the server only what it was not asked before. Changes nothing.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all.
    pub async fn assess(
        &self,
        prepared: &Prepared,
        options: Options,
        memory: &Memory,
    ) -> Result<Assessment, AppError> {
        let options = Options {
            dry_run: true,
            ..options
        };
        let objects: Vec<Object> = prepared.rendered.objects().cloned().collect();
        let sync = self.one(prepared, options, &());
        let span = tracing::debug_span!("compare", objects = objects.len());
        let mut assessed = sync.assess(objects, memory).instrument(span).await?;
        assessed.warnings.splice(0..0, prepared.warnings());
        Ok(assessed)
    }

    /// An application of which only its cluster and its name are known.
    pub(crate) fn unrendered(&self, application: &Application) -> Result<Prepared, AppError> {
        let connection = self.connect(application)?;
        let cluster = self.described(application)?;
        let permission = self.workshop.projects().of_objects(application, cluster)?;
        Ok(Prepared {
            cluster: connection.name().to_owned(),
            rendered: Rendered::default(),
            connection,
            tracking: tracking_name(application),
            namespace: application.destination.namespace.clone(),
            kinds_may_come: false,
            ignore: Ignore::default(),
            permission: permission.within(self.scope(application)?),
            known: Vec::new(),
            warnings: Vec::new(),
        })
    }

    pub(crate) fn one<'a>(
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
                kinds_may_come: prepared.kinds_may_come,
            },
            permit: &prepared.permission,
            ignore: &prepared.ignore,
            known: &prepared.known,
            operation: Operation::default(),
            cancel: CancellationToken::new(),
            options,
        }
    }
}

impl Prepared {
    /// What the user should know of its settings and its rendering.
    fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        let rendered = self.rendered.warnings();
        self.warnings.iter().chain(rendered).cloned()
    }

    /// What its history is kept under.
    fn key(&self) -> Key {
        Key {
            application: self.tracking.clone(),
            cluster: self.cluster.clone(),
            namespace: self.namespace.clone(),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
    done.map_err(|error| AppError::Internal(format!("the work was cut off: {error}")))
}
