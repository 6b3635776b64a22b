//! Where it happens: Git's server and one of the clusters behind dials, applications that are good and
//! some that are poisoned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gantry_testbed::{Dial, GitHttpServer, GitRepository};
use serde_json::Value;

use crate::server::{Home, Server};
use crate::sources;
use crate::world::World;

/// The good applications: the first two have a hook, and so many are on either cluster; the rest is a crowd
/// on the one behind the dial, more than may be looked at at once.
pub(super) const GOOD: usize = 20;
/// Those that change while the server is killed.
pub(super) const LIVELY: [usize; 4] = [0, 1, 2, 3];
/// Those on the cluster that is always there.
pub(super) const HERE: [usize; 2] = [0, 2];
/// How a renderer misbehaves, and what is told of it.
const POISON: [(&str, &str); 3] = [
    ("endless-loop", "did not end within"),
    ("panic", "the sky is falling"),
    ("output-bomb", "handed over more than"),
];
const SPOKES: [&str; 2] = ["spoke-1", "spoke-2"];
pub(super) const FLAGS: [&str; 3] = ["-vv", "--refresh-interval", "1s"];
/// How long all may take to be in step.
const PATIENCE: Duration = Duration::from_secs(300);
/// Lines of the log that a failure shows.
const LOG_LINES: usize = 80;

pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) server: Server<'a>,
    pub(super) git: Dial,
    pub(super) spoke: Dial,
    pub(super) repository: GitRepository,
    /// Every commit that there ever was.
    pub(super) commits: BTreeSet<String>,
    /// How many of them are on no branch any more.
    pub(super) pushed_over: u64,
    /// Edits of objects in the clusters.
    pub(super) edits: u64,
    tag: &'static str,
}

fn spoke(index: usize) -> &'static str {
    SPOKES[usize::from(!HERE.contains(&index))]
}

impl<'a> Scene<'a> {
    pub(super) fn set_up(world: &'a World, home: Home, tag: &'static str) -> Self {
        let folder = world.testbed.folder();
        let repository_name = format!("{tag}-repo");
        let repository = GitRepository::init(&folder.join(&repository_name)).expect("a repository");
        let git = GitHttpServer::start(folder, None).expect("a server");
        let git = Dial::start(&git.address()).expect("a dial");
        let url = format!("http://{}/{repository_name}", git.address());
        let (spoke, kubeconfig) = behind_a_dial(world, tag);
        install(world, home, tag);
        let plugins = folder.join(tag).join("plugins");
        std::fs::create_dir_all(&plugins).expect("a folder");
        std::fs::copy(sources::asking(), plugins.join("hostile.wasm")).expect("a plugin");
        let server = Server::start_with(world, home, tag, &FLAGS, kubeconfig);
        let mut scene = Self {
            world,
            server,
            git,
            spoke,
            repository,
            commits: BTreeSet::new(),
            pushed_over: 0,
            edits: 0,
            tag,
        };
        scene.commit(0..GOOD, 0);
        if home != Home::Embedded {
            for spoke in SPOKES {
                scene
                    .server
                    .gantry(&["cluster", "add", spoke, "-y"])
                    .expect(0);
            }
        }
        let file = world.file(&format!("{tag}-apps.yaml"), &scene.manifests(&url));
        let create = ["app", "create", "-f", &file, "--validate=false"];
        scene.server.gantry(&create).expect(0);
        scene
    }

    pub(super) fn name(&self, index: usize) -> String {
        format!("{}-{index}", self.tag)
    }

