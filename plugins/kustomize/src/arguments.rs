//! The parts of a kustomization, which the configurations of built-in plugins share.

use std::collections::BTreeMap;

use gantry_patch::Gvk;
use gantry_patch::fields::FieldSpec;
use gantry_patch::images::Image;
use gantry_patch::replicas::Replica;
use gantry_patch::selector::Selector;
use serde_json::{Map, Value};

use crate::decode::{Fields, Misfit, Node};

type Result<T> = std::result::Result<T, Misfit>;

pub(crate) fn field_spec(fields: &mut Fields) -> Result<FieldSpec> {
    Ok(FieldSpec {
        group: fields.string("group")?,
        version: fields.string("version")?,
        kind: fields.string("kind")?,
        path: fields.string("path")?,
        create: fields.flag("create")?,
    })
}

pub(crate) fn selector(fields: &mut Fields) -> Result<Selector> {
    Ok(Selector {
        group: fields.string("group")?,
        version: fields.string("version")?,
        kind: fields.string("kind")?,
        name: fields.string("name")?,
        namespace: fields.string("namespace")?,
        annotation_selector: fields.string("annotationSelector")?,
        label_selector: fields.string("labelSelector")?,
    })
}

pub(crate) fn image(fields: &mut Fields) -> Result<Image> {
    Ok(Image {
        name: fields.string("name")?,
        new_name: fields.string("newName")?,
        tag_suffix: fields.string("tagSuffix")?,
        new_tag: fields.string("newTag")?,
        digest: fields.string("digest")?,
    })
}

pub(crate) fn replica(fields: &mut Fields) -> Result<Replica> {
    Ok(Replica {
        name: fields.string("name")?,
        count: fields.integer("count")?,
    })
}

/// One of `labels`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Label {
    pub(crate) pairs: BTreeMap<String, String>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) include_volume_claim_templates: bool,
    pub(crate) fields: Vec<FieldSpec>,
}

impl Label {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            pairs: fields.string_map("pairs")?,
            include_selectors: fields.flag("includeSelectors")?,
            include_templates: fields.flag("includeTemplates")?,
            include_volume_claim_templates: fields.flag("includeVolumeClaimTemplates")?,
            fields: fields.each("fields", field_spec)?,
        })
    }
}

/// One of `vars`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) gvk: Gvk,
    pub(crate) object_name: String,
    pub(crate) object_namespace: String,
    pub(crate) field_path: String,
    pub(crate) pointer: String,
    /// The kustomization that has it.
    pub(crate) file: String,
}

impl Var {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        let name = fields.string("name")?;
        let object = fields.inner("objref", |fields| {
            let api_version = fields.string("apiVersion")?;
            let mut gvk = Gvk::new(
                &fields.string("group")?,
                &fields.string("version")?,
                &fields.string("kind")?,
            );
            match api_version.split('/').collect::<Vec<_>>()[..] {
                [group, version] => gvk = Gvk::new(group, version, &gvk.kind),
                [version] if !version.is_empty() => gvk.version = version.to_owned(),
                _ => {}
            }
            Ok((gvk, fields.string("name")?, fields.string("namespace")?))
        })?;
        let (gvk, object_name, object_namespace) = object.unwrap_or_default();
        let path = fields.inner("fieldref", |fields| fields.string("fieldPath"))?;
        let field_path = path.filter(|path| !path.is_empty());
        Ok(Self {
            name,
            gvk,
            object_name,
            object_namespace,
            field_path: field_path.unwrap_or_else(|| "metadata.name".to_owned()),
            pointer: fields.pointer().to_owned(),
            file: String::new(),
        })
    }
}

/// `sortOptions`.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy: Option<(Vec<String>, Vec<String>)>,
}

impl SortOptions {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        let options = Self {
            order: fields.string("order")?,
            legacy: fields.inner("legacySortOptions", |fields| {
                Ok((fields.strings("orderFirst")?, fields.strings("orderLast")?))
            })?,
        };
        match (&*options.order, &options.legacy) {
            ("legacy", _) | ("fifo", None) => Ok(options),
            ("fifo", Some(_)) => Err(fields.misfit(
                "sortOptions.legacySortOptions is set but the selected sort order is fifo, not legacy",
            )),
            _ => Err(fields.misfit("the field sortOptions.order must be one of fifo, legacy")),
        }
    }
}

/// `generatorOptions`, and `options` of one generator.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
}

