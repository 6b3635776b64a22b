//! `helmCharts` and `HelmChartInflationGenerator`: another renderer does the work.

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Diagnostic, EntryKind, join};
use serde_json::{Map, Value, json};

use crate::arguments::{HelmChart, HelmGlobals};
use crate::build::Build;
use crate::loader::Loader;
use crate::path::resolve;
use crate::problem::{Problem, Result};
use crate::resource::Resource;

/// A chart to render.
#[derive(Clone, Debug)]
pub(crate) struct HelmGenerator {
    pub(crate) chart: HelmChart,
    pub(crate) globals: HelmGlobals,
}

const DEFAULT_HOME: &str = "charts";

impl HelmGenerator {
    pub(crate) fn run(&self, build: &Build<'_>, loader: &Loader<'_>) -> Result<Vec<Resource>> {
        if self.chart.name.is_empty() {
            return Err(Problem::new("helm", "chart name cannot be empty"));
        }
        if self.chart.name_template.contains("{{") {
            let message = "nameTemplate is a template, which would give another name each time";
            return Err(Problem::new("helm", message).help("set releaseName"));
        }
        let local = self.local(loader)?;
        let objects = match &local {
            Some(path) => self.render(build, loader, loader.source.files(), path)?,
            None => {
                let files = self.fetch(build)?;
                self.render(build, loader, &*files, "")?
            }
        };
        let schema = build.schema();
        let made = objects.into_iter().map(|object| {
            let mut resource = Resource::new(object, &schema);
            resource.is_from_helm = true;
            resource
        });
        Ok(made.collect())
    }

