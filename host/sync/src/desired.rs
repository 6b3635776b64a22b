//! From rendered objects to wanted ones: scope, namespace, tracking, duplicates. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gantry_model::cluster::Resource;
use gantry_model::{Diagnostic, Gvk, Object, Position, Span};
use serde_json::Value;

use crate::aggregated;
use crate::hook::{self, Role};
use crate::identity::{Key, TRACKING_ID, tracking_id};
use crate::operation::Operation;
use crate::phase::Phase;
use crate::report::{Action, Row};
use crate::target::Target;

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
    /// When it has its turn.
    pub phase: Phase,
    /// Whether it is a hook: it is made anew, runs, and belongs to no state that is compared.
    pub hook: bool,
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
        operation: &Operation,
    ) -> Self {
        let coming = coming_kinds(&objects);
        let mut desired = Self::default();
        // Where each object is, and how often it came.
        let mut places: HashMap<Key, (usize, usize)> = HashMap::new();
        for object in objects {
            let phases = match hook::role(&object) {
                Role::Ordinary => BTreeSet::new(),
                Role::Skipped => continue,
                Role::Hook(phases) => phases,
                Role::Other(kind) => {
                    desired.leave_out(&object, &kind);
                    continue;
                }
            };
            let gvk = object.gvk();
            let resource = kinds.get(&gvk).cloned().flatten();
            let namespaced = match (&resource, coming.get(&gvk)) {
                (Some(resource), _) => resource.namespaced,
                (None, Some(coming)) => coming.namespaced,
                // The kind may come with an earlier wave, from an operator say.
                (None, None) if target.may_lack_kind(&object) => !object.namespace().is_empty(),
                (None, None) => {
                    let message = gantry_model::ClusterError::UnknownKind(gvk).to_string();
                    desired
                        .rows
                        .push(Row::new(&object, Action::Failed).message(message));
                    continue;
                }
            };
            let turn = |object, phase, hook| Wanted {
                object,
                resource: resource.clone(),
                namespaced,
                phase,
                hook,
            };
            // A hook of several phases is made anew for each.
            for phase in &phases {
                let mut hook = object.clone();
                operation.name(&mut hook, *phase);
                if let Some(mut hook) = desired.place(hook, target, namespaced) {
                    operation.mark(&mut hook, *phase);
                    desired.wanted.push(turn(hook, *phase, true));
                }
            }
            if phases.is_empty()
                && let Some(object) = desired.place(object, target, namespaced)
            {
                desired.keep(turn(object, Phase::Sync, false), &mut places);
            }
        }
        desired.warn_of_repeated(&places);
        desired
    }

    /// The hooks of a deletion; ordinary objects are passed over.
    pub(crate) fn of_deletion(
        objects: &[Object],
        target: &Target<'_>,
        kinds: &HashMap<Gvk, Option<Resource>>,
        operation: &Operation,
    ) -> Self {
        let mut desired = Self::default();
        for object in objects {
            for phase in hook::deletion_phases(object) {
                let gvk = object.gvk();
                let Some(resource) = kinds.get(&gvk).cloned().flatten() else {
                    let message = gantry_model::ClusterError::UnknownKind(gvk).to_string();
                    let row = Row::new(object, Action::Failed).message(message);
                    desired.rows.push(row);
                    continue;
                };
                let mut hook = object.clone();
                operation.name(&mut hook, phase);
                let namespaced = resource.namespaced;
                if let Some(mut object) = desired.place(hook, target, namespaced) {
                    operation.mark(&mut object, phase);
                    desired.wanted.push(Wanted {
                        object,
                        resource: Some(resource),
                        namespaced,
                        phase,
                        hook: true,
                    });
                }
            }
        }
        desired
    }

    /// Takes an ordinary object; of several of one key, the last one counts.
    fn keep(&mut self, wanted: Wanted, places: &mut HashMap<Key, (usize, usize)>) {
        let key = Key::of(&wanted.object);
        let known = places.get(&key);
        if let Some(place) = known.and_then(|&(p, _)| self.wanted.get_mut(p)) {
            *place = wanted;
            places.entry(key).and_modify(|(_, times)| *times += 1);
        } else {
            places.insert(key, (self.wanted.len(), 1));
            self.wanted.push(wanted);
        }
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
        aggregated::leave_rules(&mut object);
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
        for warning in crate::settings::unknown(&object) {
            self.warnings.push(about(&object, warning));
        }
        Some(object)
    }

    /// Helm's tests and the hooks of a deletion have no turn in a sync. Argo CD passes over them
    /// in silence; a type that nobody knows is most likely a slip.
    fn leave_out(&mut self, object: &Object, kind: &str) {
        if hook::is_known_elsewhere(kind) {
            return;
        }
        let message = format!("{}: {kind:?} names no kind of hook", object.reference());
        let warning = Diagnostic::warning("unknown-hook", message)
            .help("PreSync, Sync, PostSync, SyncFail, PreDelete, PostDelete and Skip are known");
        self.warnings.push(about(object, warning));
        let row = Row::new(object, Action::Skipped);
        self.rows
            .push(row.message(format!("{kind:?} names no kind of hook")));
    }
}

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

/// The group and kind that a CRD brings.
pub(crate) fn crd_kind(object: &Object) -> Option<(String, String)> {
    let text = |pointer| object.value().pointer(pointer).and_then(Value::as_str);
    let kind = (text("/spec/group")?, text("/spec/names/kind")?);
    is_crd(object).then(|| (kind.0.to_owned(), kind.1.to_owned()))
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
