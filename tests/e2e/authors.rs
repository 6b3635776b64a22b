//! What authors of plugins do: start a project, build it with the language's own tools, test it, use it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::Place;
use crate::world::examples;

/// The built-in renderers, over their own cases.
#[test]
fn built_in_renderers_pass_their_cases() {
    let cases = examples().join("../tests/conformance/renderer");
    let place = Place::new();
    for plugin in ["plain-yaml", "template"] {
        let cases = cases.join(plugin).display().to_string();
        place
            .gantry(&["plugin", "test", &cases, "--plugin", plugin])
            .expect(0);
    }
}

#[test]
fn a_rust_renderer_goes_from_a_new_project_to_an_application() {
    let place = Place::new();
    let wasm = rust_project(&place, "web-shop", &["--lang", "rust"]);
    cases_pass_fail_and_are_blessed(&place, &wasm);
    it_is_inspected_and_measured(&place, &wasm);

    place.write("data/plugins/.keep", "");
    fs::copy(&wasm, place.path("data/plugins/web-shop.wasm")).expect("a copy");
    place.write("repo/app/config/shop.toml", "greeting = 1\n");
    let application = place.write(
        "app.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  project: default\n  \
         source:\n    repoURL: 'https://example.com/x'\n    path: app\n    plugin:\n      name: web-shop\n      \
         parameters: [{name: image, string: 'shop:1'}, {name: replicas, string: '2'}]\n  \
         destination: {name: c, namespace: web}\n",
    );
    let rendered = place
        .gantry(&["render", &place.path("repo"), "-f", &application])
        .expect(0);
    for line in ["shop.toml: |", "replicas: 2", "image: shop:1"] {
        assert!(
            rendered.stdout.contains(line),
            "{line}: {}",
            rendered.stdout
        );
    }
}

fn cases_pass_fail_and_are_blessed(place: &Place, wasm: &str) {
    let cases = place.path("web-shop/tests/cases");
    let test = |args: &[&str]| {
        place.gantry(&[&["plugin", "test", &cases, "--plugin", wasm], args].concat())
    };
    let passed = test(&[]).expect(0).stdout;
    assert!(passed.ends_with("\n3 passed, 0 failed\n"), "{passed}");
    let expected = place.path("web-shop/tests/cases/with-config/expected.yaml");
    let text = fs::read_to_string(&expected).expect("the expectation");
    fs::write(&expected, text.replace("replicas: 3", "replicas: 4")).expect("a file");
    let failed = test(&[]).expect(1).stdout;
    for line in [
        "FAILED    with-config",
        "-  replicas: 4",
        "+  replicas: 3",
        "2 passed, 1 failed",
    ] {
        assert!(failed.contains(line), "{line}: {failed}");
    }
    let blessed = test(&["--bless", "-o", "json"]).expect(0).json();
    assert_eq!(blessed[2]["result"], "blessed");
    let after = fs::read_to_string(&expected).expect("the expectation");
    assert_eq!(after, text);
}

