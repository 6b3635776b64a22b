//! One render: checked parameters in, a fresh instance, objects out.

use std::sync::Arc;

use gantry_model::{Diagnostic, Granted, Object, SourceTree};
use sha2::{Digest, Sha256};
use wasmtime::Store;

use crate::bindings::renderer::RendererPluginPre;
use crate::bindings::renderer::exports::gantry::plugin::renderer as wit;
use crate::cache::Key;
use crate::documents;
use crate::error::PluginError;
use crate::host::{Host, Parts};
use crate::inspect::Kind;
use crate::observe::{Now, Observed, Recorder, texts};
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
    /// What lay outside of its source and was handed over, each with its exact revision.
    pub granted: Vec<Granted>,
    /// Size of the text that the objects were read from.
    pub(crate) bytes: u64,
}

/// Who waits for a render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// Whoever called the host.
    Outer,
    /// Another render.
    Inner,
}

/// A renderer with all that one call of it takes.
pub(crate) struct Call<'a> {
    plugin: &'a Plugin,
    pre: &'a RendererPluginPre<State>,
    tree: Arc<dyn SourceTree>,
    request: &'a RenderRequest,
    /// The checked parameters, as the guest gets them.
    parameters: String,
    rank: Rank,
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
        let observed = Arc::<Observed>::default();
        let watched = Arc::new(Recorder::new(Arc::clone(&tree), Arc::clone(&observed)));
        let call = Call::new(&loaded, watched, request, Rank::Outer)?;
        let key = Key::of(&loaded.digest, request, &call.parameters);
        let renderer = |name: &str| self.0.print_of(name);
        let now = Now {
            tree: &*tree,
            request,
            renderer: &renderer,
        };
        if let Some(known) = self.0.cache.get(&key, &now) {
            loaded.meter.cache_hit();
            return Ok(known);
        }
        let rendering = Arc::new(self.0.observe(call, &observed)?);
        if let Some(answers) = observed.take() {
            self.0.cache.put(key, &*tree, answers, &rendering);
        }
        Ok(rendering)
    }
}

impl<'a> Call<'a> {
    /// `tree` is the one that notes what is looked at.
    pub(crate) fn new(
        plugin: &'a Plugin,
        tree: Arc<dyn SourceTree>,
        request: &'a RenderRequest,
        rank: Rank,
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
            rank,
        })
    }
}

impl Parts {
    /// Renders, and notes what the guest sees of the world.
    pub(crate) fn observe(
        self: &Arc<Self>,
        call: Call<'_>,
        observed: &Arc<Observed>,
    ) -> Result<Rendering, PluginError> {
        let (plugin, rank) = (call.plugin, call.rank);
        let told = self.call_renderer(call, observed)?;
        let bytes = check_size(plugin, &told)?;
        let own = told.warnings.into_iter().map(Diagnostic::from);
        let warnings = match rank {
            Rank::Outer => observed.warnings().into_iter().chain(own).collect(),
            Rank::Inner => own.collect(),
        };
        let objects = documents::objects(&plugin.name, told.documents)?;
        Ok(Rendering {
            objects,
            warnings,
            granted: observed.granted(),
            bytes,
        })
    }

    fn call_renderer(
        self: &Arc<Self>,
        call: Call<'_>,
        observed: &Arc<Observed>,
    ) -> Result<wit::Rendering, PluginError> {
        let plugin = call.plugin;
        let limits = &plugin.limits;
        let tree = call.tree;
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
            host: (call.rank == Rank::Outer).then(|| Arc::clone(self)),
        };
        let path = call.request.path.clone();
        let render = |store: &mut Store<State>| {
            let tree = store.data_mut().table.push(TreeView { tree, path })?;
            let request = store.data_mut().table.push(request)?;
            let instance = call.pre.instantiate(&mut *store)?;
            let renderer = instance.gantry_plugin_renderer();
            renderer.call_render(store, tree, request)
        };
        let rendered = match call.rank {
            Rank::Outer => self.sandbox.run(&grant, render),
            Rank::Inner => self.sandbox.run_inner(&grant, render),
        };
        let name = || plugin.name.to_string();
        rendered
            .map_err(|fault| PluginError::Fault {
                name: name(),
                fault,
            })?
            .map_err(|refusal| PluginError::Refused {
                name: name(),
                diagnostics: refusal.into_iter().map(Diagnostic::from).collect(),
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
