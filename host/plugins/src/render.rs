//! One render: checked parameters in, a fresh instance, objects out.

use std::sync::Arc;

use gantry_model::{Diagnostic, Object, Position, Severity, SourceTree, Span};

use crate::bindings::renderer::exports::gantry::plugin::renderer as wit;
use crate::bindings::renderer::gantry::plugin::types;
use crate::documents;
use crate::error::PluginError;
use crate::host::{Host, Parts};
use crate::plugin::{Body, Plugin};
use crate::request::{RenderRequest, RequestView};
use crate::sandbox::Grant;
use crate::source::TreeView;
use crate::wasi::files::{self, Mount};

/// Bytes that the host needs for one document's fields besides its text, at most.
const DOCUMENT_FIELDS_BYTES: usize = 128;

/// What a renderer made of a tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendering {
    /// The objects, in the renderer's order; members of `List` kinds one by one.
    pub objects: Vec<Object>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

impl Host {
    /// Renders an application with a plugin. Equal arguments give equal results.
    ///
    /// # Errors
    /// [`PluginError`] says what failed; then nothing was rendered.
    pub fn render(
        &self,
        plugin: &str,
        tree: Arc<dyn SourceTree>,
        request: &RenderRequest,
    ) -> Result<Rendering, PluginError> {
        let span = tracing::debug_span!("render", plugin, application = request.application);
        let _entered = span.enter();
        let loaded = self.0.renderer(plugin)?;
        let rendering = self.0.call_renderer(&loaded, tree, request)?;
        self.0.check_size(plugin, &rendering)?;
        let warnings = rendering.warnings.into_iter().map(diagnostic).collect();
        let objects = documents::objects(plugin, rendering.documents)?;
        Ok(Rendering { objects, warnings })
    }
}

impl Parts {
    fn call_renderer(
        &self,
        plugin: &Plugin,
        tree: Arc<dyn SourceTree>,
        request: &RenderRequest,
    ) -> Result<wit::Rendering, PluginError> {
        let name = || plugin.name.to_string();
        let Body::Renderer { pre, parameters } = &plugin.body else {
            return Err(PluginError::NotFound {
                name: name(),
                known: Vec::new(),
            });
        };
        let checked = parameters
            .check(&plugin.name, &request.parameters)
            .map_err(|diagnostics| PluginError::Parameters {
                name: name(),
                diagnostics,
            })?;
        let request_view = RequestView::new(request.clone(), checked.to_string());
        let limits = &self.sandbox.limits;
        let grant = Grant {
            plugin: Arc::clone(&plugin.name),
            deadline_ms: limits.render_deadline_ms,
            memory_max_bytes: limits.render_memory_max_bytes,
            crossing_max_bytes: limits.output_max_bytes
                + limits.documents_max * DOCUMENT_FIELDS_BYTES,
            surroundings: request_view.surroundings(&tree.id()),
            mounts: vec![Mount {
                path: files::SOURCE,
                tree: Arc::clone(&tree),
            }],
        };
        let tree_view = TreeView {
            tree,
            path: request.path.clone(),
        };
        let rendered = self.sandbox.run(&grant, |store| {
            let tree = store.data_mut().table.push(tree_view)?;
            let request = store.data_mut().table.push(request_view)?;
            let instance = pre.instantiate(&mut *store)?;
            instance
                .gantry_plugin_renderer()
                .call_render(store, tree, request)
        });
        rendered
            .map_err(|fault| PluginError::Fault {
                name: name(),
                fault,
            })?
            .map_err(|refusal| PluginError::Refused {
                name: name(),
                diagnostics: refusal.into_iter().map(diagnostic).collect(),
            })
    }

    fn check_size(&self, plugin: &str, rendering: &wit::Rendering) -> Result<(), PluginError> {
        let limits = &self.sandbox.limits;
        let documents = rendering.documents.len();
        if documents > limits.documents_max {
            let (name, max) = (plugin.to_owned(), limits.documents_max);
            return Err(PluginError::Documents {
                name,
                documents,
                max,
            });
        }
        let bytes = rendering
            .documents
            .iter()
            .map(|document| text(&document.body).len())
            .sum();
        if bytes > limits.output_max_bytes {
            let (name, max_bytes) = (plugin.to_owned(), limits.output_max_bytes);
            return Err(PluginError::Output {
                name,
                bytes,
                max_bytes,
            });
        }
        Ok(())
    }
}

pub(crate) fn text(body: &wit::Body) -> &str {
    match body {
        wit::Body::Json(text) | wit::Body::Yaml(text) => text,
    }
}

fn diagnostic(told: types::Diagnostic) -> Diagnostic {
    let severity = match told.severity {
        types::Severity::Error => Severity::Error,
        types::Severity::Warning => Severity::Warning,
        types::Severity::Info => Severity::Info,
    };
    let position = |at: types::Position| Position {
        line: at.line,
        column: at.column,
    };
    Diagnostic {
        severity,
        code: told.code,
        message: told.message,
        span: told.span.map(|span| Span {
            path: span.path,
            start: span.start.map(position),
        }),
        object: None,
        field: told.field,
        help: told.help,
    }
}
