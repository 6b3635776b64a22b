//! An application of a home and what stands beside it, as the one-shot commands have them from files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gantry_engine::{Engine, Material, Prepared, options_of};
use gantry_model::application::Application;
use gantry_model::{Diagnostic, Object, SourceTree};
use gantry_source::{DirTree, enclosing_work_tree};
use gantry_store::Kind;
use gantry_sync::{Inspected, Node, SyncStatus};
use serde_json::Value;

use super::Desk;
use super::apps::told;
use super::narrowed::Narrowed;
use super::objects::reference;
use crate::commands::render::{below, real};
use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::setup;
use gantry_api::app::{View, manifest};

/// An engine, and the application that it is for.
pub(super) struct Rendering {
    pub(super) engine: Engine,
    pub(super) application: Application,
}

impl Desk<'_> {
    /// What the one-shot commands read from files, for an application as it is given.
    pub(super) async fn inputs(&self, object: &Object) -> Result<Inputs, Failure> {
        let mut application = manifest::application(object.value())?;
        // Objects of the control plane's own namespace are tracked by name alone.
        if application.namespace == self.apps.home.namespace() {
            application.namespace.clear();
        }
        let mut beside = Vec::new();
        for kind in [Kind::Project, Kind::Secret, Kind::ConfigMap] {
            let found = self.apps.home.list(kind).await;
            beside.extend(found.map_err(|error| told(&error))?);
        }
        Ok(Inputs::of_home(application, &beside, self.output))
    }

    /// What renders an application and asks its cluster.
    pub(super) async fn rendering(&self, object: &Object) -> Result<Rendering, Failure> {
        let mut inputs = self.inputs(object).await?;
        let named = inputs
            .applications
            .pop()
            .ok_or_else(|| Failure::internal("no application"))?;
        let (credentials, ignored) = (inputs.credentials, inputs.ignored);
        let engine = tokio::task::block_in_place(|| {
            setup::engine(&self.global, credentials, &inputs.projects, ignored)
        })?;
        Ok(Rendering {
            engine,
            application: named.application,
        })
    }

    /// The objects of an application, and what they own right now: those that the control plane has seen, so that
    /// Git is not asked. Where it has seen none they are rendered, and what there is to say of that is told.
    pub(super) async fn nodes(
        &self,
        object: &Object,
        rendering: &Rendering,
    ) -> Result<Vec<Node>, Failure> {
        let (engine, application) = (&rendering.engine, &rendering.application);
        let seen = seen(View(object.value()));
        if !seen.is_empty() {
            let nodes = engine.grown(application, seen).await;
            return Ok(nodes.map_err(|error| error.diagnostics())?);
        }
        let prepared = self.prepare(rendering, BTreeMap::new()).await?;
        let state = engine
            .inspect(&prepared, options_of(application, false))
            .await;
        let state = state.map_err(|error| error.diagnostics())?;
        for warning in &state.warnings {
            self.output.of_application(&application.name, warning);
        }
        Ok(state.tree)
    }

    /// Renders, with a bar.
    pub(super) async fn prepare(
        &self,
        rendering: &Rendering,
        given: BTreeMap<usize, Material>,
    ) -> Result<Prepared, Failure> {
        let bar = self.progress.bar(&rendering.application.name);
        let prepared = rendering
            .engine
            .prepare_from(&rendering.application, given)
            .await;
        bar.finish();
        Ok(prepared.map_err(|error| error.diagnostics())?)
    }
}

/// What the control plane has seen of an application's objects.
fn seen(app: View<'_>) -> Vec<Inspected> {
    let one = |resource: &Value| {
        let view = View(resource);
        let health = resource.pointer("/health/status").cloned();
        Inspected {
            object: reference(view),
            sync: match view.text("/status") {
                "Synced" => SyncStatus::Synced,
                "OutOfSync" => SyncStatus::OutOfSync,
                _ => SyncStatus::Unknown,
            },
            health: health.and_then(|health| serde_json::from_value(health).ok()),
            message: view.text("/health/message").to_owned(),
        }
    };
    app.list("/status/resources").iter().map(one).collect()
}

/// Puts a directory of this machine in the place of an application's only source. Its root, which relative
/// paths may lead up to, is the `root`, else the Git work tree around it.
///
/// # Errors
/// Directories that there are not; an application with several sources.
pub(super) fn local(
    directory: Option<&Path>,
    root: Option<&Path>,
    application: &mut Application,
) -> Result<BTreeMap<usize, Material>, Diagnostic> {
    local_only(directory, root, &[], application)
}

/// The same with only the files whose names fit one of the globs; without globs, with all.
///
/// # Errors
/// As [`local`], and what is no glob.
pub(super) fn local_only(
    directory: Option<&Path>,
    root: Option<&Path>,
    globs: &[String],
    application: &mut Application,
) -> Result<BTreeMap<usize, Material>, Diagnostic> {
    let Some(directory) = directory else {
        return Ok(BTreeMap::new());
    };
    let [source] = application.sources.as_mut_slice() else {
        let message = "--local is for applications with one source";
        return Err(Diagnostic::error("local", message));
    };
    let directory = real(directory)?;
    let root = match root {
        Some(root) => real(root)?,
        None => enclosing_work_tree(&directory).unwrap_or_else(|| directory.clone()),
    };
    source.path = below(&root, &directory)?;
    source.chart.clear();
    let tree = DirTree::open(&root).map_err(|error| error.diagnostic())?;
    let tree: Arc<dyn SourceTree> = match globs {
        [] => Arc::new(tree),
        globs => Arc::new(Narrowed::new(tree, globs)?),
    };
    let material = Material::directory(tree, String::new());
    Ok(BTreeMap::from([(0, material)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::seen;
    use gantry_api::app::View;

    #[test]
    fn what_was_seen_is_read_from_the_status() {
        let app = json!({"status": {"resources": [
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web",
                "status": "OutOfSync", "health": {"status": "Degraded", "message": "why"}},
            {"version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "c", "status": "Synced"},
            {"version": "v1", "kind": "Secret", "name": "s", "health": {"status": "Odd"}},
        ]}});
        let told = seen(View(&app)).into_iter().map(|one| {
            let health = one.health.map_or("-", |health| health.as_str());
            format!(
                "{} {} {health} {}",
                one.object.name,
                one.sync.as_str(),
                one.message
            )
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            ["web OutOfSync Degraded why", "c Synced - ", "s Unknown - "]
        );
        assert!(seen(View(&json!({"status": {}}))).is_empty());
    }
}
