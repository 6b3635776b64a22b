//! The transformers: what a kustomization does to its objects, step by step.

pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod patch;
pub(crate) mod references;
pub(crate) mod refvar;
pub(crate) mod replace;

use std::collections::BTreeMap;

use gantry_patch::fields::FieldSpec;
use gantry_patch::images::Image;
use gantry_patch::replacements::Replacement;
use gantry_patch::replicas::Replica;
use gantry_patch::{Id, Schema, images, labels, replicas};

use self::names::Affix;
use self::namespace::NamespaceTransformer;
use self::patch::{JsonPatchTransformer, PatchTransformer, StrategicMergeTransformer};
use self::replace::ValueAddTransformer;
use crate::hash;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;

/// A transformer that is configured.
#[derive(Clone, Debug)]
pub(crate) enum Transformer {
    StrategicMerge(StrategicMergeTransformer),
    Patch(Box<PatchTransformer>),
    Namespace(NamespaceTransformer),
    Prefix(Affix),
    Suffix(Affix),
    PrefixSuffix(Affix, Affix),
    /// Labels and annotations alike.
    Pairs(BTreeMap<String, String>, Vec<FieldSpec>),
    JsonPatch(Box<JsonPatchTransformer>),
    Replicas(Replica, Vec<FieldSpec>),
    Image(Image, Vec<FieldSpec>),
    Replacements(Vec<Replacement>),
    ValueAdd(ValueAddTransformer),
    Hash,
}

impl Transformer {
    pub(crate) fn run(&self, resources: &mut ResMap, schema: &Schema) -> Result<()> {
        match self {
            Self::StrategicMerge(transformer) => transformer.run(resources, schema),
            Self::Patch(transformer) => transformer.run(resources, schema),
            Self::Namespace(transformer) => transformer.run(resources, schema),
            Self::Prefix(affix) => names::prefix(affix, resources, schema),
            Self::Suffix(affix) => names::suffix(affix, resources, schema),
            Self::PrefixSuffix(prefix, suffix) => {
                names::prefix(prefix, resources, schema)?;
                names::suffix(suffix, resources, schema)
            }
            Self::Pairs(pairs, specs) => set_pairs(pairs, specs, resources),
            Self::JsonPatch(transformer) => transformer.run(resources, schema),
            Self::Replicas(replica, specs) => set_replicas(replica, specs, resources),
            Self::Image(image, specs) => set_image(image, specs, resources),
            Self::Replacements(replacements) => replace::run(replacements, resources, schema),
            Self::ValueAdd(transformer) => transformer.run(resources, schema),
            Self::Hash => {
                add_hashes(resources);
                Ok(())
            }
        }
    }
}

fn set_pairs(
    pairs: &BTreeMap<String, String>,
    specs: &[FieldSpec],
    resources: &mut ResMap,
) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    for resource in resources.bodies() {
        labels::set(&mut resource.value, pairs, specs)?;
    }
    Ok(())
}

fn set_image(image: &Image, specs: &[FieldSpec], resources: &mut ResMap) -> Result<()> {
    for resource in resources.bodies() {
        images::transform(&mut resource.value, image, specs)?;
    }
    Ok(())
}

fn set_replicas(replica: &Replica, specs: &[FieldSpec], resources: &mut ResMap) -> Result<()> {
    let named = resources.named(&replica.name).to_vec();
    let mut is_found = false;
    for spec in specs {
        for index in &named {
            let Some(resource) = resources.bodies().get_mut(*index) else {
                continue;
            };
            let is_meant = |id: &Id| id.name == replica.name && spec.applies_to(&id.gvk);
            if resource.ids().any(is_meant) {
                is_found = true;
                replicas::set(&mut resource.value, replica.count, spec)?;
            }
        }
    }
    if is_found {
        return Ok(());
    }
    let kinds: Vec<&str> = specs.iter().map(|spec| &*spec.kind).collect();
    let message = format!(
        "resource with name {} does not match a config with the following kinds: {}",
        replica.name,
        kinds.join(", ")
    );
    Err(Problem::new("replicas", message))
}

/// The suffix of generated objects.
pub(crate) fn add_hashes(resources: &mut ResMap) {
    if !resources.iter().any(|resource| resource.needs_hash) {
        return;
    }
    for resource in resources.all() {
        if resource.needs_hash {
            let name = format!("{}-{}", resource.name(), hash::suffix(&resource.value));
            resource.store_id();
            resource.set_name(&name);
        }
    }
}
