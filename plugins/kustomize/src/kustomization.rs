//! The kustomization file as data: every field of `types.Kustomization`, deprecated ones already
//! moved to where they belong now (`FixKustomization`).

use std::collections::BTreeMap;

use gantry_patch::images::Image;
use gantry_patch::replicas::Replica;
use gantry_patch::selector::Selector;
use serde_json::Value;

use crate::arguments::{GeneratorArguments, GeneratorOptions, HelmChart, HelmGlobals, Label, Var};
use crate::arguments::{SortOptions, image, replica, selector};
use crate::decode::{Fields, Misfit, Node, Strictness};

/// A text of a list and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) pointer: String,
}

/// One of `patches` or `patchesJson6902`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) path: String,
    pub(crate) patch: String,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    pub(crate) pointer: String,
}

/// `kind: Kustomization` or `kind: Component`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) is_component: bool,
    pub(crate) openapi: BTreeMap<String, String>,
    pub(crate) name_prefix: String,
    pub(crate) name_suffix: String,
    pub(crate) namespace: String,
    pub(crate) common_labels: BTreeMap<String, String>,
    pub(crate) labels: Vec<Label>,
    pub(crate) common_annotations: BTreeMap<String, String>,
    pub(crate) patches_strategic_merge: Vec<Entry>,
    pub(crate) patches_json6902: Vec<Patch>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    pub(crate) replacements: Vec<Node>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) vars: Vec<Var>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<Entry>,
    pub(crate) components: Vec<Entry>,
    pub(crate) crds: Vec<Entry>,
    pub(crate) config_map_generator: Vec<GeneratorArguments>,
    pub(crate) secret_generator: Vec<GeneratorArguments>,
    pub(crate) helm_globals: Option<HelmGlobals>,
    pub(crate) helm_charts: Vec<HelmChart>,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) configurations: Vec<Entry>,
    pub(crate) generators: Vec<Entry>,
    pub(crate) transformers: Vec<Entry>,
    pub(crate) validators: Vec<Entry>,
    pub(crate) build_metadata: Vec<String>,
    /// Fields in use that kustomize advises against, and what to use instead.
    pub(crate) deprecated: Vec<(&'static str, &'static str)>,
}

const KUSTOMIZATION_VERSION: &str = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";

/// Deprecated fields, and what takes their place.
const DEPRECATED: [(&str, &str); 6] = [
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("vars", "replacements"),
];

impl Kustomization {
    /// Reads a document.
    pub(crate) fn read(document: Value) -> Result<Self, Misfit> {
        let deprecated = DEPRECATED
            .into_iter()
            .filter(|(name, _)| document.get(name).is_some_and(|value| !value.is_null()))
            .collect();
        let is_empty = is_empty(&document);
        let node = Node::root(document);
        let read = node.read(Strictness::Refuse, |fields| Self::fields(fields, is_empty))?;
        Ok(Self { deprecated, ..read })
    }

    fn fields(fields: &mut Fields, is_empty: bool) -> Result<Self, Misfit> {
        let is_component = kind(fields)?;
        fields.take("metadata");
        if is_empty {
            return Err(Misfit {
                help: Some("give it resources, or remove the reference to it".to_owned()),
                ..fields.misfit("the kustomization is empty")
            });
        }
        let mut kustomization = Self {
            is_component,
            openapi: fields.string_map("openapi")?,
            name_prefix: fields.string("namePrefix")?,
            name_suffix: fields.string("nameSuffix")?,
            namespace: fields.string("namespace")?,
            common_labels: fields.string_map("commonLabels")?,
            labels: fields.each("labels", Label::read)?,
            common_annotations: fields.string_map("commonAnnotations")?,
            patches_strategic_merge: entries(fields, "patchesStrategicMerge")?,
            patches_json6902: fields.each("patchesJson6902", Patch::read)?,
            patches: fields.each("patches", Patch::read)?,
            images: fields.each("images", image)?,
            replacements: fields.list("replacements")?,
            replicas: fields.each("replicas", replica)?,
            vars: fields.each("vars", Var::read)?,
            sort_options: fields.inner("sortOptions", SortOptions::read)?,
            resources: entries(fields, "resources")?,
            components: entries(fields, "components")?,
            crds: entries(fields, "crds")?,
            config_map_generator: fields.each("configMapGenerator", GeneratorArguments::read)?,
            secret_generator: fields.each("secretGenerator", GeneratorArguments::read)?,
            helm_globals: fields.inner("helmGlobals", HelmGlobals::read)?,
            helm_charts: fields.each("helmCharts", HelmChart::read)?,
            generator_options: fields.inner("generatorOptions", GeneratorOptions::read)?,
            configurations: entries(fields, "configurations")?,
            generators: entries(fields, "generators")?,
            transformers: entries(fields, "transformers")?,
            validators: entries(fields, "validators")?,
            build_metadata: fields.strings("buildMetadata")?,
            deprecated: Vec::new(),
        };
        kustomization.move_deprecated(fields)?;
        Ok(kustomization)
    }

