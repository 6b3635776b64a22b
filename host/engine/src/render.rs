//! One render: the chosen plugin over a tree.

use std::sync::Arc;

use gantry_model::{Diagnostic, SourceTree};
use gantry_plugins::{Host, PluginError, RenderRequest, Rendering, Supplier};

use crate::choice::{Choice, tree_path};
use crate::error::AppError;

/// What a render is for, in an application's terms.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The application's name.
    pub application: String,
    /// The application's directory in the tree.
    pub path: String,
    /// The namespace of objects that have none.
    pub namespace: String,
    /// The commit; empty for a plain directory.
    pub revision: String,
    /// When the commit was made, in seconds since the Unix epoch.
    pub commit_time_unix_secs: u64,
    /// The target cluster's version, with or without the leading `v`; empty when unknown.
    pub kube_version: String,
    /// The target cluster's kinds, as `apps/v1/Deployment`.
    pub api_versions: Arc<[String]>,
    /// Who hands over what lies outside of the source.
    pub outside: Supplier,
}

impl Scope {
    /// What the plugin host is asked.
    pub fn request(&self, choice: &Choice) -> RenderRequest {
        RenderRequest {
            application: self.application.clone(),
            path: tree_path(&self.path).to_owned(),
            namespace: Some(self.namespace.clone()).filter(|n| !n.is_empty()),
            revision: self.revision.clone(),
            commit_time_unix_secs: self.commit_time_unix_secs,
            kube_version: self.kube_version.trim_start_matches('v').to_owned(),
            api_versions: Arc::clone(&self.api_versions),
            parameters: choice.parameters.clone(),
            outside: self.outside.clone(),
        }
    }
}

/// Renders. Blocks; it belongs on a blocking thread.
///
/// # Errors
/// When the plugin does not exist, fails, or refuses its input.
pub fn render(
    plugins: &Host,
    tree: Arc<dyn SourceTree>,
    choice: &Choice,
    scope: &Scope,
) -> Result<Arc<Rendering>, AppError> {
    let request = scope.request(choice);
    match plugins.render(&choice.plugin, tree, &request) {
        Ok(rendering) => Ok(rendering),
        Err(PluginError::NotFound { name, .. }) => Err(missing(&name).into()),
        Err(error) => Err(error.into()),
    }
}

fn missing(name: &str) -> Diagnostic {
    let message = format!("there is no renderer plugin {name:?}");
    let help = format!(
        "`gantry plugin list` shows those there are; put {name}.wasm into the plugin directory, or \
         name another one in spec.source.plugin.name"
    );
    Diagnostic::error("plugin-not-found", message).help(help)
}
