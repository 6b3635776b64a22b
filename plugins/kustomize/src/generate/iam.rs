//! `IAMPolicyGenerator`: a service account that stands for one of Google Cloud's.

use serde_json::{Value, json};

use crate::decode::{Fields, Misfit};
use crate::problem::{Problem, Result};

/// Its configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct IamPolicy {
    cloud: String,
    name: String,
    namespace: String,
    account: String,
    project: String,
}

impl IamPolicy {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self, Misfit> {
        let service = fields.inner("kubernetesService", |fields| {
            Ok((fields.string("name")?, fields.string("namespace")?))
        })?;
        let account = fields.inner("serviceAccount", |fields| {
            Ok((fields.string("name")?, fields.string("projectId")?))
        })?;
        let (name, namespace) = service.unwrap_or_default();
        let (account, project) = account.unwrap_or_default();
        Ok(Self {
            cloud: fields.string("cloud")?,
            name,
            namespace,
            account,
            project,
        })
    }

    pub(crate) fn object(&self) -> Result<Value> {
        if self.cloud != "gke" {
            let message = format!("cloud provider {} not supported yet", self.cloud);
            return Err(Problem::new("generator", message).help("gke is the one that is"));
        }
        let account = format!("{}@{}.iam.gserviceaccount.com", self.account, self.project);
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {
                "annotations": {"iam.gke.io/gcp-service-account": account},
                "name": self.name,
            },
        });
        if let (false, Some(metadata)) = (self.namespace.is_empty(), object.get_mut("metadata")) {
            metadata["namespace"] = (&*self.namespace).into();
        }
        Ok(object)
    }
}
