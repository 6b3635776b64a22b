//! Sync windows: who may sync now.

use std::sync::Arc;
use std::time::SystemTime;

use gantry_api::{Code, Fault};
use gantry_control::windows::{WindowState, Windows};
use gantry_model::application::Application;
use gantry_model::project::{ProjectRules, SyncWindow};
use gantry_model::{Manifest, read_manifest};
use serde_json::{Value, json};

use super::{Running, told};

/// Refuses a sync that somebody starts while a window is shut.
pub(super) fn may_sync(running: &Running, application: &Application) -> Result<(), Fault> {
    match state(running, application)? {
        Some(state) if !state.can_sync_manually => Err(Fault::new(
            Code::PermissionDenied,
            "cannot sync: blocked by sync window",
        )),
        _ => Ok(()),
    }
}

fn state(running: &Running, application: &Application) -> Result<Option<WindowState>, Fault> {
    let rules = running
        .engine
        .workshop()
        .projects()
        .rules_of(&application.project);
    let rules: Option<Arc<ProjectRules>> = rules.map_err(|problem| told(&[problem]))?;
    let Some(rules) = rules else { return Ok(None) };
    let windows = Windows::of(&rules).map_err(|problem| told(&[problem]))?;
    let now = SystemTime::now().try_into();
    let now = now.map_err(|_| Fault::new(Code::Internal, "the clock shows no date"))?;
    Ok(Some(windows.state(now, application)))
}

pub(super) fn of_application(running: &Running, application: &Application) -> Result<Value, Fault> {
    let Some(state) = state(running, application)? else {
        return Ok(json!({"canSync": true}));
    };
    let all = |windows: &[SyncWindow]| windows.iter().map(shown).collect::<Vec<_>>();
    Ok(json!({
        "activeWindows": all(&state.active),
        "assignedWindows": all(&state.assigned),
        "canSync": state.can_sync_manually,
    }))
}

fn shown(window: &SyncWindow) -> Value {
    json!({
        "kind": window.kind.as_str(),
        "schedule": window.schedule.plain(),
        "duration": window.duration_text,
        "manualSync": window.manual_sync,
    })
}

/// The windows of a project that are open now, as they are written.
pub(super) fn open(project: &Value) -> Result<Vec<Value>, Fault> {
    let read = read_manifest(project).map_err(|problems| told(&problems))?;
    let Manifest::Project(read) = read.value else {
        return Ok(Vec::new());
    };
    let windows = ProjectRules::of(&read).and_then(|rules| Windows::of(&rules));
    let windows = windows.map_err(|problem| told(&[problem]))?;
    let now = SystemTime::now().try_into();
    let now = now.map_err(|_| Fault::new(Code::Internal, "the clock shows no date"))?;
    let written = project["spec"]["syncWindows"].as_array();
    let written = written.map_or(&[][..], Vec::as_slice);
    let open = windows.open(now).into_iter();
    let open = written.iter().zip(open).filter(|(_, is_open)| *is_open);
    Ok(open.map(|(window, _)| window.clone()).collect())
}
