//! The applications: charts and overlays of the suites, the examples, and objects that the server writes
//! otherwise than they were sent.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_conformance::{Case, chart_parameters, suite};
use gantry_model::Object;
use gantry_plugins::{Builtin, CacheConfig, Host, HostConfig, RenderRequest};
use gantry_source::DirTree;
use gantry_sync::Key;
use serde_json::{Value, json};

/// One application.
pub(crate) struct Application {
    /// Its name, which is its namespace's too.
    pub(crate) name: String,
    /// Which case it is.
    pub(crate) title: String,
    /// What is wanted; in the end, what the API server accepts of it.
    pub(crate) objects: Vec<Object>,
    /// The rest, and why.
    pub(crate) refused: Vec<(String, String)>,
}

/// Applications that need no suite.
pub(crate) const OWN: usize = 5;

/// What the server's defaults, shortest forms and controllers are known to change.
const REWRITTEN: &str = include_str!("rewritten.yaml");

pub(crate) fn host() -> Host {
    let builtins = gantry_bundle::BUILTIN.iter().map(|plugin| Builtin {
        name: plugin.name,
        wasm: plugin.wasm,
        digest: plugin.digest.parse().ok(),
    });
    let builtins: Vec<_> = builtins.collect();
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins")),
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    })
    .expect("a host")
}

/// All of them, and how many cases of the suites print what is no object.
pub(crate) fn gather(host: &Host) -> (Vec<Application>, usize) {
    let mut applications = Vec::new();
    let mut unfit = 0;
    let mut take = |title: String, objects: Option<Vec<Object>>| {
        // Charts that do not render for the server's version come to no application.
        if let Some(objects) = objects {
            let name = format!("app-{}", applications.len());
            applications.push(Application {
                name,
                title,
                objects,
                refused: Vec::new(),
            });
        } else {
            eprintln!("not rendered: {title}");
        }
        applications.len()
    };
    let mut next = take("rewritten".to_owned(), read(REWRITTEN));
    for (plugin, folder, path) in [
        ("plain-yaml", "guestbook", ""),
        ("template", "template", ""),
        ("kustomize", "kustomize", "overlays/production"),
        ("helm", "helm", "guestbook"),
    ] {
        let request = RenderRequest {
            path: path.to_owned(),
            ..request(next, json!({}))
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples")
            .join(folder);
        next = take(
            format!("examples {plugin}"),
            render(host, plugin, &folder, &request),
        );
    }
    for name in ["helm", "kustomize", "example-apps"] {
        let Some(suite) = suite(name) else {
            eprintln!("skipped: the {name} suite is not on this machine");
            continue;
        };
        let cases = suite.cases.iter().filter(|case| case.row["expect"] == "ok");
        if name != "helm" {
            let (joined, bad) = join(cases.map(expected));
            unfit += bad;
            for objects in joined {
                next = take(format!("{name} {next}"), Some(objects));
            }
            continue;
        }
        for case in cases {
            let chart = suite.root.join(text(&case.row, "chart"));
            let request = request(next, chart_parameters(&case.row));
            let objects = render(host, "helm", &chart, &request);
            next = take(format!("{name} {}", case.name), objects);
        }
    }
    (applications, unfit)
}

/// Many small cases as a few applications, in none of which an object comes twice; and how many are no
/// objects.
fn join(cases: impl Iterator<Item = Option<Vec<Object>>>) -> (Vec<Vec<Object>>, usize) {
    let mut joined: Vec<(HashSet<Key>, Vec<Object>)> = Vec::new();
    let mut unfit = 0;
    for case in cases {
        let Some(case) = case else {
            unfit += 1;
            continue;
        };
        let keys: HashSet<Key> = case.iter().map(Key::of).collect();
        match joined
            .iter_mut()
            .find(|(taken, _)| taken.is_disjoint(&keys))
        {
            Some((taken, objects)) => {
                taken.extend(keys);
                objects.extend(case);
            }
            None => joined.push((keys, case)),
        }
    }
    (
        joined.into_iter().map(|(_, objects)| objects).collect(),
        unfit,
    )
}

/// A release of its own for each, so that few of them share objects.
fn request(number: usize, parameters: Value) -> RenderRequest {
    RenderRequest {
        application: format!("app-{number}"),
        namespace: Some(format!("app-{number}")),
        kube_version: gantry_testbed::VERSION.trim_start_matches('v').to_owned(),
        parameters,
        ..RenderRequest::default()
    }
}

fn render(
    host: &Host,
    plugin: &str,
    folder: &Path,
    request: &RenderRequest,
) -> Option<Vec<Object>> {
    let tree = Arc::new(DirTree::open(folder).expect("a folder"));
    let rendered = host.render(plugin, tree, request);
    if let Err(error) = &rendered {
        eprintln!("{}: {error}", folder.display());
    }
    Some(rendered.ok()?.objects.clone())
}

/// What the case's own tests hold the renderer to.
fn expected(case: &Case) -> Option<Vec<Object>> {
    read(&case.text("expected.yaml").expect("the expected documents"))
}

fn read(text: &str) -> Option<Vec<Object>> {
    gantry_yaml::objects(text, "expected.yaml", 1).ok()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}
