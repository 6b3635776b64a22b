//! An application as its home has it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use gantry_diff::COMPARE_OPTIONS;
use gantry_model::application::Application;
use gantry_model::{Diagnostic, Gvk, Manifest, Object, ObjectRef, Parsed, read_manifest};
use gantry_sync::{Extent, HookExtent, Phase};
use serde::Deserialize;
use serde_json::Value;

use crate::auto::OperationPhase;
use crate::status::Condition;

/// `normal` and `hard` ask for a look at once; the annotation goes when it is done.
pub(crate) const REFRESH: &str = "argocd.argoproj.io/refresh";
/// An application that says `true` here is left alone.
const SKIP: &str = "argocd.argoproj.io/skip-reconcile";
/// When somebody said yes to what wants a confirmation.
const DELETION_APPROVED: &str = "argocd.argoproj.io/deletion-approved";
/// Deletion takes the objects along; with a suffix, in that order.
const CASCADE: &str = "resources-finalizer.argocd.argoproj.io";
/// Hooks run before it, or after it.
const PRE_DELETE: &str = "pre-delete-finalizer.argocd.argoproj.io";
const POST_DELETE: &str = "post-delete-finalizer.argocd.argoproj.io";
const HOOK_FINALIZERS: [&str; 2] = [PRE_DELETE, POST_DELETE];
/// What a hook's finalizer ends with when the hooks are also to be removed afterwards.
const CLEANUP: &str = "/cleanup";

/// What of a manifest is another than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// What it asks for.
    pub(crate) is_wish: bool,
    /// What decides whether an object differs from its manifest.
    pub(crate) is_compared: bool,
}

/// Answers that were written. They are most of an application, and nobody reads them while nothing happens:
/// as a text they take a fifth of the memory.
struct Status {
    text: Box<str>,
    read: OnceLock<Value>,
    /// Of the last operation: it is asked for at every turn.
    phase: Option<OperationPhase>,
}

impl Status {
    /// The answers of an application, and the rest of it.
    fn of(mut raw: Object) -> (Object, Self) {
        let value = raw.remove("status").unwrap_or_default();
        let status = Self {
            text: value.to_string().into(),
            phase: OperationPhase::deserialize(&value["operationState"]["phase"]).ok(),
            read: OnceLock::from(value),
        };
        (raw, status)
    }

    fn value(&self) -> &Value {
        let read = || serde_json::from_str(&self.text).unwrap_or_default();
        self.read.get_or_init(read)
    }
}

/// An application as its home has it, read.
pub(crate) struct Known {
    home: String,
    /// All of it but the status.
    pub(crate) raw: Object,
    status: Status,
    pub(crate) application: Result<Application, Vec<Condition>>,
    /// What the user should know of the manifest.
    pub(crate) warnings: Vec<Condition>,
}

impl Known {
    /// Reads it; `home` is the control plane's own namespace.
    pub(crate) fn read(raw: Object, home: &str) -> Self {
        let (raw, status) = Status::of(raw);
        let (application, warnings) = read(&raw, home);
        Self {
            home: home.to_owned(),
            raw,
            status,
            application,
            warnings,
        }
    }

    /// Takes a newer version, and says what is new in it.
    pub(crate) fn take(&mut self, raw: Object) -> News {
        let news = News {
            is_wish: !wish(&self.raw).eq(wish(&raw)),
            is_compared: self.raw.value()["spec"] != raw.value()["spec"]
                || self.raw.annotation(COMPARE_OPTIONS) != raw.annotation(COMPARE_OPTIONS),
        };
        if news.is_wish {
            *self = Self::read(raw, &self.home.clone());
        } else {
            (self.raw, self.status) = Status::of(raw);
        }
        news
    }

    pub(crate) fn status(&self) -> &Value {
        self.status.value()
    }

    /// How the last operation stands, as it is written down.
    pub(crate) fn phase(&self) -> Option<OperationPhase> {
        self.status.phase
    }

    /// Takes as little memory as can be, until somebody asks again.
    pub(crate) fn rest(&mut self) {
        self.status.read.take();
    }

    pub(crate) fn spec(&self) -> &Value {
        &self.raw.value()["spec"]
    }

    /// `operation`, if somebody asks for one.
    pub(crate) fn operation(&self) -> Option<&Value> {
        self.raw
            .value()
            .get("operation")
            .filter(|operation| operation.is_object())
    }

    pub(crate) fn refresh(&self) -> Option<&str> {
        self.raw.annotation(REFRESH)
    }

    pub(crate) fn is_skipped(&self) -> bool {
        self.raw.annotation(SKIP) == Some("true")
    }

