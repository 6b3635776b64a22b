//! Discovery documents: the aggregated one, and the older ones that name groups and versions.

use gantry_model::Gvk;
use gantry_model::cluster::Resource;
use serde::Deserialize;

/// Asks for everything at once; a server that cannot answers with its list of groups.
pub(crate) const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
     application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// What `/api` or `/apis` answers.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum Document {
    /// All groups with all their kinds.
    #[serde(rename = "APIGroupDiscoveryList")]
    Aggregated {
        /// The groups.
        #[serde(default)]
        items: Vec<Group>,
    },
    /// The names of the groups' versions.
    #[serde(rename = "APIGroupList")]
    Groups {
        /// The groups.
        #[serde(default)]
        groups: Vec<GroupNames>,
    },
    /// The versions of the core group.
    #[serde(rename = "APIVersions")]
    Core {
        /// Such as `v1`.
        #[serde(default)]
        versions: Vec<String>,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Debug, Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Aggregated>,
    #[serde(default)]
    freshness: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aggregated {
    resource: String,
    #[serde(default)]
    response_kind: Kind,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GroupNames {
    #[serde(default)]
    versions: Vec<VersionName>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionName {
    group_version: String,
}

/// What `/apis/GROUP/VERSION` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct ResourceList {
    #[serde(default)]
    resources: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

/// The kinds of an aggregated document, and the group versions of which the server itself could
/// not get the current state: those of an aggregated API server that is down.
pub(crate) fn aggregated(items: Vec<Group>) -> (Vec<Resource>, Vec<String>) {
    let (mut resources, mut stale) = (Vec::new(), Vec::new());
    for group in items {
        for version in group.versions {
            let gvk = |kind: String| Gvk {
                group: group.metadata.name.clone(),
                version: version.version.clone(),
                kind,
            };
            if version.freshness == "Stale" {
                stale.push(gvk(String::new()).api_version());
            }
            let kinds = version
                .resources
                .into_iter()
                .filter(|r| !r.response_kind.kind.is_empty());
            resources.extend(kinds.map(|r| Resource {
                gvk: gvk(r.response_kind.kind),
                plural: r.resource,
                namespaced: r.scope == "Namespaced",
                listable: listable(&r.verbs),
            }));
        }
    }
    (resources, stale)
}

/// The `group/version`s that a list of groups names.
pub(crate) fn group_versions(groups: Vec<GroupNames>) -> Vec<String> {
    let versions = groups.into_iter().flat_map(|group| group.versions);
    versions.map(|version| version.group_version).collect()
}

/// The kinds of one group version; sub-resources have a slash in their name.
pub(crate) fn listed(api_version: &str, list: ResourceList) -> Vec<Resource> {
    let kinds = list.resources.into_iter().filter(|r| !r.name.contains('/'));
    kinds
        .map(|r| Resource {
            gvk: Gvk::parse(api_version, &r.kind),
            plural: r.name,
            namespaced: r.namespaced,
            listable: listable(&r.verbs),
        })
        .collect()
}

fn listable(verbs: &[String]) -> bool {
    let has = |verb: &str| verbs.iter().any(|v| v == verb);
    has("list") && has("watch")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn resource(api_version: &str, kind: &str, plural: &str, flags: (bool, bool)) -> Resource {
        Resource {
            gvk: Gvk::parse(api_version, kind),
            plural: plural.to_owned(),
            namespaced: flags.0,
            listable: flags.1,
        }
    }

    fn read(document: Value) -> Document {
        serde_json::from_value(document).expect("a document")
    }

    #[test]
    fn an_aggregated_document_has_all_kinds() {
        let document = read(json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
            "items": [
                {"metadata": {"name": "apps", "creationTimestamp": null}, "versions": [
                    {"version": "v1", "freshness": "Current", "resources": [
                        {"resource": "deployments", "responseKind": {"group": "", "kind": "Deployment", "version": ""},
                         "scope": "Namespaced", "singularResource": "deployment", "verbs": ["get", "list", "watch"],
                         "subresources": [{"subresource": "scale", "responseKind": {"kind": "Scale"}, "verbs": ["get"]}]},
                    ]}, {"version": "v1beta1", "resources": []},
                ]},
                {"metadata": {}, "versions": [{"version": "v1", "resources": [
                    {"resource": "bindings", "responseKind": {"kind": "Binding"}, "scope": "Cluster", "verbs": ["create"]},
                    {"resource": "nameless", "scope": "Cluster", "verbs": []},
                ]}]},
                {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1beta1", "freshness": "Stale"}]},
            ],
        }));
        let Document::Aggregated { items } = document else {
            panic!("another document: {document:?}");
        };
        let (resources, stale) = aggregated(items);
        let expected = [
            resource("apps/v1", "Deployment", "deployments", (true, true)),
            resource("v1", "Binding", "bindings", (false, false)),
        ];
        assert_eq!(resources, expected);
        assert_eq!(stale, ["metrics.k8s.io/v1beta1"]);
    }

    #[test]
    fn older_documents_have_names_and_lists() {
        let document = read(
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]},
                {"name": "batch", "versions": [{"groupVersion": "batch/v1", "version": "v1"}, {"groupVersion": "batch/v1beta1", "version": "v1beta1"}]},
            ]}),
        );
        let Document::Groups { groups } = document else {
            panic!("another document: {document:?}");
        };
        assert_eq!(
            group_versions(groups),
            ["apps/v1", "batch/v1", "batch/v1beta1"]
        );
        let core = read(json!({"kind": "APIVersions", "versions": ["v1"]}));
        assert!(matches!(core, Document::Core { versions } if versions == ["v1"]));
        let list = serde_json::from_value(
            json!({"kind": "APIResourceList", "groupVersion": "batch/v1", "resources": [
                {"name": "jobs", "singularName": "job", "namespaced": true, "kind": "Job", "verbs": ["list", "watch"]},
                {"name": "jobs/status", "namespaced": true, "kind": "Job", "verbs": ["get"]},
            ]}),
        );
        let kinds = listed("batch/v1", list.expect("a list"));
        assert_eq!(kinds, [resource("batch/v1", "Job", "jobs", (true, true))]);
    }
}
