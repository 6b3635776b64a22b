//! Fields of a project from flags, and what is never called orphaned. Pure.

use gantry_model::Diagnostic;
use serde_json::{Map, Value, json};

use super::edit::refuse;
use super::trust;
use crate::args::{OrphanArgs, ProjectFields};

const ORPHANED: &str = "orphanedResources";

/// Puts what the flags say into a project; a list takes the place of the one that is there.
pub(super) fn set(project: &mut Value, fields: &ProjectFields) -> Result<(), Diagnostic> {
    let destinations = fields.dest.iter().map(|text| {
        let (server, namespace) = text.split_once(',').ok_or_else(|| {
            let message = format!("{text:?} is no destination");
            Diagnostic::error("destination", message).help("write SERVER,NAMESPACE")
        })?;
        Ok(json!({"server": server, "namespace": namespace}))
    });
    let destinations: Vec<Value> = destinations.collect::<Result<_, Diagnostic>>()?;
    let texts = |texts: &[String]| texts.iter().map(|text| json!(text)).collect();
    let lists: [(&str, Vec<Value>); 9] = [
        ("destinations", destinations),
        (
            "destinationServiceAccounts",
            trust::accounts(&fields.dest_service_accounts)?,
        ),
        ("signatureKeys", trust::keys(&fields.signature_keys)?),
        ("sourceRepos", texts(&fields.src)),
        ("sourceNamespaces", texts(&fields.source_namespaces)),
        (
            "clusterResourceWhitelist",
            kinds(&fields.allow_cluster_resource)?,
        ),
        (
            "clusterResourceBlacklist",
            kinds(&fields.deny_cluster_resource)?,
        ),
        (
            "namespaceResourceWhitelist",
            kinds(&fields.allow_namespaced_resource)?,
        ),
        (
            "namespaceResourceBlacklist",
            kinds(&fields.deny_namespaced_resource)?,
        ),
    ];
    let spec = spec(project)?;
    for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        spec.insert(field.to_owned(), Value::Array(list));
    }
    if let Some(description) = &fields.description {
        spec.insert("description".to_owned(), json!(description));
    }
    orphaned(spec, fields);
    Ok(())
}

/// Whether it is looked for orphaned objects, and told. What is never called orphaned stays.
fn orphaned(spec: &mut Map<String, Value>, fields: &ProjectFields) {
    let (enabled, warn) = (fields.orphaned_resources, fields.orphaned_resources_warn);
    match (enabled, warn) {
        (None, None) => {}
        (Some(false), None) => {
            spec.remove(ORPHANED);
        }
        (_, warn) => {
            let rule = spec.entry(ORPHANED).or_insert_with(|| json!({}));
            if !rule.is_object() {
                *rule = json!({});
            }
            if let Some(warn) = warn {
                rule["warn"] = json!(warn);
            }
        }
    }
}

/// Has a kind never called orphaned; what is told.
pub(super) fn ignore(project: &mut Value, args: &OrphanArgs) -> Result<String, Diagnostic> {
    let entry = orphan(args);
    let rule = spec(project)?.entry(ORPHANED).or_insert_with(|| json!({}));
    if !rule.is_object() {
        *rule = json!({});
    }
    if !rule["ignore"].is_array() {
        rule["ignore"] = json!([]);
    }
    let ignored = rule["ignore"].as_array_mut();
    let has = |list: &Vec<Value>| list.iter().any(|known| same(known, &entry));
    match ignored {
        Some(list) if !has(list) => list.push(entry),
        _ => return Err(refuse("it is ignored already".to_owned(), ORPHANED)),
    }
    Ok(format!("kind {:?} is no longer called orphaned", args.kind))
}

/// Has a kind called orphaned again; what is told.
pub(super) fn heed(project: &mut Value, args: &OrphanArgs) -> Result<String, Diagnostic> {
    let entry = orphan(args);
    let list = spec(project)?
        .get_mut(ORPHANED)
        .and_then(|rule| rule["ignore"].as_array_mut());
    let place = list
        .as_ref()
        .and_then(|list| list.iter().position(|known| same(known, &entry)));
    let (Some(list), Some(place)) = (list, place) else {
        return Err(refuse("it is not ignored".to_owned(), ORPHANED));
    };
    list.remove(place);
    Ok(format!("kind {:?} is called orphaned again", args.kind))
}

fn orphan(args: &OrphanArgs) -> Value {
    let mut entry = json!({"kind": args.kind});
    for (field, text) in [("group", &args.group), ("name", &args.name)] {
        if !text.is_empty() {
            entry[field] = json!(text);
        }
    }
    entry
}

/// Whether two entries mean the same: what is not there is empty.
fn same(one: &Value, other: &Value) -> bool {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let mut fields = ["group", "kind", "name"].into_iter();
    fields.all(|field| text(one, field) == text(other, field))
}

/// Kinds, each `GROUP/KIND` or, of the core group, `KIND`.
fn kinds(texts: &[String]) -> Result<Vec<Value>, Diagnostic> {
    let kind = |text: &String| {
        let (group, kind) = text.split_once('/').unwrap_or(("", text));
        if kind.is_empty() || kind.contains('/') {
            let message = format!("{text:?} is no kind");
            return Err(Diagnostic::error("kind", message).help("write GROUP/KIND, or KIND"));
        }
        Ok(json!({"group": group, "kind": kind}))
    };
    texts.iter().map(kind).collect()
}

