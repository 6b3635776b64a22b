use super::*;

/// Makes replacements in objects that are written as YAML.
fn replaced(replacements: &str, objects: &str) -> Result<Vec<Value>, PatchError> {
    let document = gantry_yaml::parse(replacements).expect("YAML");
    let replacements: Vec<Replacement> =
        serde_json::from_value(document[0].value.clone()).expect("replacements");
    let documents = gantry_yaml::parse(objects).expect("YAML");
    let mut values: Vec<Value> = documents.into_iter().map(|d| d.value).collect();
    let mut targets: Vec<Target<'_>> = values
        .iter_mut()
        .map(|value| Target {
            value,
            previous: &[],
        })
        .collect();
    apply(&replacements, &mut targets)?;
    Ok(values)
}

const OBJECTS: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: source, annotations: {x.y/z: dotted}}
data: {port: "8080", host: a.example.com/path, flag: "true"}
list: [one, {name: n.1, v: two}]
map: {k: v}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: front}}
spec:
  replicas: 1
  ratio: 1.5
  enabled: false
  url: http://host/rest
  containers:
  - {name: main, image: i, env: [{name: A, value: a}]}
  - {name: side.car, image: i}
  json: '{"b": {"c": "<x>"}, "a": [1, 2]}'
  pretty: |-
    {
      "b": 1
    }
"#;

/// One replacement: the source's field path and options, the target's, a pointer into the
/// Deployment and the value there.
const CASES: &str = r#"
data.port                {}  spec.replicas                 {}  /spec/replicas            8080
data.port                {}  spec.url                      {}  /spec/url                 "8080"
data.port                {}  spec.new                      {create: true}  /spec/new     8080
data.port                {}  spec.ratio                    {}  /spec/ratio               8080
data.flag                {}  spec.enabled                  {}  /spec/enabled             true
metadata.annotations.[x.y/z]  {}  spec.url                 {}  /spec/url                 "dotted"
metadata.annotations.x\.y/z   {}  spec.url                 {}  /spec/url                 "dotted"
list.0                   {}  spec.url                      {}  /spec/url                 "one"
list.-.v                 {}  spec.url                      {}  /spec/url                 "two"
list.[name=n.1].v        {}  spec.url                      {}  /spec/url                 "two"
map                      {}  spec.containers.0             {}  /spec/containers/0        {"k": "v"}
map                      {}  spec.new.deep                 {create: true}  /spec/new     {"deep": {"k": "v"}}
list                     {}  spec.new                      {create: true}  /spec/new/0   "one"
map                      {}  spec.url                      {}  /spec/url                 ""
data.host                {delimiter: /}            spec.url  {}  /spec/url               "a.example.com"
data.host                {delimiter: /, index: 1}  spec.url  {}  /spec/url               "path"
data.port                {}  spec.url                      {delimiter: /, index: 2}   /spec/url   "http://8080/rest"
data.port                {}  spec.url                      {delimiter: /, index: -1}  /spec/url   "8080/http://host/rest"
data.port                {}  spec.url                      {delimiter: /, index: 99}  /spec/url   "http://host/rest/8080"
list.0                   {}  spec.containers.*.image       {}  /spec/containers/1/image  "one"
list.0                   {}  spec.containers.[name=side.car].image  {}  /spec/containers/1/image  "one"
list.0                   {}  spec.containers.[name=main].env.[name=A].value  {}  /spec/containers/0/env/0/value  "one"
list.0                   {}  spec.containers.*.env.[name=B].value  {create: true}  /spec/containers/1/env/0  {"name": "B", "value": "one"}
list.0                   {}  spec.containers.2.image       {create: true}  /spec/containers/2  {"image": "one"}
list.0                   {}  spec.args.[=8080]             {create: true}  /spec/args          ["one"]
list.0                   {}  metadata.labels.tier          {}  /metadata/labels/tier     "one"
list.0                   {}  spec.json.b.c                 {}  /spec/json                "{\"a\":[1,2],\"b\":{\"c\":\"one\"}}"
list.0                   {}  spec.pretty.n                 {create: true}  /spec/pretty  "{\n  \"b\": 1,\n  \"n\": \"one\"\n}"
"#;

fn one_case(source: &str, options: &str, target: &str, target_options: &str) -> String {
    format!(
        "- source: {{kind: ConfigMap, fieldPath: '{source}', options: {options}}}\n  \
         targets: [{{select: {{kind: Deployment}}, fieldPaths: ['{target}'], options: {target_options}}}]"
    )
}

/// The columns of a case: words, and texts in braces.
fn columns(line: &str, count: usize) -> Vec<&str> {
    let mut columns = Vec::new();
    let mut rest = line.trim();
    while columns.len() + 1 < count {
        let end = if rest.starts_with('{') {
            rest.find('}').map(|at| at + 1)
        } else {
            rest.find(' ')
        };
        let (column, after) = rest.split_at(end.expect("a column"));
        columns.push(column);
        rest = after.trim_start();
    }
    columns.push(rest);
    columns
}

#[test]
fn values_go_where_they_are_told() {
    for line in CASES.trim().lines() {
        let columns = columns(line, 6);
        let [source, options, target, target_options, pointer, expected] = columns.as_slice()
        else {
            panic!("six columns: {line}");
        };
        let text = one_case(source, options, target, target_options);
        let values = replaced(&text, OBJECTS).unwrap_or_else(|e| panic!("{line}: {e}"));
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(values[1].pointer(pointer), Some(&expected), "{line}");
    }
}

