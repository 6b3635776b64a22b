//! Where manifests come from: several sources, what renderers ask for, and what projects permit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use gantry_testbed::{FileServer, GitHttpServer, GitRepository};

use crate::place::Place;
use crate::world::{Ended, World};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n\
                      data: {size: \"{{ values.size }}\", from: \"{{ values.from }}\"}\n";

fn repository(folder: &str, files: &[(&str, &str)]) -> GitRepository {
    let repository = GitRepository::init(Path::new(folder)).expect("a repository");
    repository.commit(files).expect("a commit");
    repository
}

fn application(project: &str, sources: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop}}\nspec:\n  \
         project: {project}\n  destination: {{name: spoke-1, namespace: sources}}\n  \
         syncPolicy: {{syncOptions: [CreateNamespace=true]}}\n  sources:\n{sources}"
    )
}

fn project(rules: &str) -> String {
    format!(
        "---\napiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {{name: web}}\n\
         spec:\n  sourceRepos: {rules}\n  destinations: [{{server: '*', namespace: '*'}}]\n  \
         clusterResourceWhitelist: [{{group: '*', kind: '*'}}]\n"
    )
}

/// The renderer that asks what its parameters say, as a file.
pub(crate) fn asking() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = workspace.join("target/guests");
        let package = ["build", "--package", "gantry-hostile", "--lib"];
        let profile = ["--target", "wasm32-wasip2", "--profile", "guest"];
        let status = Command::new(env!("CARGO"))
            .current_dir(&workspace)
            .args(package)
            .args(profile)
            .arg("--target-dir")
            .arg(&target)
            .env_remove("RUSTFLAGS")
            .status();
        assert!(status.is_ok_and(|status| status.success()));
        target.join("wasm32-wasip2/guest/gantry_hostile.wasm")
    })
}

/// Two repositories: templates with what they are rendered with, and values in tagged versions.
fn templates_and_values(place: &Place) -> (GitRepository, GitRepository) {
    let app = repository(
        &place.path("repos/app"),
        &[
            ("deploy/config.yaml", CONFIG),
            ("deploy/values.yaml", "size: 1\nfrom: chart\n"),
            (
                "plain/more.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n",
            ),
        ],
    );
    let values = repository(&place.path("repos/values"), &[("prod.yaml", "from: 1.0\n")]);
    values.git(&["tag", "v1.0.0"]).expect("a tag");
    values
        .commit(&[("prod.yaml", "from: 1.1\n")])
        .expect("a commit");
    values.git(&["tag", "v1.1.0"]).expect("a tag");
    values
        .commit(&[("prod.yaml", "from: 2.0\n")])
        .expect("a commit");
    values.git(&["tag", "v2.0.0"]).expect("a tag");
    (app, values)
}

fn three_sources(app: &str, values: &str) -> String {
    format!(
        "  - repoURL: '{app}'\n    path: deploy\n    \
           plugin: {{name: template, parameters: [{{name: valuesFiles, array: [$values/prod.yaml]}}]}}\n  \
         - repoURL: '{values}'\n    targetRevision: 1.*\n    ref: values\n  \
         - {{repoURL: '{app}', path: plain, name: more}}\n"
    )
}

