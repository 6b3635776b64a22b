//! The account that a control plane has on a cluster: what `argocd cluster add` makes there, under the same
//! names, so that either tool finds the other's.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use gantry_model::cluster::{DeleteOptions, Propagation, Resource, WriteOptions};
use gantry_model::secrets::Secret;
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef, limits};
use serde::Deserialize;
use serde_json::{Value, json};

/// The account's name.
pub const ACCOUNT: &str = "argocd-manager";
/// Its role's name, in the cluster or in each namespace.
pub const ROLE: &str = "argocd-manager-role";
/// The name of what gives it the role.
pub const BINDING: &str = "argocd-manager-role-binding";
/// What the Secret with its token is called, after its own name.
const TOKEN_SUFFIX: &str = "-long-lived-token";

const RBAC: &str = "rbac.authorization.k8s.io";
const RBAC_V1: &str = "rbac.authorization.k8s.io/v1";

const WRITE: WriteOptions<'static> = WriteOptions {
    field_manager: "gantry",
    dry_run: false,
    validate: true,
};

/// Which account, and what it may do.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// The namespace it lives in.
    pub namespace: String,
    /// The namespaces that it may use; none means the whole cluster.
    pub namespaces: Vec<String>,
}

/// A token, and the Secret on the cluster that it is kept in.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub token: Secret,
    /// The Secret's name.
    pub secret: String,
}

/// Whose token it is, as the token itself says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The account's namespace.
    #[serde(rename = "kubernetes.io/serviceaccount/namespace")]
    pub namespace: String,
    /// The Secret that it is kept in.
    #[serde(rename = "kubernetes.io/serviceaccount/secret.name")]
    pub secret: String,
    /// The account.
    #[serde(rename = "kubernetes.io/serviceaccount/service-account.name")]
    pub account: String,
}

impl Claims {
    /// Reads a token of a long-lived Secret; none when it is something else.
    pub fn of(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

impl Account {
    /// Makes the account with all rights in the cluster, or in each of its namespaces, and a token for it.
    /// What is there already is brought to this state.
    ///
    /// # Errors
    /// What the server refused, or that no token came in time.
    pub async fn install(&self, cluster: &dyn Cluster) -> Result<Token, ClusterError> {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": self.name, "namespace": self.namespace},
        });
        create(cluster, account).await?;
        for object in self.rights() {
            upsert(cluster, object).await?;
        }
        self.token(cluster).await
    }

    /// The token of the account, which must be there; a Secret for it is made when there is none.
    ///
    /// # Errors
    /// What the server refused, or that no token came in time.
    pub async fn token(&self, cluster: &dyn Cluster) -> Result<Token, ClusterError> {
        let name = format!("{}{TOKEN_SUFFIX}", self.name);
        create(cluster, self.token_secret(json!({"name": name}))).await?;
        self.wait(cluster, &name).await
    }

    /// A further token beside the one that is in use.
    ///
    /// # Errors
    /// What the server refused, or that no token came in time.
    pub async fn new_token(&self, cluster: &dyn Cluster) -> Result<Token, ClusterError> {
        let metadata = json!({"generateName": format!("{}-long-lived-", self.name)});
        let secrets = resource(cluster, "v1", "Secret").await?;
        let wanted = object(self.token_secret(metadata))?;
        let made = cluster.create(&secrets, &wanted, WRITE).await?;
        self.wait(cluster, made.name()).await
    }