fn it_is_inspected_and_measured(place: &Place, wasm: &str) {
    let told = place
        .gantry(&["plugin", "inspect", wasm, "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(told["kind"], "renderer");
    assert_eq!(told["interfaceVersion"], "0.1.1");
    let port = &told["parametersSchema"]["properties"]["port"];
    assert_eq!(port["default"], 8080);
    let imports = told["imports"].as_array().expect("imports");
    assert!(
        imports
            .iter()
            .any(|import| import == "gantry:plugin/source@0.1.1")
    );

    let case = place.path("web-shop/tests/cases/with-config");
    let bench = ["plugin", "bench", wasm, "--case", &case, "--calls", "5"];
    let figures = place
        .gantry(&[&bench[..], &["-o", "json"]].concat())
        .expect(0)
        .json();
    let p50 = figures["call"]["p50Ms"].as_f64();
    assert!(p50.is_some_and(|ms| ms > 0.0), "{figures}");
    let peak = figures["memoryPeakBytes"].as_u64();
    assert!(peak.is_some_and(|bytes| bytes > 1 << 16), "{figures}");
}

#[test]
fn a_rust_health_plugin_is_built_and_tested() {
    let place = Place::new();
    let wasm = rust_project(&place, "certs", &["--lang", "rust", "--kind", "health"]);
    let cases = place.path("certs/tests/cases");
    let test = place.gantry(&["plugin", "test", &cases, "--plugin", &wasm]);
    let passed = test.expect(0).stdout;
    assert!(passed.ends_with("\n1 passed, 0 failed\n"), "{passed}");
    let told = place.gantry(&["plugin", "inspect", &wasm]).expect(0).stdout;
    assert!(
        told.contains("claim       Certificate.cert-manager.io\n"),
        "{told}"
    );
}

#[test]
fn a_python_renderer_is_built_and_tested() {
    let place = Place::new();
    place
        .gantry(&[
            "plugin",
            "new",
            "nightly",
            "--lang",
            "python",
            "--directory",
            &place.path("nightly"),
        ])
        .expect(0);
    let project = PathBuf::from(place.path("nightly"));
    let Some(componentize) = componentize_py(&project) else {
        eprintln!("skipped: python3 with venv and pip is not on this machine");
        return;
    };
    let args = [
        "-d",
        "wit/plugin.wit",
        "-w",
        "renderer-plugin",
        "componentize",
        "--stub-wasi",
    ];
    run(Command::new(componentize)
        .current_dir(&project)
        .args(args)
        .args(["app", "-o", "nightly.wasm"]));
    let (cases, wasm) = (
        place.path("nightly/tests/cases"),
        place.path("nightly/nightly.wasm"),
    );
    let test = place.gantry(&["plugin", "test", &cases, "--plugin", &wasm]);
    let passed = test.expect(0).stdout;
    assert!(passed.ends_with("\n3 passed, 0 failed\n"), "{passed}");
}

#[test]
fn go_plugins_of_both_kinds_are_built_and_tested() {
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("skipped: go is not on this machine");
        return;
    }
    let place = Place::new();
    for (name, kind, passed) in [("envs", "renderer", 2), ("secrets", "health", 1)] {
        let project = place.path(name);
        let new = ["plugin", "new", name, "--lang", "go", "--kind", kind];
        place
            .gantry(&[&new[..], &["--directory", &project]].concat())
            .expect(0);
        run(Command::new("go")
            .current_dir(&project)
            .args([
                "build",
                "-buildmode=c-shared",
                "-trimpath",
                "-ldflags=-s -w",
            ])
            .args(["-o", "core.wasm", "."])
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOFLAGS", "")]));
        let path = |file: &str| place.path(&format!("{name}/{file}"));
        let (core, wasm) = (path("core.wasm"), path(&format!("{name}.wasm")));
        place
            .gantry(&["plugin", "componentize", &core, "-o", &wasm])
            .expect(0);
        let test = place.gantry(&["plugin", "test", &path("tests/cases"), "--plugin", &wasm]);
        let told = test.expect(0).stdout;
        assert!(
            told.ends_with(&format!("\n{passed} passed, 0 failed\n")),
            "{told}"
        );
    }
}

#[test]
fn a_c_renderer_is_built_and_tested() {
    let compiles = ["--target=wasm32-wasi", "-E", "-include", "stdlib.h", "-xc"];
    let tried = Command::new("clang")
        .args(compiles)
        .arg("/dev/null")
        .output();
    if !tried.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: clang with a WASI sysroot is not on this machine");
        return;
    }
    let place = Place::new();
    let project = place.path("confs");
    let new = ["plugin", "new", "confs", "--lang", "c"];
    place
        .gantry(&[&new[..], &["--directory", &project]].concat())
        .expect(0);
    let gantry = Path::new(env!("CARGO_BIN_EXE_gantry"));
    let bin = gantry.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    run(Command::new("make")
        .arg("test")
        .current_dir(&project)
        .env("GANTRY_DATA", place.path("data"))
        .env("PATH", format!("{bin}:{path}")));
}

#[test]
fn what_cannot_be_is_told() {
    let place = Place::new();
    let there = place.path("there");
    fs::create_dir(&there).expect("a folder");
    let core = place.path("core.wasm");
    fs::write(&core, b"\0asm\x01\0\0\0").expect("a file");
    let empty = place.path("there");
    let cases: &[(&[&str], &str)] = &[
        (&["new", "Big"], "cannot be a plugin's name"),
        (&["new", "a", "--directory", &there], "is there already"),
        (
            &["new", "a", "--kind", "health", "--lang", "js"],
            "--kind health is there for --lang rust, go",
        ),
        (&["inspect", &there], "not a file"),
        (&["inspect", "nowhere.wasm"], "nowhere.wasm: "),
        (&["inspect", &core], "a core module, not a component"),
        (
            &["test", &empty, "--plugin", "plain-yaml"],
            "holds no case folder",
        ),
        (
            &["test", "nowhere", "--plugin", "plain-yaml"],
            "nowhere: cannot be read",
        ),
        (&["bench", &core], "a core module"),
    ];
    for (args, expected) in cases {
        let ended = place.gantry(&[&["plugin"], *args].concat()).expect(2);
        assert!(
            ended.stderr.contains(expected),
            "{args:?}: {}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("help: "),
            "{args:?}: {}",
            ended.stderr
        );
    }
    let case = place.write("cases/a/request.json", "{ \"parametres\": {} }");
    let cases = place.path("cases");
    let ended = place.gantry(&["plugin", "test", &cases, "--plugin", "plain-yaml"]);
    let told = ended.expect(1).stdout;
    assert!(
        told.contains(&format!("{case}:1:")) && told.contains("parametres"),
        "{told}"
    );
}

/// A new project, built as its README says; its component.
fn rust_project(place: &Place, name: &str, args: &[&str]) -> String {
    let project = place.path(name);
    let new = ["plugin", "new", name, "--directory", &project];
    let told = place.gantry(&[&new, args].concat()).expect(0).stdout;
    assert!(
        told.contains("cargo build --target wasm32-wasip2 --release"),
        "{told}"
    );
    // The versions that this workspace has: nothing else need be on this machine.
    let root = examples().join("..");
    fs::copy(
        root.join("Cargo.lock"),
        place.path(&format!("{name}/Cargo.lock")),
    )
    .expect("a copy");
    // One folder for all projects and all runs: what they depend on is built once.
    let target = root.join("target/authors");
    run(Command::new(env!("CARGO"))
        .current_dir(&project)
        .args(["build", "--quiet", "--target", "wasm32-wasip2", "--release"])
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS"));
    let file = format!("{}.wasm", name.replace('-', "_"));
    let wasm = target.join("wasm32-wasip2/release").join(file);
    wasm.display().to_string()
}

/// The tool that the project asks for, installed once for all runs.
fn componentize_py(project: &Path) -> Option<PathBuf> {
    let venv = examples().join("../target/componentize-py");
    let tool = venv.join("bin/componentize-py");
    if !tool.exists() {
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&venv)
            .status();
        made.ok().filter(std::process::ExitStatus::success)?;
        let mut pip = Command::new(venv.join("bin/pip"));
        pip.args(["install", "--quiet", "-r"]);
        let installed = pip.arg(project.join("requirements.txt")).status();
        installed.ok().filter(std::process::ExitStatus::success)?;
    }
    tool.canonicalize().ok()
}

fn run(command: &mut Command) {
    let status = command.status();
    let is_good = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    assert!(is_good, "{command:?}: {status:?}");
}
