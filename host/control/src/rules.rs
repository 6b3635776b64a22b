//! What workers ask of all that they share: whose an application is, what holds it up, where it comes from.

use std::collections::HashSet;
use std::time::SystemTime;

use gantry_engine::{Destinations, Pins, Projects, Wanted};
use gantry_model::application::Application;
use gantry_model::project::DestinationCluster;
use gantry_model::push::Push;
use gantry_model::secrets::Repositories;
use gantry_model::{Diagnostic, ObjectRef};
use gantry_sync::Assessment;
use jiff::Timestamp;

use crate::auto::Gate;
use crate::clusters::ConnectionStatus;
use crate::concerned::{Change, Interest, changed_projects};
use crate::manifest::Known;
use crate::operate::told;
use crate::shards::Hold;
use crate::shared::{Id, Shared};
use crate::status::Condition;
use crate::surroundings::Meaning;
use crate::windows::{WindowState, Windows};
use crate::worker::Followed;

impl Shared {
    /// Whether this process works for the application: of several, each has its clusters. One whose cluster
    /// nobody knows is everybody's: all say the same of it.
    pub(crate) fn is_ours(&self, known: &Known) -> bool {
        let Ok(application) = &known.application else {
            return true;
        };
        let described = self.described(application);
        described.is_none_or(|cluster| self.shards.hold(&cluster.server).is_some())
    }

    /// The right to act on an application's cluster, for as long as something is done there.
    pub(crate) fn hold(&self, application: &Application) -> Option<Hold> {
        let described = self.described(application)?;
        self.shards.hold(&described.server)
    }

    fn described(&self, application: &Application) -> Option<DestinationCluster> {
        let (destination, project) = (&application.destination, &application.project);
        self.clusters.describe(destination, project).ok()
    }

    /// The application's sources are of interest from now on.
    pub(crate) fn follow(&self, id: &Id, known: &Known) {
        let wanted = known
            .application
            .as_ref()
            .map(wanted_of)
            .unwrap_or_default();
        self.poller.follow(&id.to_string(), wanted);
    }

    /// What concerns it from now on, whoever works on it: of whose cluster it is, it is to hear in any case.
    pub(crate) fn note_interest(&self, id: &Id, known: &Known) {
        let application = known.application.as_ref();
        self.interests.set(id, application.ok().map(Interest::of));
    }

    /// They no longer are, and neither is what it has in its cluster.
    pub(crate) fn unfollow(&self, id: &Id, followed: &Followed) {
        self.poller.unfollow(&id.to_string());
        self.engine.workshop().forget(&followed.tracking);
        self.leave(followed);
    }

    /// What it has in that cluster is of no interest any more.
    pub(crate) fn leave(&self, followed: &Followed) {
        let (destination, project) = (&followed.destination, &followed.project);
        if let Ok(cluster) = self.clusters.cluster(destination, project) {
            cluster.unfollow(&followed.tracking);
        }
    }

    /// Asks now whether its sources have moved. Who fails tells it when it is looked at.
    pub(crate) async fn check_sources(&self, id: &Id, known: &Known) {
        let Ok(application) = &known.application else {
            return;
        };
        let wanted = wanted_of(application);
        let repositories: HashSet<_> = wanted.iter().map(Wanted::repository).collect();
        for repository in repositories {
            if let Err(error) = self.poller.ask(&id.to_string(), repository).await {
                tracing::debug!(%error, "its sources could not be asked");
            }
        }
    }