    fn move_deprecated(&mut self, fields: &mut Fields) -> Result<(), Misfit> {
        self.resources.extend(entries(fields, "bases")?);
        self.images.extend(fields.each("imageTags", image)?);
        let old = fields.each("helmChartInflationGenerator", HelmChart::read_old)?;
        let homes = old.iter().rev().map(|(_, globals)| globals);
        let home = homes
            .into_iter()
            .find(|globals| !globals.chart_home.is_empty());
        if let (None, Some(home)) = (&self.helm_globals, home) {
            self.helm_globals = Some(home.clone());
        }
        self.helm_charts
            .extend(old.into_iter().map(|(chart, _)| chart));
        Ok(())
    }
}

impl Patch {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self, Misfit> {
        let options = fields.inner("options", |fields| {
            Ok((
                fields.flag("allowNameChange")?,
                fields.flag("allowKindChange")?,
            ))
        })?;
        let (allow_name_change, allow_kind_change) = options.unwrap_or_default();
        Ok(Self {
            path: fields.string("path")?,
            patch: fields.string("patch")?,
            target: fields.inner("target", selector)?,
            allow_name_change,
            allow_kind_change,
            pointer: fields.pointer().to_owned(),
        })
    }
}

/// Whether it is a component; checks `kind` and `apiVersion`.
fn kind(fields: &mut Fields) -> Result<bool, Misfit> {
    let kind = fields
        .take("kind")
        .unwrap_or_else(|| Node::root(Value::Null));
    let pointer = kind.pointer.clone();
    let is_component = match &*kind.string()? {
        "" | "Kustomization" => false,
        "Component" => true,
        other => {
            return Err(Misfit {
                pointer,
                message: format!("kind should be Kustomization or Component, not {other}"),
                help: None,
            });
        }
    };
    let (kind, version) = match is_component {
        true => ("Component", COMPONENT_VERSION),
        false => ("Kustomization", KUSTOMIZATION_VERSION),
    };
    if let Some(node) = fields.take("apiVersion") {
        let pointer = node.pointer.clone();
        let given = node.string()?;
        if !given.is_empty() && given != version {
            return Err(Misfit {
                pointer,
                message: format!("apiVersion for {kind} should be {version}, not {given}"),
                help: None,
            });
        }
    }
    Ok(is_component)
}

/// Nothing but its type, as kustomize sees it.
fn is_empty(document: &Value) -> bool {
    let Some(map) = document.as_object() else {
        return document.is_null();
    };
    map.iter().all(|(key, value)| {
        let is_type = key.eq_ignore_ascii_case("kind") || key.eq_ignore_ascii_case("apiVersion");
        is_type || value.is_null() || value == ""
    })
}

fn entries(fields: &mut Fields, name: &'static str) -> Result<Vec<Entry>, Misfit> {
    let nodes = fields.list(name)?.into_iter();
    nodes
        .map(|node| {
            let pointer = node.pointer.clone();
            node.string().map(|text| Entry { text, pointer })
        })
        .collect()
}
