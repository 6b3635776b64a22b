//! What is rendered: written into a folder of its own, which goes with the run.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};

/// Deployments of the large overlay.
const DEPLOYMENTS: usize = 100;
/// Overlays of the monorepo, over one base.
const OVERLAYS: usize = 200;
/// Copies of the larger chart.
const CHARTS: usize = 20;

/// The folders.
pub(crate) struct Inputs {
    folder: tempfile::TempDir,
    overlay: PathBuf,
    monorepo: Vec<PathBuf>,
    chart: PathBuf,
    small_chart: PathBuf,
    charts: Vec<PathBuf>,
}

impl Inputs {
    pub(crate) fn write() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = folder.path();
        Ok(Self {
            overlay: overlay(&root.join("large"))?,
            monorepo: monorepo(&root.join("monorepo"))?,
            charts: copies(&here.join("charts/shop"), &root.join("charts"))?,
            chart: here.join("charts/shop"),
            small_chart: here.join("charts/small"),
            folder,
        })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The repository that folders are in: what they refer to may lie beside them.
    pub(crate) fn root_of<'a>(&'a self, folders: &[&'a Path]) -> &'a Path {
        let first = folders.first().copied().unwrap_or(self.folder.path());
        if first.starts_with(self.folder.path()) {
            self.folder.path()
        } else {
            first
        }
    }

    pub(crate) fn overlay(&self) -> &Path {
        &self.overlay
    }

    pub(crate) fn monorepo(&self) -> &[PathBuf] {
        &self.monorepo
    }

    pub(crate) fn chart(&self) -> &Path {
        &self.chart
    }

    pub(crate) fn charts(&self) -> &[PathBuf] {
        &self.charts
    }

    pub(crate) fn small_chart(&self) -> &Path {
        &self.small_chart
    }
}

/// A chart, many times: as many applications have one each.
fn copies(chart: &Path, to: &Path) -> io::Result<Vec<PathBuf>> {
    let copies = (0..CHARTS).map(|index| {
        let folder = to.join(format!("shop-{index}"));
        for below in ["", "templates"] {
            for entry in fs::read_dir(chart.join(below))? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    let text = fs::read_to_string(entry.path())?;
                    write(&folder.join(below).join(entry.file_name()), &text)?;
                }
            }
        }
        Ok(folder)
    });
    copies.collect()
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

/// YAML with the blocks and indentation that people write, as an emitter of ours would not.
fn deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
      - name: main
        image: registry.example/{name}:1.0.0
        ports:
        - containerPort: 8080
          name: http
        env:
        - name: MODE
          valueFrom:
            configMapKeyRef:
              name: settings
              key: mode
        resources:
          requests: {{cpu: 100m, memory: 64Mi}}
          limits: {{memory: 128Mi}}
        readinessProbe:
          httpGet: {{path: /healthz, port: http}}
      volumes:
      - name: settings
        configMap:
          name: settings
"
    )
}

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n  \
         ports:\n  - name: http\n    port: 80\n    targetPort: http\n"
    )
}

/// JSON is YAML, and shorter to put together.
fn kustomization(folder: &Path, content: &Value) -> io::Result<()> {
    write(
        &folder.join("kustomization.yaml"),
        &format!("{content:#}\n"),
    )
}

/// A base with many Deployments, and over it everything that overlays usually do.
fn overlay(root: &Path) -> io::Result<PathBuf> {
    let names: Vec<String> = (0..DEPLOYMENTS).map(|i| format!("service-{i}")).collect();
    let base = root.join("base");
    for name in &names {
        write(&base.join(format!("{name}.yaml")), &deployment(name))?;
    }
    let files: Vec<String> = names.iter().map(|name| format!("{name}.yaml")).collect();
    let literals = ["mode=standard", "level=info"];
    kustomization(
        &base,
        &json!({"resources": files, "configMapGenerator": [{"name": "settings", "literals": literals}]}),
    )?;
    let images: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": format!("registry.example/{name}"), "newTag": "2.0.0"}))
        .collect();
    let patches: Vec<Value> = names
        .iter()
        .step_by(10)
        .map(|name| {
            let patch = json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                "spec": {"template": {"spec": {"containers": [
                    {"name": "main", "env": [{"name": "REGION", "value": "north"}]}]}}},
            });
            json!({"patch": patch.to_string()})
        })
        .chain([json!({
            "target": {"kind": "Deployment"},
            "patch": r#"[{"op": "replace", "path": "/spec/replicas", "value": 3}]"#,
        })])
        .collect();
    let folder = root.join("overlay");
    kustomization(
        &folder,
        &json!({
            "resources": ["../base"], "namePrefix": "north-", "namespace": "north",
            "labels": [{"pairs": {"region": "north"}, "includeSelectors": true}],
            "images": images, "patches": patches,
            "configMapGenerator": [{"name": "settings", "behavior": "merge", "literals": ["mode=careful"]}],
            "secretGenerator": [{"name": "token", "literals": ["token=none"]}],
        }),
    )?;
    Ok(folder)
}

/// Many small overlays over one base, as one team's folder of customers or regions.
fn monorepo(root: &Path) -> io::Result<Vec<PathBuf>> {
    let base = root.join("base");
    write(&base.join("deployment.yaml"), &deployment("web"))?;
    write(&base.join("service.yaml"), &service("web"))?;
    kustomization(
        &base,
        &json!({
            "resources": ["deployment.yaml", "service.yaml"],
            "configMapGenerator": [{"name": "settings", "literals": ["mode=standard"]}],
        }),
    )?;
    let folders = (0..OVERLAYS).map(|index| {
        let folder = root.join(format!("overlays/customer-{index}"));
        let patch = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": [
                {"name": "main", "resources": {"limits": {"memory": "256Mi"}}}]}}},
        });
        kustomization(
            &folder,
            &json!({
                "resources": ["../../base"], "namespace": format!("customer-{index}"),
                "nameSuffix": format!("-{index}"),
                "labels": [{"pairs": {"customer": format!("c{index}")}}],
                "images": [{"name": "registry.example/web", "newTag": format!("1.{index}.0")}],
                "replicas": [{"name": "web", "count": index % 5 + 1}],
                "patches": [{"patch": patch.to_string()}],
            }),
        )?;
        Ok(folder)
    });
    folders.collect()
}
