//! Taking over what another tool has applied, so that fields which are removed from Git are removed
//! from the cluster: its entries in `managedFields` become part of ours.

use serde_json::{Value, json};

use super::{Entry, FieldSet, Owner};

/// Managers that apply from files, and whose objects are taken over: `kubectl apply` in both ways,
/// Helm, Argo CD.
pub const FORMER_MANAGERS: &[&str] = &[
    "kubectl-client-side-apply",
    "kubectl-last-applied",
    "kubectl",
    "helm",
    "argocd-controller",
    "argocd-application-controller",
];

/// A JSON patch that gives all that `from` own, by update or apply, and all that `to` has written
/// otherwise, to what `to` has applied, as client-go's `csaupgrade` does; none when there is nothing to give. The patch fails when the object
/// has changed meanwhile.
pub fn migrate(object: &Value, from: &[&str], to: &str) -> Option<Value> {
    let listed = object.pointer("/metadata/managedFields")?.as_array()?;
    let read: Vec<Option<Entry>> = listed.iter().map(Entry::read).collect();
    let is_former = |entry: &Entry| {
        let Owner {
            manager,
            operation,
            subresource,
            ..
        } = &entry.owner;
        let replaced = manager == to && operation == "Update";
        let others = manager != to && from.contains(&manager.as_str());
        subresource.is_empty() && (replaced || others)
    };
    let place = |wanted: &dyn Fn(&Entry) -> bool| {
        read.iter()
            .position(|entry| entry.as_ref().is_some_and(wanted))
    };
    let first = place(&is_former)?;
    let target = place(&|entry| entry.is_apply_of(to)).unwrap_or(first);
    let version = &read.get(target)?.as_ref()?.api_version;
    // Fields of another version have other names: they are let go, as csaupgrade does.
    let joined = read
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| entry.as_ref().filter(|e| at == target || is_former(e)))
        .filter(|entry| entry.api_version == *version)
        .fold(FieldSet::default(), |all, entry| all.union(&entry.fields));
    let mut entries = Vec::with_capacity(listed.len());
    for (at, (value, entry)) in listed.iter().zip(&read).enumerate() {
        if at == target {
            let mut value = value.clone();
            value["manager"] = json!(to);
            value["operation"] = json!("Apply");
            value["fieldsV1"] = joined.write();
            entries.push(value);
        } else if !entry.as_ref().is_some_and(is_former) {
            entries.push(value.clone());
        }
    }
    let version = object.pointer("/metadata/resourceVersion")?;
    // A `replace` of the version makes the server answer 409, where a `test` would be an invalid
    // request.
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]))
}

#[cfg(test)]
mod tests {
    use super::{FORMER_MANAGERS, migrate};
    use serde_json::{Value, json};

    fn entry(manager: &str, operation: &str, version: &str, fields: &[&str]) -> Value {
        let fields: serde_json::Map<String, Value> = fields
            .iter()
            .map(|f| (format!("f:{f}"), json!({})))
            .collect();
        json!({"manager": manager, "operation": operation, "apiVersion": version,
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": fields}})
    }

    fn object(entries: &[Value]) -> Value {
        json!({"metadata": {"resourceVersion": "7", "managedFields": entries}})
    }

    #[test]
    fn entries_of_others_become_ours() {
        let status = json!({"manager": "kubectl", "operation": "Update", "apiVersion": "v1",
            "subresource": "status", "fieldsV1": {"f:status": {}}});
        let other = entry("hpa", "Update", "v1", &["replicas"]);
        let patch = migrate(
            &object(&[
                entry("kubectl-client-side-apply", "Update", "v1", &["a", "b"]),
                status.clone(),
                entry("gantry", "Apply", "v1", &["b", "c"]),
                entry("argocd-controller", "Apply", "v1", &["d"]),
                entry("helm", "Update", "v1beta1", &["old"]),
                other.clone(),
            ]),
            FORMER_MANAGERS,
            "gantry",
        );
        let patch = patch.expect("a patch");
        assert_eq!(
            patch[0]["value"],
            json!([
                status,
                entry("gantry", "Apply", "v1", &["a", "b", "c", "d"]),
                other
            ])
        );
        assert_eq!(patch[1]["value"], "7");
    }

    #[test]
    fn without_an_entry_of_ours_the_first_of_theirs_becomes_it() {
        let theirs = object(&[entry("helm", "Update", "v1", &["a"])]);
        let patch = migrate(&theirs, FORMER_MANAGERS, "gantry").expect("a patch");
        assert_eq!(
            patch[0]["value"],
            json!([entry("gantry", "Apply", "v1", &["a"])])
        );
        let replaced = object(&[
            entry("gantry", "Update", "v1", &["a", "b"]),
            entry("gantry", "Apply", "v1", &["a"]),
        ]);
        let patch = migrate(&replaced, &[], "gantry").expect("a patch");
        assert_eq!(
            patch[0]["value"],
            json!([entry("gantry", "Apply", "v1", &["a", "b"])])
        );
        let ours = object(&[entry("gantry", "Apply", "v1", &["a"])]);
        assert_eq!(migrate(&ours, FORMER_MANAGERS, "gantry"), None);
        assert_eq!(migrate(&json!({}), FORMER_MANAGERS, "gantry"), None);
    }
}