    /// What keeps an application from being looked at at all.
    pub(crate) fn obstacle(&self, application: &Application) -> Option<Condition> {
        if let Err(problem) = self
            .engine
            .workshop()
            .projects()
            .rules_of(&application.project)
        {
            return Condition::of(Condition::INVALID_SPEC, &[problem]);
        }
        let state = self
            .clusters
            .state(&application.destination, &application.project);
        match state {
            Ok((cluster, state)) if state.status == ConnectionStatus::Failed => {
                let since = state.since.map(humantime::format_rfc3339_seconds);
                let since = since
                    .map(|since| format!(" since {since}"))
                    .unwrap_or_default();
                let message = format!(
                    "cluster {} ({}) cannot be reached{since}: {}",
                    cluster.name, cluster.server, state.message
                );
                Some(Condition::new(Condition::COMPARISON, message))
            }
            Ok(_) => None,
            Err(error) => {
                let message = format!("Destination server missing from app spec: {error}");
                Some(Condition::new(Condition::INVALID_SPEC, message))
            }
        }
    }

    /// Whether its sync windows let it be synced without anybody asking.
    pub(crate) fn gate_of_windows(&self, application: &Application) -> Gate {
        match self.windows(application) {
            Ok(None) => Gate::Open,
            Ok(Some(state)) if state.can_sync_automatically => Gate::Open,
            Ok(Some(state)) => Gate::Closed {
                until: state.next_change.map(SystemTime::from),
                reason: "Sync prevented by sync window".to_owned(),
            },
            Err(problem) => Gate::Broken {
                reason: problem.to_string(),
            },
        }
    }

    /// What its project wants to know of objects in its namespace that no application has.
    pub(crate) async fn orphans(
        &self,
        application: &Application,
        assessment: &Assessment,
    ) -> Option<Condition> {
        let neighbours = match self.engine.neighbours(application).await {
            Ok(neighbours) => neighbours?,
            Err(error) => {
                let message = format!("not searched for orphans: {}", told(&error));
                return Some(Condition::new(Condition::WARNING, message));
            }
        };
        let managed: Vec<ObjectRef> = assessment
            .objects
            .iter()
            .map(|o| o.object.clone())
            .collect();
        let is_there = |tracking: &str| self.has(&self.id_of(tracking));
        let orphans = neighbours.orphans(&managed, is_there).len();
        let message = format!("Application has {orphans} orphaned resources");
        let is_told = orphans > 0 && neighbours.warn();
        is_told.then(|| Condition::new(Condition::ORPHANED, message))
    }

    /// Whether they let somebody sync it.
    pub(crate) fn gate_for_people(&self, application: &Application) -> Result<(), String> {
        match self.windows(application) {
            Ok(Some(state)) if !state.can_sync_manually => {
                let until = state
                    .next_change
                    .map(|until| format!(" (it changes at {until})"));
                let until = until.unwrap_or_default();
                Err(format!("Cannot sync: Blocked by sync window{until}"))
            }
            Ok(_) => Ok(()),
            Err(problem) => Err(problem.to_string()),
        }
    }

    fn windows(&self, application: &Application) -> Result<Option<WindowState>, Diagnostic> {
        let windows = self.windows_of(application)?;
        Ok(windows.map(|windows| windows.state(Timestamp::now(), application)))
    }

    /// The windows of its project; none where there are none.
    pub(crate) fn windows_of(
        &self,
        application: &Application,
    ) -> Result<Option<Windows>, Diagnostic> {
        let Some(rules) = self
            .engine
            .workshop()
            .projects()
            .rules_of(&application.project)?
        else {
            return Ok(None);
        };
        if rules.windows.is_empty() {
            return Ok(None);
        }
        Windows::of(&rules).map(Some)
    }

