//! What an object's annotations make of it: an ordinary object, or a hook of some phases. Argo
//! CD's rules (`gitops-engine/pkg/sync/hook`), Helm's hooks mapped as it maps them. Pure.

use std::collections::BTreeSet;

use gantry_model::Object;

use crate::phase::Phase;

const HOOK: &str = "argocd.argoproj.io/hook";
const DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
const HELM_HOOK: &str = "helm.sh/hook";
const HELM_DELETE_POLICY: &str = "helm.sh/hook-delete-policy";

/// The finalizer that keeps a hook until its operation has ended, whoever else deletes it: a Job's
/// `ttlSecondsAfterFinished`, say. Argo CD's name, so that its users' tools know it.
pub(crate) const FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";
/// Which operation ran a hook, and in which phase: `OPERATION/PHASE`.
pub(crate) const OPERATION: &str = "gantry.dev/operation";

/// What an object is to a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is applied in the phase Sync, and pruned when it is gone from Git.
    Ordinary,
    /// `argocd.argoproj.io/hook: Skip`: it is not touched.
    Skipped,
    /// It runs in each of these phases.
    Hook(BTreeSet<Phase>),
    /// A hook of something other than a sync: of a deletion, of a rollback, of Helm's tests, or of
    /// a type that nobody knows. The text is the annotation's.
    Other(String),
}

/// When a hook is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeletePolicy {
    /// Before it is made anew. The default when none is named.
    pub(crate) before_creation: bool,
    /// Once the sync has succeeded.
    pub(crate) succeeded: bool,
    /// Once the sync has failed.
    pub(crate) failed: bool,
}

/// What an object is to a sync.
pub(crate) fn role(object: &Object) -> Role {
    let argo = object.annotation(HOOK);
    let helm = object.annotation(HELM_HOOK);
    if argo.is_none() && helm.is_none_or(|value| value == "crd-install") {
        return Role::Ordinary;
    }
    let words = |text: Option<&str>| -> Vec<String> {
        let split = text.unwrap_or_default().split(',');
        split.map(|word| word.trim().to_owned()).collect()
    };
    let argo_words = words(argo);
    let known: BTreeSet<&str> = argo_words
        .iter()
        .map(String::as_str)
        .filter(|word| ARGO_TYPES.contains(word))
        .collect();
    let phases: BTreeSet<Phase> = if known.is_empty() {
        words(helm).iter().filter_map(|w| helm_phase(w)).collect()
    } else {
        known.iter().filter_map(|word| argo_phase(word)).collect()
    };
    if known.len() == 1 && known.contains("Skip") {
        Role::Skipped
    } else if phases.is_empty() {
        Role::Other(argo.or(helm).unwrap_or_default().to_owned())
    } else {
        Role::Hook(phases)
    }
}

/// The phases of a deletion that an object is a hook of. Either annotation counts
/// (`controller/hook.go`, `isHookOfType`).
pub fn deletion_phases(object: &Object) -> BTreeSet<Phase> {
    let names = [
        (Phase::PreDelete, "PreDelete", "pre-delete"),
        (Phase::PostDelete, "PostDelete", "post-delete"),
    ];
    let has = |key, word| {
        let text = object.annotation(key).unwrap_or_default();
        text.split(',').any(|named| named.trim() == word)
    };
    let of_object = names
        .into_iter()
        .filter(|(_, argo, helm)| has(HOOK, *argo) || has(HELM_HOOK, *helm));
    of_object.map(|(phase, ..)| phase).collect()
}

/// Whether an object that is in the cluster is left alone by pruning, because it is a hook.
pub fn is_hook(object: &Object) -> bool {
    matches!(role(object), Role::Hook(_) | Role::Other(_))
}

/// Whether a type that no sync runs is one of another occasion.
pub(crate) fn is_known_elsewhere(kind: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "PreDelete",
        "PostDelete",
        "test",
        "test-success",
        "test-failure",
        "pre-delete",
        "post-delete",
        "pre-rollback",
        "post-rollback",
    ];
    kind.split(',').any(|word| OTHERS.contains(&word.trim()))
}

/// When a hook is deleted.
pub(crate) fn delete_policy(object: &Object) -> DeletePolicy {
    let mut policy = DeletePolicy::default();
    let mut any = false;
    let argo = object.annotation(DELETE_POLICY).unwrap_or_default();
    let helm = object.annotation(HELM_DELETE_POLICY).unwrap_or_default();
    for word in argo.split(',').chain(helm.split(',')).map(str::trim) {
        let named = match word {
            "BeforeHookCreation" | "before-hook-creation" => &mut policy.before_creation,
            "HookSucceeded" | "hook-succeeded" => &mut policy.succeeded,
            "HookFailed" | "hook-failed" => &mut policy.failed,
            _ => continue,
        };
        *named = true;
        any = true;
    }
    policy.before_creation |= !any;
    policy
}

/// Whether a hook says itself when it is deleted.
pub(crate) fn names_delete_policy(object: &Object) -> bool {
    let policy = delete_policy(object);
    let named = |key| object.annotation(key).unwrap_or_default();
    let before = [DELETE_POLICY, HELM_DELETE_POLICY].map(named).join(",");
    let explicit =
        |word: &str| matches!(word.trim(), "BeforeHookCreation" | "before-hook-creation");
    policy.succeeded || policy.failed || before.split(',').any(explicit)
}