    fn manifests(&self, url: &str) -> String {
        let manifest = |name: &str, source: &str, spoke: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n  \
                 project: default\n  revisionHistoryLimit: 1000\n  \
                 source: {{repoURL: '{url}', {source}}}\n  \
                 destination: {{name: {spoke}, namespace: {name}}}\n  \
                 syncPolicy:\n    automated: {{prune: true, selfHeal: true}}\n    \
                 syncOptions: [CreateNamespace=true]\n---\n"
            )
        };
        let good = (0..GOOD).map(|index| {
            let name = self.name(index);
            manifest(&name, &format!("path: {name}"), spoke(index))
        });
        let by_hand = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n  \
             project: default\n  source: {{repoURL: '{url}', path: {first}}}\n  \
             destination: {{name: {spoke}, namespace: {name}}}\n  \
             syncPolicy: {{syncOptions: [CreateNamespace=true]}}\n---\n",
            name = self.by_hand(),
            first = self.name(0),
            spoke = SPOKES[0],
        );
        let poisoned = POISON.map(|(mode, _)| {
            let plugin = format!(
                "path: ., plugin: {{name: hostile, parameters: [{{name: mode, string: {mode}}}]}}"
            );
            manifest(&self.poisoned(mode), &plugin, SPOKES[0])
        });
        good.chain(poisoned).chain([by_hand]).collect()
    }

    /// The application that nobody syncs but by hand: the first one's source, in a namespace of its own.
    pub(super) fn by_hand(&self) -> String {
        format!("{}-by-hand", self.tag)
    }

    fn poisoned(&self, mode: &str) -> String {
        format!("{}-{mode}", self.tag)
    }

    /// Commits a turn of some applications.
    pub(super) fn commit(&mut self, indexes: impl IntoIterator<Item = usize>, turn: u64) {
        let mut files = Vec::new();
        for index in indexes {
            let name = self.name(index);
            let map = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: state}}\ndata: {{turn: '{turn}'}}\n"
            );
            files.push((format!("{name}/map.yaml"), map));
            if index < 2 {
                let hook = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: before\n  annotations: \
                            {argocd.argoproj.io/hook: PreSync}\n";
                files.push((format!("{name}/hook.yaml"), hook.to_owned()));
            }
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let id = self.repository.commit(&files).expect("a commit");
        self.commits.insert(id);
    }

    /// Makes a branch of a commit of its own.
    pub(super) fn branch(&self, name: &str) {
        let git = |args: &[&str]| self.repository.git(args).expect("it is done");
        let commit = git(&["commit-tree", "HEAD^{tree}", "-m", "Elsewhere"]);
        git(&["branch", name, &commit]);
    }

    /// Takes back the last commits, as a forced push does.
    pub(super) fn push_over(&mut self, back: u64) {
        let count = self.repository.git(&["rev-list", "--count", "HEAD"]);
        let count: u64 = count.expect("commits").parse().expect("a number");
        let back = back.min(count - 1);
        let to = format!("HEAD~{back}");
        self.repository
            .git(&["reset", "--quiet", "--hard", &to])
            .expect("a reset");
        self.pushed_over += back;
    }

    /// Changes an object in its cluster, if it is there by now.
    pub(super) fn edit_by_hand(&mut self, index: usize) {
        if self.reached(index).is_empty() {
            return;
        }
        let edit = r#"{"data":{"turn":"by hand"}}"#;
        let patch = ["patch", "configmap", "state", "--type", "merge", "-p", edit];
        let name = self.name(index);
        self.world
            .kubectl(spoke(index), &[&patch[..], &["-n", &name]].concat());
        self.edits += 1;
    }

    /// `kill -9`, and another start.
    pub(super) fn restart(&mut self) {
        self.server.kill();
        self.server.run(&FLAGS);
    }

    /// The turn that the cluster has.
    fn reached(&self, index: usize) -> String {
        let path = "jsonpath={.data.turn}";
        let get = [
            "get",
            "configmap",
            "state",
            "--ignore-not-found",
            "-o",
            path,
        ];
        let name = self.name(index);
        self.world
            .kubectl(spoke(index), &[&get[..], &["-n", &name]].concat())
    }

    /// The turn that Git has.
    fn expected(&self, index: usize) -> String {
        let file = self
            .repository
            .folder()
            .join(self.name(index))
            .join("map.yaml");
        let text = std::fs::read_to_string(file).expect("the file");
        text.split('\'').nth(1).unwrap_or_default().to_owned()
    }

    /// What all applications say of themselves, by their names.
    pub(super) fn statuses(&self) -> BTreeMap<String, Value> {
        let list = self.server.gantry(&["app", "list", "-o", "json"]).expect(0);
        let list = list.json().as_array().cloned().unwrap_or_default();
        let named = list.into_iter().map(|mut application| {
            let name = application["metadata"]["name"].as_str();
            (
                name.unwrap_or_default().to_owned(),
                application["status"].take(),
            )
        });
        named.collect()
    }

    /// Waits until applications have what Git has, and say so of its last commit; how long that took.
    pub(super) fn until_in_step(&self, indexes: impl IntoIterator<Item = usize>) -> Duration {
        let head = self.repository.git(&["rev-parse", "HEAD"]).expect("a head");
        let is_in_step = |index: &usize, status: &Value| {
            status["sync"]["status"] == "Synced"
                && status["health"]["status"] == "Healthy"
                && status["sync"]["revision"] == head.as_str()
                && self.reached(*index) == self.expected(*index)
        };
        let mut left: Vec<usize> = indexes.into_iter().collect();
        self.until(&format!("at {head}"), |statuses| {
            left.retain(|index| !is_in_step(index, &statuses[&self.name(*index)]));
            left.first().map(|index| self.name(*index))
        })
    }

    /// Waits until the poisoned applications say what is wrong with them.
    pub(super) fn until_poisoned_are_told(&self) -> Duration {
        let is_told = |condition: &Value, expected: &str| {
            let message = condition["message"].as_str().unwrap_or_default();
            let names_all = message.contains("hostile") && message.contains(expected);
            names_all && condition["type"] == "ComparisonError"
        };
        self.until("told what is wrong", |statuses| {
            let lacking = POISON.iter().find(|(mode, expected)| {
                let status = &statuses[&self.poisoned(mode)];
                let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
                status["sync"]["status"] != "Unknown"
                    || !conditions
                        .iter()
                        .any(|condition| is_told(condition, expected))
            });
            lacking.map(|(mode, _)| self.poisoned(mode))
        })
    }

    /// Looks at what the applications say until no more is lacking; how long that took.
    fn until(
        &self,
        what: &str,
        mut lacking: impl FnMut(&BTreeMap<String, Value>) -> Option<String>,
    ) -> Duration {
        let began = Instant::now();
        loop {
            let statuses = self.statuses();
            let Some(name) = lacking(&statuses) else {
                return began.elapsed();
            };
            assert!(
                began.elapsed() < PATIENCE,
                "{name} is not {what}: {:#}\n{}",
                statuses[&name],
                self.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The end of the server's log.
    fn log(&self) -> String {
        let log = self.server.log();
        let lines: Vec<&str> = log.lines().collect();
        let from = lines.len().saturating_sub(LOG_LINES);
        lines[from..].join("\n")
    }
}

/// The last cluster behind a dial, and a kubeconfig that leads through it.
fn behind_a_dial(world: &World, tag: &str) -> (Dial, PathBuf) {
    let text = std::fs::read_to_string(world.testbed.kubeconfig()).expect("a kubeconfig");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let clusters = json["clusters"].as_array().cloned().unwrap_or_default();
    let cluster = clusters.iter().find(|cluster| cluster["name"] == SPOKES[1]);
    let url = cluster.and_then(|cluster| cluster["cluster"]["server"].as_str());
    let address = url.and_then(|url| url.strip_prefix("https://"));
    let address = address.expect("a cluster of that name");
    let dial = Dial::start(address).expect("a dial");
    let text = text.replace(address, &dial.address());
    (
        dial,
        PathBuf::from(world.file(&format!("{tag}-kubeconfig"), &text)),
    )
}

fn install(world: &World, home: Home, tag: &str) {
    let Home::Hub(namespace) = home else { return };
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let data: &Path = &world.testbed.folder().join(tag);
    let install = ["install", "--apply", "--namespace", namespace];
    let hub = ["--context", "hub", "--kubeconfig", &kubeconfig];
    crate::world::gantry(data, &[&install[..], &hub[..]].concat()).expect(0);
}
