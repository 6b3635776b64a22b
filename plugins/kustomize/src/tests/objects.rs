use serde_json::json;

use super::{config_map, names, objects, run};
use crate::Nothing;

#[test]
fn names_follow_prefixes_hashes_and_patches() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [../base]\nnamePrefix: p-\nconfigMapGenerator:\n- name: cm\n  behavior: merge\n  literals: [b=2]\n",
        ),
        (
            "base/kustomization.yaml",
            "resources: [pod.yaml]\nconfigMapGenerator:\n- name: cm\n  literals: [a=1]\n",
        ),
        (
            "base/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec:\n  containers:\n  - name: c\n    envFrom: [{configMapRef: {name: cm}}]\n",
        ),
    ];
    let built = objects(&files);
    let name = built[0].pointer("/metadata/name").unwrap();
    assert!(name.as_str().unwrap().starts_with("p-cm-"), "{name}");
    assert_eq!(built[0].get("data"), Some(&json!({"a": "1", "b": "2"})));
    let used = built[1].pointer("/spec/containers/0/envFrom/0/configMapRef/name");
    assert_eq!(used, Some(name));
    assert_eq!(built[1].pointer("/metadata/name"), Some(&json!("p-pod")));
    assert_eq!(built[1].pointer("/metadata/annotations"), None);
}

#[test]
fn bases_that_are_used_twice_keep_their_references_apart() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [../a, ../b]\nnameSuffix: -x\n",
        ),
        (
            "a/kustomization.yaml",
            "resources: [../base]\nnamePrefix: a-\n",
        ),
        (
            "b/kustomization.yaml",
            "resources: [../base]\nnamePrefix: b-\n",
        ),
        ("base/kustomization.yaml", "resources: [all.yaml]\n"),
        (
            "base/all.yaml",
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec: {serviceAccountName: sa}\n",
        ),
    ];
    let built = objects(&files);
    let accounts: Vec<_> = built
        .iter()
        .filter_map(|o| o.pointer("/spec/serviceAccountName"))
        .collect();
    assert_eq!(accounts, ["a-sa-x", "b-sa-x"]);
}

#[test]
fn components_change_what_is_there_so_far() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [a.yaml]\ncomponents: [../c]\nnamePrefix: p-\n",
        ),
        ("app/a.yaml", &config_map("a")),
        (
            "c/kustomization.yaml",
            "kind: Component\nresources: [b.yaml]\nnameSuffix: -c\n",
        ),
        ("c/b.yaml", &config_map("b")),
    ];
    assert_eq!(
        names(&run(&files, &Nothing).unwrap()),
        ["ConfigMap p-a-c", "ConfigMap p-b-c"]
    );
}

#[test]
fn objects_know_the_file_that_they_were_read_from() {
    let two = format!("{}---\n{}", config_map("a"), config_map("b"));
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [two.yaml]\nconfigMapGenerator: [{name: c}]\nnamePrefix: p-\n",
        ),
        ("app/two.yaml", &*two),
    ];
    let built = run(&files, &Nothing).unwrap();
    let places: Vec<_> = built
        .objects
        .into_iter()
        .map(|object| object.place)
        .collect();
    let path = "app/two.yaml".to_owned();
    assert_eq!(places, [Some((path.clone(), 1)), Some((path, 5)), None]);
}

#[test]
fn patches_add_to_annotations_that_are_not_there_yet() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |-\n    - {op: add, path: /metadata/annotations/x, value: z}\n",
        ),
        ("app/a.yaml", &*config_map("a")),
    ];
    let built = objects(&files);
    assert_eq!(
        built[0].pointer("/metadata/annotations"),
        Some(&json!({"x": "z"}))
    );
}

#[test]
fn what_is_for_tools_only_goes() {
    let annotated = |name: &str, annotation: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{{annotation}}}}}\n---\n"
        )
    };
    let text = annotated("a", "config.kubernetes.io/local-config: 'true'")
        + &annotated("b", "config.kubernetes.io/local-config: 'false'")
        + &annotated("c", "config.kubernetes.io/path: x, keep: 1.10");
    let files = [
        ("app/kustomization.yaml", "resources: [a.yaml]\n"),
        ("app/a.yaml", &*text),
    ];
    let built = objects(&files);
    let annotations: Vec<_> = built
        .iter()
        .map(|o| o.pointer("/metadata/annotations").unwrap().clone())
        .collect();
    assert_eq!(
        annotations,
        [
            json!({"config.kubernetes.io/local-config": "false"}),
            json!({"keep": "1.10"})
        ]
    );
}

#[test]
fn plugins_that_are_built_in_run_where_they_are_listed() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [a.yaml]\ngenerators: [g.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PrefixTransformer\n  metadata: {name: p}\n  prefix: in-\n  fieldSpecs: [{path: metadata/name}]\n- t.yaml\n",
        ),
        ("app/a.yaml", &*config_map("a")),
        (
            "app/g.yaml",
            "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: s}\nliterals: [a=b]\noptions: {disableNameSuffixHash: true}\n",
        ),
        (
            "app/t.yaml",
            "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: n, namespace: ns}\n",
        ),
    ];
    let built = run(&files, &Nothing).unwrap();
    assert_eq!(names(&built), ["ConfigMap in-a", "Secret in-s"]);
    let namespaces = built
        .objects
        .iter()
        .map(|o| o.value.pointer("/metadata/namespace"));
    assert!(
        namespaces
            .into_iter()
            .all(|namespace| namespace == Some(&json!("ns")))
    );
}

#[test]
fn origins_and_transformations_are_noted_on_request() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [../base]\nnamePrefix: p-\nbuildMetadata: [originAnnotations, transformerAnnotations]\n",
        ),
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("base/a.yaml", &*config_map("a")),
    ];
    let built = objects(&files);
    let annotation = |key: &str| {
        built[0]
            .pointer("/metadata/annotations")
            .unwrap()
            .get(key)
            .cloned()
    };
    assert_eq!(
        annotation("config.kubernetes.io/origin"),
        Some(json!("path: ../base/a.yaml\n"))
    );
    assert_eq!(
        annotation("alpha.config.kubernetes.io/transformations"),
        Some(json!(
            "- configuredIn: kustomization.yaml\n  configuredBy:\n    apiVersion: builtin\n    kind: PrefixTransformer\n"
        ))
    );
}

#[test]
fn deprecated_fields_and_idle_documents_are_told() {
    let files = [
        (
            "app/kustomization.yaml",
            "bases: [../base]\ncommonLabels: {a: b}\n---\nnamePrefix: p-\n",
        ),
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("base/a.yaml", &*config_map("a")),
    ];
    let built = run(&files, &Nothing).unwrap();
    let told: Vec<_> = built
        .warnings
        .iter()
        .map(|warning| &*warning.message)
        .collect();
    assert_eq!(
        told,
        [
            "only the first document of a kustomization counts",
            "'bases' is deprecated, use 'resources' instead",
            "'commonLabels' is deprecated, use 'labels' instead",
        ]
    );
}
