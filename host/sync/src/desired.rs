//! From rendered objects to wanted ones: scope, namespace, tracking, duplicates. Pure.

use std::collections::{BTreeMap, HashMap};

use gantry_model::cluster::Resource;
use gantry_model::{Diagnostic, Gvk, Object, Position, Span};
use serde_json::Value;

use crate::annotations;
use crate::identity::{Key, TRACKING_ID, tracking_id};
use crate::report::{Action, Row};
use crate::run::Target;

/// Where objects without a namespace go when the destination names none, as kubectl has it.
const FALLBACK_NAMESPACE: &str = "default";

/// One object that is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The object, with its namespace and tracking annotation.
    pub object: Object,
    /// Its kind on the server; none while its CRD is still to be applied in this sync.
    pub resource: Option<Resource>,
    /// Whether it lives in a namespace.
    pub namespaced: bool,
}

/// All objects that are wanted, each once.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// In the renderer's order.
    pub wanted: Vec<Wanted>,
    /// What cannot be applied at all, or is left out.
    pub rows: Vec<Row>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

/// A kind that a CRD of the same set brings.
struct Coming {
    namespaced: bool,
}

impl Desired {
    /// Normalises rendered objects for a target. `kinds` has what the server says of each kind:
    /// none where it does not serve it.
    pub fn new(
        objects: Vec<Object>,
        target: &Target<'_>,
        kinds: &HashMap<Gvk, Option<Resource>>,
    ) -> Self {
        let coming = coming_kinds(&objects);
        let mut desired = Self::default();
        // Where each object is, and how often it came.
        let mut places: HashMap<Key, (usize, usize)> = HashMap::new();
        for object in objects {
            if let Some(hook) = annotations::hook(&object) {
                desired.leave_out_hook(&object, hook);
                continue;
            }
            let gvk = object.gvk();
            let resource = kinds.get(&gvk).cloned().flatten();
            let namespaced = match (&resource, coming.get(&gvk)) {
                (Some(resource), _) => resource.namespaced,
                (None, Some(coming)) => coming.namespaced,
                (None, None) => {
                    let message = gantry_model::ClusterError::UnknownKind(gvk).to_string();
                    desired
                        .rows
                        .push(Row::new(&object, Action::Failed).message(message));
                    continue;
                }
            };
            let Some(object) = desired.place(object, target, namespaced) else {
                continue;
            };
            let wanted = Wanted {
                object,
                resource,
                namespaced,
            };
            let key = Key::of(&wanted.object);
            let known = places.get(&key);
            if let Some(place) = known.and_then(|&(p, _)| desired.wanted.get_mut(p)) {
                *place = wanted;
                places.entry(key).and_modify(|(_, times)| *times += 1);
                continue;
            }
            places.insert(key, (desired.wanted.len(), 1));
            desired.wanted.push(wanted);
        }
        desired.warn_of_repeated(&places);
        desired
    }

    /// In Argo CD's words (`controller/state.go`, `DeduplicateTargetObjects`).
    fn warn_of_repeated(&mut self, places: &HashMap<Key, (usize, usize)>) {
        let mut repeated: Vec<_> = places.iter().filter(|(_, (_, times))| *times > 1).collect();
        repeated.sort();
        for (key, (place, times)) in repeated {
            let Key {
                group,
                kind,
                namespace,
                name,
            } = key;
            let message = format!(
                "Resource {group}/{kind}/{namespace}/{name} appeared {times} times among \
                 application resources."
            );
            let warning = Diagnostic::warning("repeated-resource", message)
                .help("the last one counts; render it once");
            if let Some(wanted) = self.wanted.get(*place) {
                let warning = about(&wanted.object, warning);
                self.warnings.push(Diagnostic {
                    object: None,
                    ..warning
                });
            }
        }
    }

    /// Gives an object its namespace and its tracking annotation.
    fn place(
        &mut self,
        mut object: Object,
        target: &Target<'_>,
        namespaced: bool,
    ) -> Option<Object> {
        if object.name().is_empty() {
            let message = "metadata.name is missing; generateName works for hooks only";
            self.rows
                .push(Row::new(&object, Action::Failed).message(message));
            return None;
        }
        if !namespaced {
            object.set_namespace("");
        } else if object.namespace().is_empty() {
            let namespace = target.namespace;
            object.set_namespace(if namespace.is_empty() {
                FALLBACK_NAMESPACE
            } else {
                namespace
            });
        }
        let key = Key::of(&object);
        let namespace = if namespaced {
            &key.namespace
        } else {
            target.namespace
        };
        object.set_annotation(
            TRACKING_ID,
            &tracking_id(target.application, &key, namespace),
        );
        for option in annotations::options(&object) {
            if !EFFECTIVE_OPTIONS.contains(&option) {
                let message = format!("sync option {option:?} has no effect yet");
                self.warnings.push(about(
                    &object,
                    Diagnostic::warning("no-effect-yet", message),
                ));
            }
        }
        Some(object)
    }

    fn leave_out_hook(&mut self, object: &Object, hook: &str) {
        if annotations::is_skipped(hook) {
            return;
        }
        let message = format!("{hook} hook: hooks are not run yet");
        let warning = Diagnostic::warning("hook", format!("{}: {message}", object.reference()));
        self.warnings.push(about(object, warning));
        self.rows
            .push(Row::new(object, Action::Skipped).message(message));
    }
}

/// Options on an object that the driver obeys.
const EFFECTIVE_OPTIONS: [&str; 6] = [
    "Prune=false",
    "Prune=confirm",
    "Prune=true",
    "ServerSideApply=true",
    "Delete=true",
    "Replace=false",
];

/// The kinds that CRDs among the objects will bring.
fn coming_kinds(objects: &[Object]) -> BTreeMap<Gvk, Coming> {
    let mut coming = BTreeMap::new();
    for crd in objects.iter().filter(|object| is_crd(object)) {
        let scope = crd.value().pointer("/spec/scope").and_then(Value::as_str);
        let namespaced = scope != Some("Cluster");
        coming.extend(
            kinds_of(crd)
                .into_iter()
                .map(|gvk| (gvk, Coming { namespaced })),
        );
    }
    coming
}

/// The kinds that a CRD serves.
pub(crate) fn kinds_of(crd: &Object) -> Vec<Gvk> {
    let text = |value: &Value, pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let versions = crd
        .value()
        .pointer("/spec/versions")
        .and_then(Value::as_array);
    let served = versions
        .into_iter()
        .flatten()
        .filter(|v| v.get("served") != Some(&Value::Bool(false)));
    served
        .map(|version| Gvk {
            group: text(crd.value(), "/spec/group"),
            version: text(version, "/name"),
            kind: text(crd.value(), "/spec/names/kind"),
        })
        .collect()
}

pub(crate) fn is_crd(object: &Object) -> bool {
    object.kind() == "CustomResourceDefinition"
        && object.api_version().starts_with("apiextensions.k8s.io/")
}

/// The same, with the object and where it was rendered from.
pub(crate) fn about(object: &Object, mut diagnostic: Diagnostic) -> Diagnostic {
    if let Some(origin) = object.origin() {
        let start = Some(Position {
            line: origin.line,
            column: 1,
        });
        diagnostic.span = Some(Span {
            path: origin.path.clone(),
            start,
        });
    }
    if !diagnostic.message.contains(&object.reference().to_string()) {
        diagnostic.object = Some(object.reference());
    }
    diagnostic
}
