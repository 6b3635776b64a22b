//! Argo CD's `health.lua` files and the tests that lie beside them, through the plugin that runs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{fs, io};

use gantry_conformance::suite;
use gantry_model::{HealthStatus, SourceTree};
use gantry_plugins::{Builtin, Host, HostConfig, PluginData, Verdict};
use gantry_source::DirTree;
use serde_json::{Value, json};

/// The module that has the scripts.
const MODULE: &str = "github.com/argoproj/argo-cd/v3@v3.2.11";
const PLUGIN: &str = "health-lua";
/// It has scripts for over 200 kinds.
const CASES_MIN: usize = 1_000;

/// One of Argo CD's tests.
struct Case {
    name: String,
    object: Value,
    expected: (HealthStatus, String),
}

/// The folder of all scripts, when it can be had.
fn customizations() -> Option<PathBuf> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", MODULE])
        .current_dir(std::env::temp_dir())
        .output()
        .ok()?;
    let told: Value = serde_json::from_slice(&output.stdout).ok()?;
    Some(Path::new(told["Dir"].as_str()?).join("resource_customizations"))
}

/// Argo CD's folder as the plugin's own.
#[derive(Debug)]
struct Scripts(PathBuf);

impl PluginData for Scripts {
    fn of(&self, plugin: &str) -> Option<Arc<dyn SourceTree>> {
        let open = || DirTree::open(&self.0).expect("Argo CD's folder");
        (plugin == PLUGIN).then(|| -> Arc<dyn SourceTree> { Arc::new(open()) })
    }
}

/// A host with the scripts before the built-in checks, as in the binary.
fn host(scripts: &Path) -> Host {
    let builtins = gantry_bundle::BUILTIN.iter().map(|plugin| Builtin {
        name: plugin.name,
        wasm: plugin.wasm,
        digest: None,
    });
    let builtins: Vec<_> = builtins.collect();
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        data: Some(Arc::new(Scripts(scripts.to_owned()))),
        compile_cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins")),
        ..HostConfig::default()
    })
    .expect("a host")
}

/// Every `<group>/<Kind>` with a script, in order.
fn folders(scripts: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let groups = list(scripts).expect("Argo CD's folder");
    let kinds = groups.iter().filter(|group| group.is_dir());
    let mut folders: Vec<_> = kinds
        .flat_map(|group| list(group).expect("a group's folder"))
        .filter(|kind| kind.join("health.lua").is_file())
        .collect();
    folders.sort();
    folders
}

fn yaml(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let documents =
        gantry_yaml::parse(&text).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
    documents.first().expect("a document").value.clone()
}

fn cases(scripts: &Path) -> Vec<Case> {
    let of_kind = |folder: PathBuf| {
        let tests = yaml(&folder.join("health_test.yaml"));
        let tests = tests["tests"].as_array().expect("tests").clone();
        tests.into_iter().flat_map(move |test| {
            let input = folder.join(field(&test, "inputPath").as_str().expect("an input"));
            let object = yaml(&input);
            let expected = expected(field(&test, "healthStatus"));
            let name = input.display().to_string();
            let case = Case {
                name,
                object,
                expected,
            };
            case.or_pending()
        })
    };
    folders(scripts).into_iter().flat_map(of_kind).collect()
}

impl Case {
    /// Argo CD's tests call the script itself. Before a script, being deleted counts, except for a
    /// hook: as one, the object comes to its script.
    fn or_pending(self) -> Vec<Self> {
        if self.object["metadata"]["deletionTimestamp"].is_null() {
            return vec![self];
        }
        let mut hook = self.object.clone();
        hook["metadata"]["finalizers"] = json!(["argocd.argoproj.io/hook-finalizer"]);
        let hook = Self {
            name: format!("{} (a hook)", self.name),
            object: hook,
            expected: self.expected.clone(),
        };
        let expected = (HealthStatus::Progressing, "Pending deletion".to_owned());
        vec![hook, Self { expected, ..self }]
    }
}

/// A field by its name in any case, as Go reads them.
fn field<'t>(test: &'t Value, name: &str) -> &'t Value {
    let fields = test.as_object().expect("a test").iter();
    let mut named = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.next().expect(name).1
}

fn expected(told: &Value) -> (HealthStatus, String) {
    let message = told["message"].as_str().unwrap_or_default().to_owned();
    (status(&told["status"]).expect("a status"), message)
}

fn status(word: &Value) -> Option<HealthStatus> {
    Some(match word.as_str()? {
        "Healthy" => HealthStatus::Healthy,
        // The interface leaves "missing" to the host; the plugin waits for such an object.
        "Progressing" | "Missing" => HealthStatus::Progressing,
        "Degraded" => HealthStatus::Degraded,
        "Suspended" => HealthStatus::Suspended,
        "Unknown" => HealthStatus::Unknown,
        _ => return None,
    })
}

fn told(verdict: &Verdict) -> Result<Option<(HealthStatus, String)>, String> {
    match verdict {
        Ok(health) => Ok(health.as_ref().map(|h| (h.status, h.message.clone()))),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn the_scripts_pass_their_own_tests() {
    let Some(scripts) = customizations() else {
        eprintln!("skipped: go cannot get {MODULE}");
        return;
    };
    let host = host(&scripts);
    let cases = cases(&scripts);
    let objects: Vec<&Value> = cases.iter().map(|case| &case.object).collect();
    let verdicts = host.assess(&objects);
    let wrong: Vec<String> = cases
        .iter()
        .zip(&verdicts)
        .map(|(case, verdict)| (case, told(verdict)))
        .filter(|(case, found)| *found != Ok(Some(case.expected.clone())))
        .map(|(case, found)| format!("{}: {:?}, not {:?}", case.name, found, case.expected))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cases.len() >= CASES_MIN, "only {} cases", cases.len());
    eprintln!("by script: {} cases right", cases.len());
    tell_the_suite(&host);
}

/// The same kinds at another commit of Argo CD: told, not asked for.
fn tell_the_suite(host: &Host) {
    let Some(suite) = suite("health") else {
        eprintln!("skipped: the health suite is not on this machine");
        return;
    };
    let cases = suite.cases.iter();
    let cases: Vec<_> = cases
        .filter(|case| case.row["origin"] == "customization")
        .collect();
    let objects: Vec<Value> = cases
        .iter()
        .map(|c| yaml(&c.dir.join("input.yaml")))
        .collect();
    let verdicts = host.assess(&objects.iter().collect::<Vec<_>>());
    let is_right = |case: &gantry_conformance::Case, verdict: &Verdict| {
        let expected = case.json("expected.json").expect("the suite's answer");
        let found = told(verdict).ok().flatten().map(|(status, _)| status);
        found == status(&expected["health"]["status"])
    };
    let wrong: Vec<&str> = cases
        .iter()
        .zip(&verdicts)
        .filter(|(case, verdict)| !is_right(case, verdict))
        .map(|(case, _)| case.name.as_str())
        .collect();
    let right = cases.len() - wrong.len();
    eprintln!("the suite by script: {right} right, not: {wrong:?}");
}
