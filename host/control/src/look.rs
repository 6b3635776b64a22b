//! One look at an application: rendered, compared with what runs, judged.

use std::collections::BTreeSet;
use std::time::Duration;

use gantry_engine::{AppError, Prepared, options_of};
use gantry_model::application::Application;
use gantry_model::{Gvk, ObjectRef, limits};
use gantry_sync::{Assessed, Assessment, Memory, Options, Phase, SyncStatus, deletion_phases};
use tokio::time::Instant;

use crate::shared::Shared;
use crate::status::{Condition, Picture, health_of};

/// What a look found.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) picture: Picture,
    pub(crate) has_hooks: bool,
    /// The phases of a deletion for which it has hooks; none where what it has could not be seen.
    pub(crate) deletion_hooks: Option<BTreeSet<Phase>>,
    /// Whether another look may find more without any change.
    pub(crate) is_uncertain: bool,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Looks at an application. Changes nothing.
pub(crate) async fn look(
    shared: &Shared,
    application: &Application,
    known: &[ObjectRef],
    memory: &Memory,
) -> Look {
    // The places are never closed.
    let place = shared.waiting_looks.wait(shared.looks.acquire()).await;
    let began = Instant::now();
    let examined = examine(shared, application, known, memory);
    tokio::pin!(examined);
    let slow = Duration::from_millis(limits::LOOK_SLOW_MS);
    let found = match tokio::time::timeout(slow, &mut examined).await {
        Ok(found) => found,
        Err(_) => {
            // It waits for a server that does not answer, or a renderer that does not end: the others
            // need not wait for it.
            drop(place);
            examined.await
        }
    };
    let mut look = match found {
        Ok((prepared, assessment, orphans)) => {
            let mut look = Look::of(application, &prepared, assessment);
            look.picture.conditions.extend(orphans);
            look
        }
        Err(error) => Look::failed(&error),
    };
    look.took = began.elapsed();
    look
}

async fn examine(
    shared: &Shared,
    application: &Application,
    known: &[ObjectRef],
    memory: &Memory,
) -> Result<(Prepared, Assessment, Option<Condition>), AppError> {
    let mut prepared = shared.engine.prepare(application).await?;
    prepared.known = known.to_vec();
    let options = Options {
        // As its syncs do.
        force_conflicts: true,
        ..options_of(application, false)
    };
    let assessment = shared.engine.assess(&prepared, options, memory).await?;
    let orphans = shared.orphans(application, &assessment).await;
    Ok((prepared, assessment, orphans))
}

impl Look {
    fn of(application: &Application, prepared: &Prepared, assessment: Assessment) -> Self {
        let Assessment {
            objects,
            has_hooks,
            summary,
            warnings,
        } = assessment;
        let unknown: Vec<&Assessed> = objects
            .iter()
            .filter(|o| o.sync == SyncStatus::Unknown)
            .collect();
        let mut conditions: Vec<Condition> = warnings.iter().map(Condition::of_warning).collect();
        if let Some(first) = unknown.first() {
            let message = format!("{}: {}", first.object, first.message);
            conditions.insert(0, Condition::new(Condition::COMPARISON, message));
        }
        let is_uncertain = !unknown.is_empty();
        let deletion_hooks = prepared.rendered.objects().flat_map(deletion_phases);
        let sources = &prepared.rendered.sources;
        let picture = Picture {
            sync: status_of(&objects),
            health: health_of(&objects, &application.name),
            revisions: sources
                .iter()
                .map(|source| source.revision.clone())
                .collect(),
            source_types: sources
                .iter()
                .map(|source| source_type(&source.renderer))
                .collect(),
            summary,
            is_app_of_apps: objects.iter().any(|o| is_application(&o.object.gvk)),
            objects: Some(objects),
            conditions,
        };
        Self {
            picture,
            is_uncertain,
            has_hooks,
            deletion_hooks: Some(deletion_hooks.collect()),
            took: Duration::ZERO,
        }
    }

    fn failed(error: &AppError) -> Self {
        let condition = Condition::new(Condition::COMPARISON, crate::operate::told(error));
        Self {
            is_uncertain: true,
            ..Self::without(vec![condition])
        }
    }

    /// A look that found nothing, and why: it is told when that has changed.
    pub(crate) fn without(conditions: Vec<Condition>) -> Self {
        Self {
            picture: Picture::unknown(conditions),
            has_hooks: false,
            deletion_hooks: None,
            is_uncertain: false,
            took: Duration::ZERO,
        }
    }
}

fn status_of(objects: &[Assessed]) -> SyncStatus {
    let any = |status| objects.iter().any(|object| object.sync == status);
    if any(SyncStatus::Unknown) {
        SyncStatus::Unknown
    } else if any(SyncStatus::OutOfSync) {
        SyncStatus::OutOfSync
    } else {
        SyncStatus::Synced
    }
}

/// Argo CD's word for what rendered a source.
fn source_type(renderer: &str) -> &'static str {
    match renderer.split('@').next().unwrap_or_default() {
        "helm" => "Helm",
        "kustomize" => "Kustomize",
        "plain-yaml" | "" => "Directory",
        _ => "Plugin",
    }
}

fn is_application(gvk: &Gvk) -> bool {
    gvk.group == "argoproj.io" && gvk.kind == "Application"
}