/// The same columns, and what the error says.
const FAILURES: &str = r#"
data.none                {}  spec.url                      {}  fieldPath `data.none` is missing for replacement source ConfigMap.[noVer].[noGrp]/[noName].[noNs]
list.7                   {}  spec.url                      {}  fieldPath `list.7` is missing
list.-1                  {}  spec.url                      {}  array index -1 cannot be negative
data.0                   {}  spec.url                      {}  expected list but got map
data.*                   {}  spec.url                      {}  wildcard is not supported
list.[x]                 {}  spec.url                      {}  must contain fieldName=fieldValue
data.host.x              {}  spec.url                      {}  expected map but got scalar
map                      {delimiter: /}            spec.url  {}  delimiter option can only be used with scalar nodes
data.host                {delimiter: /, index: 2}  spec.url  {}  options.index 2 is out of bounds for value a.example.com/path
data.host                {delimiter: /, index: -1}  spec.url  {}  options.index -1 is out of bounds
list.0                   {}  spec.containers.0             {delimiter: /}  delimiter option can only be used with scalar nodes
list.0                   {}  spec.none                     {}  unable to find field "spec.none" in replacement target Deployment.v1.apps/web.[noNs]
list.0                   {}  spec.containers.5             {create: true}  unable to find or create field "spec.containers.5"
list.0                   {}  spec.containers.5             {create: true}  index 5 specified but only 2 elements found
list.0                   {}  spec.containers.[name=x].image  {}  unable to find field
list.0                   {}  spec.containers.[name=(].image  {}  not a regular expression
list.0                   {}  spec.containers.[name=a+b].image  {create: true}  unable to find or create field
list.0                   {}  spec.replicas                 {}  cannot decode "one" as an integer
list.0                   {}  spec.enabled                  {}  cannot decode "one" as a boolean
list.0                   {}  spec.url.x                    {}  it is a scalar
list.0                   {}  spec.replicas.x               {}  expected map but got scalar
list.0                   {}  spec.json.a.0                 {}  cannot decode "one" as an integer
"#;

#[test]
fn what_cannot_be_replaced_is_named() {
    for line in FAILURES.trim().lines() {
        let columns = columns(line, 5);
        let [source, options, target, target_options, expected] = columns.as_slice() else {
            panic!("five columns: {line}");
        };
        let text = one_case(source, options, target, target_options);
        let error = replaced(&text, OBJECTS).expect_err(line).to_string();
        assert!(error.contains(expected), "{line}: {error}");
    }
}

#[test]
fn a_replacement_is_complete() {
    for (text, expected) in [
        (
            "- source: {kind: X}",
            "must specify a source and at least one target",
        ),
        (
            "- targets: []",
            "must specify a source and at least one target",
        ),
        (
            "- {source: {kind: X}, sourceValue: x, targets: []}",
            "mutually exclusive",
        ),
        (
            "- {source: {kind: X, fieldPath: a.b}, targets: []}",
            "nothing selected by X.[noVer].[noGrp]/[noName].[noNs]:a.b",
        ),
        (
            "- {source: {options: {create: true}}, targets: []}",
            "multiple matches for selector [noKind].[noVer].[noGrp]/[noName].[noNs]:(0), create=true",
        ),
        (
            "- {sourceValue: x, targets: [{}]}",
            "must specify resources to select",
        ),
        (
            "- {sourceValue: x, targets: [{select: {name: a(}}]}",
            "not a regular expression",
        ),
    ] {
        let error = replaced(text, OBJECTS).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

const MANY: &str = r#"
{kind: A, metadata: {name: one, labels: {x: v}}}
---
{kind: A, metadata: {name: two, namespace: ns, annotations: {p: q}}}
---
{kind: B, metadata: {name: two}}
"#;

/// `select`, `reject`, and the objects whose field is set.
const SELECTIONS: &[(&str, &str, &[usize])] = &[
    ("{}", "[]", &[0, 1, 2]),
    ("{kind: A}", "[]", &[0, 1]),
    ("{name: t.*}", "[]", &[1, 2]),
    ("{name: first}", "[]", &[0]),
    ("{namespace: ns}", "[]", &[1]),
    ("{labelSelector: x}", "[]", &[0]),
    ("{annotationSelector: p=q}", "[]", &[1]),
    ("{}", "[{kind: A}]", &[2]),
    ("{}", "[{name: first}]", &[1, 2]),
    ("{}", "[{labelSelector: x=v}, {kind: B}]", &[1]),
    ("{}", "[{kind: B, labelSelector: x=v}]", &[1]),
    ("{}", "[{}]", &[0, 1, 2]),
];

#[test]
fn targets_are_selected_and_rejected() {
    for (select, reject, expected) in SELECTIONS {
        let text = format!(
            "sourceValue: '1'\ntargets: [{{select: {select}, reject: {reject}, \
             fieldPaths: [set], options: {{create: true}}}}]"
        );
        let document = gantry_yaml::parse(&text).expect("YAML");
        let replacement: Replacement =
            serde_json::from_value(document[0].value.clone()).expect("a replacement");
        let documents = gantry_yaml::parse(MANY).expect("YAML");
        let mut values: Vec<Value> = documents.into_iter().map(|d| d.value).collect();
        let first = [Id {
            gvk: Gvk::new("", "", "A"),
            namespace: String::new(),
            name: "first".to_owned(),
        }];
        let mut previous = [first.as_slice(), &[], &[]].into_iter();
        let mut objects: Vec<Target<'_>> = values
            .iter_mut()
            .map(|value| Target {
                value,
                previous: previous.next().unwrap_or_default(),
            })
            .collect();
        apply(&[replacement], &mut objects).expect("a replacement");
        let set: Vec<usize> = (0..3).filter(|i| values[*i]["set"] == 1).collect();
        assert_eq!(set, *expected, "{select} {reject}");
    }
}
