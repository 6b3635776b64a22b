//! Every other kind, by what the API conventions ask of controllers: `observedGeneration`, the
//! conditions that kstatus (`sigs.k8s.io/cli-utils/pkg/kstatus`) calls standard, and the older
//! `phase`. A kind that shows none of them has no health. Neither has an object without a status:
//! many kinds never get one, and waiting for it would never end.
//!
//! The first that applies decides: the controller has not seen the spec; paused on purpose; a
//! failure; not there yet; there.

use gantry_sdk_health::{Assessment, Status};
use serde_json::Value;

use crate::object::{items, optional_number, text};
use crate::verdict;
use crate::words::{tells_failure, tells_progress};

/// Condition and status, the stronger ones first.
type Table = [(&'static str, &'static str)];

/// Failures, besides those that the words of a condition tell.
const FAILED: &Table = &[
    ("Stalled", "True"),
    ("Degraded", "True"),
    ("NamesAccepted", "False"),
];
const WAITING: &Table = &[
    ("Terminating", "True"),
    ("Reconciling", "True"),
    ("Ready", "False"),
    ("Available", "False"),
    ("Established", "False"),
    ("Ready", "Unknown"),
    ("Available", "Unknown"),
];
const THERE: &Table = &[
    ("Ready", "True"),
    ("Available", "True"),
    ("Established", "True"),
];
const PAUSED: &Table = &[("Paused", "True"), ("Suspended", "True")];
/// Fields of the spec that stop a controller, by convention.
pub(crate) const SWITCHES: [&str; 2] = ["paused", "suspend"];
/// Where a kind without conditions says in a word how it is.
const PHASES: [&str; 3] = ["phase", "state", "status"];

pub(crate) fn assess(object: &Value) -> Option<Assessment> {
    let generation = optional_number(object, "/metadata/generation");
    // A condition may tell which generation it speaks of; an old one says nothing of the new spec.
    let (stale, current): (Vec<&Value>, Vec<&Value>) = items(object, "/status/conditions")
        .iter()
        .partition(|condition| unobserved(condition, generation).is_some());
    let by = |table, status| Some(spoken(status, find(&current, table)?));
    unobserved(object.get("status").unwrap_or(&Value::Null), generation)
        .or_else(|| by(PAUSED, Status::Suspended))
        .or_else(|| switched_off(object))
        .or_else(|| by(FAILED, Status::Degraded))
        .or_else(|| {
            Some(spoken(
                Status::Degraded,
                current.iter().find(|c| is_failure(c))?,
            ))
        })
        .or_else(|| phase(object, Status::Degraded, tells_failure))
        .or_else(|| by(WAITING, Status::Progressing))
        .or_else(|| unobserved(stale.first()?, generation))
        .or_else(|| phase(object, Status::Progressing, tells_progress))
        .or_else(|| by(THERE, Status::Healthy))
}

/// The verdict on a status, or one condition, of an earlier spec.
fn unobserved(status: &Value, generation: Option<i64>) -> Option<Assessment> {
    let observed = optional_number(status, "/observedGeneration")?;
    let generation = generation.filter(|generation| observed < *generation)?;
    let message = format!("generation {generation} is not observed yet, only {observed}");
    Some(verdict(Status::Progressing, message))
}

fn switched_off(object: &Value) -> Option<Assessment> {
    let is_on =
        |field: &&&str| object.pointer(&format!("/spec/{field}")) == Some(&Value::Bool(true));
    let field = SWITCHES.iter().find(is_on)?;
    Some(verdict(Status::Suspended, format!("spec.{field} is true")))
}

fn find<'o>(conditions: &[&'o Value], table: &Table) -> Option<&'o Value> {
    table.iter().find_map(|(kind, status)| {
        let mut conditions = conditions.iter();
        conditions
            .find(|c| text(c, "/type") == *kind && text(c, "/status") == *status)
            .copied()
    })
}

/// A type that names a failure (`FetchFailed`) is one when it is true. Any other type is one when
/// it is not true and the reason names a failure, or that time is up, as Deployments have it.
fn is_failure(condition: &Value) -> bool {
    let (is_true, reason) = (
        text(condition, "/status") == "True",
        text(condition, "/reason"),
    );
    if tells_failure(text(condition, "/type")) {
        return is_true;
    }
    // `Degraded=False` is good, whatever its reason says.
    let is_good = matches!(text(condition, "/type"), "Stalled" | "Degraded");
    !is_true && !is_good && (tells_failure(reason) || reason == "ProgressDeadlineExceeded")
}

