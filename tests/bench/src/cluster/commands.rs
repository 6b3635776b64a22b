//! The commands that are timed, and what they work on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gantry_testbed::{GitRepository, Parts, Testbed};
use serde_json::{Value, json};

use super::OBJECTS;
use crate::Failure;

/// Objects in one file of the repository.
const OBJECTS_PER_FILE: usize = 100;

/// One API server, one repository, and the tools.
pub(crate) struct Commands {
    testbed: Testbed,
    repository: GitRepository,
    gantry: PathBuf,
}

/// One small ConfigMap.
pub(crate) fn config_map(index: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": format!("config-{index}"), "labels": {"app": "bench"}},
        "data": {"index": index.to_string(), "text": "a small value"},
    })
}

impl Commands {
    pub(crate) fn start(gantry: PathBuf) -> Result<Self, Failure> {
        let testbed = Testbed::start(&["bench"], Parts::Api)?;
        let repository = GitRepository::init(&testbed.folder().join("repository"))?;
        let indices: Vec<usize> = (0..OBJECTS).collect();
        for (file, indices) in indices.chunks(OBJECTS_PER_FILE).enumerate() {
            let documents: Vec<String> = indices
                .iter()
                .map(|index| config_map(*index).to_string())
                .collect();
            let path = format!("app/{file}.yaml");
            repository.commit(&[(&path, &documents.join("\n---\n"))])?;
        }
        Ok(Self {
            testbed,
            repository,
            gantry,
        })
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.testbed.kubeconfig()
    }

    pub(crate) fn create_namespace(&self, namespace: &str) -> Result<(), Failure> {
        let mut create = self.testbed.kubectl("bench");
        timed(create.args(["create", "namespace", namespace])).map(|_| ())
    }

    /// `gantry sync` of everything into a namespace.
    pub(crate) fn sync(&self, namespace: &str) -> Result<Duration, Failure> {
        let application = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: bench}}\n\
             spec:\n  project: default\n  source: {{repoURL: '{}', path: app}}\n  \
             destination: {{name: bench, namespace: {namespace}}}\n  \
             syncPolicy: {{syncOptions: [CreateNamespace=true]}}\n",
            self.repository.file_url()
        );
        let file = self.testbed.folder().join("application.yaml");
        std::fs::write(&file, application)?;
        let mut sync = self.gantry(&["sync", "-f"]);
        timed(sync.arg(file).arg("--kubeconfig").arg(self.kubeconfig()))
    }

    /// `gantry render` of the guestbook.
    pub(crate) fn render(&self) -> Result<Duration, Failure> {
        let guestbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guestbook");
        timed(self.gantry(&["render"]).arg(guestbook))
    }

    /// `kubectl apply --server-side` of everything into a namespace.
    pub(crate) fn kubectl_apply(&self, namespace: &str) -> Result<Duration, Failure> {
        if !self.has_namespace(namespace) {
            self.create_namespace(namespace)?;
        }
        let mut apply = self.testbed.kubectl("bench");
        apply.args(["apply", "--server-side", "-n", namespace, "-f"]);
        timed(apply.arg(self.repository.folder().join("app")))
    }

    fn has_namespace(&self, namespace: &str) -> bool {
        let mut get = self.testbed.kubectl("bench");
        timed(get.args(["get", "namespace", namespace])).is_ok()
    }

    fn gantry(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.gantry);
        command
            .args(args)
            .env("GANTRY_DATA", self.testbed.folder().join("data"));
        command
    }
}

/// Runs a command to its end, which must be a good one.
fn timed(command: &mut Command) -> Result<Duration, Failure> {
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let taken = start.elapsed();
    if output.status.success() {
        Ok(taken)
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
