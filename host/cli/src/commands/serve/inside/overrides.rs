//! `resourceOverrides` of the settings: what `argocd-cm` says of kinds, as Argo CD answers it. Pure.

use std::collections::BTreeMap;

use gantry_diff::{IgnoreStatus, SystemRules};
use serde_json::{Map, Value, json};

const ALL_IN_ONE: &str = "resource.customizations";
/// The lists of what is ignored.
const LISTS: [&str; 3] = ["jqPathExpressions", "jsonPointers", "managedFieldsManagers"];
/// Texts, and the fields that they are told in.
const TEXTS: [(&str, &str); 2] = [("health", "health.lua"), ("actions", "actions")];
const IGNORED: [&str; 2] = ["ignoreDifferences", "ignoreResourceUpdates"];
const OPEN_LIBS: &str = "health.lua.useOpenLibs";
const ALL_KINDS: &str = "*/*";

/// By kind; what cannot be read is left out.
pub(super) fn of(data: &BTreeMap<String, String>) -> Value {
    let mut all: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let together = data.get(ALL_IN_ONE).map(|text| read(text));
    for (kind, given) in together.iter().flat_map(Value::as_object).flatten() {
        let own = all.entry(kind.clone()).or_default();
        for (_, field) in TEXTS {
            take(own, field, given[field].clone());
        }
        take(own, OPEN_LIBS, given[OPEN_LIBS].clone());
        take(own, "knownTypeFields", given["knownTypeFields"].clone());
        for field in IGNORED {
            let text = given[field].as_str();
            take(own, field, text.map_or(Value::Null, read));
        }
    }
    for (key, text) in data {
        let split = key.strip_prefix(ALL_IN_ONE);
        let split = split.and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
        let Some((field, kind)) = split.and_then(|(field, kind)| Some((field, named(kind)?)))
        else {
            continue;
        };
        let own = all.entry(kind).or_default();
        match (field, TEXTS.iter().find(|(name, _)| *name == field)) {
            (_, Some((_, told))) => take(own, told, text.as_str().into()),
            ("useOpenLibs", _) => take(
                own,
                OPEN_LIBS,
                text.parse::<bool>().is_ok_and(|is| is).into(),
            ),
            ("knownTypeFields", _) => take(own, field, read(text)),
            (field, _) if IGNORED.contains(&field) => take(own, field, read(text)),
            _ => {}
        }
    }
    ignore_status(&SystemRules::read(data).0, &mut all);
    let told = all.into_iter().map(|(kind, fields)| (kind, told(fields)));
    Value::Object(told.collect())
}

/// `group_kind` of a key, as `group/kind`.
fn named(kind: &str) -> Option<String> {
    let parts: Vec<&str> = kind.split('_').collect();
    match parts.as_slice() {
        ["all"] => Some(ALL_KINDS.to_owned()),
        [one] if !one.is_empty() => Some((*one).to_owned()),
        [group, kind] => Some(format!("{group}/{kind}")),
        _ => None,
    }
}

fn take(own: &mut Map<String, Value>, field: &str, value: Value) {
    if !value.is_null() {
        own.insert(field.to_owned(), value);
    }
}

fn read(text: &str) -> Value {
    let documents = gantry_yaml::parse(text).unwrap_or_default();
    let first = documents.into_iter().next();
    first.map_or(Value::Null, |document| document.value)
}

/// That the status does not count is told as a rule, too.
fn ignore_status(rules: &SystemRules, all: &mut BTreeMap<String, Map<String, Value>>) {
    let kind = match rules.status {
        IgnoreStatus::All => ALL_KINDS,
        IgnoreStatus::Crd => "apiextensions.k8s.io/CustomResourceDefinition",
        IgnoreStatus::None => return,
    };
    let own = all.entry(kind.to_owned()).or_default();
    let ignored = own.entry("ignoreDifferences").or_insert_with(|| json!({}));
    if !ignored.is_object() {
        *ignored = json!({});
    }
    let pointers = &mut ignored["jsonPointers"];
    match pointers.as_array_mut() {
        Some(pointers) => pointers.push("/status".into()),
        None => *pointers = json!(["/status"]),
    }
}

/// Without what is empty, and what is ignored as a text.
fn told(mut fields: Map<String, Value>) -> Value {
    fields.retain(|_, value| *value != "" && *value != false);
    for field in IGNORED {
        let given = fields.remove(field).unwrap_or_default();
        let lists = LISTS.map(|key| (key, given[key].as_array()));
        let lists: BTreeMap<_, _> = lists.into();
        let text = gantry_yaml::emit(&json!(lists));
        fields.insert(field.to_owned(), text.into());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;

    const NONE: &str = "jqPathExpressions: null\njsonPointers: null\nmanagedFieldsManagers: null\n";
    const STATUS: &str =
        "jqPathExpressions: null\njsonPointers:\n- /status\nmanagedFieldsManagers: null\n";

    fn told(data: &[(&str, &str)]) -> Value {
        let data = data.iter();
        of(&data
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect())
    }

    #[test]
    fn the_status_of_all_objects_is_ignored_where_nothing_is_said() {
        let expected = json!({"*/*": {"ignoreDifferences": STATUS, "ignoreResourceUpdates": NONE}});
        assert_eq!(told(&[]), expected);
        let options = |word: &str| told(&[("resource.compareoptions", word)]);
        assert_eq!(options("ignoreResourceStatusField: none"), json!({}));
        let crd = options("ignoreResourceStatusField: crd");
        let of_crds = &crd["apiextensions.k8s.io/CustomResourceDefinition"];
        assert_eq!(of_crds["ignoreDifferences"], STATUS);
    }

    #[test]
    fn what_is_said_of_kinds_is_told_by_kind() {
        let found = told(&[
            ("resource.compareoptions", "ignoreResourceStatusField: none"),
            (
                "resource.customizations",
                "apps/Deployment:\n  health.lua: return 1\n  ignoreDifferences: |\n    jsonPointers: [/spec/replicas]\n",
            ),
            ("resource.customizations.health.apps_Deployment", "return 2"),
            (
                "resource.customizations.actions.apps_Deployment",
                "discovery.lua: x",
            ),
            ("resource.customizations.useOpenLibs.ConfigMap", "true"),
            ("resource.customizations.useOpenLibs.Secret", "no"),
            (
                "resource.customizations.ignoreResourceUpdates.all",
                "jqPathExpressions: ['.a']",
            ),
            (
                "resource.customizations.knownTypeFields.x_Y",
                "- {field: spec.cpu, type: cpu}",
            ),
            ("resource.customizations.health.a_b_c", "return 3"),
            ("resource.customizations.ignoreDifferences.Broken", "["),
            ("url", "https://gantry.example"),
        ]);
        let replicas = STATUS.replace("/status", "/spec/replicas");
        let updates = NONE.replace("jqPathExpressions: null", "jqPathExpressions:\n- .a");
        let with = |more: Value| {
            let mut all = json!({"ignoreDifferences": NONE, "ignoreResourceUpdates": NONE});
            gantry_model::merge_patch::apply(&mut all, &more);
            all
        };
        assert_eq!(
            found,
            json!({
                "apps/Deployment": with(json!({"health.lua": "return 2", "actions": "discovery.lua: x",
                    "ignoreDifferences": replicas})),
                "ConfigMap": with(json!({"health.lua.useOpenLibs": true})),
                "Secret": with(json!({})),
                "*/*": with(json!({"ignoreResourceUpdates": updates})),
                "x/Y": with(json!({"knownTypeFields": [{"field": "spec.cpu", "type": "cpu"}]})),
                "Broken": with(json!({})),
            })
        );
    }
}
