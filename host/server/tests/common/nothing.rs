//! What is behind a door where nothing is to be asked of it.

use std::sync::Arc;

use async_trait::async_trait;
use gantry_api::{Code, Fault, Inside, Revisions};
use gantry_model::{Cluster, Push, WebhookSecrets};
use gantry_server::Plane;
use serde_json::{Value, json};

/// No control plane, and no cluster.
pub(crate) struct Nothing;

impl Plane for Nothing {
    fn pushed(&self, _: Push) {}

    fn is_ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn metrics(&self) -> String {
        String::new()
    }

    fn webhook_secrets(&self) -> Result<WebhookSecrets, String> {
        Ok(WebhookSecrets::default())
    }
}

#[async_trait]
impl Inside for Nothing {
    async fn manifests(&self, _: (&str, &str), _: &Revisions) -> Result<Vec<Value>, Fault> {
        Ok(Vec::new())
    }

    async fn managed_resources(&self, _: (&str, &str)) -> Result<Vec<Value>, Fault> {
        Ok(Vec::new())
    }

    async fn tree(&self, _: (&str, &str)) -> Result<Value, Fault> {
        Ok(json!({"nodes": []}))
    }

    async fn cluster(&self, _: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault> {
        Err(Fault::new(Code::Unavailable, "there is no cluster"))
    }
}