    /// Works by these rules and with these credentials from now on, and has whom they concern look anew.
    pub(crate) fn heed(&self, meaning: &Meaning, before: Option<&Meaning>) {
        let mut change = Change::default();
        if before.is_none_or(|before| before.clusters != meaning.clusters) {
            let sight = self.clusters.sight();
            self.clusters.set(meaning.clusters.clone());
            self.shards.set_clusters(self.clusters.servers());
            change.clusters = Some((sight, self.clusters.sight()));
        }
        if before.is_none_or(|before| before.repositories != meaning.repositories) {
            let fetcher = self.engine.workshop().fetcher();
            let secrets = Repositories::new(meaning.repositories.clone());
            change.credentials = Some(fetcher.set_repository_secrets(secrets));
        }
        if let Some(before) = before {
            change.projects = changed_projects(before, meaning);
        }
        let writes_as_others =
            before.is_some_and(|before| before.impersonation != meaning.impersonation);
        if before.is_none() || writes_as_others || !change.projects.is_empty() {
            self.heed_projects(meaning);
        }
        let fetcher = self.engine.workshop().fetcher();
        let trusts_others = fetcher.set_trust(meaning.trust.clone());
        if trusts_others
            || writes_as_others
            || before.is_none_or(|before| before.ignored != meaning.ignored)
        {
            self.engine.set_ignored(meaning.ignored.clone());
            self.tell_all_of_settings();
        } else {
            self.tell_of_settings(&self.interests.concerned(&change));
        }
    }

    fn heed_projects(&self, meaning: &Meaning) {
        let mut projects = Projects::all(&meaning.projects, self.home.namespace());
        projects.impersonate(meaning.impersonation);
        for (name, why) in &meaning.broken_projects {
            let message = format!("project {name} cannot be read: {why}");
            projects.note_broken(name, Diagnostic::error("broken-project", message));
        }
        let (pins, broken) = Pins::read(&meaning.projects);
        for (name, problem) in broken {
            projects.note_broken(&name, problem);
        }
        self.engine.set_projects(projects, pins);
    }

    /// Keeps the clusters that applications go to from here probed: those at rest do not ask for them.
    pub(crate) fn keep_clusters_in_use(&self) {
        let sight = self.clusters.sight();
        for target in self.interests.targets() {
            let server = sight.server(&target);
            if server.is_some_and(|server| self.shards.hold(&server).is_some()) {
                self.clusters.touch(&target);
            }
        }
    }

    /// Counts how the clusters are.
    pub(crate) fn note_clusters(&self) {
        let all = self.clusters.states();
        // A cluster that has gone, or has another version now, is not counted as it was.
        let is_so = |[server, version]: &[String; 2]| {
            let mut all = all.iter();
            all.any(|(info, state)| info.server == *server && state.version == *version)
        };
        self.metrics.cluster_connection.retain(is_so);
        let kept = self.clusters.kept();
        let is_kept = |[server]: &[String; 1]| kept.contains_key(server);
        self.metrics.cluster_objects.retain(is_kept);
        for (server, objects) in &kept {
            self.metrics.cluster_objects.set([server], *objects as f64);
        }
        for (info, state) in all {
            let up = state.status == ConnectionStatus::Successful;
            if state.status != ConnectionStatus::Unknown {
                let labels = [info.server.as_str(), state.version.as_str()];
                self.metrics
                    .cluster_connection
                    .set(labels, f64::from(u8::from(up)));
            }
        }
    }

    /// Counts who waits.
    pub(crate) fn note_queues(&self) {
        for (name, waiting) in [
            ("looks", self.waiting_looks.len()),
            ("operations", self.waiting_operations.len()),
            ("repositories", self.poller.waiting()),
        ] {
            self.metrics.queue_depth.set([name], waiting as f64);
        }
    }

    /// Somebody pushed to a repository: it is asked, and whoever uses what moved is told.
    pub(crate) fn pushed(&self, push: &Push) {
        self.pushes.note(push);
        let asked: usize = push
            .urls
            .iter()
            .map(|url| self.poller.refresh(url))
            .max()
            .unwrap_or_default();
        tracing::info!(
            repositories = asked,
            revision = push.revision,
            "a push was told"
        );
    }
}

pub(crate) fn wanted_of(application: &Application) -> Vec<Wanted> {
    let of_source = |source| Wanted::of(source, &application.project);
    application.sources.iter().filter_map(of_source).collect()
}
