//! What a render is for, and the resource that tells it to the guest.

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmtime::component::Resource;

use crate::bindings::renderer::gantry::plugin::context::{Host, HostRequest};
use crate::sandbox::State;
use crate::wasi::Surroundings;

/// What a render is for.
#[derive(Clone, Debug, Default)]
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
    pub api_versions: Arc<[String]>,
    /// A JSON object, or null for no parameters.
    pub parameters: Value,
}

/// What stands behind one handle.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct RequestView {
    request: RenderRequest,
    /// The checked parameters, as text.
    parameters: String,
}

impl RequestView {
    pub(crate) fn new(request: RenderRequest, parameters: String) -> Self {
        Self {
            request,
            parameters,
        }
    }

    /// The clock and the random numbers of a render of this request.
    pub(crate) fn surroundings(&self, tree_id: &str) -> Surroundings {
        let seed = Sha256::new()
            .chain_update(tree_id)
            .chain_update([0])
            .chain_update(&self.request.path)
            .chain_update([0])
            .chain_update(&self.parameters);
        Surroundings {
            wall_clock_secs: self.request.commit_time_unix_secs,
            seed: seed.finalize().into(),
        }
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
        Ok(self.request(&handle)?.request.revision.clone())
    }

    fn kube_version(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<String> {
        Ok(self.request(&handle)?.request.kube_version.clone())
    }

    fn api_versions(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<Vec<String>> {
        Ok(self.request(&handle)?.request.api_versions.to_vec())
    }

    fn parameters(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<String> {
        Ok(self.request(&handle)?.parameters.clone())
    }

    fn drop(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
