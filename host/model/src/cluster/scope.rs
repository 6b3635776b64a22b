//! What of a cluster may be used: `namespaces` and `clusterResources` of its Secret.

use crate::object::ObjectRef;

/// What of a cluster applications may have objects in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterScope {
    /// The cluster's name.
    pub cluster: String,
    /// The namespaces; all of them, and cluster-scoped objects, when there is none.
    pub namespaces: Vec<String>,
    /// Whether cluster-scoped objects are managed although there are namespaces.
    pub cluster_resources: bool,
}

impl ClusterScope {
    /// Whether an object may be managed there, as Argo CD has it (gitops-engine, `GetManagedLiveObjs`).
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub fn manages(&self, object: &ObjectRef, is_namespaced: bool) -> Result<(), String> {
        let (cluster, namespaces) = (&self.cluster, self.namespaces.join(", "));
        let (kind, name) = (&object.gvk.kind, &object.name);
        if self.namespaces.is_empty() {
            return Ok(());
        }
        if is_namespaced {
            let namespace = &object.namespace;
            if self.namespaces.contains(namespace) {
                return Ok(());
            }
            return Err(format!(
                "namespace {namespace:?} for {kind} {name:?} is not managed: by its Secret cluster \
                 {cluster} is used in {namespaces} only"
            ));
        }
        if self.cluster_resources {
            return Ok(());
        }
        Err(format!(
            "cluster level {kind} {name:?} can not be managed when in namespaced mode: by its Secret \
             cluster {cluster} is used in {namespaces} only (clusterResources: true permits it)"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::ClusterScope;
    use crate::object::{Gvk, ObjectRef};

    #[test]
    fn objects_outside_of_a_scope_are_refused() {
        let scope = |namespaces: &[&str], cluster_resources| ClusterScope {
            cluster: "edge".to_owned(),
            namespaces: namespaces.iter().map(|&n| n.to_owned()).collect(),
            cluster_resources,
        };
        let own: &[&str] = &["web", "api"];
        let outside = "namespace \"db\" for Secret \"a\" is not managed: by its Secret cluster edge is \
                       used in web, api only";
        let global = "cluster level ClusterRole \"a\" can not be managed when in namespaced mode";
        let cases: [(&[&str], bool, &str, Option<&str>); 8] = [
            (&[], false, "db", None),
            (&[], false, "", None),
            (own, false, "api", None),
            (own, false, "db", Some(outside)),
            (own, true, "db", Some(outside)),
            (own, false, "", Some(global)),
            (own, true, "", None),
            (&["web*"], false, "web1", Some("is not managed")),
        ];
        for (namespaces, cluster_resources, namespace, expected) in cases {
            let kind = if namespace.is_empty() {
                "ClusterRole"
            } else {
                "Secret"
            };
            let object = ObjectRef {
                gvk: Gvk::parse("v1", kind),
                namespace: namespace.to_owned(),
                name: "a".to_owned(),
            };
            let scope = scope(namespaces, cluster_resources);
            let found = scope.manages(&object, !namespace.is_empty());
            match expected {
                None => assert_eq!(found, Ok(()), "{object}"),
                Some(words) => {
                    let why = found.expect_err("it is refused");
                    assert!(why.contains(words), "{why}");
                }
            }
        }
    }
}
