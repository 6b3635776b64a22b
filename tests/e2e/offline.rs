//! What needs no cluster: rendering, health, plugins.

use std::fs;
use std::process::Command;

use crate::place::Place;
use crate::world::{Ended, examples, gantry_alone};

#[test]
fn a_directory_renders() {
    let place = Place::new();
    let guestbook = examples().join("guestbook").display().to_string();
    let yaml = place.gantry(&["render", &guestbook]).expect(0).stdout;
    assert_eq!(yaml.matches("\n---\n").count(), 2, "{yaml}");
    let json = place
        .gantry(&["render", &guestbook, "-o", "json"])
        .expect(0)
        .json();
    let kinds: Vec<&str> = json
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|o| o["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["ConfigMap", "Deployment", "Service"]);
}

#[test]
fn parameters_and_an_application_choose_what_is_rendered() {
    let place = Place::new();
    let config =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    place.write("repo/app/a.yaml", &config("a"));
    place.write("repo/app/sub/b.yaml", &config("b"));
    let directory = place.path("repo/app");
    let names = |ended: Ended| ended.expect(0).stdout.matches("name: ").count();
    assert_eq!(names(place.gantry(&["render", &directory])), 1);
    assert_eq!(
        names(place.gantry(&["render", &directory, "--param", "recurse=true"])),
        2
    );
    let application = place.write(
        "app.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  project: default\n  \
         source: {repoURL: 'https://example.com/x', path: app, directory: {recurse: true, exclude: 'a*'}}\n  \
         destination: {name: c, namespace: web}\n",
    );
    let ended = place
        .gantry(&["render", &place.path("repo"), "-f", &application])
        .expect(0);
    assert_eq!(
        ended.stdout,
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n"
    );
    let several = place.gantry(&["render", &directory, "-f", &application, "-f", &application]);
    let several = several.expect(2).stderr;
    assert!(several.contains("the files hold several"), "{several}");
    let refused = place
        .gantry(&["render", &directory, "--param", "recurse=maybe"])
        .expect(2);
    assert!(refused.stderr.contains("recurse"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    let broken = place.write("repo/bad/x.yaml", "apiVersion: v1\nkind: [1\n");
    let refused = place
        .gantry(&[
            "render",
            &place.path("repo/bad"),
            "--root",
            &place.path("repo"),
        ])
        .expect(2);
    assert!(
        refused.stderr.contains("bad/x.yaml:"),
        "{broken}: {}",
        refused.stderr
    );
}

#[test]
fn templates_take_values() {
    let place = Place::new();
    let template = examples().join("template").display().to_string();
    let args = [
        "render",
        &template,
        "--renderer",
        "template",
        "--name",
        "shop",
        "--namespace",
        "prod",
    ];
    let plain = place.gantry(&args).expect(0).stdout;
    let scaled = place
        .gantry(&[&args[..], &["--param", "values.replicas=7"]].concat())
        .expect(0)
        .stdout;
    assert!(
        !plain.contains("replicas: 7") && scaled.contains("replicas: 7"),
        "{plain}\n{scaled}"
    );
}

#[test]
fn health_is_told_as_an_array() {
    let place = Place::new();
    let file = place.write(
        "live.yaml",
        "apiVersion: v1\nkind: List\nitems:\n\
         - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a, namespace: web}, status: {phase: Lost}}\n\
         - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: web}}\n",
    );
    let json = place
        .gantry(&["health", "-f", &file, "-o", "json"])
        .expect(0)
        .json();
    let expected = serde_json::json!([
        {"group": "", "kind": "PersistentVolumeClaim", "namespace": "web", "name": "a", "status": "Degraded", "message": ""},
        {"group": "", "kind": "ConfigMap", "namespace": "web", "name": "b", "status": null, "message": ""},
    ]);
    assert_eq!(json, expected);
    place
        .gantry(&["health", "-f", &place.path("missing.yaml")])
        .expect(2);
}

#[test]
fn a_broken_plugin_is_told_and_the_others_go_on() {
    let place = Place::new();
    place.write("plugins/broken.wasm", "not wasm at all");
    place.write("plugins/Bad_Name.wasm", "");
    let plugins = place.path("plugins");
    let list = place
        .gantry(&["plugin", "list", "--plugins", &plugins, "-o", "json"])
        .expect(0)
        .json();
    let list = list.as_array().expect("an array");
    let by_name = |name: &str| {
        list.iter()
            .find(|p| p["name"] == name)
            .expect("listed")
            .clone()
    };
    assert_eq!(by_name("plain-yaml")["kind"], "renderer");
    assert!(
        by_name("plain-yaml")["digest"]
            .as_str()
            .is_some_and(|d| d.starts_with("sha256:"))
    );
    let broken = by_name("broken");
    assert!(
        broken["error"]["message"]
            .as_str()
            .is_some_and(|m| m.contains("not a WebAssembly file")),
        "{broken}"
    );
    assert!(by_name("Bad_Name")["error"].is_object());
    let guestbook = examples().join("guestbook").display().to_string();
    place
        .gantry(&["render", &guestbook, "--plugins", &plugins])
        .expect(0);
    let refused = place
        .gantry(&[
            "render",
            &guestbook,
            "--plugins",
            &plugins,
            "--renderer",
            "broken",
        ])
        .expect(2);
    assert!(
        refused.stderr.contains("not a WebAssembly file"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_plugin_in_the_data_folder_takes_a_built_in_s_place() {
    let place = Place::new();
    let mut builtins = gantry_bundle::BUILTIN.iter();
    let plain = builtins.find(|plugin| plugin.name == "plain-yaml");
    let wasm = plain.expect("built in").wasm;
    for name in ["plain-yaml", "mine"] {
        let path = place.write(&format!("data/plugins/{name}.wasm"), "");
        fs::write(path, wasm).expect("a file");
    }
    let list = place
        .gantry(&["plugin", "list", "-o", "json"])
        .expect(0)
        .json();
    let list = list.as_array().expect("an array").clone();
    let replaced = list
        .iter()
        .find(|p| p["name"] == "plain-yaml")
        .expect("listed");
    assert_eq!(replaced["replacesBuiltin"], true);
    let guestbook = examples().join("guestbook").display().to_string();
    place
        .gantry(&["render", &guestbook, "--renderer", "mine"])
        .expect(0);
}

#[test]
fn a_problem_in_an_item_of_a_list_has_the_line_of_its_field() {
    let place = Place::new();
    let application = "- apiVersion: argoproj.io/v1alpha1\n  kind: Application\n  metadata: {name: a}\n  spec:\n\
        \x20   project: default\n    source:\n      repoURL: https://example.com/a\n      path: 5\n";
    let file = place.write(
        "list.yaml",
        &format!("apiVersion: v1\nkind: List\nitems:\n{application}{application}"),
    );
    let refused = place.gantry(&["diff", "-f", &file]).expect(2).stderr;
    for place in [format!("{file}:11:"), format!("{file}:19:")] {
        assert!(refused.contains(&place), "{place} is not in {refused}");
    }
    the_others_are_imported_and_patched(&place, &file, application);
}

fn the_others_are_imported_and_patched(place: &Place, list: &str, application: &str) {
    let named = |name: &str| {
        let text = application.replace("name: a", &format!("name: {name}"));
        let text = text.replace("path: 5", "path: '.'\n    destination: {}");
        let text = format!("apiVersion: v1\nkind: List\nitems:\n{text}");
        place.write(&format!("{name}.yaml"), &text)
    };
    let good = named("b");
    let imported = place.gantry(&["import", "-f", list, &good]).expect(1);
    let told = &imported.stderr;
    assert!(
        told.contains(&format!("error: {list}:11:")) && told.contains("Application a: "),
        "{told}"
    );
    // Argo CD takes it as well, and says then that it goes nowhere.
    assert!(
        told.contains(&format!("warning: {good}:")) && told.contains("names no cluster"),
        "{told}"
    );
    assert!(imported.stdout.contains("created"), "{}", imported.stdout);
    // What is refused may be there already: nothing goes.
    let other = named("c");
    let imported = place.gantry(&["import", "--prune", "-f", list, &other]);
    let imported = imported.expect(1);
    assert!(imported.stderr.contains("--prune"), "{}", imported.stderr);
    assert!(!imported.stdout.contains("pruned"), "{}", imported.stdout);
    let patch =
        |patch: &str| place.gantry(&["app", "patch", "b", "--type", "merge", "--patch", patch]);
    let refused = patch(r#"{"status": {"sync": {"status": "Synced"}}}"#).expect(2);
    assert!(
        refused.stderr.contains("cannot change `status`"),
        "{}",
        refused.stderr
    );
    let unknown = r#"{"spec": {"foo": 1, "destination": {"name": "c"}}}"#;
    let told = patch(unknown).expect(0).stderr;
    assert!(told.contains("spec.foo"), "{told}");
}

#[test]
fn a_plugin_in_go_is_built_as_its_readme_says() {
    let place = Place::new();
    let core = place.write("hello-go.core.wasm", "");
    let plugin = place.path("hello-go.wasm");
    let componentize = ["plugin", "componentize", &core, "-o", &plugin];
    let refused = place.gantry(&componentize).expect(2).stderr;
    assert!(
        refused.contains(&core) && refused.contains("not a WebAssembly file"),
        "{refused}"
    );
    let built = Command::new("go")
        .current_dir(examples().join("plugins/go"))
        .args([
            "build",
            "-buildmode=c-shared",
            "-trimpath",
            "-ldflags=-s -w",
            "-o",
            &core,
            ".",
        ])
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
        .status();
    assert!(built.expect("go, which built gantry too").success());
    place.gantry(&componentize).expect(0);
    place.write("demo/web.env", "PORT=8080");
    let (demo, plugins) = (place.path("demo"), place.path(""));
    let render = ["--plugins", &plugins, "render", &demo, "--renderer"];
    let yaml = place
        .gantry(&[&render[..], &["hello-go", "--param", "prefix=shop-"]].concat())
        .expect(0)
        .stdout;
    assert!(
        yaml.contains("name: shop-web") && yaml.contains("PORT: \"8080\""),
        "{yaml}"
    );
}

#[test]
fn plugins_are_compiled_ahead_of_their_use() {
    let place = Place::new();
    let compile = ["plugin", "compile", "plain-yaml", "template", "-o", "json"];
    place.gantry(&compile).expect(0);
    let again = place.gantry(&compile).expect(0).json();
    let again = again.as_array().expect("an array");
    let told = |plugin: &serde_json::Value| (plugin["name"].clone(), plugin["wasReady"].clone());
    let told: Vec<_> = again.iter().map(told).collect();
    assert_eq!(
        told,
        [
            ("plain-yaml".into(), true.into()),
            ("template".into(), true.into())
        ]
    );
    let refused = place
        .gantry(&["plugin", "compile", "plain-yaml", "nobody"])
        .expect(2);
    assert!(refused.stdout.contains("plain-yaml"), "{}", refused.stdout);
    assert!(refused.stderr.contains("nobody"), "{}", refused.stderr);
}

#[test]
fn only_what_a_render_needs_is_compiled() {
    let place = Place::new();
    place.write(
        "app/a.yaml",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
    );
    let data = place.path("alone");
    gantry_alone(data.as_ref(), &["render", &place.path("app")]).expect(0);
    let mut compiled = Vec::new();
    let folders = fs::read_dir(place.path("alone/compiled/modules")).expect("a folder");
    for folder in folders.flatten() {
        let files = fs::read_dir(folder.path()).expect("a folder").flatten();
        compiled.extend(files.filter(|file| file.path().extension().is_none()));
    }
    assert_eq!(compiled.len(), 1, "{compiled:?}");
}

#[test]
fn a_chart_renders_as_an_application_of_argo_cd_asks() {
    let place = Place::new();
    place.write(
        "repo/shop/Chart.yaml",
        "{apiVersion: v2, name: shop, version: 0.1.0}",
    );
    place.write("repo/shop/values.yaml", "colour: red\n");
    place.write(
        "repo/shop/templates/all.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\n\
         data: {colour: '{{ .Values.colour }}', size: '{{ .Values.size }}'}\n",
    );
    place.write("repo/shop/big.yaml", "size: big\n");
    let application = place.write(
        "app.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  \
         project: default\n  destination: {namespace: shop, name: in-cluster}\n  source:\n    \
         repoURL: https://example.com/repo.git\n    path: shop\n    helm:\n      \
         valueFiles: [big.yaml]\n      parameters: [{name: colour, value: blue}]\n",
    );
    let args = [
        "render",
        "-f",
        &application,
        &place.path("repo"),
        "-o",
        "json",
    ];
    let rendered = place.gantry(&args).expect(0).json();
    assert_eq!(rendered[0]["metadata"]["name"], "web");
    assert_eq!(
        rendered[0]["data"],
        serde_json::json!({"colour": "blue", "size": "big"})
    );
    place.write(
        "repo/shop/templates/all.yaml",
        "kind: {{ .Values.a.b.c }}\n",
    );
    let refused = place.gantry(&args).expect(2);
    assert!(
        refused.stderr.contains("shop/templates/all.yaml:1:"),
        "{}",
        refused.stderr
    );
}
