//! Where a source's settings may name the build environment and other sources, as Argo CD has it:
//! helm's value files, file parameters and parameters, kustomize's images, labels and (if asked for)
//! annotations, and the environment of a plugin.

use std::collections::BTreeMap;

use gantry_model::Diagnostic;
use gantry_model::application::Source;
use serde_json::{Map, Value};

use crate::environment::Environment;

/// What the names in a source's settings stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// The build environment.
    pub(crate) environment: &'a Environment,
    /// The target cluster's version.
    pub(crate) kube_version: &'a str,
    /// The target cluster's kinds.
    pub(crate) api_versions: &'a [String],
    /// What the sources of the application call each other, without the `$`.
    pub(crate) references: &'a [&'a str],
}

impl Names<'_> {
    /// Puts the values in.
    ///
    /// # Errors
    /// A name of a source that there is not.
    pub(crate) fn put_into(&self, source: &mut Source) -> Result<(), Diagnostic> {
        let field = source.field.clone();
        if let Some(Value::Object(helm)) = &mut source.helm {
            self.helm(helm, &field)?;
        }
        if let Some(Value::Object(kustomize)) = &mut source.kustomize {
            self.kustomize(kustomize);
        }
        let plugin = source.plugin.iter_mut();
        let entries = plugin.flat_map(|plugin| &mut plugin.env);
        for entry in entries.filter(|entry| entry.value.contains('$')) {
            let environment = self.environment;
            let environment = environment.for_plugins(self.kube_version, self.api_versions);
            entry.value = environment.expand(&entry.value);
        }
        Ok(())
    }

    fn helm(&self, helm: &mut Map<String, Value>, field: &str) -> Result<(), Diagnostic> {
        for (index, file) in items(helm, "valueFiles").enumerate() {
            let field = format!("{field}.helm.valueFiles[{index}]");
            self.path(file, &field)?;
        }
        for (index, parameter) in items(helm, "fileParameters").enumerate() {
            let field = format!("{field}.helm.fileParameters[{index}].path");
            if let Some(path) = parameter.get_mut("path") {
                self.path(path, &field)?;
            }
        }
        for parameter in items(helm, "parameters") {
            parameter
                .get_mut("value")
                .into_iter()
                .for_each(|value| self.text(value));
        }
        Ok(())
    }

    fn kustomize(&self, kustomize: &mut Map<String, Value>) {
        items(kustomize, "images").for_each(|image| self.text(image));
        let asked = kustomize.get("commonAnnotationsEnvsubst") == Some(&Value::Bool(true));
        let annotations = asked.then_some("commonAnnotations");
        for name in [Some("commonLabels"), annotations].into_iter().flatten() {
            let entries = kustomize.get_mut(name).and_then(Value::as_object_mut);
            let values = entries.into_iter().flat_map(Map::values_mut);
            values.for_each(|value| self.text(value));
        }
    }

    fn text(&self, value: &mut Value) {
        if let Value::String(text) = value {
            *text = self.environment.expand(text);
        }
    }

    /// A path. Where its first part names another source, that part stays.
    fn path(&self, value: &mut Value, field: &str) -> Result<(), Diagnostic> {
        let Value::String(text) = value else {
            return Ok(());
        };
        let (first, rest) = text.split_at(text.find('/').unwrap_or(text.len()));
        let name = first.strip_prefix('$').unwrap_or_default();
        if self.references.contains(&name) {
            *text = format!("{first}{}", self.environment.expand(rest));
            return Ok(());
        }
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        let is_reference = !name.is_empty() && name.bytes().all(is_name) && !rest.is_empty();
        if is_reference && !self.environment.has(name) {
            return Err(self.unknown(name, field));
        }
        *text = self.environment.expand(text);
        Ok(())
    }

    fn unknown(&self, name: &str, field: &str) -> Diagnostic {
        let message = format!("{field}: no source of the application has the ref {name:?}");
        let help = match self.references {
            [] => {
                "give a source in spec.sources that `ref`; `$$` stands for a plain `$`".to_owned()
            }
            known => format!(
                "the refs are {}; `$$` stands for a plain `$`",
                known.join(", ")
            ),
        };
        Diagnostic::error("unknown-ref", message)
            .field(field)
            .help(help)
    }
}

fn items<'a>(map: &'a mut Map<String, Value>, name: &str) -> impl Iterator<Item = &'a mut Value> {
    map.get_mut(name)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// What the trees of other sources are mounted as.
pub(crate) fn mount_name(reference: &str) -> String {
    format!("${reference}")
}

