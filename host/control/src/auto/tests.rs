//! Argo CD's own cases (`TestAutoSync`, `TestSkipAutoSync`, `TestSelfHealRemainingBackoff`), and what they
//! leave out.

use std::time::{Duration, SystemTime};

use gantry_model::application::{Automated, Retry, Source};
use gantry_model::{Gvk, ObjectRef};
use gantry_sync::SyncStatus::{OutOfSync, Synced as InStep, Unknown};
use serde_json::{Value, json};

use super::*;

fn compared(name: &str, status: SyncStatus, requires_pruning: bool) -> Compared {
    Compared {
        object: ObjectRef {
            gvk: Gvk::parse("apps/v1", "Deployment"),
            namespace: "web".to_owned(),
            name: name.to_owned(),
        },
        status,
        requires_pruning,
    }
}

fn source(value: Value) -> Source {
    serde_json::from_value(value).expect("a source")
}

/// All that a case changes.
struct World {
    policy: Option<Automated>,
    is_deleted: bool,
    is_busy: bool,
    status: SyncStatus,
    resources: Vec<Compared>,
    sources: Vec<Source>,
    revisions: Vec<String>,
    revisions_count: bool,
    last: Option<Attempt>,
    gates: Vec<Gate>,
    now: SystemTime,
}

impl World {
    /// OutOfSync at revision `b`, after a good sync to `a` that ended 10 s ago.
    fn new() -> Self {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let sources = vec![source(json!({"repoURL": "https://git.example/a"}))];
        Self {
            policy: Some(Automated {
                prune: false,
                self_heal: false,
                allow_empty: false,
                retry: Retry::default(),
            }),
            is_deleted: false,
            is_busy: false,
            status: OutOfSync,
            resources: vec![
                compared("a", OutOfSync, false),
                compared("b", InStep, false),
            ],
            sources: sources.clone(),
            revisions: vec!["b".to_owned()],
            revisions_count: true,
            last: Some(Attempt {
                phase: OperationPhase::Succeeded,
                message: "done".to_owned(),
                synced: Some(Synced {
                    sources,
                    revisions: vec!["a".to_owned()],
                    has_begun: true,
                }),
                self_heal_attempts: 0,
                finished: Some(now - Duration::from_secs(10)),
            }),
            gates: vec![Gate::Open],
            now,
        }
    }

    fn policy(&mut self) -> &mut Automated {
        self.policy.as_mut().expect("a policy")
    }

    fn last(&mut self) -> &mut Attempt {
        self.last.as_mut().expect("an attempt")
    }

    /// The last sync was to what is there now.
    fn attempted(&mut self) {
        let synced = self.last().synced.as_mut().expect("a result");
        synced.revisions = vec!["b".to_owned()];
    }

    /// The same, `attempts` repairs in a row, the last one `seconds` ago.
    fn repaired(&mut self, attempts: u32, seconds: u64) {
        self.attempted();
        self.policy().self_heal = true;
        let finished = self.now - Duration::from_secs(seconds);
        let last = self.last();
        (last.self_heal_attempts, last.finished) = (attempts, Some(finished));
    }

    fn decide(&self) -> String {
        let decision = decide(&Situation {
            policy: self.policy.as_ref(),
            is_deleted: self.is_deleted,
            is_busy: self.is_busy,
            status: self.status,
            resources: &self.resources,
            sources: &self.sources,
            revisions: &self.revisions,
            revisions_count: self.revisions_count,
            last: self.last.as_ref(),
            gates: &self.gates,
            now: self.now,
        });
        match decision {
            Decision::Sync(sync) => {
                let names = sync.resources.iter().map(|object| object.name.as_str());
                let names: Vec<&str> = names.collect();
                let prune = if sync.prune { " prune" } else { "" };
                format!(
                    "sync{prune} heal={} [{}]",
                    sync.self_heal_attempts,
                    names.join(" ")
                )
            }
            Decision::Wait { until, reason } => {
                let until = until.map(|at| at.duration_since(self.now).expect("later"));
                format!("wait {until:?}: {reason}")
            }
            Decision::No { reason, is_error } => {
                format!("{}: {reason}", if is_error { "error" } else { "no" })
            }
        }
    }
}