impl GeneratorOptions {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            labels: fields.string_map("labels")?,
            annotations: fields.string_map("annotations")?,
            disable_name_suffix_hash: fields.flag("disableNameSuffixHash")?,
            immutable: fields.flag("immutable")?,
        })
    }

    /// The generator's own options over those of the kustomization.
    pub(crate) fn over(mut self, global: &Self) -> Self {
        for (local, global) in [
            (&mut self.labels, &global.labels),
            (&mut self.annotations, &global.annotations),
        ] {
            for (key, value) in global {
                local.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        self.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        self.immutable |= global.immutable;
        self
    }
}

/// One of `configMapGenerator` or `secretGenerator`; `type` is a Secret's.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorArguments {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) behavior: String,
    pub(crate) literals: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) envs: Vec<String>,
    pub(crate) options: GeneratorOptions,
    pub(crate) secret_type: String,
    pub(crate) pointer: String,
}

impl GeneratorArguments {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        let mut arguments = Self {
            name: fields.string("name")?,
            namespace: fields.string("namespace")?,
            behavior: fields.string("behavior")?,
            literals: fields.strings("literals")?,
            files: fields.strings("files")?,
            envs: fields.strings("envs")?,
            options: fields
                .inner("options", GeneratorOptions::read)?
                .unwrap_or_default(),
            secret_type: String::new(),
            pointer: fields.pointer().to_owned(),
        };
        if fields.pointer().starts_with("/secretGenerator/") || fields.pointer().is_empty() {
            arguments.secret_type = fields.string("type")?;
        }
        let env = fields.string("env")?;
        if !env.is_empty() {
            arguments.envs.push(env);
        }
        Ok(arguments)
    }
}

/// `helmGlobals`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HelmGlobals {
    pub(crate) chart_home: String,
}

impl HelmGlobals {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        // Helm's own configuration folder: there is none here.
        fields.take("configHome");
        Ok(Self {
            chart_home: fields.string("chartHome")?,
        })
    }
}

/// One of `helmCharts`.
#[derive(Clone, Debug, Default)]
pub(crate) struct HelmChart {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) repo: String,
    pub(crate) release_name: String,
    pub(crate) namespace: String,
    pub(crate) values_file: String,
    pub(crate) additional_values_files: Vec<String>,
    pub(crate) values_inline: Map<String, Value>,
    pub(crate) values_merge: String,
    pub(crate) include_crds: bool,
    pub(crate) skip_hooks: bool,
    pub(crate) skip_tests: bool,
    pub(crate) api_versions: Vec<String>,
    pub(crate) kube_version: String,
    pub(crate) name_template: String,
    pub(crate) pointer: String,
}

impl HelmChart {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self> {
        fields.flag("debug")?;
        fields.flag("devel")?;
        Ok(Self {
            name: fields.string("name")?,
            version: fields.string("version")?,
            repo: fields.string("repo")?,
            release_name: fields.string("releaseName")?,
            namespace: fields.string("namespace")?,
            values_file: fields.string("valuesFile")?,
            additional_values_files: fields.strings("additionalValuesFiles")?,
            values_inline: fields
                .take("valuesInline")
                .map_or(Ok(Map::new()), Node::map)?,
            values_merge: fields.string("valuesMerge")?,
            include_crds: fields.flag("includeCRDs")?,
            skip_hooks: fields.flag("skipHooks")?,
            skip_tests: fields.flag("skipTests")?,
            api_versions: fields.strings("apiVersions")?,
            kube_version: fields.string("kubeVersion")?,
            name_template: fields.string("nameTemplate")?,
            pointer: fields.pointer().to_owned(),
        })
    }

    /// One of the deprecated `helmChartInflationGenerator`.
    pub(crate) fn read_old(fields: &mut Fields) -> Result<(Self, HelmGlobals)> {
        // Said of the program and its folders, or without effect in kustomize, too.
        for name in [
            "chartRepoName",
            "helmBin",
            "helmHome",
            "releaseNamespace",
            "extraArgs",
        ] {
            fields.take(name);
        }
        let chart = Self {
            name: fields.string("chartName")?,
            version: fields.string("chartVersion")?,
            repo: fields.string("chartRepoUrl")?,
            values_file: fields.string("values")?,
            values_inline: fields
                .take("valuesLocal")
                .map_or(Ok(Map::new()), Node::map)?,
            values_merge: fields.string("valuesMerge")?,
            release_name: fields.string("releaseName")?,
            pointer: fields.pointer().to_owned(),
            ..Self::default()
        };
        let globals = HelmGlobals {
            chart_home: fields.string("chartHome")?,
        };
        Ok((chart, globals))
    }
}
