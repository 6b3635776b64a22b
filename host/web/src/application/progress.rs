//! How far a running sync is, by phase and wave.

use std::collections::{BTreeMap, HashMap, HashSet};

use maud::{Markup, html};
use serde_json::Value;

use super::Named;
use crate::icons::{icon, phase as phase_of};
use crate::json::{items, number, text};
use crate::layout::act;
use crate::time::ago;
use crate::visit::Guest;

/// Argo CD's phases, in their order.
const PHASES: [&str; 4] = ["PreSync", "Sync", "PostSync", "SyncFail"];

/// Objects of one wave, and how many of them are through.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) all: usize,
    pub(super) done: usize,
    pub(super) failed: usize,
}

/// The steps of an operation: (place of the phase, wave). Objects that a sync has not come to are in its own
/// list of all objects only.
pub(super) fn steps(app: &Value) -> BTreeMap<(usize, i64), Step> {
    let waves: HashMap<Key<'_>, i64> = items(app, "/status/resources")
        .iter()
        .map(|object| (key(object), number(object, "/syncWave")))
        .collect();
    let mut steps: BTreeMap<(usize, i64), Step> = BTreeMap::new();
    let results = items(app, "/status/operationState/syncResult/resources");
    for result in results {
        let phase = match text(result, "/syncPhase") {
            "" => "Sync",
            phase => phase,
        };
        let place = PHASES.iter().position(|known| *known == phase).unwrap_or(1);
        let wave = waves.get(&key(result)).copied().unwrap_or_default();
        let step = steps.entry((place, wave)).or_default();
        step.all += 1;
        let (status, hook) = (text(result, "/status"), text(result, "/hookPhase"));
        let is_failed = status == "SyncFailed" || matches!(hook, "Failed" | "Error");
        let is_running = match hook {
            "" => status.is_empty(),
            hook => matches!(hook, "Running" | "Terminating"),
        };
        step.failed += usize::from(is_failed);
        step.done += usize::from(!is_failed && !is_running);
    }
    let seen: HashSet<Key<'_>> = results.iter().map(key).collect();
    let is_partial = !items(app, "/status/operationState/operation/sync/resources").is_empty();
    for object in items(app, "/status/resources") {
        let is_hook = object
            .get("hook")
            .is_some_and(|hook| hook == &Value::Bool(true));
        if !is_partial && !is_hook && !seen.contains(&key(object)) {
            steps
                .entry((1, number(object, "/syncWave")))
                .or_default()
                .all += 1;
        }
    }
    steps
}

/// Group, kind, namespace and name.
type Key<'a> = [&'a str; 4];

fn key(object: &Value) -> Key<'_> {
    ["/group", "/kind", "/namespace", "/name"].map(|pointer| text(object, pointer))
}

/// The part of the page, while an operation runs.
pub(super) fn progress(guest: &Guest, named: &Named, app: &Value) -> Markup {
    let running = text(app, "/status/operationState/phase");
    let is_asked = app.get("operation").is_some();
    let is_running = matches!(running, "Running" | "Terminating");
    html! {
        @if is_running || is_asked {
            section .progress aria-label="Progress" {
                div .head {
                    (phase_of(if is_running { running } else { "Running" }))
                    @if is_running {
                        span .message { (text(app, "/status/operationState/message")) }
                        span .dim { "since " (ago(text(app, "/status/operationState/startedAt"), guest.visit.now)) }
                    }
                    (act(guest, &named.place("terminate"), &[], "small", html! { (icon("stop")) "TERMINATE" }))
                }
                @if is_running { (bars(app)) }
            }
        }
    }
}

/// The steps, drawn.
pub(super) fn bars(app: &Value) -> Markup {
    let steps = steps(app);
    html! {
        ol .steps {
            @for ((place, wave), step) in &steps {
                li class=(if step.failed > 0 { "bad" } else if step.done == step.all { "good" } else { "" }) {
                    span { b { (PHASES[*place]) } " wave " (wave) }
                    progress max=(step.all) value=(step.done) aria-label={ (PHASES[*place]) " wave " (wave) } { (step.done) " of " (step.all) }
                    span .dim { (step.done) "/" (step.all) @if step.failed > 0 { ", " (step.failed) " failed" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::{Step, steps};

    #[test]
    fn what_is_not_reached_counts_as_to_do_in_its_wave() {
        let app = json!({"status": {
            "resources": [
                {"kind": "ConfigMap", "name": "a", "namespace": "n"},
                {"kind": "Service", "name": "b", "namespace": "n", "syncWave": 2},
                {"kind": "Job", "name": "migrate", "namespace": "n", "hook": true, "group": "batch"},
            ],
            "operationState": {"phase": "Running", "syncResult": {"resources": [
                {"kind": "Job", "name": "migrate", "namespace": "n", "group": "batch", "syncPhase": "PreSync", "hookPhase": "Succeeded", "status": "Synced"},
                {"kind": "ConfigMap", "name": "a", "namespace": "n", "group": "", "syncPhase": "Sync", "status": "SyncFailed"},
            ]}},
        }});
        let steps: Vec<_> = steps(&app).into_iter().collect();
        let step = |all, done, failed| Step { all, done, failed };
        assert_eq!(
            steps,
            [
                ((0, 0), step(1, 1, 0)),
                ((1, 0), step(1, 0, 1)),
                ((1, 2), step(1, 0, 0))
            ]
        );
    }

    #[test]
    fn a_large_sync_is_counted_in_one_go() {
        const OBJECTS: usize = 30_000;
        let resources: Vec<_> = (0..OBJECTS)
            .map(|n| json!({"kind": "ConfigMap", "name": format!("settings-{n}"), "namespace": "n", "status": "Synced"}))
            .collect();
        let app = json!({"status": {"resources": resources,
            "operationState": {"phase": "Running", "syncResult": {"resources": resources}}}});
        let began = Instant::now();
        let steps: Vec<_> = steps(&app).into_iter().collect();
        let took = began.elapsed();
        let all = Step {
            all: OBJECTS,
            done: OBJECTS,
            failed: 0,
        };
        assert_eq!(steps, [((1, 0), all)]);
        // A hundred times what it takes; each compared with each takes far longer.
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}
