//! One render: checked parameters in, a fresh instance, objects out.

use std::sync::Arc;

use gantry_model::{Diagnostic, Object, Position, Severity, SourceTree, Span};
use sha2::{Digest, Sha256};

use crate::bindings::renderer::RendererPluginPre;
use crate::bindings::renderer::exports::gantry::plugin::renderer as wit;
use crate::bindings::renderer::gantry::plugin::types;
use crate::cache::Key;
use crate::documents;
use crate::error::PluginError;
use crate::host::{Host, Parts};
use crate::inspect::Kind;
use crate::observe::{Observed, Recorder, texts};
use crate::plugin::{Body, Plugin};
use crate::request::{RenderRequest, RequestView};
use crate::sandbox::{Grant, State};
use crate::source::TreeView;
use crate::wasi::Surroundings;
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
    /// Size of the text that the objects were read from.
    pub(crate) bytes: u64,
}

/// A renderer with all that one call of it takes.
pub(crate) struct Call<'a> {
    plugin: &'a Plugin,
    pre: &'a RendererPluginPre<State>,
    tree: Arc<dyn SourceTree>,
    request: &'a RenderRequest,
    /// The checked parameters, as the guest gets them.
    parameters: String,
}

impl Host {
    /// Renders an application with a plugin, or remembers what it rendered to. Equal arguments give
    /// equal results. `plugin` is a name, or `name@sha256:…` where only that very file will do.
    ///
    /// # Errors
    /// [`PluginError`] says what failed; then nothing was rendered.
    pub fn render(
        &self,
        plugin: &str,
        tree: Arc<dyn SourceTree>,
        request: &RenderRequest,
    ) -> Result<Arc<Rendering>, PluginError> {
        let span = tracing::debug_span!("render", plugin, application = request.application);
        let _entered = span.enter();
        let loaded = self.0.renderer(plugin)?;
        let call = Call::new(&loaded, Arc::clone(&tree), request)?;
        let key = Key::of(&loaded.digest, request, &call.parameters);
        if let Some(known) = self.0.cache.get(&key, &*tree, request) {
            loaded.meter.cache_hit();
            return Ok(known);
        }
        let observed = Arc::default();
        let rendering = Arc::new(self.0.observe(call, &observed)?);
        if let Some(answers) = observed.take() {
            self.0.cache.put(key, &*tree, answers, &rendering);
        }
        Ok(rendering)
    }
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        plugin: &'a Plugin,
        tree: Arc<dyn SourceTree>,
        request: &'a RenderRequest,
    ) -> Result<Self, PluginError> {
        let name = || plugin.name.to_string();
        let Body::Renderer { pre, parameters } = &plugin.body else {
            return Err(PluginError::WrongKind {
                name: name(),
                found: plugin.kind(),
                wanted: Kind::Renderer,
            });
        };
        let checked = parameters.check(&plugin.name, &request.parameters);
        let checked = checked.map_err(|diagnostics| PluginError::Parameters {
            name: name(),
            diagnostics,
        })?;
        Ok(Self {
            plugin,
            pre,
            tree,
            request,
            parameters: checked.to_string(),
        })
    }
}

impl Parts {
    /// Renders, and notes what the guest sees of the world.
    pub(crate) fn observe(
        &self,
        call: Call<'_>,
        observed: &Arc<Observed>,
    ) -> Result<Rendering, PluginError> {
        let plugin = call.plugin;
        let told = self.call_renderer(call, observed)?;
        let bytes = check_size(plugin, &told)?;
        let warnings = told.warnings.into_iter().map(diagnostic).collect();
        let objects = documents::objects(&plugin.name, told.documents)?;
        Ok(Rendering {
            objects,
            warnings,
            bytes,
        })
    }

    fn call_renderer(
        &self,
        call: Call<'_>,
        observed: &Arc<Observed>,
    ) -> Result<wit::Rendering, PluginError> {
        let plugin = call.plugin;
        let limits = &plugin.limits;
        let tree: Arc<dyn SourceTree> = Arc::new(Recorder::new(call.tree, Arc::clone(observed)));
        let grant = Grant {
            plugin: Arc::clone(&plugin.name),
            deadline_ms: limits.render_deadline_ms,
            memory_max_bytes: limits.render_memory_max_bytes,
            crossing_max_bytes: limits.output_max_bytes
                + limits.documents_max * DOCUMENT_FIELDS_BYTES,
            log_max_bytes: limits.log_max_bytes,
            surroundings: Surroundings {
                observed: Arc::clone(observed),
                wall_clock_secs: call.request.commit_time_unix_secs,
                seed: seed(plugin, call.request, &call.parameters),
            },
            mounts: vec![Mount {
                path: files::SOURCE,
                tree: Arc::clone(&tree),
            }],
            meter: Arc::clone(&plugin.meter),
        };
        let request = RequestView {
            request: call.request.clone(),
            parameters: call.parameters,
            observed: Arc::clone(observed),
        };
        let path = call.request.path.clone();
        let rendered = self.sandbox.run(&grant, |store| {
            let tree = store.data_mut().table.push(TreeView { tree, path })?;
            let request = store.data_mut().table.push(request)?;
            let instance = call.pre.instantiate(&mut *store)?;
            instance
                .gantry_plugin_renderer()
                .call_render(store, tree, request)
        });
        let name = || plugin.name.to_string();
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
}

/// Where the guest's random numbers start. Not from the commit: every guest that has a hash map
/// asks for some, and its render would then depend on all of the repository.
fn seed(plugin: &Plugin, request: &RenderRequest, parameters: &str) -> [u8; 32] {
    let plugin = plugin.digest.to_string();
    let parts = [&plugin, &request.application, &request.path, parameters];
    Sha256::digest(texts(parts.iter())).into()
}

/// The size of all documents' texts, if the host takes so many.
fn check_size(plugin: &Plugin, rendering: &wit::Rendering) -> Result<u64, PluginError> {
    let limits = &plugin.limits;
    let documents = rendering.documents.len();
    if documents > limits.documents_max {
        let (name, max) = (plugin.name.to_string(), limits.documents_max);
        return Err(PluginError::Documents {
            name,
            documents,
            max,
        });
    }
    let sizes = rendering.documents.iter().map(|d| text(&d.body).len());
    let bytes = sizes.sum();
    if bytes > limits.output_max_bytes {
        let (name, max_bytes) = (plugin.name.to_string(), limits.output_max_bytes);
        return Err(PluginError::Output {
            name,
            bytes,
            max_bytes,
        });
    }
    Ok(bytes as u64)
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