type Case = (&'static str, fn(&mut World), &'static str);

fn check(cases: &[Case]) {
    for (name, change, expected) in cases {
        let mut world = World::new();
        change(&mut world);
        let decided = world.decide();
        assert!(decided.starts_with(expected), "{name}: {decided}");
    }
}

#[test]
fn what_is_new_is_synced_once() {
    check(&[
        ("a new revision", |_| {}, "sync heal=0 []"),
        ("never synced", |w| w.last = None, "sync heal=0 []"),
        (
            "no policy",
            |w| w.policy = None,
            "no: it is not synced auto",
        ),
        ("busy", |w| w.is_busy = true, "no: an operation"),
        (
            "deleted",
            |w| w.is_deleted = true,
            "no: it is being deleted",
        ),
        ("in step", |w| w.status = InStep, "no: it is Synced"),
        ("unknown", |w| w.status = Unknown, "no: it is Unknown"),
        (
            "again",
            World::attempted,
            "no: the last sync was to [b], and",
        ),
        (
            "again, after a failure",
            |w| {
                w.attempted();
                w.last().phase = OperationPhase::Failed;
                w.last().message = "one object is wrong".to_owned();
            },
            "error: Failed last sync attempt to [b]: one object is wrong",
        ),
        (
            "another revision after a failure",
            |w| w.last().phase = OperationPhase::Error,
            "sync heal=0 []",
        ),
        (
            "a failure without result",
            |w| {
                w.last().phase = OperationPhase::Failed;
                w.last().synced = None;
            },
            "error: Failed last sync attempt",
        ),
    ]);
}

#[test]
fn what_never_began_is_tried_again_and_keeps_nothing_new_waiting() {
    fn not_begun(world: &mut World, revisions: &[&str]) {
        let synced = world.last().synced.as_mut().expect("a result");
        synced.revisions = revisions.iter().map(|r| (*r).to_owned()).collect();
        synced.has_begun = false;
    }
    check(&[
        (
            "one that could not begin, just now",
            |w| {
                w.last().phase = OperationPhase::Error;
                w.last().message = "the cluster is away".to_owned();
                w.last().synced = None;
                w.last().finished = Some(w.now);
            },
            "wait",
        ),
        (
            "one of another revision that was ended before it began",
            |w| {
                not_begun(w, &["a"]);
                w.last().phase = OperationPhase::Failed;
            },
            "sync heal=0 []",
        ),
        (
            "one of this revision that was ended before it began",
            |w| {
                not_begun(w, &["b"]);
                w.last().phase = OperationPhase::Failed;
            },
            "error: Failed last sync attempt to [b]",
        ),
        (
            "one of local files",
            |w| not_begun(w, &[]),
            "sync heal=0 []",
        ),
        (
            "one of this revision that could not begin",
            |w| {
                not_begun(w, &["b"]);
                w.last().phase = OperationPhase::Error;
                w.last().finished = Some(w.now);
            },
            "wait",
        ),
        (
            "one that could not begin",
            |w| {
                w.last().phase = OperationPhase::Error;
                w.last().synced = None;
                w.last().finished = None;
            },
            "sync heal=0 []",
        ),
    ]);
}

#[test]
fn new_is_another_revision_or_another_source() {
    check(&[
        (
            "a revision that changes nothing",
            |w| w.revisions_count = false,
            "no: the last sync was",
        ),
        (
            "a revision that changes nothing, and other sources",
            |w| {
                w.revisions_count = false;
                w.sources[0].path = "elsewhere".to_owned();
            },
            "sync heal=0 []",
        ),
        (
            "the same revision, other parameters",
            |w| {
                w.attempted();
                w.sources[0].helm = Some(json!({"parameters": [{"name": "a", "value": "1"}]}));
            },
            "sync heal=0 []",
        ),
        (
            "one source more",
            |w| {
                w.attempted();
                w.sources.push(w.sources[0].clone());
            },
            "sync heal=0 []",
        ),
    ]);
}