#[test]
fn several_sources_are_rendered_together() {
    let place = Place::new();
    let (app, values) = templates_and_values(&place);
    let server = GitHttpServer::start(Path::new(&place.path("repos")), None).expect("a server");
    for (app, values) in [
        (app.file_url(), values.file_url()),
        (server.url("app"), server.url("values")),
    ] {
        let file = place.write(
            "app.yaml",
            &application("web", &three_sources(&app, &values)),
        );
        let rendered = place
            .gantry(&["render", "-f", &file, "-o", "json"])
            .expect(0);
        let json = rendered.json();
        assert_eq!(json[0]["data"]["from"], "1.1", "{json}");
        assert_eq!(json[0]["data"]["size"], "1", "{json}");
        assert_eq!(json[1]["metadata"]["name"], "more", "{json}");
    }

    // A directory in the place of one source, by its ref.
    place.write("own/prod.yaml", "from: own\n");
    let own = format!("values={}", place.path("own"));
    let file = place.path("app.yaml");
    let rendered = place.gantry(&["render", "-f", &file, "--source", &own, "-o", "json"]);
    assert_eq!(rendered.expect(0).json()[0]["data"]["from"], "own");
    let wrong = place.gantry(&["render", "-f", &file, "--source", "valeus=x"]);
    assert!(
        wrong
            .expect(2)
            .stderr
            .contains("its sources are 1, values, more")
    );

    let sources = three_sources(&app.file_url(), &values.file_url()).replace("1.*", "^3");
    let file = place.write("app.yaml", &application("web", &sources));
    let failed = place.gantry(&["render", "-f", &file]).expect(2).stderr;
    for words in [
        "source 2 of 3 (values)",
        "no tag that \"^3\" admits",
        "v2.0.0, v1.1.0",
        &format!("{file}:13:"),
    ] {
        assert!(failed.contains(words), "{words}: {failed}");
    }
}

#[test]
fn where_commits_must_be_signed_none_is_taken_while_nobody_can_check() {
    let place = Place::new();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
    let app = repository(&place.path("repos/app"), &[("a.yaml", text)]);
    let source = format!("  - {{repoURL: '{}', path: .}}\n", app.file_url());
    for (more, refused) in [
        ("signatureKeys: []", None),
        ("sourceIntegrity: {git: {policies: []}}", None),
        (
            "signatureKeys: [{keyID: FACED0CC0FFEE123}]",
            Some("signatureKeys"),
        ),
        (
            "sourceIntegrity: {git: {policies: [{repos: [{url: '*'}], gpg: {keys: [FACED0CC0FFEE123], mode: head}}]}}",
            Some("sourceIntegrity"),
        ),
    ] {
        let rules = project(&format!("['*', '**']\n  {more}"));
        let file = place.write("app.yaml", &(application("web", &source) + &rules));
        let ended = place.gantry(&["render", "-f", &file]);
        let Some(field) = refused else {
            assert!(ended.expect(0).stdout.contains("name: web"), "{more}");
            continue;
        };
        let told = ended.expect(2).stderr;
        let words =
            format!("takes signed commits only ({field}), and signatures cannot be checked yet");
        assert!(told.contains(&words), "{told}");
    }
}

