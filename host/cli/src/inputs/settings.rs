//! Argo CD's settings for all applications: the ConfigMap `argocd-cm`, as far as it says what is
//! ignored.

use std::collections::BTreeMap;

use gantry_diff::SystemRules;
use gantry_model::Diagnostic;
use serde_json::Value;

/// Keys that are read. Those of one kind go on after the dot.
const READ: [&str; 2] = [
    "resource.customizations.ignoreDifferences.",
    "resource.compareoptions",
];

/// The entries of `argocd-cm`; none where the object is another one.
pub(super) fn of(value: &Value) -> Option<BTreeMap<String, String>> {
    let is_it = value["apiVersion"] == "v1"
        && value["kind"] == "ConfigMap"
        && value["metadata"]["name"] == "argocd-cm";
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
    let unread = data
        .keys()
        .filter(|key| !READ.iter().any(|read| key.starts_with(read)));
    problems.extend(unread.map(|key| {
        let message = format!("the setting `{key}` has no effect yet");
        Diagnostic::warning("no-effect-yet", message).field(format!("data[{key}]"))
    }));
    (rules, problems)
}