/// The sources that others can name, by what they call them.
pub(crate) fn references<'a, T: Clone>(
    sources: impl Iterator<Item = (&'a Source, T)>,
) -> BTreeMap<&'a str, T> {
    let named = sources.filter(|(source, _)| !source.reference.is_empty());
    named
        .map(|(source, item)| (source.reference.as_str(), item))
        .collect()
}

#[cfg(test)]
mod tests {
    use gantry_model::application::{EnvEntry, PluginSource, Source};
    use serde_json::{Value, json};

    use super::Names;
    use crate::environment::{Environment, Facts};

    fn put(field: &str, block: Value) -> Result<Value, String> {
        let source = Source::default();
        let environment = Environment::new(Facts {
            application: "web",
            namespace: "prod",
            project: "shop",
            revision: "0123456789",
            source: &source,
        });
        let names = Names {
            environment: &environment,
            kube_version: "1.35.0",
            api_versions: &[],
            references: &["values"],
        };
        let mut source = Source {
            field: "spec.sources[1]".into(),
            ..Source::default()
        };
        match field {
            "helm" => source.helm = Some(block),
            _ => source.kustomize = Some(block),
        }
        names
            .put_into(&mut source)
            .map_err(|problem| format!("{problem} {:?}", problem.field))?;
        Ok(source.helm.or(source.kustomize).unwrap_or_default())
    }

    #[test]
    fn values_go_where_argo_cd_puts_them() {
        let n = "$ARGOCD_APP_NAME";
        let cases = [
            (
                "helm",
                json!({"valueFiles": ["a.yaml", "env/$ARGOCD_APP_NAME.yaml", "$values/$ARGOCD_APP_NAMESPACE/x.yaml",
                    "$ARGOCD_APP_NAME/v.yaml", "$values", "$$values/x", "${ARGOCD_APP_NAME}/v.yaml", "/abs/$$.yaml"]}),
                json!({"valueFiles": ["a.yaml", "env/web.yaml", "$values/prod/x.yaml",
                    "web/v.yaml", "$values", "$values/x", "web/v.yaml", "/abs/$.yaml"]}),
            ),
            (
                "helm",
                json!({"parameters": [{"name": n, "value": n}, {"name": "b", "value": "$$x", "forceString": true}],
                    "fileParameters": [{"name": n, "path": "$values/$ARGOCD_APP_NAME"}, {"name": "d", "path": n}],
                    "values": n, "valuesObject": {"a": n}, "releaseName": n}),
                json!({"parameters": [{"name": n, "value": "web"}, {"name": "b", "value": "$x", "forceString": true}],
                    "fileParameters": [{"name": n, "path": "$values/web"}, {"name": "d", "path": "web"}],
                    "values": n, "valuesObject": {"a": n}, "releaseName": n}),
            ),
            (
                "kustomize",
                json!({"images": ["web:$ARGOCD_APP_REVISION_SHORT"], "commonLabels": {n: n},
                    "commonAnnotations": {"a": n}, "namePrefix": n}),
                json!({"images": ["web:0123456"], "commonLabels": {n: "web"},
                    "commonAnnotations": {"a": n}, "namePrefix": n}),
            ),
            (
                "kustomize",
                json!({"commonAnnotations": {"a": n}, "commonAnnotationsEnvsubst": true}),
                json!({"commonAnnotations": {"a": "web"}, "commonAnnotationsEnvsubst": true}),
            ),
        ];
        for (field, block, expected) in cases {
            assert_eq!(put(field, block.clone()), Ok(expected), "{block}");
        }
    }

    #[test]
    fn a_source_that_there_is_not_is_an_error() {
        for block in [
            json!({"valueFiles": ["$valuse/prod.yaml"]}),
            json!({"fileParameters": [{"name": "a", "path": "$valuse/a"}]}),
        ] {
            let error = put("helm", block).expect_err("no such ref");
            assert!(
                error.contains("\"valuse\"") && error.contains("spec.sources[1].helm."),
                "{error}"
            );
        }
    }

    #[test]
    fn a_plugin_is_told_of_the_cluster_in_its_environment() {
        let entry = |value: &str| EnvEntry {
            name: "A".into(),
            value: value.into(),
        };
        let mut source = Source {
            plugin: Some(PluginSource {
                env: vec![entry("$KUBE_VERSION/$KUBE_API_VERSIONS")],
                ..PluginSource::default()
            }),
            ..Source::default()
        };
        let names = Names {
            environment: &Environment::default(),
            kube_version: "1.35.0",
            api_versions: &["v1/Pod".to_owned()],
            references: &[],
        };
        names.put_into(&mut source).expect("values");
        let env = source.plugin.expect("a plugin").env;
        assert_eq!(env, [entry("1.35.0/v1/Pod")]);
    }
}