fn spoken(status: Status, condition: &Value) -> Assessment {
    verdict(status, text(condition, "/message"))
}

fn phase(object: &Value, status: Status, tells: fn(&str) -> bool) -> Option<Assessment> {
    let mut fields = PHASES.iter();
    let field = fields.find(|field| tells(text(object, &format!("/status/{field}"))))?;
    let word = text(object, &format!("/status/{field}"));
    Some(verdict(status, format!("{field} is {word}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::assess;

    fn kind(object: &Value) -> Option<String> {
        assess(object).map(|a| format!("{:?}: {}", a.status, a.message).replace("Status::", ""))
    }

    /// An object of generation 2 with one condition, as `Type=Status/Reason@observedGeneration`.
    fn with(conditions: &[&str]) -> Value {
        let condition = |told: &&str| {
            let (told, observed) = told.split_once('@').unwrap_or((told, "2"));
            let (told, reason) = told.split_once('/').unwrap_or((told, ""));
            let (kind, status) = told.split_once('=').unwrap();
            let observed: i64 = observed.parse().unwrap();
            json!({"type": kind, "status": status, "reason": reason, "message": kind,
                   "observedGeneration": observed})
        };
        let conditions: Vec<Value> = conditions.iter().map(condition).collect();
        json!({"metadata": {"generation": 2}, "status": {"conditions": conditions}})
    }

    #[test]
    fn conditions_decide_the_strongest_first() {
        let cases: &[(&[&str], Option<&str>)] = &[
            (&["Ready=True"], Some("Healthy: Ready")),
            (&["Ready=False"], Some("Progressing: Ready")),
            (&["Ready=Unknown"], Some("Progressing: Ready")),
            (&["Ready=False/SyncFailed"], Some("Degraded: Ready")),
            (&["Ready=False/NoErrors"], Some("Progressing: Ready")),
            (&["Ready=True/Failed"], Some("Healthy: Ready")),
            (
                &["Available=True", "Stalled=True"],
                Some("Degraded: Stalled"),
            ),
            (
                &["Ready=False", "FetchFailed=True"],
                Some("Degraded: FetchFailed"),
            ),
            (
                &["Ready=True", "FetchFailed=False/Failed"],
                Some("Healthy: Ready"),
            ),
            (
                &["Ready=True", "Degraded=False/NoFailure"],
                Some("Healthy: Ready"),
            ),
            (
                &["Ready=True", "Synced=False/ReconcileError"],
                Some("Degraded: Synced"),
            ),
            (
                &[
                    "Available=True",
                    "Progressing=False/ProgressDeadlineExceeded",
                ],
                Some("Degraded: Progressing"),
            ),
            (
                &["Ready=True", "Reconciling=True"],
                Some("Progressing: Reconciling"),
            ),
            (
                &["Ready=False/Failed", "Paused=True"],
                Some("Suspended: Paused"),
            ),
            (
                &["Ready=True@1"],
                Some("Progressing: generation 2 is not observed yet, only 1"),
            ),
            (
                &["Ready=False/Failed", "Stored=True@1"],
                Some("Degraded: Ready"),
            ),
            (&["Bound=True"], None),
            (&[], None),
        ];
        for (conditions, expected) in cases {
            assert_eq!(
                kind(&with(conditions)).as_deref(),
                *expected,
                "{conditions:?}"
            );
        }
    }

    #[test]
    fn generations_switches_and_phases_decide_too() {
        let cases = [
            (json!({}), None),
            (json!({"status": {}}), None),
            (json!({"status": {"phase": "Active"}}), None),
            (
                json!({"status": {"phase": "Failed"}}),
                Some("Degraded: phase is Failed"),
            ),
            (
                json!({"status": {"state": "PENDING"}}),
                Some("Progressing: state is PENDING"),
            ),
            (
                json!({"spec": {"suspend": true}}),
                Some("Suspended: spec.suspend is true"),
            ),
            (json!({"spec": {"paused": false}}), None),
            (
                json!({"metadata": {"generation": 2}, "spec": {"paused": true},
                       "status": {"observedGeneration": 1}}),
                Some("Progressing: generation 2 is not observed yet, only 1"),
            ),
            (
                json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 2}}),
                None,
            ),
        ];
        for (object, expected) in cases {
            assert_eq!(kind(&object).as_deref(), expected, "{object}");
        }
    }
}