    /// The applications that must be well before this one is synced by itself, by their names.
    pub(crate) fn depends_on(&self) -> &str {
        self.raw
            .annotation(crate::depends::DEPENDS_ON)
            .unwrap_or_default()
    }

    /// When somebody said yes to what wants a confirmation.
    pub(crate) fn approved(&self) -> Option<&str> {
        self.raw.annotation(DELETION_APPROVED)
    }

    /// The finalizers that are ours to take away.
    pub(crate) fn own_finalizers(&self) -> Vec<&str> {
        let ours = |f: &&str| is_cascade(f) || HOOK_FINALIZERS.iter().any(|own| has_name(f, own));
        self.raw.finalizers().filter(ours).collect()
    }

    /// Whether its deletion takes its objects along, and in which way.
    pub(crate) fn cascade(&self) -> Option<&str> {
        self.raw.finalizers().find(|f| is_cascade(f))
    }

    /// What is to be done before it may go, as its finalizers say. One whose objects go runs all hooks that it has.
    pub(crate) fn extent(&self) -> Extent {
        if self.cascade().is_some() {
            return Extent::default();
        }
        let has = |name: &str| self.raw.finalizers().any(|finalizer| finalizer == name);
        let of = |name: &str| HookExtent {
            run: has(name),
            remove: has(&format!("{name}{CLEANUP}")),
        };
        Extent {
            objects: false,
            before: of(PRE_DELETE),
            after: of(POST_DELETE),
        }
    }

    /// Its finalizers as they must be for the hooks around its deletion to run, of these phases; none where they
    /// are so, or it is too late.
    pub(crate) fn finalizers_for(&self, hooks: &BTreeSet<Phase>) -> Option<Vec<String>> {
        if self.raw.is_being_deleted() {
            return None;
        }
        let mut wanted: Vec<String> = self.raw.finalizers().map(str::to_owned).collect();
        let before = wanted.clone();
        for (phase, name) in [
            (Phase::PreDelete, PRE_DELETE),
            (Phase::PostDelete, POST_DELETE),
        ] {
            for finalizer in [name.to_owned(), format!("{name}{CLEANUP}")] {
                if !hooks.contains(&phase) {
                    wanted.retain(|known| *known != finalizer);
                } else if !wanted.contains(&finalizer) {
                    wanted.push(finalizer);
                }
            }
        }
        (wanted != before).then_some(wanted)
    }

    /// Whether it has hooks around its deletion, as written down by whoever saw them.
    pub(crate) fn has_deletion_hooks(&self) -> bool {
        self.raw
            .finalizers()
            .any(|f| HOOK_FINALIZERS.iter().any(|own| has_name(f, own)))
    }

    /// The objects that it had when it was last looked at.
    pub(crate) fn recorded(&self) -> Vec<ObjectRef> {
        let recorded = self.status()["resources"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let reference = |r: &Value| ObjectRef {
            gvk: Gvk {
                group: text(&r["group"]),
                version: text(&r["version"]),
                kind: text(&r["kind"]),
            },
            namespace: text(&r["namespace"]),
            name: text(&r["name"]),
        };
        recorded.map(reference).collect()
    }
}

fn is_cascade(finalizer: &str) -> bool {
    has_name(finalizer, CASCADE)
}

fn has_name(finalizer: &str, name: &str) -> bool {
    finalizer
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a manifest asks for: all that is not an answer to it. Requests are none of it, which go when they are done:
/// `operation`, and the refresh annotation.
fn wish(raw: &Object) -> impl Iterator<Item = (&str, &Value)> {
    let metadata = &raw.value()["metadata"];
    let annotations = metadata["annotations"].as_object().into_iter().flatten();
    let annotations = annotations.map(|(name, value)| (name.as_str(), value));
    let fields = ["labels", "finalizers", "deletionTimestamp"].into_iter();
    let fields = fields.map(|field| (field, &metadata[field]));
    annotations
        .filter(|(name, _)| *name != REFRESH)
        .chain(fields)
        .chain([("spec", &raw.value()["spec"])])
}

fn read(raw: &Object, home: &str) -> (Result<Application, Vec<Condition>>, Vec<Condition>) {
    let invalid = |found: &[Diagnostic]| {
        Condition::of(Condition::INVALID_SPEC, found)
            .into_iter()
            .collect::<Vec<_>>()
    };
    // Requests are read when they are taken up.
    let mut asked = raw.clone();
    asked.remove("operation");
    match read_manifest(asked.value()) {
        Ok(Parsed {
            value: Manifest::Application(mut application),
            warnings,
        }) => {
            // As Argo CD tracks: those of the control plane's own namespace by their name alone.
            if application.namespace == home {
                application.namespace.clear();
            }
            let warnings = warnings.iter().map(Condition::of_warning).collect();
            (Ok(*application), warnings)
        }
        Ok(_) => {
            let message = format!("{} is no Application", raw.reference());
            (
                Err(vec![Condition::new(Condition::INVALID_SPEC, message)]),
                Vec::new(),
            )
        }
        Err(problems) => (Err(invalid(&problems)), Vec::new()),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::collections::BTreeSet;

    use gantry_model::{Object, merge_patch};
    use gantry_sync::Phase::{PostDelete, PreDelete};
    use gantry_sync::{Extent, HookExtent};
    use serde_json::{Value, json};

    use super::{CASCADE, Known, News, POST_DELETE, PRE_DELETE};

    fn application(more: &Value) -> Object {
        let mut value = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "web", "namespace": "argocd"},
            "spec": {"project": "default", "source": {"repoURL": "https://git.example/a", "path": "web"},
                "destination": {"name": "one", "namespace": "apps"}}});
        merge_patch::apply(&mut value, more);
        Object::new(value, None).expect("an object")
    }

