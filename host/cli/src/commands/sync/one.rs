//! One application's sync, and what is told of it.

use gantry_engine::{AppError, Engine, Entry, How, Prepared, SourceReport, managers, options_of};
use gantry_model::Diagnostic;
use gantry_model::application::Application;
use gantry_sync::{Options, Report, Selection};
use serde::Serialize;

use crate::args::SyncFlags;
use crate::inputs::Named;
use crate::interrupt::Interrupt;
use crate::progress::{Bar, Progress};
use crate::windows::Gates;

/// One application of the result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Synced {
    pub(super) name: String,
    namespace: String,
    project: String,
    /// The cluster's name; empty when it was not found.
    pub(super) cluster: String,
    #[serde(rename = "repoURL")]
    repo_url: String,
    /// The commit that was synced, of the first source; empty when it was not found.
    revision: String,
    /// The plugin that rendered it.
    renderer: String,
    /// All sources, with what was handed to their renderers.
    pub(super) sources: Vec<SourceReport>,
    #[serde(flatten)]
    pub(super) report: Option<Report>,
    /// Why there is no report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<Diagnostic>,
}

impl Synced {
    /// What was rendered, and where to.
    fn tell(&mut self, prepared: &Prepared) {
        self.cluster.clone_from(&prepared.cluster);
        self.sources = prepared.rendered.report();
        if let Some(first) = self.sources.first() {
            self.revision.clone_from(&first.revision);
            self.renderer.clone_from(&first.renderer);
        }
    }
}

/// What the syncs of one command share.
pub(super) struct Syncing<'a> {
    pub(super) engine: &'a Engine,
    pub(super) flags: &'a SyncFlags,
    /// When it may be done.
    pub(super) gates: Gates,
    pub(super) selection: Selection,
    pub(super) progress: &'a Progress,
    pub(super) interrupt: &'a Interrupt,
}

/// Back to an entry of the history: of that number, or the last good one.
pub(super) struct Back(pub(super) Option<u64>);

impl Syncing<'_> {
    /// Syncs one application, or takes it back.
    pub(super) async fn one(&self, named: &Named, back: Option<&Back>) -> Synced {
        let application = &named.application;
        let bar = self.progress.bar(&application.name);
        let mut synced = Synced {
            name: application.name.clone(),
            namespace: application.namespace.clone(),
            project: application.project.clone(),
            cluster: String::new(),
            repo_url: repo_url(application),
            revision: String::new(),
            renderer: String::new(),
            sources: Vec::new(),
            report: None,
            errors: Vec::new(),
        };
        let result = async {
            let Some(Back(id)) = back else {
                return self.sync(application, None, &bar, &mut synced).await;
            };
            let (application, entry) = self.engine.rolled_back(application, *id).await?;
            self.sync(&application, Some(&entry), &bar, &mut synced)
                .await
        };
        match result.await {
            Ok(report) => synced.report = Some(report),
            Err(error) => synced.errors = named.placed(error.diagnostics()),
        }
        bar.finish();
        synced
    }

    async fn sync(
        &self,
        application: &Application,
        entry: Option<&Entry>,
        bar: &Bar,
        synced: &mut Synced,
    ) -> Result<Report, AppError> {
        self.gates.permit(application)?;
        let mut prepared = self.engine.prepare(application).await?;
        synced.tell(&prepared);
        let warnings = entry.map(|entry| self.engine.differs_from(&prepared, entry));
        let how = How {
            operation: None,
            options: self.options(application),
            retry: self.flags.retry.over(application.sync_policy.retry),
            retries: 0,
            observer: bar,
            cancel: self.interrupt.token().clone(),
        };
        let report = self.engine.sync(application, &mut prepared, &how).await;
        synced.tell(&prepared);
        let mut report = report?;
        report.warnings.splice(0..0, warnings.unwrap_or_default());
        Ok(report)
    }

    /// What the application asks for, and the command line.
    fn options(&self, application: &Application) -> Options {
        let flags = self.flags;
        let policy = options_of(application, flags.prune);
        let mut take_over = policy.take_over.clone();
        take_over.extend(managers(&flags.take_over));
        Options {
            selection: self.selection.clone(),
            dry_run: flags.dry_run,
            force_conflicts: flags.force_conflicts || policy.force_conflicts,
            take_over,
            out_of_sync_only: flags.apply_out_of_sync_only || policy.out_of_sync_only,
            prune_confirmed: flags.confirm_prune,
            replace: flags.replace || policy.replace,
            force: flags.force || policy.force,
            wait: !flags.no_wait,
            timeout: flags.timeout.unwrap_or(policy.timeout),
            ..policy
        }
    }
}

fn repo_url(application: &Application) -> String {
    let first = application.sources.first();
    first
        .map(|source| source.repo_url.clone())
        .unwrap_or_default()
}
