//! The commands that are timed, and what they work on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gantry_testbed::{GitRepository, Parts, Testbed};
use serde_json::Value;

use crate::Failure;
use crate::measure::{Taken, measured};

/// Objects in one file of the repository.
const OBJECTS_PER_FILE: usize = 100;

/// One API server, one repository, and the tools.
pub(crate) struct Commands {
    testbed: Testbed,
    repository: GitRepository,
    gantry: PathBuf,
}

impl Commands {
    pub(crate) fn start(gantry: PathBuf) -> Result<Self, Failure> {
        let testbed = Testbed::start(&["bench"], Parts::Api)?;
        let repository = GitRepository::init(&testbed.folder().join("repository"))?;
        Ok(Self {
            testbed,
            repository,
            gantry,
        })
    }

    /// Commits objects as a folder of the repository.
    pub(crate) fn commit(&self, folder: &str, objects: &[Value]) -> Result<(), Failure> {
        let files = objects.chunks(OBJECTS_PER_FILE).enumerate();
        let files = files.map(|(file, objects)| {
            let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
            (format!("{folder}/{file}.yaml"), documents.join("\n---\n"))
        });
        let files: Vec<(String, String)> = files.collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        self.repository.commit(&files)?;
        Ok(())
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.testbed.kubeconfig()
    }

    pub(crate) fn create_namespace(&self, namespace: &str) -> Result<(), Failure> {
        let mut create = self.testbed.kubectl("bench");
        timed(create.args(["create", "namespace", namespace])).map(|_| ())
    }

    /// `gantry sync` of a folder into a namespace. Without controllers nothing becomes healthy: it is
    /// not waited for.
    pub(crate) fn sync(&self, folder: &str, namespace: &str) -> Result<Taken, Failure> {
        let application = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {folder}}}\n\
             spec:\n  project: default\n  source: {{repoURL: '{}', path: {folder}}}\n  \
             destination: {{name: bench, namespace: {namespace}}}\n  \
             syncPolicy: {{syncOptions: [CreateNamespace=true]}}\n",
            self.repository.file_url()
        );
        let file = self.testbed.folder().join("application.yaml");
        std::fs::write(&file, application)?;
        let mut sync = self.gantry(&["sync", "--async", "-f"]);
        measured(sync.arg(file).arg("--kubeconfig").arg(self.kubeconfig()))
    }

    /// `gantry render` of the guestbook.
    pub(crate) fn render(&self) -> Result<Duration, Failure> {
        let guestbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guestbook");
        timed(self.gantry(&["render"]).arg(guestbook))
    }

    /// `kubectl apply --server-side` of a folder into a namespace.
    pub(crate) fn kubectl_apply(&self, folder: &str, namespace: &str) -> Result<Taken, Failure> {
        if !self.has_namespace(namespace) {
            self.create_namespace(namespace)?;
        }
        let mut apply = self.testbed.kubectl("bench");
        // The custom kind is `gantry`'s by now.
        apply.args([
            "apply",
            "--server-side",
            "--force-conflicts",
            "-n",
            namespace,
            "-f",
        ]);
        measured(apply.arg(self.repository.folder().join(folder)))
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
