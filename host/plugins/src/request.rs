//! What a render is for, and the resource that tells it to the guest.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmtime::component::Resource;

use crate::bindings::renderer::gantry::plugin::context::{
    Host, HostRequest, Withheld as WitWithheld,
};
use crate::bindings::renderer::gantry::plugin::types::Diagnostic as WitDiagnostic;
use crate::host::Parts;
use crate::nested::Nested;
use crate::observe::{Observed, Question};
use crate::outside::{Asking, Supplier};
use crate::sandbox::State;
use crate::source::TreeView;

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
    /// Who hands over what lies outside of the source.
    #[serde(skip)]
    pub outside: Supplier,
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
    /// Who runs another renderer for this one; none for one that is run so itself.
    pub(crate) host: Option<Arc<Parts>>,
}

impl RequestView {
    fn asking(&self) -> Asking {
        Asking {
            supplier: self.request.outside.clone(),
            observed: Arc::clone(&self.observed),
        }
    }

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

    fn git(
        &mut self,
        handle: Resource<RequestView>,
        repository: String,
        revision: String,
    ) -> wasmtime::Result<Result<Resource<TreeView>, WitWithheld>> {
        let asking = self.request(&handle)?.asking();
        self.git_tree(&asking, repository, revision)
    }

    fn chart(
        &mut self,
        handle: Resource<RequestView>,
        repository: String,
        name: String,
        version: String,
    ) -> wasmtime::Result<Result<Resource<TreeView>, WitWithheld>> {
        let asking = self.request(&handle)?.asking();
        self.chart_tree(&asking, repository, name, version)
    }

    fn download(
        &mut self,
        handle: Resource<RequestView>,
        url: String,
    ) -> wasmtime::Result<Result<Vec<u8>, WitWithheld>> {
        let asking = self.request(&handle)?.asking();
        Ok(self.file(&asking, url))
    }

    fn render(
        &mut self,
        handle: Resource<RequestView>,
        renderer: String,
        tree: Resource<TreeView>,
        path: String,
        parameters: String,
    ) -> wasmtime::Result<Result<String, Vec<WitDiagnostic>>> {
        let tree = Arc::clone(&self.table.get(&tree)?.tree);
        let view = self.request(&handle)?;
        let nested = Nested {
            host: view.host.clone(),
            renderer,
            tree,
            observed: Arc::clone(&view.observed),
            request: RenderRequest {
                path,
                ..view.request.clone()
            },
            parameters,
        };
        let rendered = self.nested(nested);
        Ok(rendered.map_err(|problems| problems.into_iter().map(WitDiagnostic::from).collect()))
    }

    fn drop(&mut self, handle: Resource<RequestView>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