/// Every type that Argo CD's annotation may name.
const ARGO_TYPES: [&str; 7] = [
    "PreSync",
    "Sync",
    "PostSync",
    "SyncFail",
    "Skip",
    "PreDelete",
    "PostDelete",
];

fn argo_phase(word: &str) -> Option<Phase> {
    match word {
        "PreSync" => Some(Phase::PreSync),
        "Sync" => Some(Phase::Sync),
        "PostSync" => Some(Phase::PostSync),
        "SyncFail" => Some(Phase::SyncFail),
        _ => None,
    }
}

fn helm_phase(word: &str) -> Option<Phase> {
    match word {
        "pre-install" | "pre-upgrade" => Some(Phase::PreSync),
        "post-install" | "post-upgrade" => Some(Phase::PostSync),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{DeletePolicy, Role, delete_policy, role};
    use crate::phase::Phase::{PostSync, PreSync, Sync, SyncFail};
    use gantry_model::Object;
    use serde_json::json;

    fn object(annotations: &[(&str, &str)]) -> Object {
        let annotations: serde_json::Map<_, _> = annotations
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let metadata = json!({"name": "a", "annotations": annotations});
        let value = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata});
        Object::new(value, None).expect("an object")
    }

    #[test]
    fn annotations_make_hooks() {
        let argo = |text| object(&[("argocd.argoproj.io/hook", text)]);
        let helm = |text| object(&[("helm.sh/hook", text)]);
        let hook = |phases: &[_]| Role::Hook(phases.iter().copied().collect());
        let other = |text: &str| Role::Other(text.to_owned());
        let both = object(&[
            ("argocd.argoproj.io/hook", "Sync"),
            ("helm.sh/hook", "pre-install"),
        ]);
        let made_up = object(&[
            ("argocd.argoproj.io/hook", "Unheard"),
            ("helm.sh/hook", "post-upgrade"),
        ]);
        let cases = [
            (object(&[]), Role::Ordinary),
            (argo("PreSync"), hook(&[PreSync])),
            (argo(" PostSync , PreSync"), hook(&[PreSync, PostSync])),
            (argo("Sync,Sync,Unheard"), hook(&[Sync])),
            (argo("SyncFail"), hook(&[SyncFail])),
            (argo("Skip"), Role::Skipped),
            (argo("Skip,PreSync"), hook(&[PreSync])),
            (argo("Unheard"), other("Unheard")),
            (argo("PreDelete"), other("PreDelete")),
            (argo(""), other("")),
            (helm("pre-install,pre-upgrade"), hook(&[PreSync])),
            (
                helm("post-install, pre-upgrade"),
                hook(&[PreSync, PostSync]),
            ),
            (helm("test"), other("test")),
            (helm("pre-delete"), other("pre-delete")),
            (helm("crd-install"), Role::Ordinary),
            (both, hook(&[Sync])),
            (made_up, hook(&[PostSync])),
        ];
        for (object, expected) in cases {
            assert_eq!(role(&object), expected, "{:?}", object.value());
        }
    }

    #[test]
    fn hooks_of_a_deletion_are_found_in_either_annotation() {
        use crate::phase::Phase::{PostDelete, PreDelete};
        let argo = |text| ("argocd.argoproj.io/hook", text);
        let helm = |text| ("helm.sh/hook", text);
        let cases: [(&[(&str, &str)], &[_]); 7] = [
            (&[], &[]),
            (&[argo("PreSync")], &[]),
            (&[argo("PreDelete")], &[PreDelete]),
            (&[argo("PostSync, PostDelete")], &[PostDelete]),
            (&[argo("PreDelete,PostDelete")], &[PreDelete, PostDelete]),
            (&[helm("pre-delete")], &[PreDelete]),
            (&[argo("Sync"), helm("post-delete")], &[PostDelete]),
        ];
        for (annotations, expected) in cases {
            let phases = super::deletion_phases(&object(annotations));
            assert_eq!(
                phases,
                expected.iter().copied().collect(),
                "{annotations:?}"
            );
        }
    }

    #[test]
    fn delete_policies_add_up() {
        let policy = |b, s, f| DeletePolicy {
            before_creation: b,
            succeeded: s,
            failed: f,
        };
        let cases = [
            (object(&[]), policy(true, false, false)),
            (
                object(&[("argocd.argoproj.io/hook-delete-policy", "Unheard")]),
                policy(true, false, false),
            ),
            (
                object(&[(
                    "argocd.argoproj.io/hook-delete-policy",
                    "HookSucceeded, HookFailed",
                )]),
                policy(false, true, true),
            ),
            (
                object(&[
                    ("argocd.argoproj.io/hook-delete-policy", "HookFailed"),
                    ("helm.sh/hook-delete-policy", "before-hook-creation"),
                ]),
                policy(true, false, true),
            ),
        ];
        for (object, expected) in cases {
            assert_eq!(delete_policy(&object), expected, "{:?}", object.value());
        }
    }
}
