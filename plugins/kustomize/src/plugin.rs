//! Built-in plugins that are configured by objects: `generators`, `transformers`, `validators`.
//! Plugins that are programs or containers are never run.

use crate::arguments::{
    GeneratorArguments, HelmChart, HelmGlobals, field_spec, image, replica, selector,
};
use crate::decode::{Fields, Misfit, Node, Strictness};
use crate::generate::{Generator, HelmGenerator, IamPolicy};
use crate::kustomization::Patch;
use crate::origin::Origin;
use crate::problem::{Problem, Result};
use crate::resource::Resource;
use crate::target::Target;
use crate::transform::names::Affix;
use crate::transform::namespace::{NamespaceTransformer, Subjects};
use crate::transform::patch::{JsonPatchTransformer, PatchTransformer, StrategicMergeTransformer};
use crate::transform::replace::ValueAddTransformer;
use crate::transform::{Transformer, replace};

/// The origin of what a plugin makes or changes.
pub(crate) fn origin(config: &Resource) -> Option<Origin> {
    Some(config.origin.as_ref()?.plugin(config.id()))
}

/// The generator that an object configures.
pub(crate) fn generator(config: &Resource) -> Result<Generator> {
    check(config)?;
    let generator = match config.kind() {
        "ConfigMapGenerator" => Generator::ConfigMap(read(config, arguments)?),
        "SecretGenerator" => Generator::Secret(read(config, arguments)?),
        "IAMPolicyGenerator" => Generator::Iam(read(config, IamPolicy::read)?),
        "HelmChartInflationGenerator" => {
            let (chart, globals) = read(config, |fields| {
                Ok((HelmChart::read(fields)?, HelmGlobals::read(fields)?))
            })?;
            Generator::Helm(Box::new(HelmGenerator { chart, globals }))
        }
        kind if TRANSFORMERS.contains(&kind) => return Err(refuse(config, "not a generator")),
        _ => return Err(unknown(config)),
    };
    Ok(generator)
}

const TRANSFORMERS: [&str; 14] = [
    "AnnotationsTransformer",
    "HashTransformer",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "SuffixTransformer",
    "ValueAddTransformer",
];
const GENERATORS: [&str; 4] = [
    "ConfigMapGenerator",
    "HelmChartInflationGenerator",
    "IAMPolicyGenerator",
    "SecretGenerator",
];

/// The transformer that an object configures.
pub(crate) fn transformer(config: &Resource, target: &Target<'_, '_>) -> Result<Transformer> {
    check(config)?;
    let loaded = configure(config, target);
    loaded.map_err(|problem| blame(config, problem))
}

fn configure(config: &Resource, target: &Target<'_, '_>) -> Result<Transformer> {
    let (loader, outside) = (&target.loader, target.build.outside);
    Ok(match config.kind() {
        "AnnotationsTransformer" => read(config, |fields| pairs(fields, "annotations"))?,
        "LabelTransformer" => read(config, |fields| pairs(fields, "labels"))?,
        "HashTransformer" => Transformer::Hash,
        "ImageTagTransformer" => read(config, |fields| {
            let image = fields.inner("imageTag", image)?.unwrap_or_default();
            Ok(Transformer::Image(
                image,
                fields.each("fieldSpecs", field_spec)?,
            ))
        })?,
        "ReplicaCountTransformer" => read(config, |fields| {
            let replica = fields.inner("replica", replica)?.unwrap_or_default();
            Ok(Transformer::Replicas(
                replica,
                fields.each("fieldSpecs", field_spec)?,
            ))
        })?,
        "NamespaceTransformer" => Transformer::Namespace(read(config, namespace)?),
        "PrefixTransformer" => Transformer::Prefix(read(config, |f| affix(f, "prefix"))?),
        "SuffixTransformer" => Transformer::Suffix(read(config, |f| affix(f, "suffix"))?),
        "PrefixSuffixTransformer" => {
            let prefix = read(config, |fields| affix(fields, "prefix"))?;
            Transformer::PrefixSuffix(prefix, read(config, |fields| affix(fields, "suffix"))?)
        }
        "PatchStrategicMergeTransformer" => {
            let (paths, patches) = read(config, |fields| {
                Ok((fields.strings("paths")?, fields.string("patches")?))
            })?;
            let loaded = StrategicMergeTransformer::load(&paths, &patches, loader, outside)?;
            Transformer::StrategicMerge(loaded)
        }
        "PatchTransformer" => {
            let patch = read(config, Patch::read)?;
            Transformer::Patch(Box::new(PatchTransformer::load(
                &patch,
                loader,
                target.build,
            )?))
        }
        "PatchJson6902Transformer" => {
            let (selected, path, inline) = read(config, |fields| {
                let target = fields.inner("target", selector)?;
                Ok((target, fields.string("path")?, fields.string("jsonOp")?))
            })?;
            let loaded = JsonPatchTransformer::load(
                selected.as_ref(),
                &path,
                &inline,
                loader,
                target.build,
            )?;
            Transformer::JsonPatch(Box::new(loaded))
        }
        "ReplacementTransformer" => {
            let nodes = read(config, |fields| fields.list("replacements"))?;
            Transformer::Replacements(replace::load(&nodes, loader, outside)?)
        }
        "ValueAddTransformer" => {
            let written = read(config, ValueAddTransformer::read)?;
            Transformer::ValueAdd(ValueAddTransformer::load(written, loader, outside)?)
        }
        kind if GENERATORS.contains(&kind) => return Err(refuse(config, "not a transformer")),
        _ => return Err(unknown(config)),
    })
}