    /// The chart's directory, when it lies in the tree: that one is used as it is.
    fn local(&self, loader: &Loader<'_>) -> Result<Option<String>> {
        let home = match &*self.globals.chart_home {
            "" => DEFAULT_HOME,
            home => home,
        };
        let chart = &self.chart;
        let mut homes = vec![home.to_owned()];
        if !chart.version.is_empty() && !chart.repo.is_empty() {
            homes.insert(0, join(home, &format!("{}-{}", chart.name, chart.version)));
        }
        for home in homes {
            let Some(home) = resolve(&loader.root, &home) else {
                let message = format!("chartHome '{home}' leads out of the source tree");
                return Err(Problem::new("helm", message));
            };
            let path = join(&home, &chart.name);
            if matches!(loader.source.files().kind(&path), Ok(EntryKind::Directory)) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn fetch(&self, build: &Build<'_>) -> Result<std::rc::Rc<dyn Files>> {
        let chart = &self.chart;
        if chart.repo.is_empty() {
            let message = format!(
                "no repo specified for pull, no chart found at '{}'",
                join(&self.globals.chart_home, &chart.name)
            );
            return Err(Problem::new("helm", message));
        }
        let given = build
            .outside
            .chart(&chart.repo, &chart.name, &chart.version);
        given.map_err(|reason| {
            let message = format!("chart '{}' of {}: {reason}", chart.name, chart.repo);
            Problem::new("helm", message)
        })
    }

    fn render(
        &self,
        build: &Build<'_>,
        loader: &Loader<'_>,
        files: &dyn Files,
        path: &str,
    ) -> Result<Vec<Value>> {
        let values = self.values(build, loader, files, path)?;
        let parameters = self.parameters(build, values);
        let rendered = build.outside.render("helm", files, path, &parameters);
        rendered.map_err(|problems| told(&self.chart.name, problems))
    }

    /// Argo CD's `helm` block.
    fn parameters(&self, build: &Build<'_>, values: Value) -> Value {
        let chart = &self.chart;
        let mut parameters = Map::new();
        let mut put = |name: &str, value: Value| {
            parameters.insert(name.to_owned(), value);
        };
        put("valuesObject", values);
        put("skipCrds", (!chart.include_crds).into());
        put("skipTests", chart.skip_tests.into());
        put("skipHooks", chart.skip_hooks.into());
        let kube_version = [&chart.kube_version, &build.options.kube_version];
        let api_versions = match chart.api_versions.is_empty() {
            true => &build.options.api_versions,
            false => &chart.api_versions,
        };
        let release_name = match &*chart.name_template {
            "" => &chart.release_name,
            _ => &chart.name_template,
        };
        for (name, text) in [
            ("releaseName", release_name),
            ("namespace", &chart.namespace),
        ] {
            if !text.is_empty() {
                put(name, text.as_str().into());
            }
        }
        if let Some(version) = kube_version.into_iter().find(|version| !version.is_empty()) {
            put("kubeVersion", version.as_str().into());
        }
        if !api_versions.is_empty() {
            put("apiVersions", json!(api_versions));
        }
        Value::Object(parameters)
    }

    /// The values: the chart's own or those of `valuesFile`, the inline ones merged as
    /// `valuesMerge` says, then `additionalValuesFiles`.
    fn values(
        &self,
        build: &Build<'_>,
        loader: &Loader<'_>,
        files: &dyn Files,
        path: &str,
    ) -> Result<Value> {
        let chart = &self.chart;
        let inline = Value::Object(chart.values_inline.clone());
        let mut values = match (chart.values_inline.is_empty(), &*chart.values_merge) {
            (_, "" | "override" | "merge" | "replace") if chart.values_inline.is_empty() => {
                self.file_values(build, loader, None)?
            }
            (_, "" | "override") => {
                let mut values = self.file_values(build, loader, Some((files, path)))?;
                merge(&mut values, inline);
                values
            }
            (_, "merge") => {
                let mut values = inline;
                merge(
                    &mut values,
                    self.file_values(build, loader, Some((files, path)))?,
                );
                values
            }
            (_, "replace") => inline,
            (_, other) => {
                let message =
                    format!("valuesMerge must be one of merge, override, replace, not {other}");
                return Err(Problem::new("helm", message));
            }
        };
        for file in &chart.additional_values_files {
            let more = read(&loader.text(file, build.outside)?, &loader.told(file))?;
            merge(&mut values, more);
        }
        Ok(values)
    }

    /// `valuesFile`; without one, the chart's own values, where they have to be known here.
    fn file_values(
        &self,
        build: &Build<'_>,
        loader: &Loader<'_>,
        own: Option<(&dyn Files, &str)>,
    ) -> Result<Value> {
        let file = &self.chart.values_file;
        if !file.is_empty() {
            return read(&loader.text(file, build.outside)?, &loader.told(file));
        }
        let Some((files, path)) = own else {
            return Ok(json!({}));
        };
        let told = join(path, "values.yaml");
        match files.read(&told) {
            Ok(bytes) => read(&crate::loader::text(bytes, &told)?, &told),
            Err(_) => Ok(json!({})),
        }
    }
}

fn read(text: &str, told: &str) -> Result<Value> {
    let documents = gantry_yaml::parse(text).map_err(|error| Problem::yaml(&error, told))?;
    let value = documents.into_iter().next().map(|document| document.value);
    match value {
        None => Ok(json!({})),
        Some(value @ Value::Object(_)) => Ok(value),
        Some(_) => Err(Problem::new("helm", "values are no mapping").in_file(told)),
    }
}

/// The upper values over the lower ones; null removes, as kyaml's merge has it.
fn merge(lower: &mut Value, upper: Value) {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            for (key, value) in upper {
                match lower.get_mut(&key) {
                    Some(_) if value.is_null() => {
                        lower.remove(&key);
                    }
                    Some(own) => merge(own, value),
                    None => {
                        lower.insert(key, value);
                    }
                }
            }
        }
        (lower, upper) => *lower = upper,
    }
}

fn told(chart: &str, problems: Vec<Diagnostic>) -> Problem {
    let more = problems.len().saturating_sub(1);
    let problem = problems.into_iter().next().map_or_else(
        || Problem::new("helm", "the renderer gave no reason"),
        Problem::from,
    );
    let problem = problem.within(format!("chart '{chart}'"));
    match more {
        0 => problem,
        more => problem.help(format!("and {more} more problems of this chart")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge;

    #[test]
    fn upper_values_win_and_null_removes() {
        let mut lower = json!({"a": {"b": 1, "c": 2}, "l": [1, 2], "x": 1});
        merge(
            &mut lower,
            json!({"a": {"b": 3, "c": null}, "l": [3], "y": null}),
        );
        assert_eq!(lower, json!({"a": {"b": 3}, "l": [3], "x": 1, "y": null}));
    }
}