#[test]
fn a_project_s_rules_hold_for_sources_and_for_what_renderers_ask_for() {
    let place = Place::new();
    fs::create_dir_all(place.path("data/plugins")).expect("a folder");
    fs::copy(asking(), place.path("data/plugins/asking.wasm")).expect("a copy");
    let app = repository(&place.path("repos/app"), &[("a.yaml", "a: 1\n")]);
    let base = repository(&place.path("repos/base"), &[("base.yaml", "base\n")]);
    base.git(&["tag", "v1"]).expect("a tag");
    place.write("files/values.yaml", "values");
    let files = FileServer::start(Path::new(&place.path("files")), None).expect("a server");
    let url = files.url("values.yaml");
    let source = format!(
        "  - repoURL: '{}'\n    path: .\n    plugin:\n      name: asking\n      parameters:\n      \
         - {{name: mode, string: ask}}\n      \
         - {{name: git, array: ['{} v1 base.yaml']}}\n      \
         - {{name: download, array: ['{url}']}}\n",
        app.file_url(),
        base.file_url()
    );
    let render = |rules: &str| -> Ended {
        let file = place.write("app.yaml", &(application("web", &source) + &project(rules)));
        place.gantry(&["render", "-f", &file])
    };
    let told = render("['**']").expect(0);
    assert!(
        told.stdout.contains(r#""git":["base\n"]"#),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout.contains(r#""download":["values"]"#),
        "{}",
        told.stdout
    );
    let commit = base.git(&["rev-parse", "v1"]).expect("a commit");
    let pinned = format!("uses {} v1 = {}", base.file_url(), commit.trim());
    assert!(told.stderr.contains(&pinned), "{}", told.stderr);
    let pinned = format!("uses {url} = sha256:");
    assert!(told.stderr.contains(&pinned), "{}", told.stderr);
    assert_eq!(files.asked().len(), 1);

    let told = render("['*', '!**/base', '!http://**']").expect(0).stdout;
    for rule in ["!**/base", "!http://**"] {
        let words =
            format!("is not permitted in project \\\\\\\"web\\\\\\\": its rule \\\\\\\"{rule}");
        let told = told.replace("\\\\\\\"", "\"").replace("\\\"", "\"");
        let words = words.replace("\\\\\\\"", "\"");
        assert!(told.contains(&words), "{words}: {told}");
    }
    assert_eq!(
        files.asked(),
        [],
        "nothing is asked for that is not permitted"
    );

    let refused = render("['https://**']").expect(2).stderr;
    for words in ["project \"web\"", "(https://**)", "app.yaml:9:"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
}

#[test]
fn a_repository_of_this_machine_is_not_for_applications_from_elsewhere() {
    let place = Place::new();
    fs::create_dir_all(place.path("data/plugins")).expect("a folder");
    fs::copy(asking(), place.path("data/plugins/asking.wasm")).expect("a copy");
    repository(&place.path("repos/app"), &[("a.yaml", "a: 1\n")]);
    let base = repository(&place.path("repos/base"), &[("base.yaml", "base\n")]);
    let server = GitHttpServer::start(Path::new(&place.path("repos")), None).expect("a server");
    let source = |wanted: &str| {
        format!(
            "  - repoURL: '{}'\n    path: .\n    plugin:\n      name: asking\n      parameters:\n      \
             - {{name: mode, string: ask}}\n      - {{name: git, array: ['{wanted} HEAD base.yaml']}}\n",
            server.url("app")
        )
    };
    for (wanted, words) in [
        (base.file_url(), "a repository of this machine"),
        (server.url("base"), r#""git":["base\n"]"#),
    ] {
        let file = place.write("app.yaml", &application("web", &source(&wanted)));
        let told = place.gantry(&["render", "-f", &file]).expect(0).stdout;
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn files_in_the_repository_override_and_the_environment_is_put_in() {
    let place = Place::new();
    fs::create_dir_all(place.path("data/plugins")).expect("a folder");
    fs::copy(asking(), place.path("data/plugins/asking.wasm")).expect("a copy");
    let app = repository(
        &place.path("app"),
        &[
            (
                "web/.argocd-source.yaml",
                "plugin:\n  env: [{name: REV, value: $ARGOCD_APP_REVISION_SHORT}, \
                 {name: KUBE, value: $KUBE_VERSION}]\n",
            ),
            (
                "web/.argocd-source-shop.yaml",
                "plugin:\n  parameters: [{name: mode, string: ask}, {name: read, array: [web/a]}]\n",
            ),
            ("web/a", "content"),
        ],
    );
    let source = format!(
        "  - {{repoURL: '{}', path: web, plugin: {{name: asking, env: [{{name: APP, value: x}}]}}}}\n",
        app.file_url()
    );
    let file = place.write("app.yaml", &application("web", &source));
    let args = ["render", "-f", &file, "--kube-version", "1.35.0"];
    let told = place.gantry(&args).expect(0).stdout;
    let commit: String = app.git(&["rev-parse", "HEAD"]).expect("a commit");
    let short: String = commit.chars().take(7).collect();
    assert!(told.contains(r#""read":["content"]"#), "{told}");
    let env = format!(r#""env":{{"KUBE":"1.35.0","REV":"{short}"}}"#);
    assert!(told.contains(&env), "{env}: {told}");

    app.commit(&[("web/.argocd-source-shop.yaml", "plugin:\n  env: 1\n")])
        .expect("a commit");
    let failed = place.gantry(&args).expect(2).stderr;
    assert!(
        failed.contains("web/.argocd-source-shop.yaml:2:"),
        "{failed}"
    );
}

/// A Helm repository with the chart `web` in version 1.2.0.
fn helm_repository(place: &Place) -> FileServer {
    place.write(
        "chart/web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.2.0\n",
    );
    place.write(
        "chart/web/templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n\
         data: {from: {{ .Values.from }}, project: {{ .Values.project }}}\n",
    );
    place.write(
        "served/index.yaml",
        "apiVersion: v1\nentries:\n  web:\n  - {name: web, version: 1.2.0, urls: [web.tgz]}\n  \
         - {name: web, version: 2.0.0, urls: [gone.tgz]}\n",
    );
    let packed = Command::new("tar")
        .args([
            "czf",
            &place.path("served/web.tgz"),
            "-C",
            &place.path("chart"),
            "web",
        ])
        .status();
    assert!(packed.is_ok_and(|status| status.success()));
    FileServer::start(Path::new(&place.path("served")), None).expect("a server")
}

#[test]
fn a_chart_of_a_helm_repository_is_a_source() {
    let place = Place::new();
    let server = helm_repository(&place);
    let values = repository(&place.path("values"), &[("sources.yaml", "from: values\n")]);
    let source = |version: &str| {
        format!(
            "  - {{repoURL: '{}', chart: web, targetRevision: '{version}', \
             helm: {{valueFiles: [$values/$ARGOCD_APP_NAMESPACE.yaml], \
             parameters: [{{name: project, value: $ARGOCD_APP_PROJECT_NAME}}]}}}}\n  \
             - {{repoURL: '{}', ref: values}}\n",
            server.url("").trim_end_matches('/'),
            values.file_url()
        )
    };
    let file = place.write("app.yaml", &application("web", &source("1.*")));
    let json = place
        .gantry(&["render", "-f", &file, "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(json[0]["metadata"]["name"], "shop", "{json}");
    assert_eq!(json[0]["data"]["from"], "values", "{json}");
    assert_eq!(json[0]["data"]["project"], "web", "{json}");
    let file = place.write("app.yaml", &application("web", &source("^3")));
    let failed = place.gantry(&["render", "-f", &file]).expect(2).stderr;
    assert!(
        failed.contains("1.2.0") && failed.contains("app.yaml:9:"),
        "{failed}"
    );
}

#[test]
fn a_base_of_another_repository_is_pinned() {
    let place = Place::new();
    let base = repository(
        &place.path("base"),
        &[
            ("base/kustomization.yaml", "resources: [config.yaml]\n"),
            (
                "base/config.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n",
            ),
        ],
    );
    place.write(
        "overlay/kustomization.yaml",
        &format!(
            "resources: ['{}//base?ref=HEAD']\nnamePrefix: my-\n",
            base.file_url()
        ),
    );
    let rendered = place
        .gantry(&["render", &place.path("overlay"), "-o", "json"])
        .expect(0);
    let json = rendered.json();
    assert_eq!(json[0]["metadata"]["name"], "my-shared", "{json}");
    let head = base.git(&["rev-parse", "HEAD"]).expect("a commit");
    let pinned = format!("{} HEAD = {}", base.file_url(), head.trim());
    assert!(rendered.stderr.contains(&pinned), "{}", rendered.stderr);
}

#[test]
fn charts_and_kustomizations_take_charts_of_a_helm_repository() {
    let place = Place::new();
    let server = helm_repository(&place);
    let repository = server.url("");
    let repository = repository.trim_end_matches('/');
    place.write(
        "umbrella/Chart.yaml",
        &format!(
            "{{apiVersion: v2, name: umbrella, version: 1.0.0, \
             dependencies: [{{name: web, version: ^1, repository: '{repository}'}}]}}"
        ),
    );
    place.write("umbrella/values.yaml", "web: {from: umbrella}\n");
    place.write(
        "inflated/kustomization.yaml",
        &format!(
            "helmCharts: [{{name: web, version: 1.2.0, repo: '{repository}', releaseName: shop, \
             valuesInline: {{from: kustomize}}}}]\nnamePrefix: my-\n"
        ),
    );
    for (folder, name, from) in [
        ("umbrella", "umbrella", "umbrella"),
        ("inflated", "my-shop", "kustomize"),
    ] {
        let json = place
            .gantry(&["render", &place.path(folder), "-o", "json"])
            .expect(0)
            .json();
        assert_eq!(json[0]["metadata"]["name"], name, "{json}");
        assert_eq!(json[0]["data"]["from"], from, "{json}");
    }
}

#[test]
fn several_directories_are_rendered_in_one_call() {
    let place = Place::new();
    let directories: Vec<String> = (0..20)
        .map(|index| {
            let config = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{index}}}\n");
            let file = place.write(&format!("apps/d{index}/a.yaml"), &config);
            file.trim_end_matches("/a.yaml").to_owned()
        })
        .collect();
    let all: Vec<&str> = directories.iter().map(String::as_str).collect();
    let yaml = place
        .gantry(&[&["render"], &all[..]].concat())
        .expect(0)
        .stdout;
    let titles: Vec<&str> = yaml
        .lines()
        .filter_map(|line| line.strip_prefix("# Source: "))
        .collect();
    assert_eq!(titles, all);
    assert_eq!(yaml.matches("\n---\n").count(), 19, "{yaml}");
    let json = place.gantry(&[&["render", "-o", "json"], &all[..]].concat());
    let json = json.expect(0).json();
    let names: Vec<&str> = json
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|object| object["metadata"]["name"].as_str())
        .collect();
    let expected: Vec<String> = (0..20).map(|index| format!("c{index}")).collect();
    assert_eq!(names, expected);

    place.write("apps/d3/a.yaml", "apiVersion: v1\nkind: [1\n");
    let ended = place.gantry(&[&["render"], &all[..]].concat()).expect(2);
    assert_eq!(ended.stdout.matches("# Source: ").count(), 19);
    assert!(
        ended.stderr.contains(&format!("{}: ", all[3])),
        "{}",
        ended.stderr
    );
}

pub(crate) fn several_sources_reach_a_cluster(world: &World) {
    let folder = world.testbed.folder().join("sources");
    let repo = |name: &str, files: &[(&str, &str)]| {
        repository(&folder.join(name).display().to_string(), files)
    };
    let again = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {from: last}\n";
    let app = repo(
        "app",
        &[
            ("deploy/config.yaml", CONFIG),
            ("deploy/values.yaml", "size: 1\n"),
            ("plain/more.yaml", again),
        ],
    );
    let values = repo("values", &[("prod.yaml", "from: one\n")]);
    values.git(&["tag", "1.0.0"]).expect("a tag");
    let sources = three_sources(&app.file_url(), &values.file_url());
    let file = world.file("sources.yaml", &application("web", &sources));
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    let json = ended.json();
    assert_eq!(
        ended.actions(),
        ["Namespace/sources created", "ConfigMap/web created"]
    );
    let warning = "Resource /ConfigMap/sources/web appeared 2 times among application resources.";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    let sources = &json[0]["sources"];
    let commit = values.git(&["rev-parse", "HEAD"]).expect("a commit");
    assert_eq!(sources[0]["renderer"], "template", "{json}");
    assert_eq!(sources[1]["revision"], commit.trim(), "{json}");
    assert_eq!(sources[1]["ref"], "values", "{json}");
    assert_eq!(sources[2]["renderer"], "plain-yaml", "{json}");
    let from = [
        "get",
        "cm",
        "web",
        "-n",
        "sources",
        "-o",
        "jsonpath={.data.from}",
    ];
    assert_eq!(world.kubectl("spoke-1", &from), "last");

    let first = app.git(&["rev-parse", "HEAD"]).expect("a commit");
    app.commit(&[
        ("deploy/values.yaml", "size: 2\n"),
        ("plain/more.yaml", &again.replace("web", "more")),
    ])
    .expect("a commit");
    let old = ["--revisions", first.trim(), "--source-positions", "1"];
    let diff = |args: &[&str]| world.gantry(&[&["diff", "-f", &file], args].concat());
    assert!(diff(&[]).expect(1).stdout.contains("+  size: \"2\""));
    let with_old = diff(&old).expect(1).stdout;
    assert!(with_old.contains("+  size: \"1\""), "{with_old}");
    let refused = diff(&["--revision", "main"]).expect(2).stderr;
    assert!(refused.contains("--source-positions"), "{refused}");
}
