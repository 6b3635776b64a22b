//! How an application is, for those that wait for it and for metrics: as this worker found it, or as whoever
//! works on it has written.

use gantry_model::application::Application;
use gantry_model::metrics::AppInfo;
use gantry_model::{HealthStatus, without_password};
use gantry_sync::SyncStatus;
use serde::Deserialize;

use super::Worker;
use super::due::cluster_of;
use crate::board::Standing;
use crate::manifest::Known;

impl Worker {
    /// Tells how it was found.
    pub(super) fn tell_others(&mut self) {
        let Some(application) = self.application() else {
            return;
        };
        let picture = self.look.as_ref().map(|look| &look.picture);
        let standing = Standing {
            sync: picture.map_or(SyncStatus::Unknown, |p| p.sync),
            health: picture.map_or(HealthStatus::Unknown, |p| p.health),
            is_busy: self.operation.is_some() || self.known.operation().is_some(),
            is_stale: self.is_due || self.inbox.peek(|post| post.reasons.outdate()),
            ..self.unknown(application)
        };
        self.shared
            .metrics
            .set_app(self.counted(application, &standing));
        self.is_counted = true;
        self.tell(standing);
    }

    /// Tells what another replica, or whoever had looked at it before it was to be left alone, has written.
    /// Metrics have it where it is ours.
    pub(super) fn pass_on(&mut self, is_ours: bool) {
        let Some(application) = self.application() else {
            return;
        };
        let standing = Standing {
            sync: sync_of(&self.known),
            health: health_of(&self.known),
            is_busy: is_busy(&self.known),
            is_stale: self.known.refresh().is_some() || !is_compared(&self.known),
            ..self.unknown(application)
        };
        if is_ours {
            self.shared
                .metrics
                .set_app(self.counted(application, &standing));
        } else if self.is_counted {
            self.shared
                .metrics
                .remove_app(&self.id.namespace, &self.id.name);
        }
        self.is_counted = is_ours;
        self.tell(standing);
    }

    fn tell(&self, standing: Standing) {
        for waiting in self.shared.board.note(&self.id, standing) {
            self.shared.tell(&waiting, |post| post.reasons.time = true);
        }
    }

    fn unknown(&self, application: &Application) -> Standing {
        Standing {
            project: application.project.clone(),
            cluster: cluster_of(application),
            namespace: application.destination.namespace.clone(),
            sync: SyncStatus::Unknown,
            health: HealthStatus::Unknown,
            is_busy: false,
            is_stale: true,
            depends_on: self.depends_on.clone(),
        }
    }

    /// The application as metrics have it.
    fn counted(&self, application: &Application, standing: &Standing) -> AppInfo {
        let repository = application
            .sources
            .first()
            .map(|source| without_password(&source.repo_url));
        AppInfo {
            namespace: self.id.namespace.clone(),
            name: self.id.name.clone(),
            project: standing.project.clone(),
            autosync_enabled: application.sync_policy.automated.is_some(),
            repo: repository.unwrap_or_default(),
            dest_server: standing.cluster.clone(),
            dest_namespace: standing.namespace.clone(),
            sync_status: standing.sync.as_str().to_owned(),
            health_status: standing.health.as_str().to_owned(),
            operation: if standing.is_busy {
                "sync".to_owned()
            } else {
                String::new()
            },
        }
    }
}

fn sync_of(known: &Known) -> SyncStatus {
    let written = known.status()["sync"]["status"].as_str();
    let all = [SyncStatus::Synced, SyncStatus::OutOfSync];
    let is_it = |status: &SyncStatus| written == Some(status.as_str());
    all.into_iter().find(is_it).unwrap_or(SyncStatus::Unknown)
}

fn health_of(known: &Known) -> HealthStatus {
    let written = &known.status()["health"]["status"];
    HealthStatus::deserialize(written).unwrap_or(HealthStatus::Unknown)
}

fn is_busy(known: &Known) -> bool {
    let runs = known.phase().is_some_and(|phase| !phase.is_completed());
    runs || known.operation().is_some()
}

/// Whether what is written was found of the manifest as it is now.
fn is_compared(known: &Known) -> bool {
    let (compared, spec) = (&known.status()["sync"]["comparedTo"], known.spec());
    let fields = ["source", "sources", "destination"];
    fields.iter().all(|field| compared[field] == spec[field])
}
