//! What is ignored in all applications: the keys of Argo CD's `argocd-cm`.

use std::collections::BTreeMap;

use gantry_model::Diagnostic;
use gantry_model::application::IgnoreDifference;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::mask::Sensitive;

const RULES: &str = "resource.customizations.ignoreDifferences.";
const OPTIONS: &str = "resource.compareoptions";
/// The older way: one text for all kinds.
const ALL_IN_ONE: &str = "resource.customizations";
const SENSITIVE: &str = "resource.sensitive.mask.annotations";
const KNOWN_TYPES: &str = "resource.customizations.knownTypeFields.";

/// Whose `status` does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IgnoreStatus {
    /// `all`: of every object.
    #[default]
    All,
    /// `crd`: of custom resource definitions.
    Crd,
    /// `none`.
    None,
}

/// The rules for all applications. The default is Argo CD's without any setting: `status` does not
/// count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemRules {
    /// `ignoreResourceStatusField` of `resource.compareoptions`.
    pub status: IgnoreStatus,
    /// `ignoreAggregatedRoles` of `resource.compareoptions`.
    pub ignore_aggregated_roles: bool,
    /// `resource.sensitive.mask.annotations`: what of Secrets is not shown beside their values.
    pub sensitive: Sensitive,
    /// Each with the key that it stands under.
    rules: Vec<(String, IgnoreDifference)>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    json_pointers: Vec<String>,
    jq_path_expressions: Vec<String>,
    managed_fields_managers: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Customization {
    ignore_differences: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    ignore_aggregated_roles: bool,
    ignore_resource_status_field: serde_json::Value,
}

impl SystemRules {
    /// Nothing is ignored.
    pub fn none() -> Self {
        Self {
            status: IgnoreStatus::None,
            ..Self::default()
        }
    }

    /// Reads the `data` of `argocd-cm`. What cannot be read is told and left out.
    pub fn read(data: &BTreeMap<String, String>) -> (Self, Vec<Diagnostic>) {
        let (mut read, mut problems) = (Self::default(), Vec::new());
        for (key, text) in data {
            if key == OPTIONS {
                if let Some(options) = parse(key, text, &mut problems) {
                    read.take(&options, &mut problems);
                }
            } else if let Some(group_kind) = key.strip_prefix(RULES) {
                let kind = split(group_kind, '_');
                read.add(key, group_kind, kind, text, &mut problems);
            } else if key == SENSITIVE {
                read.sensitive = Sensitive::read(text);
            } else if key == ALL_IN_ONE {
                read.add_all(text, &mut problems);
            } else if key.starts_with(KNOWN_TYPES) {
                let message = "`knownTypeFields` has no effect yet";
                problems.push(Diagnostic::warning("no-effect-yet", message).field(key.as_str()));
            }
        }
        (read, problems)
    }

    fn add_all(&mut self, text: &str, problems: &mut Vec<Diagnostic>) {
        let kinds: BTreeMap<String, Customization> =
            parse(ALL_IN_ONE, text, problems).unwrap_or_default();
        for (name, customization) in kinds {
            let Some(text) = customization.ignore_differences else {
                continue;
            };
            let key = format!("{ALL_IN_ONE}[{name}].ignoreDifferences");
            self.add(&key, &name, split(&name, '/'), &text, problems);
        }
    }

    /// Reads the rule of one kind.
    fn add(
        &mut self,
        key: &str,
        name: &str,
        kind: Option<(&str, &str)>,
        text: &str,
        problems: &mut Vec<Diagnostic>,
    ) {
        let Some((group, kind)) = kind else {
            let problem = Diagnostic::error("invalid-kind", format!("`{name}` is no kind"));
            let help = "a kind is written as `apps_Deployment`, `ConfigMap` or `all`";
            problems.push(problem.field(key).help(help));
            return;
        };
        if let Some(fields) = parse::<Fields>(key, text, problems) {
            let rule = IgnoreDifference {
                group: group.to_owned(),
                kind: kind.to_owned(),
                json_pointers: fields.json_pointers,
                jq_path_expressions: fields.jq_path_expressions,
                managed_fields_managers: fields.managed_fields_managers,
                ..IgnoreDifference::default()
            };
            self.rules.push((key.to_owned(), rule));
        }
    }

    fn take(&mut self, options: &Options, problems: &mut Vec<Diagnostic>) {
        self.ignore_aggregated_roles = options.ignore_aggregated_roles;
        let word = match &options.ignore_resource_status_field {
            serde_json::Value::Null => "",
            serde_json::Value::String(word) => word,
            // YAML reads `off` and `no` as false.
            serde_json::Value::Bool(false) => "none",
            _ => "?",
        };
        self.status = match word {
            "" | "all" => IgnoreStatus::All,
            "crd" => IgnoreStatus::Crd,
            "none" | "off" | "false" => IgnoreStatus::None,
            _ => {
                let message = "`ignoreResourceStatusField` takes `all`, `crd` or `none`; the status of \
                               all objects is ignored";
                problems
                    .push(Diagnostic::warning("unknown-compare-option", message).field(OPTIONS));
                IgnoreStatus::All
            }
        };
    }

    /// All rules, and how a problem with each is to be named.
    pub(super) fn rules(&self) -> Vec<(String, IgnoreDifference)> {
        let status = |group: &str, kind: &str| IgnoreDifference {
            group: group.to_owned(),
            kind: kind.to_owned(),
            json_pointers: vec!["/status".to_owned()],
            ..IgnoreDifference::default()
        };
        let status = match self.status {
            IgnoreStatus::All => Some(status("*", "*")),
            IgnoreStatus::Crd => Some(status("apiextensions.k8s.io", "CustomResourceDefinition")),
            IgnoreStatus::None => None,
        };
        let status = status.map(|rule| (OPTIONS.to_owned(), rule));
        status
            .into_iter()
            .chain(self.rules.iter().cloned())
            .collect()
    }
}

fn split(name: &str, separator: char) -> Option<(&str, &str)> {
    match name.split_once(separator) {
        None if name == "all" => Some(("*", "*")),
        None => (!name.is_empty()).then_some(("", name)),
        Some((_, kind)) if kind.is_empty() || kind.contains(separator) => None,
        Some(parts) => Some(parts),
    }
}

fn parse<T: DeserializeOwned>(key: &str, text: &str, problems: &mut Vec<Diagnostic>) -> Option<T> {
    let parsed = match gantry_yaml::parse(text) {
        Ok(documents) => {
            let value = documents.into_iter().next().map(|document| document.value);
            let value = value.filter(|value| !value.is_null());
            let value = value.unwrap_or_else(|| serde_json::json!({}));
            serde_json::from_value(value).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    parsed
        .map_err(|error| problems.push(Diagnostic::error("invalid-setting", error).field(key)))
        .ok()
}