fn pairs(fields: &mut Fields, name: &'static str) -> std::result::Result<Transformer, Misfit> {
    let pairs = fields.string_map(name)?;
    Ok(Transformer::Pairs(
        pairs,
        fields.each("fieldSpecs", field_spec)?,
    ))
}

fn affix(fields: &mut Fields, name: &'static str) -> std::result::Result<Affix, Misfit> {
    let text = fields.string(name)?;
    let specs = fields.each("fieldSpecs", field_spec)?;
    if specs.is_empty() {
        return Err(Misfit {
            help: Some("write `fieldSpecs: [{path: metadata/name}]`".to_owned()),
            ..fields.misfit("fieldSpecs is not expected to be nil")
        });
    }
    Ok(Affix { text, specs })
}

fn namespace(fields: &mut Fields) -> std::result::Result<NamespaceTransformer, Misfit> {
    let namespace = fields.inner("metadata", |fields| fields.string("namespace"))?;
    Ok(NamespaceTransformer {
        namespace: namespace.unwrap_or_default(),
        specs: fields.each("fieldSpecs", field_spec)?,
        unset_only: fields.flag("unsetOnly")?,
        subjects: Subjects::read(fields)?,
    })
}

/// Name and namespace may stand in the metadata.
fn arguments(fields: &mut Fields) -> std::result::Result<GeneratorArguments, Misfit> {
    let mut arguments = GeneratorArguments::read(fields)?;
    let metadata = fields.inner("metadata", |fields| {
        Ok((fields.string("name")?, fields.string("namespace")?))
    })?;
    let (name, namespace) = metadata.unwrap_or_default();
    if arguments.name.is_empty() {
        arguments.name = name;
    }
    if arguments.namespace.is_empty() {
        arguments.namespace = namespace;
    }
    Ok(arguments)
}

/// Only what is built in is ever run.
fn check(config: &Resource) -> Result<()> {
    let gvk = &config.id().gvk;
    if gvk.group.is_empty() && gvk.version == "builtin" {
        return Ok(());
    }
    let message = format!(
        "external plugins disabled; unable to load external plugin '{}'",
        gvk.kind
    );
    let problem = Problem::new("plugin", message).help(
        "only kustomize's built-in plugins (apiVersion: builtin) are run: programs, containers and \
         Go plugins are not",
    );
    Err(blame(config, problem))
}

fn read<T>(
    config: &Resource,
    read: impl Fn(&mut Fields) -> std::result::Result<T, Misfit>,
) -> Result<T> {
    let node = Node::root(config.value.clone());
    node.read(Strictness::Ignore, read).map_err(|misfit| {
        let problem = Problem::new("plugin", misfit.message);
        let problem = problem.within(format!("plugin {} fails configuration", config.id()));
        let problem = match misfit.help {
            Some(help) => problem.help(help),
            None => problem,
        };
        blame(config, problem)
    })
}

fn refuse(config: &Resource, what: &str) -> Problem {
    let problem = Problem::new("plugin", format!("plugin {} {what}", config.id()));
    blame(config, problem)
}

fn unknown(config: &Resource) -> Problem {
    let message = format!("unable to load builtin {}", config.id().gvk);
    let known = [&GENERATORS[..], &TRANSFORMERS[..]].concat().join(", ");
    blame(
        config,
        Problem::new("plugin", message).help(format!("there are {known}")),
    )
}

fn blame(config: &Resource, problem: Problem) -> Problem {
    match &config.place {
        Some(place) => problem.at(&place.path, place.line, 1),
        None => problem,
    }
}
