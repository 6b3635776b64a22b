//! Two clusters, one repository, and the `gantry` command.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use gantry_testbed::{GitRepository, Parts, Testbed};
use serde_json::Value;

/// What every check works on.
pub(crate) struct World {
    pub(crate) testbed: Testbed,
    pub(crate) repository: GitRepository,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A `gantry` command with a data folder of its own, in which only compiled plugins are shared: a large
/// one takes long to compile.
pub(crate) fn gantry(data: &Path, args: &[&str]) -> Ended {
    share_compiled(data);
    gantry_alone(data, args)
}

pub(crate) fn share_compiled(data: &Path) {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins");
    for folder in [shared.as_path(), data] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    // It is there from the command before.
    let _ = std::os::unix::fs::symlink(shared, data.join("compiled"));
}

/// A `gantry` command that shares nothing.
pub(crate) fn gantry_alone(data: &Path, args: &[&str]) -> Ended {
    Ended::from(command(data, args).output().expect("gantry starts"))
}

pub(crate) fn command(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command
        .args(args)
        .env("GANTRY_DATA", data)
        .env("DOCKER_CONFIG", data)
        .env_remove("KUBECONFIG")
        .env_remove("GANTRY_PLUGINS")
        .env_remove("GANTRY_PLUGIN_CONFIG");
    command
}

/// A command that has not ended.
pub(crate) struct Running(Child);

impl Running {
    /// As Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// Waits until all of this stands on standard output: what does by then. The rest is lost.
    pub(crate) fn until_said(&mut self, parts: &[&str]) -> String {
        let lines = BufReader::new(self.0.stdout.take().expect("its output")).lines();
        let (sender, comes) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // Read to its end, so that it can go on.
                let _ = sender.send(line);
            }
        });
        let mut said = String::new();
        while !parts.iter().all(|part| said.contains(part)) {
            let line = comes.recv_timeout(PATIENCE);
            said.push_str(&line.unwrap_or_else(|_| unreachable!("no more than {said}")));
            said.push('\n');
        }
        said
    }

    /// `kill -9`, and what was left to say.
    pub(crate) fn kill(mut self) -> Ended {
        self.0.kill().expect("it runs");
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Ended {
        Ended::from(self.0.wait_with_output().expect("gantry ends"))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// How long something may take that is to happen: one look that failed is tried again after half a minute, a
/// second after a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The repository's own guestbook.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

impl World {
    pub(crate) fn begin() -> Self {
        Self::of(&["spoke-1", "spoke-2"])
    }

    /// The same with clusters of these names.
    pub(crate) fn of(clusters: &[&str]) -> Self {
        let testbed = Testbed::start(clusters, Parts::Full).expect("clusters");
        let repository = GitRepository::init(&testbed.folder().join("repo")).expect("a repository");
        for file in ["configmap.yaml", "deployment.yaml", "service.yaml"] {
            let text = std::fs::read_to_string(examples().join("guestbook").join(file));
            let path = format!("guestbook/{file}");
            repository
                .commit(&[(&path, &text.expect("the guestbook"))])
                .expect("a commit");
        }
        Self {
            testbed,
            repository,
        }
    }

    /// Runs `gantry` against the testbed.
    pub(crate) fn gantry(&self, args: &[&str]) -> Ended {
        let kubeconfig = self.testbed.kubeconfig().display().to_string();
        let all = [args, &["--kubeconfig", &kubeconfig]].concat();
        gantry(&self.testbed.folder().join("data"), &all)
    }

    /// Starts `gantry` against the testbed.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        self.start_in("data", args)
    }

    /// The same with a data folder of its own.
    pub(crate) fn start_in(&self, data: &str, args: &[&str]) -> Running {
        let kubeconfig = self.testbed.kubeconfig().display().to_string();
        let all = [args, &["--kubeconfig", &kubeconfig]].concat();
        let data = self.testbed.folder().join(data);
        share_compiled(&data);
        let mut command = command(&data, &all);
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(piped.spawn().expect("gantry starts"))
    }

    /// Waits until something is so.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE, "not in time: {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Writes a file of applications and names it.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.testbed.folder().join(name);
        std::fs::write(&path, content).expect("a file");
        path.display().to_string()
    }

    /// An application of a directory of the repository, to a namespace of its own name.
    pub(crate) fn application(&self, name: &str, path: &str, destination: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\n\
             spec:\n  project: default\n  source: {{repoURL: '{}', path: {path}}}\n  \
             destination: {{{destination}, namespace: {name}}}\n  \
             syncPolicy: {{syncOptions: [CreateNamespace=true]}}\n---\n",
            self.repository.file_url()
        )
    }

    /// Writes files to a directory of the repository and an application for it on spoke-1; the
    /// application's file.
    pub(crate) fn app_with(&self, name: &str, files: &[(&str, &str)]) -> String {
        let paths: Vec<String> = files
            .iter()
            .map(|(file, _)| format!("{name}/{file}"))
            .collect();
        let contents = files.iter().map(|(_, content)| *content);
        let files: Vec<(&str, &str)> = paths.iter().map(String::as_str).zip(contents).collect();
        self.repository.commit(&files).expect("a commit");
        self.file(
            &format!("{name}.yaml"),
            &self.application(name, name, "name: spoke-1"),
        )
    }

    /// What kubectl prints.
    pub(crate) fn kubectl(&self, context: &str, args: &[&str]) -> String {
        let output = self
            .testbed
            .kubectl(context)
            .args(args)
            .output()
            .expect("kubectl starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {args:?}: {error}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// The versions of all objects of a namespace that a sync could have touched.
    pub(crate) fn versions(&self, context: &str, namespace: &str) -> String {
        let versions =
            "jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion} {end}";
        let kinds = "configmaps,secrets,services";
        let namespaced = self.kubectl(context, &["get", kinds, "-n", namespace, "-o", versions]);
        // A Deployment's status may still settle: what counts is who wrote its spec, and when.
        let spec = "jsonpath={.items[*].metadata.generation} {.items[*].metadata.managedFields[?(@.manager=='gantry')].time}";
        let deployments = self.kubectl(
            context,
            &["get", "deployments", "-n", namespace, "-o", spec],
        );
        format!("{namespaced} {deployments}")
    }
}

impl Ended {
    /// The result as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| unreachable!("{error}: {} {}", self.stdout, self.stderr))
    }

    /// Checks the exit code, and says what was printed if it is another.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// `Kind/name action` of every object of the first application, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        let json = self.json();
        let objects = json[0]["objects"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |o: &Value| {
            format!(
                "{}/{} {}",
                text(&o["kind"]),
                text(&o["name"]),
                text(&o["action"])
            )
        };
        objects.iter().map(line).collect()
    }

    /// The message of one object of the first application.
    pub(crate) fn message(&self, name: &str) -> String {
        let json = self.json();
        let objects = json[0]["objects"].as_array().cloned().unwrap_or_default();
        let found = objects.iter().find(|object| object["name"] == name);
        found
            .and_then(|object| object["message"].as_str())
            .unwrap_or_default()
            .to_owned()
    }
}
