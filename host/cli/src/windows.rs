//! The sync windows of the projects among the files: a sync that somebody starts here is one that a
//! person starts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use gantry_control::windows::{WindowState, Windows};
use gantry_model::Diagnostic;
use gantry_model::application::Application;
use gantry_model::project::{AppProject, ProjectRules};

use crate::failure::Failure;

/// The windows of each project.
#[derive(Default)]
pub(crate) struct Gates(BTreeMap<String, Windows>);

impl Gates {
    /// Reads them.
    pub(crate) fn of(projects: &[AppProject]) -> Result<Self, Failure> {
        let windows = projects.iter().map(|project| {
            let rules = ProjectRules::of(project)?;
            Ok((project.name.clone(), Windows::of(&rules)?))
        });
        Ok(Self(windows.collect::<Result<_, Diagnostic>>()?))
    }

    /// Whether a person may sync an application now.
    ///
    /// # Errors
    /// What keeps it back, in Argo CD's words, and until when.
    pub(crate) fn permit(&self, application: &Application) -> Result<(), Diagnostic> {
        let Some(windows) = self.0.get(&application.project) else {
            return Ok(());
        };
        let now = SystemTime::now().try_into();
        let now = now.map_err(|_| Diagnostic::error("clock", "the clock shows no date"))?;
        let state = windows.state(now, application);
        if state.can_sync_manually {
            return Ok(());
        }
        Err(blocked(&application.project, &state))
    }
}

fn blocked(project: &str, state: &WindowState) -> Diagnostic {
    let all = if state.active.is_empty() {
        &state.assigned
    } else {
        &state.active
    };
    let windows: Vec<String> = all
        .iter()
        .map(|window| {
            let (kind, schedule, duration) = (
                window.kind.as_str(),
                &window.schedule,
                &window.duration_text,
            );
            format!("{kind} `{schedule}` for {duration}")
        })
        .collect();
    let next = state
        .next_change
        .map(|next| format!("; that changes at {next} next"));
    let message = format!(
        "cannot sync: blocked by sync window of project {project:?}: {}{}",
        windows.join(", "),
        next.unwrap_or_default()
    );
    Diagnostic::error("sync-window", message)
        .field("spec.project")
        .help("wait, or give the window manualSync")
}