#[test]
fn pruning_has_its_guards() {
    check(&[
        ("prune", |w| w.policy().prune = true, "sync prune heal=0 []"),
        (
            "only leftovers, without prune",
            |w| w.resources[0].requires_pruning = true,
            "no: only pruning would",
        ),
        (
            "only leftovers, with prune",
            |w| {
                w.policy().prune = true;
                w.resources[0].requires_pruning = true;
            },
            "sync prune heal=0 []",
        ),
        (
            "all would go",
            |w| {
                w.policy().prune = true;
                w.resources = vec![compared("a", OutOfSync, true)];
            },
            "error: Skipping sync attempt to [b]: auto-sync will wipe out all resources",
        ),
        (
            "all would go, and may",
            |w| {
                (w.policy().prune, w.policy().allow_empty) = (true, true);
                w.resources = vec![compared("a", OutOfSync, true)];
            },
            "sync prune heal=0 []",
        ),
    ]);
}

#[test]
fn drift_is_repaired_with_growing_pauses() {
    check(&[
        ("the first time", |w| w.repaired(0, 0), "sync heal=1 [a]"),
        ("too soon", |w| w.repaired(1, 1), "wait Some(1s)"),
        ("soon enough", |w| w.repaired(1, 2), "sync heal=2 [a]"),
        (
            "the sixth, too soon",
            |w| w.repaired(5, 160),
            "wait Some(2s)",
        ),
        ("the longest", |w| w.repaired(40, 299), "wait Some(1s)"),
        ("quiet for long", |w| w.repaired(40, 330), "sync heal=1 [a]"),
        (
            "a clock that went back",
            |w| {
                w.repaired(1, 0);
                w.now -= Duration::from_secs(3);
            },
            "wait Some(2s)",
        ),
        (
            "after a failure",
            |w| {
                w.repaired(1, 400);
                w.last().phase = OperationPhase::Failed;
            },
            "error: Failed last",
        ),
        (
            "a new revision has no pause",
            |w| {
                w.repaired(5, 1);
                w.revisions = vec!["c".to_owned()];
            },
            "sync heal=0 []",
        ),
    ]);
}

#[test]
fn gates_hold_back_only_what_is_due() {
    fn closed(w: &mut World) {
        let until = Some(w.now + Duration::from_secs(60));
        let reason = "a window".to_owned();
        w.gates.push(Gate::Closed { until, reason });
    }
    check(&[
        ("closed", closed, "wait Some(60s): a window"),
        (
            "closed, and nothing due",
            |w| {
                closed(w);
                w.status = InStep;
            },
            "no: it is Synced",
        ),
        (
            "broken",
            |w| {
                w.gates.push(Gate::Broken {
                    reason: "a cycle".to_owned(),
                });
            },
            "error: a cycle",
        ),
    ]);
}

#[test]
fn sources_are_compared_by_what_they_mean() {
    let cases = [
        (
            json!({"directory": {"recurse": true}}),
            json!({"directory": {"recurse": true, "jsonnet": {}}}),
            true,
        ),
        (
            json!({"directory": {"recurse": false}}),
            json!({"directory": {}}),
            true,
        ),
        (json!({"directory": {}}), json!({}), false),
        (
            json!({"helm": {"valueFiles": [], "releaseName": ""}}),
            json!({"helm": {}}),
            true,
        ),
        (
            json!({"helm": {"valuesObject": {"a": false}}}),
            json!({"helm": {"valuesObject": {}}}),
            false,
        ),
        (
            json!({"kustomize": {"commonLabels": {"a": ""}}}),
            json!({"kustomize": {"commonLabels": {}}}),
            false,
        ),
        (
            json!({"kustomize": {"patches": [{"patch": "x", "target": {"kind": ""}}]}}),
            json!({"kustomize": {"patches": [{"patch": "x"}]}}),
            true,
        ),
        (
            json!({"kustomize": {"images": ["a=b"]}}),
            json!({"kustomize": {"images": ["a=c"]}}),
            false,
        ),
        (json!({"path": "a"}), json!({"path": "b"}), false),
    ];
    for (a, b, same) in cases {
        let mut world = World::new();
        world.attempted();
        world.sources = vec![source(a.clone())];
        let synced = world.last().synced.as_mut().expect("a result");
        synced.sources = vec![source(b.clone())];
        let attempted = world.decide().starts_with("no: the last sync was");
        assert_eq!(attempted, same, "{a} {b}");
    }
}