    fn annotated(name: &str) -> Value {
        json!({"metadata": {"annotations": {name: "x"}}})
    }

    #[test]
    fn requests_and_answers_are_no_news() {
        let nothing = (false, false);
        for (what, more, (is_wish, is_compared)) in [
            ("nothing", json!({}), nothing),
            ("an answer", json!({"status": {"sync": {}}}), nothing),
            ("a request", json!({"operation": {"sync": {}}}), nothing),
            (
                "a refresh",
                annotated("argocd.argoproj.io/refresh"),
                nothing,
            ),
            (
                "what waits",
                annotated("gantry.dev/depends-on"),
                (true, false),
            ),
            ("a note", annotated("notified.example/at"), (true, false)),
            (
                "how to compare",
                annotated("argocd.argoproj.io/compare-options"),
                (true, true),
            ),
            (
                "labels",
                json!({"metadata": {"labels": {"a": "b"}}}),
                (true, false),
            ),
            (
                "its source",
                json!({"spec": {"source": {"path": "b"}}}),
                (true, true),
            ),
        ] {
            let mut known = Known::read(application(&json!({})), "argocd");
            let expected = News {
                is_wish,
                is_compared,
            };
            assert_eq!(known.take(application(&more)), expected, "{what}");
            let mut known = Known::read(application(&more), "argocd");
            let back = known.take(application(&json!({})));
            assert_eq!(back, expected, "{what}, taken away");
        }
    }
    #[test]
    fn finalizers_say_what_is_to_be_done_before_it_goes() {
        let (pre, post) = (PRE_DELETE.to_owned(), POST_DELETE.to_owned());
        let (pre_cleanup, post_cleanup) = (format!("{pre}/cleanup"), format!("{post}/cleanup"));
        let hook = |run, remove| HookExtent { run, remove };
        let only = |before, after| Extent {
            objects: false,
            before,
            after,
        };
        let none = hook(false, false);
        for (finalizers, expected) in [
            (vec![post.clone()], only(none, hook(true, false))),
            (
                vec![post.clone(), post_cleanup.clone()],
                only(none, hook(true, true)),
            ),
            (vec![post_cleanup.clone()], only(none, hook(false, true))),
            (
                vec![pre.clone(), pre_cleanup.clone(), post.clone()],
                only(hook(true, true), hook(true, false)),
            ),
            (vec!["example.com/own".to_owned()], only(none, none)),
            (
                vec![format!("{CASCADE}/background"), post.clone()],
                Extent::default(),
            ),
        ] {
            let with = json!({"metadata": {"finalizers": finalizers}});
            let known = Known::read(application(&with), "argocd");
            assert_eq!(known.extent(), expected, "{finalizers:?}");
        }
        let both = BTreeSet::from([PreDelete, PostDelete]);
        let own = "example.com/own".to_owned();
        let all = vec![
            own.clone(),
            pre,
            pre_cleanup,
            post.clone(),
            post_cleanup.clone(),
        ];
        for (finalizers, hooks, expected) in [
            (vec![own.clone()], &both, Some(all.clone())),
            (all.clone(), &both, None),
            (all.clone(), &BTreeSet::new(), Some(vec![own.clone()])),
            (vec![own.clone()], &BTreeSet::new(), None),
            (
                vec![post.clone()],
                &BTreeSet::from([PostDelete]),
                Some(vec![post, post_cleanup]),
            ),
        ] {
            let with = json!({"metadata": {"finalizers": finalizers}});
            let known = Known::read(application(&with), "argocd");
            assert_eq!(known.finalizers_for(hooks), expected, "{finalizers:?}");
        }
        let going = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
        let known = Known::read(application(&going), "argocd");
        assert_eq!(known.finalizers_for(&both), None);
    }
}
