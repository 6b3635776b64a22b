//! The generators and transformers of one kustomization, configured in the order in which they run
//! (`api/internal/target/kusttarget_configplugin.go`).

use gantry_patch::fields::{FieldSpec, merge_specs};
use serde_json::Value;

use crate::config::Config;
use crate::document::Text;
use crate::generate::{Generator, HelmGenerator};
use crate::origin::{Origin, note_transformation};
use crate::plugin;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;
use crate::resource::Place;
use crate::target::Target;
use crate::transform::names::Affix;
use crate::transform::namespace::NamespaceTransformer;
use crate::transform::patch::{JsonPatchTransformer, PatchTransformer, StrategicMergeTransformer};
use crate::transform::{Transformer, replace};

/// What to blame for a problem that names no place.
#[derive(Clone, Debug)]
pub(crate) enum Blame {
    /// A value of the kustomization.
    Pointer(String),
    /// A configuration that was read.
    Place(Place),
}

impl Blame {
    pub(crate) fn on(&self, file: &Text, problem: Problem) -> Problem {
        match self {
            Self::Pointer(pointer) => file.blame(problem, pointer),
            Self::Place(place) => problem.at(&place.path, place.line, 1),
        }
    }
}

/// A transformer, its origin where the build notes that, and what to blame.
pub(crate) type Step = (Transformer, Option<Origin>, Blame);

impl Target<'_, '_> {
    /// The generators, those of the kustomization's fields first.
    pub(crate) fn generators(&self) -> Result<Vec<(Generator, Option<Origin>, Blame)>> {
        let kustomization = &self.kustomization;
        let mut generators = Vec::new();
        let mut add = |generator, kind: &str, pointer: &str| {
            let blame = Blame::Pointer(pointer.to_owned());
            generators.push((generator, self.builtin(kind), blame));
        };
        let global = kustomization.generator_options.as_ref();
        for (list, make, kind) in [
            (
                &kustomization.config_map_generator,
                Generator::ConfigMap as fn(_) -> _,
                "ConfigMapGenerator",
            ),
            (
                &kustomization.secret_generator,
                Generator::Secret as fn(_) -> _,
                "SecretGenerator",
            ),
        ] {
            for arguments in list {
                let mut arguments = arguments.clone();
                if let Some(global) = global {
                    arguments.options = std::mem::take(&mut arguments.options).over(global);
                }
                let pointer = arguments.pointer.clone();
                add(make(arguments), kind, &pointer);
            }
        }
        for chart in &kustomization.helm_charts {
            let mut chart = chart.clone();
            if chart.namespace.is_empty() {
                chart.namespace = match &*kustomization.namespace {
                    "" => self.helm_namespace.clone(),
                    namespace => namespace.to_owned(),
                };
            }
            let pointer = chart.pointer.clone();
            let helm = HelmGenerator {
                chart,
                globals: kustomization.helm_globals.clone().unwrap_or_default(),
            };
            add(
                Generator::Helm(Box::new(helm)),
                "HelmChartInflationGenerator",
                &pointer,
            );
        }
        for resource in self.plugins(&kustomization.generators)?.resources.iter() {
            let generator = plugin::generator(resource)?;
            let origin = plugin::origin(resource);
            generators.push((
                generator,
                origin,
                self.blame_config(resource, "/generators"),
            ));
        }
        Ok(generators)
    }

    /// The transformers, those of the kustomization's fields first.
    pub(crate) fn steps(&self, config: &Config) -> Result<Vec<Step>> {
        let mut steps = self.patches()?;
        self.add_names(config, &mut steps)?;
        self.add_labels(config, &mut steps)?;
        self.add_values(config, &mut steps)?;
        for resource in self
            .plugins(&self.kustomization.transformers)?
            .resources
            .iter()
        {
            let transformer = plugin::transformer(resource, self)?;
            let blame = self.blame_config(resource, "/transformers");
            steps.push((transformer, plugin::origin(resource), blame));
        }
        Ok(steps)
    }

