//! How the objects of an application are, for the tables of `get`, `sync` and `wait`: what the last
//! operation says of each, and what the status says. Pure.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::resources::Chosen;
use gantry_api::app::View;

/// One object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) health: String,
    pub(super) hook: String,
    pub(super) message: String,
}

/// Which object: group, kind, namespace, name.
pub(super) type Key = (String, String, String, String);

pub(super) const HEAD: [&str; 8] = [
    "GROUP",
    "KIND",
    "NAMESPACE",
    "NAME",
    "STATUS",
    "HEALTH",
    "HOOK",
    "MESSAGE",
];

impl State {
    pub(super) fn key(&self) -> Key {
        (
            self.group.clone(),
            self.kind.clone(),
            self.namespace.clone(),
            self.name.clone(),
        )
    }

    pub(super) fn cells(&self) -> [String; 8] {
        [
            self.group.clone(),
            self.kind.clone(),
            self.namespace.clone(),
            self.name.clone(),
            self.status.clone(),
            self.health.clone(),
            self.hook.clone(),
            self.message.clone(),
        ]
    }

    /// Takes over what is newer; what is known is not forgotten. True where something changed.
    pub(super) fn merge(&mut self, newer: &Self) -> bool {
        let mut changed = false;
        for (known, newer) in [
            (&mut self.status, &newer.status),
            (&mut self.health, &newer.health),
            (&mut self.hook, &newer.hook),
            (&mut self.message, &newer.message),
        ] {
            if !newer.is_empty() && known != newer {
                known.clone_from(newer);
                changed = true;
            }
        }
        changed
    }
}

/// All objects: those of the last operation in its order, then the others by their names.
pub(super) fn states(app: View<'_>, chosen: &[Chosen]) -> Vec<State> {
    let mut known: BTreeMap<Key, View<'_>> = app
        .list("/status/resources")
        .iter()
        .map(|resource| (named(View(resource)).key(), View(resource)))
        .collect();
    let mut states = Vec::new();
    for result in app.list("/status/operationState/syncResult/resources") {
        let result = View(result);
        let mut state = named(result);
        state.status = result.text("/hookPhase").to_owned();
        state.health = result.text("/status").to_owned();
        state.hook = result.text("/hookType").to_owned();
        state.message = result.text("/message").to_owned();
        let resource = known.remove(&state.key());
        if let Some(resource) = resource.filter(|_| state.hook.is_empty()) {
            state.status = resource.text("/status").to_owned();
            state.health = resource.text("/health/status").to_owned();
        }
        states.push(state);
    }
    states.extend(known.into_values().map(|resource| State {
        status: resource.text("/status").to_owned(),
        health: resource.text("/health/status").to_owned(),
        ..named(resource)
    }));
    states.retain(|state| {
        Chosen::fit(
            chosen,
            &state.group,
            &state.kind,
            &state.namespace,
            &state.name,
        )
    });
    states
}

/// The same with each object once.
pub(super) fn merged(app: View<'_>, chosen: &[Chosen]) -> Vec<State> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut merged: Vec<State> = Vec::new();
    for state in states(app, chosen) {
        if let Some(&place) = places.get(&state.key()) {
            merged[place].merge(&state);
        } else {
            places.insert(state.key(), merged.len());
            merged.push(state);
        }
    }
    merged
}

/// How many objects the last operation left that are to be pruned.
pub(super) fn left_to_prune(state: View<'_>) -> usize {
    let results = state.list("/syncResult/resources").iter();
    results
        .filter(|result: &&Value| result["status"] == "PruneSkipped")
        .count()
}

fn named(resource: View<'_>) -> State {
    State {
        group: resource.text("/group").to_owned(),
        kind: resource.text("/kind").to_owned(),
        namespace: resource.text("/namespace").to_owned(),
        name: resource.text("/name").to_owned(),
        ..State::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{State, merged, states};
    use crate::commands::app::resources::Chosen;
    use gantry_api::app::View;

    fn application() -> Value {
        let object = |kind: &str, name: &str| json!({"kind": kind, "namespace": "n", "name": name});
        let with = |mut object: Value, more: Value| {
            let more = more.as_object().cloned().unwrap_or_default();
            if let Value::Object(fields) = &mut object {
                fields.extend(more);
            }
            object
        };
        json!({"status": {
            "resources": [
                with(object("Service", "web"), json!({"status": "OutOfSync"})),
                with(object("ConfigMap", "b"), json!({"status": "Synced", "health": {"status": "Healthy"}})),
                with(object("ConfigMap", "a"), json!({"status": "Synced"})),
            ],
            "operationState": {"syncResult": {"resources": [
                with(object("Job", "hook"), json!({"hookType": "PreSync", "hookPhase": "Succeeded", "message": "done"})),
                with(object("Service", "web"), json!({"status": "Synced", "hookPhase": "Running", "message": "service/web created"})),
                with(object("Secret", "gone"), json!({"status": "Pruned", "hookPhase": "Succeeded", "message": "pruned"})),
            ]}},
        }})
    }

    fn line(state: &State) -> String {
        state.cells()[1..].join("|")
    }

    #[test]
    fn the_operation_comes_first_and_the_status_counts() {
        let app = application();
        let found: Vec<String> = states(View(&app), &[]).iter().map(line).collect();
        assert_eq!(
            found,
            [
                "Job|n|hook|Succeeded||PreSync|done",
                "Service|n|web|OutOfSync|||service/web created",
                "Secret|n|gone|Succeeded|Pruned||pruned",
                "ConfigMap|n|a|Synced|||",
                "ConfigMap|n|b|Synced|Healthy||",
            ]
        );
    }

    #[test]
    fn only_what_is_chosen() {
        let app = application();
        let chosen: Vec<Chosen> = [":ConfigMap:*", "!:ConfigMap:n/b"]
            .iter()
            .map(|text| text.parse().expect("a choice"))
            .collect();
        let found: Vec<String> = merged(View(&app), &chosen).iter().map(line).collect();
        assert_eq!(found, ["ConfigMap|n|a|Synced|||"]);
    }

    #[test]
    fn what_is_known_is_not_forgotten() {
        let mut known = State {
            status: "OutOfSync".into(),
            health: "Missing".into(),
            ..State::default()
        };
        let newer = State {
            status: "Synced".into(),
            message: "created".into(),
            ..State::default()
        };
        assert!(known.merge(&newer));
        assert!(!known.merge(&newer));
        assert_eq!(
            (known.health.as_str(), known.message.as_str()),
            ("Missing", "created")
        );
    }
}
