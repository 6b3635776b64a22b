//! `GetAppDetails`: what a source has that its settings can be about, for forms.

use std::collections::BTreeMap;

use gantry_api::Fault;
use gantry_engine::{ClusterFacts, Manual, Material, choose, tree_path};
use gantry_model::application::Application;
use gantry_model::{EntryKind, SourceTree, limits};
use gantry_sync::images;
use serde_json::{Map, Value, json};

use super::repositories::{blocking, permit};
use super::{Running, told};

/// The kind of a source, and what it has.
pub(super) async fn of(running: &Running, request: &Value) -> Result<Value, Fault> {
    let source = &request["source"];
    let name = match request["appName"].as_str().unwrap_or_default() {
        "" => "app",
        name => name.rsplit('/').next().unwrap_or(name),
    };
    let project = match request["appProject"].as_str().unwrap_or_default() {
        "" => "default",
        project => project,
    };
    permit(
        running,
        project,
        source["repoURL"].as_str().unwrap_or_default(),
    )?;
    let manifest = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": running.home.namespace()},
        "spec": {
            "project": project,
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc"},
        },
    });
    let application = running.read(&manifest)?;
    let workshop = running.engine.workshop().clone();
    let settings = source.clone();
    blocking(move || {
        let gathered = workshop.gather(&application, &BTreeMap::new());
        let material = gathered.map_err(|error| told(&error.diagnostics()))?;
        let (Some(source), Some(own)) = (application.sources.first(), material.first()) else {
            return Ok(json!({}));
        };
        let chosen = choose(source, &*own.tree).map_err(|problem| told(&[problem]))?;
        let folder = match source.chart.as_str() {
            "" => tree_path(&source.path),
            _ => "",
        };
        Ok(match chosen.plugin.as_str() {
            "plain-yaml" => json!({"type": "Directory", "directory": {}}),
            "helm" => json!({"type": "Helm", "helm": helm(&*own.tree, folder, &settings["helm"])}),
            "kustomize" => {
                let rendered = rendered(&workshop, &application, &material)?;
                json!({"type": "Kustomize", "kustomize": {"images": rendered}})
            }
            _ => json!({"type": "Plugin", "plugin": {}}),
        })
    })
    .await?
}

/// The images that an overlay's objects have.
fn rendered(
    workshop: &gantry_engine::Workshop,
    application: &Application,
    material: &[Material],
) -> Result<Vec<String>, Fault> {
    let facts = ClusterFacts::default();
    let rendered = workshop.render(application, material, &facts, &Manual::default());
    let rendered = rendered.map_err(|error| told(&error.diagnostics()))?;
    let all = rendered.objects().flat_map(|object| images(object.value()));
    let mut all: Vec<String> = all.map(str::to_owned).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// The values files of a chart, its values, and each of them by its path.
fn helm(tree: &dyn SourceTree, folder: &str, settings: &Value) -> Value {
    let at = |file: &str| match folder {
        "" => file.to_owned(),
        folder => format!("{folder}/{file}"),
    };
    let read = |file: &str| {
        let bytes = tree.read(&at(file)).ok()?;
        String::from_utf8(bytes).ok()
    };
    let values = read("values.yaml").unwrap_or_default();
    let chosen = settings["valueFiles"].as_array().into_iter().flatten();
    let chosen = chosen.filter_map(|file| read(file.as_str()?));
    let mut parameters = BTreeMap::new();
    for text in std::iter::once(values.clone()).chain(chosen) {
        let documents = gantry_yaml::parse(&text).unwrap_or_default();
        if let Some(document) = documents.first() {
            flatten(&document.value, "", &mut parameters);
        }
    }
    let parameters = parameters
        .into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}));
    let mut spec = Map::new();
    spec.insert("valueFiles".to_owned(), json!(value_files(tree, folder)));
    spec.insert("values".to_owned(), values.into());
    spec.insert("parameters".to_owned(), parameters.collect());
    if settings["fileParameters"].is_array() {
        let own = settings["fileParameters"].clone();
        spec.insert("fileParameters".to_owned(), own);
    }
    Value::Object(spec)
}

/// The files of a chart that have `values` in their names.
fn value_files(tree: &dyn SourceTree, folder: &str) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    let mut left = limits::REPOSITORY_FOLDERS_MAX;
    while let (Some(at), true) = (folders.pop(), left > 0) {
        left -= 1;
        for entry in tree.list(&at).unwrap_or_default() {
            let path = match at.as_str() {
                "" => entry.name.clone(),
                at => format!("{at}/{}", entry.name),
            };
            let lower = entry.name.to_lowercase();
            let is_yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
            if entry.kind == EntryKind::Directory {
                // Links lead to folders that are there under their own names.
                if !tree.is_link(&path).unwrap_or(true) {
                    folders.push(path);
                }
            } else if is_yaml && entry.name.contains("values") {
                let below = path.strip_prefix(folder).unwrap_or(&path);
                found.push(below.trim_start_matches('/').to_owned());
            }
        }
    }
    found.sort();
    found
}

/// `a.b[0].c`, as `--set` takes it.
fn flatten(value: &Value, at: &str, all: &mut BTreeMap<String, String>) {
    if all.len() >= limits::CHART_PARAMETERS_MAX {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let below = match at {
                    "" => key.clone(),
                    at => format!("{at}.{key}"),
                };
                flatten(value, &below, all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                flatten(value, &format!("{at}[{index}]"), all);
            }
        }
        Value::String(text) => drop(all.insert(at.to_owned(), text.clone())),
        Value::Null => drop(all.insert(at.to_owned(), String::new())),
        other => drop(all.insert(at.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gantry_source::DirTree;
    use serde_json::json;

    use super::helm;

    #[test]
    fn a_chart_has_values_files_and_parameters() {
        let folder = tempfile::tempdir().expect("a folder");
        let chart = folder.path().join("charts/web");
        fs::create_dir_all(chart.join("env")).expect("made");
        for (name, text) in [
            (
                "values.yaml",
                "image: {tag: v1, ports: [80, 81]}\nreplicas: 1\n",
            ),
            ("env/values-prod.yml", "replicas: 3\n"),
            ("Chart.yaml", "name: web\n"),
        ] {
            fs::write(chart.join(name), text).expect("written");
        }
        let tree = DirTree::open(folder.path()).expect("a tree");
        let settings = json!({"valueFiles": ["env/values-prod.yml", "none.yaml"]});
        let found = helm(&tree, "charts/web", &settings);
        assert_eq!(
            found["valueFiles"],
            json!(["env/values-prod.yml", "values.yaml"])
        );
        let expected = json!([
            {"name": "image.ports[0]", "value": "80"},
            {"name": "image.ports[1]", "value": "81"},
            {"name": "image.tag", "value": "v1"},
            {"name": "replicas", "value": "3"},
        ]);
        assert_eq!(found["parameters"], expected);
    }

    #[test]
    fn cve_2022_24348_a_values_file_outside_of_the_repository_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("repository");
        fs::create_dir_all(&inner).expect("made");
        fs::write(folder.path().join("secret.yaml"), "password: hidden\n").expect("written");
        let tree = DirTree::open(&inner).expect("a tree");
        for file in ["../secret.yaml", "/etc/passwd", "a/../../secret.yaml"] {
            let found = helm(&tree, "", &json!({"valueFiles": [file]}));
            assert!(!found.to_string().contains("hidden"), "{found}");
            assert_eq!(found["parameters"], json!([]), "{file}");
        }
    }
}