    /// Runs the transformers one after the other.
    pub(crate) fn run(&self, steps: &[Step], resources: &mut ResMap) -> Result<()> {
        let schema = self.build.schema();
        for (transformer, origin, blame) in steps {
            if matches!(
                transformer,
                Transformer::StrategicMerge(_) | Transformer::Patch(_)
            ) {
                self.build.use_schema();
            }
            let result = transformer.run(resources, &schema);
            result.map_err(|problem| blame.on(&self.file, problem))?;
            if let Some(origin) = origin {
                note_transformation(resources, origin);
            }
            resources.drop_deleted();
        }
        Ok(())
    }

    /// Runs the validators, which may refuse but not change.
    pub(crate) fn validate(&self, resources: &mut ResMap) -> Result<()> {
        for resource in self
            .plugins(&self.kustomization.validators)?
            .resources
            .iter()
        {
            let transformer = plugin::transformer(resource, self)?;
            let blame = self.blame_config(resource, "/validators");
            let schema = self.build.schema();
            let before = without_mark(resources);
            let result = transformer.run(resources, &schema);
            result.map_err(|problem| blame.on(&self.file, problem))?;
            if before != without_mark(resources) {
                let message = "validator shouldn't modify the resource map";
                return Err(blame.on(&self.file, Problem::new("plugin", message)));
            }
        }
        Ok(())
    }

    fn blame_config(&self, resource: &crate::resource::Resource, field: &str) -> Blame {
        match &resource.place {
            Some(place) => Blame::Place(place.clone()),
            None => Blame::Pointer(field.to_owned()),
        }
    }

    fn builtin(&self, kind: &str) -> Option<Origin> {
        let origin = self.origin.as_ref()?;
        Some(origin.builtin(self.file_name, kind))
    }

    fn step(&self, transformer: Transformer, kind: &str, pointer: &str) -> Step {
        (
            transformer,
            self.builtin(kind),
            Blame::Pointer(pointer.to_owned()),
        )
    }

    /// Both kinds of patches that may merge; the JSON patches of old run later.
    fn patches(&self) -> Result<Vec<Step>> {
        let kustomization = &self.kustomization;
        let outside = self.build.outside;
        let mut steps = Vec::new();
        if !kustomization.patches_strategic_merge.is_empty() {
            let pointer = "/patchesStrategicMerge";
            let entries = kustomization.patches_strategic_merge.iter();
            let paths: Vec<String> = entries.map(|entry| entry.text.clone()).collect();
            let loaded = StrategicMergeTransformer::load(&paths, "", &self.loader, outside);
            let transformer = loaded.map_err(|problem| self.file.blame(problem, pointer))?;
            let transformer = Transformer::StrategicMerge(transformer);
            steps.push(self.step(transformer, "PatchStrategicMergeTransformer", pointer));
        }
        for patch in &kustomization.patches {
            let loaded = PatchTransformer::load(patch, &self.loader, self.build);
            let loaded = loaded.map_err(|problem| self.file.blame(problem, &patch.pointer))?;
            let transformer = Transformer::Patch(Box::new(loaded));
            steps.push(self.step(transformer, "PatchTransformer", &patch.pointer));
        }
        Ok(steps)
    }

    fn add_names(&self, config: &Config, steps: &mut Vec<Step>) -> Result<()> {
        let kustomization = &self.kustomization;
        if !kustomization.namespace.is_empty() {
            let transformer = Transformer::Namespace(NamespaceTransformer {
                namespace: kustomization.namespace.clone(),
                specs: config.namespace()?,
                ..NamespaceTransformer::default()
            });
            steps.push(self.step(transformer, "NamespaceTransformer", "/namespace"));
        }
        let affix = |text: &str, added: &[FieldSpec]| -> Result<Affix> {
            Ok(Affix {
                text: text.to_owned(),
                specs: Config::names(added)?,
            })
        };
        if !kustomization.name_prefix.is_empty() {
            let affix = affix(&kustomization.name_prefix, &config.name_prefix)?;
            steps.push(self.step(
                Transformer::Prefix(affix),
                "PrefixTransformer",
                "/namePrefix",
            ));
        }
        if !kustomization.name_suffix.is_empty() {
            let affix = affix(&kustomization.name_suffix, &config.name_suffix)?;
            steps.push(self.step(
                Transformer::Suffix(affix),
                "SuffixTransformer",
                "/nameSuffix",
            ));
        }
        Ok(())
    }

