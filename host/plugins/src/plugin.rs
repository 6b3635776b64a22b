//! One loaded plugin: compiled, linked, and asked about itself.

use std::sync::Arc;

use serde_json::Value;
use wasmtime::Store;
use wasmtime::component::Component;

use crate::bindings::health::HealthPluginPre;
use crate::bindings::renderer::RendererPluginPre;
use crate::config::Limits;
use crate::data::Data;
use crate::error::{Fault, LoadError};
use crate::inspect::{Inspected, Kind, inspect};
use crate::metrics::Meter;
use crate::parameters::Parameters;
use crate::sandbox::{Grant, Sandbox, State};
use crate::warm::Warm;
use crate::wasi::Surroundings;
use crate::wasi::files::Mount;
use gantry_model::digest::Digest;

/// A plugin that is ready to be called.
pub(crate) struct Plugin {
    pub(crate) name: Arc<str>,
    pub(crate) world: String,
    pub(crate) digest: Digest,
    pub(crate) size_bytes: u64,
    pub(crate) summary: String,
    /// What one call of it may use.
    pub(crate) limits: Limits,
    pub(crate) meter: Arc<Meter>,
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
        data: Option<Data>,
        /// Instances that wait for the next call.
        warm: Warm,
    },
}

impl Plugin {
    /// Loads a component. What it imports and exports is checked before it is compiled, and again
    /// with types before it is run.
    pub(crate) fn load(
        sandbox: &Sandbox,
        name: &str,
        wasm: &[u8],
        digest: Digest,
    ) -> Result<Self, LoadError> {
        let Inspected { kind, world, .. } = inspect(wasm)?;
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
        let asking = Asking::new(sandbox, name);
        let asked = match kind {
            Kind::Renderer => asking.renderer(RendererPluginPre::new(pre).map_err(mismatch)?),
            Kind::Health => asking.health(HealthPluginPre::new(pre).map_err(mismatch)?),
        };
        let (summary, body) = asked.map_err(|error| match error {
            LoadError::About(Fault::Unfit { reason }) => LoadError::Mismatch {
                world: world.clone(),
                reason,
            },
            error => error,
        })?;
        Ok(Self {
            name: asking.name,
            world,
            digest,
            size_bytes: wasm.len() as u64,
            summary,
            limits: asking.limits,
            meter: asking.meter,
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

/// The questions that a plugin answers once, when it is loaded.
struct Asking<'a> {
    sandbox: &'a Sandbox,
    name: Arc<str>,
    limits: Limits,
    meter: Arc<Meter>,
}

impl<'a> Asking<'a> {
    fn new(sandbox: &'a Sandbox, name: &str) -> Self {
        let name: Arc<str> = name.into();
        Self {
            sandbox,
            limits: sandbox.config.limits_of(&name),
            meter: sandbox.meters.of(&name),
            name,
        }
    }

    fn renderer(&self, pre: RendererPluginPre<State>) -> Result<(String, Body), LoadError> {
        let memory_max_bytes = self.limits.render_memory_max_bytes;
        let about = self.ask(memory_max_bytes, None, |store| {
            pre.instantiate(&mut *store)?
                .gantry_plugin_about()
                .call_about(store)
        })?;
        let parameters = Parameters::compile(about.parameters_schema.as_deref())?;
        Ok((about.summary, Body::Renderer { pre, parameters }))
    }

    fn health(&self, pre: HealthPluginPre<State>) -> Result<(String, Body), LoadError> {
        let data = Data::of(self.sandbox, &self.name);
        let mount = data.as_ref().map(Data::mount);
        let memory_max_bytes = self.limits.health_memory_max_bytes;
        let (about, claims) = self.ask(memory_max_bytes, mount, |store| {
            let instance = pre.instantiate(&mut *store)?;
            let about = instance.gantry_plugin_about().call_about(&mut *store)?;
            Ok((about, instance.gantry_plugin_health().call_claims(store)?))
        })?;
        let claims = claims.into_iter();
        let body = Body::Health {
            pre,
            claims: claims.map(|claim| (claim.group, claim.kind)).collect(),
            data,
            warm: Warm::default(),
        };
        Ok((about.summary, body))
    }

    fn ask<T>(
        &self,
        memory_max_bytes: usize,
        mount: Option<Mount>,
        questions: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, LoadError> {
        let grant = Grant {
            plugin: Arc::clone(&self.name),
            deadline_ms: self.limits.load_deadline_ms,
            memory_max_bytes,
            crossing_max_bytes: self.limits.output_max_bytes,
            log_max_bytes: self.limits.log_max_bytes,
            surroundings: Surroundings::default(),
            mounts: mount.into_iter().collect(),
            meter: Arc::clone(&self.meter),
        };
        let asked = self.sandbox.run_inner(&grant, questions);
        asked.map_err(LoadError::About)
    }
}
