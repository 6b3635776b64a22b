//! One loaded plugin: compiled, linked, and asked about itself.

use std::fmt::Write;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmtime::Store;
use wasmtime::component::Component;

use crate::bindings::health::HealthPluginPre;
use crate::bindings::renderer::RendererPluginPre;
use crate::error::{Fault, LoadError};
use crate::inspect::{Inspected, Kind, inspect};
use crate::parameters::Parameters;
use crate::sandbox::{Grant, Sandbox, State};
use crate::wasi::Surroundings;
use crate::wasi::files::{self, Mount};

/// A plugin that is ready to be called.
pub(crate) struct Plugin {
    pub(crate) name: Arc<str>,
    pub(crate) world: String,
    /// `sha256:` and the hash of the file.
    pub(crate) digest: String,
    pub(crate) size_bytes: u64,
    pub(crate) summary: String,
    pub(crate) body: Body,
}

/// What differs between the worlds.
pub(crate) enum Body {
    Renderer {
        pre: RendererPluginPre<State>,
        parameters: Parameters,
    },
    Health {
        pre: HealthPluginPre<State>,
        claims: Vec<(String, String)>,
        /// Its own files, in every call.
        data: Option<Mount>,
    },
}

impl Plugin {
    /// Loads a component. What it imports and exports is checked before it is compiled, and again
    /// with types before it is run.
    pub(crate) fn load(sandbox: &Sandbox, name: &str, wasm: &[u8]) -> Result<Self, LoadError> {
        let Inspected { kind, world } = inspect(wasm)?;
        let component = Component::from_binary(&sandbox.engine, wasm)
            .map_err(|error| LoadError::Invalid(format!("{error:#}")))?;
        let mismatch = |error: wasmtime::Error| LoadError::Mismatch {
            world: world.clone(),
            reason: format!("{error:#}"),
        };
        let pre = sandbox
            .linker
            .instantiate_pre(&component)
            .map_err(mismatch)?;
        let name: Arc<str> = name.into();
        let asked = match kind {
            Kind::Renderer => ask_renderer(
                sandbox,
                &name,
                RendererPluginPre::new(pre).map_err(mismatch)?,
            ),
            Kind::Health => {
                ask_health(sandbox, &name, HealthPluginPre::new(pre).map_err(mismatch)?)
            }
        };
        let (summary, body) = asked.map_err(|error| match error {
            LoadError::About(Fault::Unfit { reason }) => LoadError::Mismatch {
                world: world.clone(),
                reason,
            },
            error => error,
        })?;
        let digest = digest(wasm);
        Ok(Self {
            name,
            world,
            digest,
            size_bytes: wasm.len() as u64,
            summary,
            body,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.body {
            Body::Renderer { .. } => Kind::Renderer,
            Body::Health { .. } => Kind::Health,
        }
    }

    pub(crate) fn parameters_schema(&self) -> Option<&Value> {
        match &self.body {
            Body::Renderer { parameters, .. } => parameters.schema(),
            Body::Health { .. } => None,
        }
    }
}

fn ask_renderer(
    sandbox: &Sandbox,
    name: &Arc<str>,
    pre: RendererPluginPre<State>,
) -> Result<(String, Body), LoadError> {
    let about = ask(
        sandbox,
        name,
        sandbox.limits.render_memory_max_bytes,
        None,
        |store| {
            pre.instantiate(&mut *store)?
                .gantry_plugin_about()
                .call_about(store)
        },
    )?;
    let parameters = Parameters::compile(about.parameters_schema.as_deref())?;
    Ok((about.summary, Body::Renderer { pre, parameters }))
}

fn ask_health(
    sandbox: &Sandbox,
    name: &Arc<str>,
    pre: HealthPluginPre<State>,
) -> Result<(String, Body), LoadError> {
    let data = sandbox.data.as_ref().and_then(|data| data.of(name));
    let data = data.map(|tree| Mount {
        path: files::DATA,
        tree,
    });
    let (about, claims) = ask(
        sandbox,
        name,
        sandbox.limits.health_memory_max_bytes,
        data.clone(),
        |store| {
            let instance = pre.instantiate(&mut *store)?;
            let about = instance.gantry_plugin_about().call_about(&mut *store)?;
            Ok((about, instance.gantry_plugin_health().call_claims(store)?))
        },
    )?;
    let claims = claims
        .into_iter()
        .map(|claim| (claim.group, claim.kind))
        .collect();
    Ok((about.summary, Body::Health { pre, claims, data }))
}

fn ask<T>(
    sandbox: &Sandbox,
    name: &Arc<str>,
    memory_max_bytes: usize,
    data: Option<Mount>,
    questions: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<T, LoadError> {
    let grant = Grant {
        plugin: Arc::clone(name),
        deadline_ms: sandbox.limits.load_deadline_ms,
        memory_max_bytes,
        crossing_max_bytes: sandbox.limits.output_max_bytes,
        surroundings: Surroundings::default(),
        mounts: data.into_iter().collect(),
    };
    sandbox.run(&grant, questions).map_err(LoadError::About)
}

fn digest(wasm: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(wasm) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
