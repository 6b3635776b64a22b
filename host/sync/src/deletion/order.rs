//! What is deleted with an application, and in which order. Argo CD's rules
//! (`controller/appcontroller.go`, `shouldBeDeleted`; `controller/sort_delete.go`): the highest wave
//! first; within a wave the kinds in the reverse of their order; namespaces last of all. Pure.

use std::cmp::Reverse;

use gantry_model::Object;
use gantry_model::application::Confirmation;

use crate::annotations;
use crate::desired::is_crd;
use crate::options::Options;
use crate::order::rank;
use crate::phase::Phase;
use crate::plan::{Step, Task, Work};

/// What the deletion does to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is deleted.
    Deleted,
    /// It stays, and why.
    Kept(&'static str),
    /// Nothing is deleted before somebody has said yes.
    Unconfirmed(&'static str),
}

/// What the deletion does to one object.
pub(super) fn fate(object: &Object, options: &Options) -> Fate {
    if is_crd(object) {
        return Fate::Kept(
            "a CustomResourceDefinition stays: all objects of its kind would go with it",
        );
    }
    if object
        .annotation("helm.sh/resource-policy")
        .is_some_and(keeps)
    {
        return Fate::Kept("kept by its annotation helm.sh/resource-policy: keep");
    }
    let confirmed = options.delete_confirmed;
    match (annotations::option(object, "Delete"), options.delete) {
        (Some("false"), _) => Fate::Kept("kept by its sync option Delete=false"),
        (Some("confirm"), _) if !confirmed => Fate::Unconfirmed(
            "its sync option Delete=confirm wants a confirmation: --confirm-delete",
        ),
        (None, Confirmation::No) => {
            Fate::Kept("kept by the application's sync option Delete=false")
        }
        (None, Confirmation::Confirm) if !confirmed => Fate::Unconfirmed(
            "the application's sync option Delete=confirm wants a confirmation: --confirm-delete",
        ),
        _ => Fate::Deleted,
    }
}

fn keeps(text: &str) -> bool {
    text.split(',').any(|word| word.trim() == "keep")
}

/// The waves in which objects are deleted; each step's tasks in order.
pub(super) fn steps(objects: Vec<Object>) -> Vec<Step> {
    let mut tasks: Vec<(bool, Task)> = objects
        .into_iter()
        .map(|object| {
            let task = Task {
                phase: Phase::Sync,
                wave: annotations::wave(&object),
                work: Work::Prune(Box::new(object)),
            };
            (is_namespace(task.object()), task)
        })
        .collect();
    tasks.sort_by_cached_key(|(namespace, task)| {
        let object = task.object();
        let kind = Reverse((rank(object.kind()), object.kind().to_owned()));
        let name = (object.namespace().to_owned(), object.name().to_owned());
        (*namespace, Reverse(task.wave), kind, name)
    });
    let same = |a: &(bool, Task), b: &(bool, Task)| (a.0, a.1.wave) == (b.0, b.1.wave);
    let waves = tasks.chunk_by(same);
    waves
        .filter_map(|wave| {
            let (_, first) = wave.first()?;
            Some(Step {
                phase: first.phase,
                wave: first.wave,
                tasks: wave.iter().map(|(_, task)| task.clone()).collect(),
            })
        })
        .collect()
}

fn is_namespace(object: &Object) -> bool {
    object.kind() == "Namespace" && object.api_version() == "v1"
}

#[cfg(test)]
mod tests {
    use super::{Fate, fate, steps};
    use crate::options::Options;
    use gantry_model::Object;
    use gantry_model::application::Confirmation;
    use serde_json::json;

    fn object(api_version: &str, kind: &str, name: &str, annotations: serde_json::Value) -> Object {
        let metadata = json!({"name": name, "annotations": annotations});
        let value = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        Object::new(value, None).expect("an object")
    }

    #[test]
    fn waves_and_kinds_go_backwards_and_namespaces_last() {
        let wave = |n: &str| json!({"argocd.argoproj.io/sync-wave": n});
        let objects = vec![
            object("v1", "Namespace", "ns", wave("9")),
            object("v1", "ConfigMap", "b", json!({})),
            object("v1", "ConfigMap", "a", json!({})),
            object("apps/v1", "Deployment", "web", json!({})),
            object("v1", "Secret", "early", wave("-5")),
            object("v1", "Service", "late", wave("2")),
            object("x.io/v1", "Thing", "own", json!({})),
        ];
        let told: Vec<Vec<String>> = steps(objects)
            .iter()
            .map(|step| {
                step.tasks
                    .iter()
                    .map(|t| t.object().name().to_owned())
                    .collect()
            })
            .collect();
        let expected: [&[&str]; 4] = [&["late"], &["own", "web", "a", "b"], &["early"], &["ns"]];
        assert_eq!(told, expected);
    }

    #[test]
    fn options_say_what_stays() {
        let option = |text: &str| json!({"argocd.argoproj.io/sync-options": text});
        let kept = "kept";
        let unconfirmed = "unconfirmed";
        let keep = json!({"helm.sh/resource-policy": "keep"});
        let cases = [
            (json!({}), Confirmation::Yes, false, "deleted"),
            (option("Delete=false"), Confirmation::Yes, true, kept),
            (option("Delete=true"), Confirmation::No, false, "deleted"),
            (option("Prune=false"), Confirmation::Yes, false, "deleted"),
            (
                option("Delete=confirm"),
                Confirmation::Yes,
                false,
                unconfirmed,
            ),
            (option("Delete=confirm"), Confirmation::No, true, "deleted"),
            (json!({}), Confirmation::No, true, kept),
            (json!({}), Confirmation::Confirm, false, unconfirmed),
            (json!({}), Confirmation::Confirm, true, "deleted"),
            (keep, Confirmation::Yes, true, kept),
        ];
        for (annotations, delete, delete_confirmed, expected) in cases {
            let options = Options {
                delete,
                delete_confirmed,
                ..Options::default()
            };
            let told = match fate(
                &object("v1", "ConfigMap", "a", annotations.clone()),
                &options,
            ) {
                Fate::Deleted => "deleted",
                Fate::Kept(_) => kept,
                Fate::Unconfirmed(_) => unconfirmed,
            };
            assert_eq!(
                told, expected,
                "{annotations} {delete:?} {delete_confirmed}"
            );
        }
        let crd = "apiextensions.k8s.io/v1";
        let crd = object(crd, "CustomResourceDefinition", "things.x.io", json!({}));
        assert!(matches!(fate(&crd, &Options::default()), Fate::Kept(_)));
    }
}