fn spec(project: &mut Value) -> Result<&mut Map<String, Value>, Diagnostic> {
    let broken = || Diagnostic::error("project", "it is no mapping").field("spec");
    let project = project.as_object_mut().ok_or_else(broken)?;
    let spec = project.entry("spec").or_insert_with(|| json!({}));
    if spec.is_null() {
        *spec = json!({});
    }
    spec.as_object_mut().ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::{heed, ignore, set};
    use crate::args::{OrphanArgs, ProjectFields};

    #[derive(Parser)]
    struct Fields {
        #[command(flatten)]
        fields: ProjectFields,
    }

    fn after(spec: Value, flags: &str) -> Result<Value, String> {
        let words = ["set"].into_iter().chain(flags.split_whitespace());
        let fields = Fields::try_parse_from(words).expect(flags).fields;
        let mut project = json!({ "spec": spec });
        set(&mut project, &fields).map_err(|problem| problem.message)?;
        Ok(project["spec"].take())
    }

    #[test]
    fn flags_become_fields() {
        let known = || json!({"sourceRepos": ["a"], "orphanedResources": {"warn": true, "ignore": [{"kind": "Secret"}]}});
        let orphans = |rule: Value| json!({"sourceRepos": ["a"], "orphanedResources": rule});
        let ignored = || json!([{"kind": "Secret"}]);
        for (spec, flags, expected) in [
            (
                json!({}),
                "-s a -s b --source-namespaces c,d",
                json!({"sourceRepos": ["a", "b"], "sourceNamespaces": ["c", "d"]}),
            ),
            (
                json!({"sourceRepos": ["a"], "roles": [1]}),
                "--src b --description x",
                json!({"sourceRepos": ["b"], "roles": [1], "description": "x"}),
            ),
            (
                json!({}),
                "-d https://c,ns",
                json!({"destinations": [{"server": "https://c", "namespace": "ns"}]}),
            ),
            (
                json!({}),
                "--allow-cluster-resource Namespace --deny-cluster-resource rbac.authorization.k8s.io/ClusterRole",
                json!({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
                    "clusterResourceBlacklist": [{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}]}),
            ),
            (
                json!({}),
                "--allow-namespaced-resource apps/Deployment --deny-namespaced-resource Secret",
                json!({"namespaceResourceWhitelist": [{"group": "apps", "kind": "Deployment"}],
                    "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]}),
            ),
            (
                json!({}),
                "--orphaned-resources",
                json!({"orphanedResources": {}}),
            ),
            (
                json!({}),
                "--orphaned-resources-warn=false",
                json!({"orphanedResources": {"warn": false}}),
            ),
            (
                known(),
                "--orphaned-resources=false",
                json!({"sourceRepos": ["a"]}),
            ),
            (
                known(),
                "--orphaned-resources",
                orphans(json!({"warn": true, "ignore": ignored()})),
            ),
            (
                known(),
                "--orphaned-resources-warn=false",
                orphans(json!({"warn": false, "ignore": ignored()})),
            ),
        ] {
            assert_eq!(after(spec, flags), Ok(expected), "{flags}");
        }
        for flags in [
            "-d https://c",
            "--allow-cluster-resource a/b/c",
            "--deny-cluster-resource a/",
        ] {
            assert!(after(json!({}), flags).is_err(), "{flags}");
        }
        assert!(after(json!(7), "--src a").is_err());
    }

    #[test]
    fn accounts_and_keys_become_fields() {
        let flags = "--dest-service-accounts https://c,ns,ops:web --signature-keys 0123456789ABCDEF,FEDCBA9876543210";
        let expected = json!({
            "destinationServiceAccounts": [{"server": "https://c", "namespace": "ns", "defaultServiceAccount": "ops:web"}],
            "signatureKeys": [{"keyID": "0123456789ABCDEF"}, {"keyID": "FEDCBA9876543210"}],
        });
        assert_eq!(after(json!({}), flags), Ok(expected));
        for flags in [
            "--dest-service-accounts https://c,ns",
            "--signature-keys me",
        ] {
            assert!(after(json!({}), flags).is_err(), "{flags}");
        }
    }

    #[test]
    fn what_is_never_orphaned_is_there_once() {
        let orphan = |group: &str, kind: &str, name: &str| OrphanArgs {
            project: String::new(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        let mut project = json!({"spec": null});
        let (secret, named) = (orphan("", "Secret", ""), orphan("", "Secret", "tls-*"));
        assert!(ignore(&mut project, &secret).is_ok());
        assert!(ignore(&mut project, &secret).is_err(), "there already");
        assert!(ignore(&mut project, &named).is_ok());
        let rule = json!({"ignore": [{"kind": "Secret"}, {"kind": "Secret", "name": "tls-*"}]});
        assert_eq!(project["spec"]["orphanedResources"], rule);
        assert!(heed(&mut project, &orphan("apps", "Secret", "")).is_err());
        assert!(heed(&mut project, &secret).is_ok());
        let rule = json!({"ignore": [{"kind": "Secret", "name": "tls-*"}]});
        assert_eq!(project["spec"]["orphanedResources"], rule);
        assert!(heed(&mut json!({}), &secret).is_err());
        let mut written = json!({"spec": {"orphanedResources": {"ignore": [{"group": "", "kind": "Secret", "name": ""}]}}});
        assert!(heed(&mut written, &secret).is_ok(), "as Argo CD writes it");
    }
}
