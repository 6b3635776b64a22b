//! What a control plane needs in its hub: pure, so that it can be read before it is applied.

mod rights;
mod workload;

use serde_json::{Value, json};

use crate::crd::crds;

/// What differs between control planes.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The namespace of the control plane.
    pub namespace: String,
    /// The image that holds `gantry`.
    pub image: String,
}

/// The name of all its objects.
const NAME: &str = "gantry";

impl Installation {
    /// All objects, each after those that it needs.
    pub fn objects(&self) -> Vec<Value> {
        let mut objects = crds();
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": self.namespace},
        }));
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": self.metadata(),
        }));
        objects.extend(rights::objects(self));
        objects.push(workload::deployment(self));
        objects.push(workload::service(self));
        objects
    }

    fn metadata(&self) -> Value {
        json!({"name": NAME, "namespace": self.namespace, "labels": labels()})
    }

    /// The name of what has no namespace: several control planes may share a cluster.
    fn cluster_wide_name(&self) -> String {
        format!("{}-{NAME}", self.namespace)
    }
}

fn labels() -> Value {
    json!({"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": NAME})
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
