//! Where an object came from and what changed it, for `buildMetadata`.

use std::fmt::Write;

use gantry_patch::Id;
use gantry_yaml::emit;
use serde_json::Value;

use crate::path::join_relative;
use crate::repository::Repository;
use crate::resmap::ResMap;
use crate::resource::Resource;

/// The annotation that says where an object came from.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
/// The annotation that lists what changed an object.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Where an object, or the configuration of what makes or changes one, comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    path: String,
    repository: String,
    revision: String,
    configured_in: String,
    configured_by: Vec<(&'static str, String)>,
}

impl Origin {
    /// The origin of what a path or an address of this one leads to.
    pub(crate) fn append(&self, path: &str) -> Self {
        match Repository::parse(path) {
            Some(repository) => Self {
                path: repository.directory,
                repository: repository.clone,
                revision: repository.revision,
                ..Self::default()
            },
            None => Self {
                path: join_relative(&self.path, path),
                ..self.clone()
            },
        }
    }

    /// The origin of what a field of a kustomization makes or changes.
    pub(crate) fn builtin(&self, kustomization: &str, kind: &str) -> Self {
        Self {
            path: String::new(),
            configured_in: join_relative(&self.path, kustomization),
            configured_by: vec![
                ("apiVersion", "builtin".to_owned()),
                ("kind", kind.to_owned()),
            ],
            ..self.clone()
        }
    }

    /// The origin of what a plugin makes or changes whose configuration comes from here.
    pub(crate) fn plugin(&self, config: &Id) -> Self {
        Self {
            path: String::new(),
            configured_in: self.path.clone(),
            configured_by: vec![
                ("apiVersion", config.gvk.api_version()),
                ("kind", config.gvk.kind.clone()),
                ("name", config.name.clone()),
                ("namespace", config.namespace.clone()),
            ],
            ..self.clone()
        }
    }

    /// The annotation's text: YAML.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                let value = emit(&Value::from(value));
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name}: {}", value.trim_end());
            }
        };
        put("path", &self.path);
        put("repo", &self.repository);
        put("ref", &self.revision);
        put("configuredIn", &self.configured_in);
        if self.configured_by.iter().all(|(_, value)| value.is_empty()) {
            return text;
        }
        text.push_str("configuredBy:\n");
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                let value = emit(&Value::from(value));
                let _ = writeln!(text, "  {name}: {}", value.trim_end());
            }
        };
        for (name, value) in &self.configured_by {
            put(name, value);
        }
        text
    }
}

/// Notes where a resource came from, unless that is known.
pub(crate) fn note_origin(resource: &mut Resource, origin: &Origin) {
    if let Some(annotations) = resource.annotations()
        && !annotations.contains_key(ORIGIN)
    {
        annotations.insert(ORIGIN.to_owned(), origin.text().into());
    }
}

/// Notes what changed the resources; what has no origin yet was made by it.
pub(crate) fn note_transformation(resources: &mut ResMap, origin: &Origin) {
    let text = origin.text();
    for resource in resources.bodies() {
        if resource.annotation(ORIGIN).is_none() {
            note_origin(resource, origin);
            continue;
        }
        let Some(annotations) = resource.annotations() else {
            continue;
        };
        let known = annotations.get(TRANSFORMATIONS).and_then(Value::as_str);
        let listed = format!("{}{}", known.unwrap_or_default(), item(&text));
        annotations.insert(TRANSFORMATIONS.to_owned(), listed.into());
    }
}

/// A mapping as an item of a list.
fn item(text: &str) -> String {
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| {
            let mark = if index == 0 { "- " } else { "  " };
            format!("{mark}{line}\n")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use gantry_patch::{Gvk, Id};

    use super::{Origin, item};

    #[test]
    fn origins_follow_the_way() {
        let base = Origin::default().append("../base");
        assert_eq!(
            base.append("deployment.yaml").text(),
            "path: ../base/deployment.yaml\n"
        );
        let remote = base
            .append("https://github.com/org/repo//x?ref=v1")
            .append("a.yaml");
        assert_eq!(
            remote.text(),
            "path: x/a.yaml\nrepo: https://github.com/org/repo\nref: v1\n"
        );
        let by = base.builtin("kustomization.yaml", "PrefixTransformer");
        let expected = "configuredIn: ../base/kustomization.yaml\nconfiguredBy:\n  apiVersion: builtin\n  kind: PrefixTransformer\n";
        assert_eq!(by.text(), expected);
        assert!(item(expected).starts_with(
            "- configuredIn: ../base/kustomization.yaml\n  configuredBy:\n    apiVersion"
        ));
        let id = Id {
            gvk: Gvk::new("", "builtin", "LabelTransformer"),
            name: "x".to_owned(),
            namespace: String::new(),
        };
        assert!(
            base.plugin(&id)
                .text()
                .ends_with("  kind: LabelTransformer\n  name: x\n")
        );
    }
}