    /// Deletes the Secret of a token, which ends the token.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn end_token(&self, cluster: &dyn Cluster, secret: &str) -> Result<(), ClusterError> {
        delete(cluster, "v1", "Secret", &self.namespace, secret).await
    }

    /// Takes the account and its rights away; what is not there is no error.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn remove(&self, cluster: &dyn Cluster) -> Result<(), ClusterError> {
        if self.namespaces.is_empty() {
            delete(cluster, RBAC_V1, "ClusterRoleBinding", "", BINDING).await?;
            delete(cluster, RBAC_V1, "ClusterRole", "", ROLE).await?;
        }
        for namespace in &self.namespaces {
            delete(cluster, RBAC_V1, "RoleBinding", namespace, BINDING).await?;
            delete(cluster, RBAC_V1, "Role", namespace, ROLE).await?;
        }
        // Its tokens go with it: the server deletes their Secrets.
        delete(cluster, "v1", "ServiceAccount", &self.namespace, &self.name).await
    }

    fn rights(&self) -> Vec<Value> {
        let everything = json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]});
        let subjects = json!([
            {"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}
        ]);
        let pair = |prefix: &str, namespace: Option<&str>, rules: Value| {
            let role_kind = format!("{prefix}Role");
            let mut role = json!({
                "apiVersion": RBAC_V1, "kind": role_kind, "metadata": {"name": ROLE}, "rules": rules,
            });
            let mut binding = json!({
                "apiVersion": RBAC_V1, "kind": format!("{prefix}RoleBinding"),
                "metadata": {"name": BINDING}, "subjects": subjects,
                "roleRef": {"apiGroup": RBAC, "kind": role_kind, "name": ROLE},
            });
            if let Some(namespace) = namespace {
                role["metadata"]["namespace"] = namespace.into();
                binding["metadata"]["namespace"] = namespace.into();
            }
            [role, binding]
        };
        if self.namespaces.is_empty() {
            let urls = json!({"nonResourceURLs": ["*"], "verbs": ["*"]});
            return pair("Cluster", None, json!([everything, urls])).into();
        }
        let each = self.namespaces.iter();
        each.flat_map(|namespace| pair("", Some(namespace), json!([everything])))
            .collect()
    }

    fn token_secret(&self, mut metadata: Value) -> Value {
        metadata["namespace"] = self.namespace.clone().into();
        metadata["annotations"] = json!({"kubernetes.io/service-account.name": self.name});
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
            "type": "kubernetes.io/service-account-token",
        })
    }

    /// Waits until the server has put a token into a Secret.
    async fn wait(&self, cluster: &dyn Cluster, name: &str) -> Result<Token, ClusterError> {
        let secrets = resource(cluster, "v1", "Secret").await?;
        let limit = Duration::from_secs(limits::ACCOUNT_TOKEN_WAIT_SECS);
        let start = Instant::now();
        loop {
            let found = cluster.get(&secrets, &self.namespace, name).await?;
            let token = found.as_ref().and_then(|secret| {
                let text = secret.value().pointer("/data/token")?.as_str()?;
                String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()
            });
            if let Some(token) = token {
                return Ok(Token {
                    token: token.into(),
                    secret: name.to_owned(),
                });
            }
            if start.elapsed() > limit {
                return Err(ClusterError::Other(format!(
                    "cluster {}: no token in Secret {}/{name} after {} s: is there a ServiceAccount {}, and a \
                     controller manager that makes tokens?",
                    cluster.name(),
                    self.namespace,
                    limit.as_secs(),
                    self.name,
                )));
            }
            tokio::time::sleep(Duration::from_millis(limits::ACCOUNT_TOKEN_LOOK_MS)).await;
        }
    }
}

fn object(value: Value) -> Result<Object, ClusterError> {
    Object::new(value, None).map_err(|error| ClusterError::Invalid(error.to_string()))
}

async fn resource(
    cluster: &dyn Cluster,
    api_version: &str,
    kind: &str,
) -> Result<Resource, ClusterError> {
    let gvk = Gvk::parse(api_version, kind);
    let found = cluster.resource(&gvk).await?;
    found.ok_or(ClusterError::UnknownKind(gvk))
}

/// Makes an object, if there is none.
async fn create(cluster: &dyn Cluster, value: Value) -> Result<(), ClusterError> {
    let wanted = object(value)?;
    let resource = resource(cluster, wanted.api_version(), wanted.kind()).await?;
    match cluster.create(&resource, &wanted, WRITE).await {
        Ok(_) | Err(ClusterError::AlreadyExists { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes an object, or brings the one that is there to this state.
async fn upsert(cluster: &dyn Cluster, value: Value) -> Result<(), ClusterError> {
    let wanted = object(value)?;
    let resource = resource(cluster, wanted.api_version(), wanted.kind()).await?;
    match cluster.create(&resource, &wanted, WRITE).await {
        Err(ClusterError::AlreadyExists { .. }) => {
            cluster.replace(&resource, &wanted, WRITE).await?;
            Ok(())
        }
        done => done.map(|_| ()),
    }
}

async fn delete(
    cluster: &dyn Cluster,
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<(), ClusterError> {
    let resource = resource(cluster, api_version, kind).await?;
    let reference = ObjectRef {
        gvk: resource.gvk.clone(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    let options = DeleteOptions {
        propagation: Propagation::Background,
        ..DeleteOptions::default()
    };
    cluster.delete(&resource, &reference, options).await
}
