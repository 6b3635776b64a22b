//! What a render is for, and the resource that tells it to the guest.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmtime::component::Resource;

use crate::bindings::renderer::gantry::plugin::context::{Host, HostRequest};
use crate::observe::{Observed, Question};
use crate::sandbox::State;

/// What a render is for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RenderRequest {
    /// `metadata.name` of the application.
    pub application: String,
    /// The application's directory in the tree; empty for the root.
    pub path: String,
    /// The namespace that objects without one go to.
    pub namespace: Option<String>,
    /// The commit; empty for a plain directory.
    pub revision: String,
    /// When the commit was made, in seconds since the Unix epoch: the guest's clock stands there.
    pub commit_time_unix_secs: u64,
    /// The target cluster's version without the leading `v`; empty when no cluster is known.
    pub kube_version: String,
    /// Every kind that the target cluster serves, as `apps/v1/Deployment`.
    #[serde(with = "shared")]
    pub api_versions: Arc<[String]>,
    /// A JSON object, or null for no parameters.
    pub parameters: Value,
}

/// Shared texts, written as a list of texts.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        texts: &Arc<[String]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(texts.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<[String]>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into())
    }
}

/// What stands behind one handle.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct RequestView {
    pub(crate) request: RenderRequest,
    /// The checked parameters, as text.
    pub(crate) parameters: String,
    pub(crate) observed: Arc<Observed>,
}

impl RequestView {
    /// The request, when the guest is told what may be different the next time.
    fn told(&self, question: Question) -> &RenderRequest {
        self.observed.note_request(question, &self.request);
        &self.request
    }
}

impl Host for State {}

impl State {
    fn request(&self, handle: &Resource<RequestView>) -> wasmtime::Result<&RequestView> {
        Ok(self.table.get(handle)?)
    }
}

impl HostRequest for State {
    fn application(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<String> {
        Ok(self.request(&handle)?.request.application.clone())
    }

    fn namespace(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<Option<String>> {
        Ok(self.request(&handle)?.request.namespace.clone())
    }

    fn revision(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<String> {
        let view = self.request(&handle)?;
        Ok(view.told(Question::Revision).revision.clone())
    }

    fn kube_version(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<String> {
        Ok(self.request(&handle)?.request.kube_version.clone())
    }

    fn api_versions(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<Vec<String>> {
        let view = self.request(&handle)?;
        Ok(view.told(Question::ApiVersions).api_versions.to_vec())
    }

    fn parameters(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<String> {
        Ok(self.request(&handle)?.parameters.clone())
    }

    fn drop(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