    fn add_labels(&self, config: &Config, steps: &mut Vec<Step>) -> Result<()> {
        let kustomization = &self.kustomization;
        for (index, label) in kustomization.labels.iter().enumerate() {
            let mut specs = label.fields.clone();
            merge_specs(&mut specs, config.labels())?;
            if label.include_selectors {
                merge_specs(&mut specs, &config.common_labels()?)?;
            } else {
                if label.include_templates {
                    merge_specs(&mut specs, &config.template_labels()?)?;
                }
                if label.include_volume_claim_templates {
                    merge_specs(&mut specs, &config.volume_claim_template_labels()?)?;
                }
                let own = FieldSpec {
                    path: "metadata/labels".to_owned(),
                    create: true,
                    ..FieldSpec::default()
                };
                merge_specs(&mut specs, &[own])?;
            }
            let transformer = Transformer::Pairs(label.pairs.clone(), specs);
            let pointer = format!("/labels/{index}");
            steps.push(self.step(transformer, "LabelTransformer", &pointer));
        }
        if !(kustomization.labels.is_empty() && kustomization.common_labels.is_empty()) {
            let pairs = kustomization.common_labels.clone();
            let specs = match pairs.is_empty() {
                true => Vec::new(),
                false => config.common_labels()?,
            };
            let transformer = Transformer::Pairs(pairs, specs);
            steps.push(self.step(transformer, "LabelTransformer", "/commonLabels"));
        }
        if !kustomization.common_annotations.is_empty() {
            let pairs = kustomization.common_annotations.clone();
            let transformer = Transformer::Pairs(pairs, config.common_annotations()?);
            steps.push(self.step(transformer, "AnnotationsTransformer", "/commonAnnotations"));
        }
        Ok(())
    }

    fn add_values(&self, config: &Config, steps: &mut Vec<Step>) -> Result<()> {
        let kustomization = &self.kustomization;
        let (loader, outside) = (&self.loader, self.build.outside);
        for patch in &kustomization.patches_json6902 {
            let target = patch.target.as_ref();
            let loaded =
                JsonPatchTransformer::load(target, &patch.path, &patch.patch, loader, self.build);
            let loaded = loaded.map_err(|problem| self.file.blame(problem, &patch.pointer))?;
            let transformer = Transformer::JsonPatch(Box::new(loaded));
            steps.push(self.step(transformer, "PatchJson6902Transformer", &patch.pointer));
        }
        for (index, replica) in kustomization.replicas.iter().enumerate() {
            let transformer = Transformer::Replicas(replica.clone(), config.replicas()?);
            let pointer = format!("/replicas/{index}");
            steps.push(self.step(transformer, "ReplicaCountTransformer", &pointer));
        }
        for (index, image) in kustomization.images.iter().enumerate() {
            let transformer = Transformer::Image(image.clone(), config.images()?);
            let pointer = format!("/images/{index}");
            steps.push(self.step(transformer, "ImageTagTransformer", &pointer));
        }
        if !kustomization.replacements.is_empty() {
            let pointer = "/replacements";
            let loaded = replace::load(&kustomization.replacements, loader, outside);
            let loaded = loaded.map_err(|problem| self.file.blame(problem, pointer))?;
            let transformer = Transformer::Replacements(loaded);
            steps.push(self.step(transformer, "ReplacementTransformer", pointer));
        }
        Ok(())
    }
}

/// The objects without the label that a validator may leave.
fn without_mark(resources: &ResMap) -> Vec<Value> {
    let values = resources.iter().map(|resource| resource.value.clone());
    values
        .map(|mut value| {
            let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
            if let Some(metadata) = metadata
                && let Some(Value::Object(labels)) = metadata.get_mut("labels")
            {
                labels.remove("validated-by");
                if labels.is_empty() {
                    metadata.remove("labels");
                }
            }
            value
        })
        .collect()
}
