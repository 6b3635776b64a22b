//! Objects of a namespace in short: whose they are, and what owns them.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::object::{Object, ObjectRef};

/// One object of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Which object.
    pub object: ObjectRef,
    /// Its uid, see [`short_uid`].
    pub uid: u64,
    /// The uids of what owns it, in the same form.
    pub owners: Box<[u64]>,
    /// The application that its tracking annotation names.
    pub application: Option<String>,
}

/// A short form of an object's uid: it is compared only, of many objects.
pub fn short_uid(uid: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    hasher.finish()
}

/// The uids of what owns an object, in their short form.
pub fn owners_of(object: &Object) -> Box<[u64]> {
    let owners = object.value().pointer("/metadata/ownerReferences");
    let owners = owners.and_then(Value::as_array).into_iter().flatten();
    let uids = owners.filter_map(|owner| owner.get("uid")?.as_str());
    uids.map(short_uid).collect()
}

/// Kinds that come and go by themselves, or say of others how they are: what Argo CD's own settings leave
/// out (`resource.exclusions`), and the metrics that some servers list.
const TRANSIENT: [(&str, &[&str]); 12] = [
    ("", &["Endpoints", "Event"]),
    ("events.k8s.io", &[]),
    ("metrics.k8s.io", &[]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("coordination.k8s.io", &["Lease"]),
    ("authentication.k8s.io", &[]),
    ("authorization.k8s.io", &[]),
    ("cert-manager.io", &["CertificateRequest"]),
    ("cilium.io", &["CiliumEndpoint", "CiliumEndpointSlice"]),
    ("kyverno.io", &KYVERNO),
    ("reports.kyverno.io", &KYVERNO),
    ("wgpolicyk8s.io", &KYVERNO),
];
const KYVERNO: [&str; 5] = [
    "AdmissionReport",
    "BackgroundScanReport",
    "EphemeralReport",
    "PolicyReport",
    "UpdateRequest",
];

/// Whether nobody wants to hear of a kind's objects that no application has.
pub fn is_transient_kind(group: &str, kind: &str) -> bool {
    let found = TRANSIENT.iter().find(|(own, _)| *own == group);
    found.is_some_and(|(_, kinds)| kinds.is_empty() || kinds.contains(&kind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_transient_kind, owners_of, short_uid};
    use crate::object::Object;

    #[test]
    fn kinds_that_come_and_go_are_told_apart() {
        for (group, kind, expected) in [
            ("", "Event", true),
            ("events.k8s.io", "Event", true),
            ("", "Endpoints", true),
            ("", "Secret", false),
            ("coordination.k8s.io", "Lease", true),
            ("cert-manager.io", "Certificate", false),
            ("wgpolicyk8s.io", "PolicyReport", true),
        ] {
            assert_eq!(is_transient_kind(group, kind), expected, "{group}/{kind}");
        }
    }

    #[test]
    fn owners_are_known_by_their_uids() {
        let owners = json!([{"kind": "ReplicaSet", "uid": "u1"}, {"kind": "Job"}]);
        let metadata = json!({"name": "a", "ownerReferences": owners});
        let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata});
        let object = Object::new(value, None).expect("an object");
        assert_eq!(*owners_of(&object), [short_uid("u1")]);
    }
}
