//! What became of an application's sources.

use std::sync::Arc;

use gantry_model::application::Source;
use gantry_model::{Diagnostic, Granted, Object, without_password};
use gantry_plugins::Rendering;
use serde::Serialize;

use crate::material::Material;

/// An application's objects, source by source.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// All sources, in the order of the manifest.
    pub sources: Vec<RenderedSource>,
}

/// One source.
#[derive(Clone, Debug, Default)]
pub struct RenderedSource {
    /// The source as the manifest has it.
    pub source: Source,
    /// The commit, or the chart's version; empty for a plain directory.
    pub revision: String,
    /// The digest of a chart's archive; empty for others.
    pub digest: String,
    /// The plugin that rendered it; empty where it is there for others only.
    pub renderer: String,
    /// What the user should know of its settings.
    pub warnings: Vec<Diagnostic>,
    /// The objects, and what the renderer wants the user to know.
    pub rendering: Arc<Rendering>,
}

/// One source, in the shape that scripts read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceReport {
    /// The source's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What other sources call it.
    #[serde(rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// Its repository, without a password.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The directory.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub chart: String,
    /// What was asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target_revision: String,
    /// What that is: a commit, or a chart's version.
    pub revision: String,
    /// The digest of a chart's archive.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// The plugin that rendered it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub renderer: String,
    /// What its renderer was handed from outside of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub granted: Vec<Granted>,
}

impl RenderedSource {
    pub(crate) fn new(source: &Source, material: &Material) -> Self {
        Self {
            source: source.clone(),
            revision: material.revision.clone(),
            digest: material.digest.clone(),
            ..Self::default()
        }
    }

    fn report(&self) -> SourceReport {
        SourceReport {
            name: self.source.name.clone(),
            reference: self.source.reference.clone(),
            repo_url: without_password(&self.source.repo_url),
            path: self.source.path.clone(),
            chart: self.source.chart.clone(),
            target_revision: self.source.target_revision.clone(),
            revision: self.revision.clone(),
            digest: self.digest.clone(),
            renderer: self.renderer.clone(),
            granted: self.rendering.granted.clone(),
        }
    }
}

impl Rendered {
    /// All objects, source by source.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.sources
            .iter()
            .flat_map(|source| &source.rendering.objects)
    }

    /// The same by value, for whoever needs them last: of a large application, memory holds them once
    /// then. What is remembered of a render stays as it is.
    pub fn take_objects(&mut self) -> Vec<Object> {
        let take = |source: &mut RenderedSource| match Arc::get_mut(&mut source.rendering) {
            Some(rendering) => std::mem::take(&mut rendering.objects),
            None => source.rendering.objects.clone(),
        };
        self.sources.iter_mut().flat_map(take).collect()
    }

    /// All warnings, source by source.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        let all = self.sources.iter();
        all.flat_map(|source| source.warnings.iter().chain(&source.rendering.warnings))
    }

    /// Which revision of what was rendered by which plugin.
    pub fn report(&self) -> Vec<SourceReport> {
        self.sources.iter().map(RenderedSource::report).collect()
    }
}
