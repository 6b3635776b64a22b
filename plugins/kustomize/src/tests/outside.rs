use std::cell::RefCell;
use std::rc::Rc;

use gantry_sdk::files::Files;
use gantry_sdk::renderer::Diagnostic;
use serde_json::{Value, json};

use super::{config_map, names, run};
use crate::outside::Outside;
use crate::test_files::Map;

/// Gives one repository, one file and one chart, and notes what it was asked.
#[derive(Default)]
struct World {
    asked: RefCell<Vec<String>>,
}

impl World {
    fn note(&self, question: String) {
        self.asked.borrow_mut().push(question);
    }
}

impl Outside for World {
    fn git(&self, repository: &str, revision: &str) -> Result<Rc<dyn Files>, String> {
        self.note(format!("git {repository} {revision}"));
        if repository != "https://github.com/org/repo" {
            return Err("the project does not allow it".to_owned());
        }
        Ok(Rc::new(Map::new(&[
            (
                "deploy/kustomization.yaml",
                "resources: [a.yaml, ../shared]\n",
            ),
            ("deploy/a.yaml", &config_map("remote")),
            ("shared/kustomization.yaml", "resources: [b.yaml]\n"),
            ("shared/b.yaml", &config_map("shared")),
            (
                "loop/kustomization.yaml",
                "resources: ['github.com/org/repo//loop?ref=v1']\n",
            ),
        ])))
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, String> {
        self.note(format!("download {url}"));
        match url {
            "https://host.example/crds.yaml" => Ok(config_map("downloaded").into()),
            _ => Err("status 404".to_owned()),
        }
    }

    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Rc<dyn Files>, String> {
        self.note(format!("chart {repository} {name} {version}"));
        Ok(Rc::new(Map::new(&[("values.yaml", "a: {b: 1, c: 2}\n")])))
    }

    fn render(
        &self,
        renderer: &str,
        files: &dyn Files,
        path: &str,
        parameters: &Value,
    ) -> Result<Vec<Value>, Vec<Diagnostic>> {
        let is_there = files.list(path).is_ok();
        self.note(format!("render {renderer} {path} {is_there} {parameters}"));
        let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "chart", "namespace": "own"}});
        Ok(vec![object])
    }
}

fn asked(kustomization: &str, more: &[(&str, &str)]) -> (Result<Vec<String>, String>, Vec<String>) {
    let world = World::default();
    let mut files = more.to_vec();
    files.push(("app/kustomization.yaml", kustomization));
    let built = run(&files, &world).map(|built| names(&built));
    (
        built.map_err(|problem| problem.message),
        world.asked.into_inner(),
    )
}

#[test]
fn remote_bases_are_trees_of_their_own() {
    let url = "https://github.com/org/repo//deploy?ref=v1";
    let again = "github.com/org/repo//shared?ref=v1&timeout=90s";
    let (built, questions) = asked(&format!("resources: ['{url}']\nnamePrefix: p-\n"), &[]);
    assert_eq!(built.unwrap(), ["ConfigMap p-remote", "ConfigMap p-shared"]);
    assert_eq!(questions, ["git https://github.com/org/repo v1"]);
    // A repository is asked for once, however often it is used.
    let both = format!("resources: ['{url}', 'own']\n");
    let own = (
        "app/own/kustomization.yaml",
        &*format!("namePrefix: o-\nresources: ['{again}']\n"),
    );
    let (built, questions) = asked(&both, &[own]);
    assert_eq!(built.unwrap().len(), 3);
    assert_eq!(questions.len(), 1);
}

#[test]
fn what_is_withheld_or_goes_in_a_circle_is_told() {
    let (built, _) = asked("resources: ['https://other.example/org/repo//x']\n", &[]);
    let message = built.unwrap_err();
    assert!(
        message.contains("the project does not allow it"),
        "{message}"
    );
    let (built, _) = asked("resources: ['github.com/org/repo//loop?ref=v1']\n", &[]);
    assert!(built.unwrap_err().contains("cycle detected"));
}

#[test]
fn addresses_are_files_or_repositories() {
    let (built, questions) = asked("resources: ['https://host.example/crds.yaml']\n", &[]);
    assert_eq!(built.unwrap(), ["ConfigMap downloaded"]);
    assert_eq!(questions, ["download https://host.example/crds.yaml"]);
    let (built, questions) = asked("resources: ['https://github.com/org/repo/deploy']\n", &[]);
    assert_eq!(built.unwrap().len(), 2);
    assert_eq!(questions[1], "git https://github.com/org/repo ");
    let (built, _) = asked("resources: ['https://host.example/a/b/c.yaml']\n", &[]);
    let message = built.unwrap_err();
    assert!(
        message.contains("status 404") && message.contains("does not allow"),
        "{message}"
    );
}

#[test]
fn charts_are_rendered_by_the_renderer_for_them() {
    let chart = "namespace: ns\nhelmCharts:\n- name: web\n  repo: https://charts.example\n  version: 1.2.3\n  releaseName: rel\n  includeCRDs: true\n  valuesInline: {a: {c: 3}}\n";
    let (built, questions) = asked(chart, &[]);
    assert_eq!(built.unwrap(), ["Service chart"]);
    assert_eq!(questions[0], "chart https://charts.example web 1.2.3");
    let parameters = questions[1].strip_prefix("render helm  true ").unwrap();
    let parameters: Value = serde_json::from_str(parameters).unwrap();
    let expected = json!({
        "releaseName": "rel", "namespace": "ns", "skipCrds": false, "skipHooks": false, "skipTests": false,
        "valuesObject": {"a": {"b": 1, "c": 3}},
    });
    assert_eq!(parameters, expected);
    // A chart in the tree goes before any repository, and keeps the namespace that Helm gave it.
    let local = ("app/charts/web/values.yaml", "a: 1\n");
    let (built, questions) = asked(chart, &[local]);
    assert_eq!(built.unwrap(), ["Service chart"]);
    assert!(
        questions[0].starts_with("render helm app/charts/web true"),
        "{questions:?}"
    );
}
