//! Argo CD's settings for all applications: the ConfigMap `argocd-cm`, as far as it says what is
//! ignored.

use std::collections::BTreeMap;

use gantry_diff::SystemRules;
use gantry_model::Diagnostic;
use gantry_model::settings::unread;
use serde_json::Value;

const NAME: &str = "argocd-cm";

/// The entries of `argocd-cm`; none where the object is another one.
pub(super) fn of(value: &Value) -> Option<BTreeMap<String, String>> {
    let is_it = value["apiVersion"] == "v1"
        && value["kind"] == "ConfigMap"
        && value["metadata"]["name"] == NAME;
    if !is_it {
        return None;
    }
    let data = value["data"].as_object();
    let entry = |(key, text): (&String, &Value)| Some((key.clone(), text.as_str()?.to_owned()));
    Some(data.into_iter().flatten().filter_map(entry).collect())
}

/// What is ignored, and what is to be told: settings that are wrong, and those without effect.
pub(super) fn read(data: &BTreeMap<String, String>) -> (SystemRules, Vec<Diagnostic>) {
    let (rules, mut problems) = SystemRules::read(data);
    for problem in &mut problems {
        problem.field = problem.field.as_ref().map(|key| format!("data[{key}]"));
    }
    problems.extend(unread(NAME, data));
    (rules, problems)
}
