use super::run;
use crate::Nothing;

/// Files beside `app/kustomization.yaml`, its text, and the code, a part of the message, the file
/// and the line of the error.
type Case<'c> = (
    &'c [(&'c str, &'c str)],
    &'c str,
    &'c str,
    &'c str,
    &'c str,
    u32,
);

fn check((files, kustomization, code, message, path, line): Case<'_>) {
    let mut files = files.to_vec();
    files.push(("app/kustomization.yaml", kustomization));
    let problem = run(&files, &Nothing).expect_err(kustomization);
    assert_eq!(problem.code, code, "{kustomization}: {}", problem.message);
    assert!(
        problem.message.contains(message),
        "{kustomization}: {}",
        problem.message
    );
    let span = problem.span.expect("a place");
    let found = (&*span.path, span.start.map_or(0, |start| start.line));
    assert_eq!(found, (path, line), "{kustomization}: {}", problem.message);
}

const APP: &str = "app/kustomization.yaml";

/// A kustomization, and the code, a part of the message and the line of its error.
const KUSTOMIZATIONS: &[(&str, &str, &str, u32)] = &[
    ("", "kustomization", "empty", 0),
    (
        "kind: Nothing\nnamePrefix: a\n",
        "kustomization",
        "kind should be",
        1,
    ),
    (
        "apiVersion: v1\nnamePrefix: a\n",
        "kustomization",
        "apiVersion for Kustomization",
        1,
    ),
    (
        "namePrefix: a\nnamePrefx: b\n",
        "kustomization",
        "unknown field `namePrefx`",
        2,
    ),
    (
        "images:\n- name: a\n  newtags: b\n",
        "kustomization",
        "unknown field `newtags`",
        3,
    ),
    (
        "namePrefix: a\nnamespace: on\n",
        "kustomization",
        "takes a string",
        2,
    ),
    ("a: [\n", "yaml", "", 2),
    (
        "\nresources:\n- gone.yaml\n",
        "not-found",
        "no such file",
        3,
    ),
    (
        "resources:\n- /etc/x.yaml\n",
        "outside",
        "cannot be absolute",
        2,
    ),
    (
        "resources:\n- ../../x.yaml\n",
        "outside",
        "leads out of the source tree",
        2,
    ),
    ("resources: [x]\n", "not-found", "no such file", 1),
    ("components:\n- gone\n", "not-found", "no such file", 2),
    (
        "configMapGenerator:\n- name: a\n  literals: [b]\n",
        "generator",
        "expected key=value",
        2,
    ),
    (
        "configMapGenerator:\n- literals: [a=b]\n",
        "generator",
        "must have a name",
        2,
    ),
    (
        "secretGenerator:\n- name: a\n  files: [gone]\n",
        "not-found",
        "gone",
        2,
    ),
    (
        "configMapGenerator:\n- name: a\n  behavior: merge\n",
        "generator",
        "does not exist",
        2,
    ),
    (
        "patches:\n- path: gone.yaml\n",
        "not-found",
        "failed to get the patch file",
        2,
    ),
    (
        "patches:\n- patch: 'a: 1'\n",
        "patch",
        "unable to parse SM or JSON patch",
        2,
    ),
    (
        "replicas:\n- {name: a, count: 1}\n",
        "replicas",
        "does not match",
        2,
    ),
    (
        "sortOptions: {order: up}\n",
        "kustomization",
        "must be one of fifo, legacy",
        1,
    ),
    (
        "openapi: {version: v1.0.0}\n",
        "transform",
        "not built in",
        1,
    ),
    (
        "vars:\n- {name: A, objref: {kind: B, name: c}}\n",
        "vars",
        "cannot be mapped",
        0,
    ),
    (
        "namePrefix: a\ntransformers: [gone.yaml]\n",
        "not-found",
        "gone.yaml",
        2,
    ),
    ("helmCharts:\n- name: x\n", "helm", "no repo specified", 2),
];

#[test]
fn errors_of_the_kustomization_name_its_line() {
    for (kustomization, code, message, line) in KUSTOMIZATIONS {
        check((&[], kustomization, code, message, APP, *line));
    }
}

const A: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const TWICE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

const FILES: &[Case<'_>] = &[
    (
        &[("app/a.yaml", "a: 1\n")],
        "resources: [a.yaml]\n",
        "not-an-object",
        "missing kind",
        "app/a.yaml",
        1,
    ),
    (
        &[("app/a.yaml", "a: b: c\n")],
        "resources: [a.yaml]\n",
        "yaml",
        "",
        "app/a.yaml",
        1,
    ),
    (
        &[("app/a.yaml", TWICE)],
        "resources: [a.yaml]\n",
        "duplicate",
        "already registered id: ConfigMap.v1.[noGrp]/a.[noNs]",
        "app/a.yaml",
        5,
    ),
    (
        &[("x.yaml", A)],
        "resources: [../x.yaml]\n",
        "outside-root",
        "not in or below 'app'",
        APP,
        1,
    ),
    (
        &[("app/p.yaml", A)],
        "patches: [{path: p.yaml}]\n",
        "patch-target",
        "no matches for Id ConfigMap.v1.[noGrp]/a.[noNs]",
        "app/p.yaml",
        1,
    ),
    (
        &[("app/c.yaml", "\nnamePrefx: []\n")],
        "configurations: [c.yaml]\n",
        "kustomization",
        "unknown field",
        "app/c.yaml",
        2,
    ),
    (
        &[(
            "app/t.yaml",
            "\napiVersion: team.example.com/v1\nkind: Mine\nmetadata: {name: m}\n",
        )],
        "transformers: [t.yaml]\n",
        "plugin",
        "external plugins disabled",
        "app/t.yaml",
        2,
    ),
    (
        &[(
            "app/t.yaml",
            "apiVersion: builtin\nkind: SortOrderTransformer\nmetadata: {name: m}\n",
        )],
        "transformers: [t.yaml]\n",
        "plugin",
        "unable to load builtin",
        "app/t.yaml",
        1,
    ),
    (
        &[(
            "base/kustomization.yaml",
            "kind: Component\nnamePrefix: a\n",
        )],
        "resources: [../base]\n",
        "component",
        "expected kind != 'Component'",
        APP,
        1,
    ),
];

#[test]
fn errors_of_other_files_name_them() {
    FILES.iter().copied().for_each(check);
}

#[test]
fn a_cycle_is_told_with_its_whole_way() {
    let files = [
        ("app/kustomization.yaml", "resources: [../a]\n"),
        ("a/kustomization.yaml", "resources: [../b]\n"),
        (
            "b/kustomization.yaml",
            "namePrefix: b\nresources:\n- ../a\n",
        ),
    ];
    let problem = run(&files, &Nothing).unwrap_err();
    assert!(
        problem.message.ends_with("app -> a -> b -> a"),
        "{}",
        problem.message
    );
    let span = problem.span.unwrap();
    assert_eq!(
        (&*span.path, span.start.unwrap().line),
        ("b/kustomization.yaml", 3)
    );
}

#[test]
fn a_directory_needs_exactly_one_kustomization() {
    let both = [
        ("app/kustomization.yaml", "namePrefix: a\n"),
        ("app/Kustomization", "namePrefix: a\n"),
    ];
    let problem = run(&both, &Nothing).unwrap_err();
    assert!(
        problem.message.contains("multiple kustomization files"),
        "{}",
        problem.message
    );
    let problem = run(&[("app/a.yaml", "a: 1\n")], &Nothing).unwrap_err();
    assert_eq!(problem.code, "no-kustomization");
}
