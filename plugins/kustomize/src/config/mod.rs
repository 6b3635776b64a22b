//! Which fields the transformers change (`TransformerConfig`): kustomize's own, and what
//! `configurations` and `crds` add to them.

pub(crate) mod crds;
pub(crate) mod tables;

use gantry_patch::fields::{FieldSpec, merge_specs};
use gantry_patch::{Gvk, PatchError, defaults};

use crate::arguments::field_spec;
use crate::decode::{Fields, Misfit, Node, Strictness};

/// Where the names of one kind are used, as a configuration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BackReference {
    pub(crate) target: Gvk,
    pub(crate) referrers: Vec<FieldSpec>,
}

/// What is added to kustomize's own fields. Most builds add nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Config {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    namespace: Vec<FieldSpec>,
    common_labels: Vec<FieldSpec>,
    labels: Vec<FieldSpec>,
    template_labels: Vec<FieldSpec>,
    volume_claim_template_labels: Vec<FieldSpec>,
    common_annotations: Vec<FieldSpec>,
    images: Vec<FieldSpec>,
    replicas: Vec<FieldSpec>,
    pub(crate) var_reference: Vec<FieldSpec>,
    pub(crate) name_reference: Vec<BackReference>,
}

const VOLUME_CLAIM_LABELS: &str = "spec/volumeClaimTemplates[]/metadata/labels";

impl Config {
    /// Reads a `configurations` file.
    pub(crate) fn read(node: Node) -> Result<Self, Misfit> {
        node.read(Strictness::Refuse, |fields| {
            let specs = |fields: &mut Fields, name| fields.each(name, field_spec);
            Ok(Self {
                name_prefix: specs(fields, "namePrefix")?,
                name_suffix: specs(fields, "nameSuffix")?,
                namespace: specs(fields, "namespace")?,
                common_labels: specs(fields, "commonLabels")?,
                labels: specs(fields, "labels")?,
                template_labels: specs(fields, "templateLabels")?,
                volume_claim_template_labels: specs(fields, "volumeClaimTemplateLabels")?,
                common_annotations: specs(fields, "commonAnnotations")?,
                images: specs(fields, "images")?,
                replicas: specs(fields, "replicas")?,
                var_reference: specs(fields, "varReference")?,
                name_reference: fields.each("nameReference", back_reference)?,
            })
        })
    }

    /// Adds another's fields; an error where the two disagree on whether to create one.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), PatchError> {
        for (own, other) in [
            (&mut self.name_prefix, other.name_prefix),
            (&mut self.name_suffix, other.name_suffix),
            (&mut self.namespace, other.namespace),
            (&mut self.common_labels, other.common_labels),
            (&mut self.labels, other.labels),
            (&mut self.template_labels, other.template_labels),
            (
                &mut self.volume_claim_template_labels,
                other.volume_claim_template_labels,
            ),
            (&mut self.common_annotations, other.common_annotations),
            (&mut self.images, other.images),
            (&mut self.replicas, other.replicas),
            (&mut self.var_reference, other.var_reference),
        ] {
            merge_specs(own, &other)?;
        }
        for reference in other.name_reference {
            self.add_reference(reference)?;
        }
        self.check()
    }

    pub(crate) fn add_reference(&mut self, reference: BackReference) -> Result<(), PatchError> {
        let known = self.name_reference.iter_mut();
        match known
            .into_iter()
            .find(|known| known.target == reference.target)
        {
            Some(known) => merge_specs(&mut known.referrers, &reference.referrers),
            None => {
                self.name_reference.push(reference);
                Ok(())
            }
        }
    }

    /// What is added must agree with kustomize's own fields.
    fn check(&self) -> Result<(), PatchError> {
        let is_empty = [&self.namespace, &self.common_labels, &self.template_labels]
            .into_iter()
            .chain([&self.common_annotations, &self.images, &self.replicas])
            .chain([&self.volume_claim_template_labels])
            .all(Vec::is_empty);
        if is_empty {
            return Ok(());
        }
        self.namespace()?;
        self.common_labels()?;
        self.template_labels()?;
        self.volume_claim_template_labels()?;
        self.common_annotations()?;
        self.images()?;
        self.replicas().map(|_| ())
    }

    pub(crate) fn namespace(&self) -> Result<Vec<FieldSpec>, PatchError> {
        with(default_namespace(), &self.namespace)
    }

    pub(crate) fn common_labels(&self) -> Result<Vec<FieldSpec>, PatchError> {
        with(defaults::common_labels(), &self.common_labels)
    }

    /// Labels of a configuration: on every `labels` of a kustomization, whatever it includes.
    pub(crate) fn labels(&self) -> &[FieldSpec] {
        &self.labels
    }

    pub(crate) fn template_labels(&self) -> Result<Vec<FieldSpec>, PatchError> {
        let mut own = defaults::template_labels();
        own.retain(|spec| spec.path != VOLUME_CLAIM_LABELS);
        with(own, &self.template_labels)
    }

    pub(crate) fn volume_claim_template_labels(&self) -> Result<Vec<FieldSpec>, PatchError> {
        let own = FieldSpec {
            group: "apps".to_owned(),
            kind: "StatefulSet".to_owned(),
            path: VOLUME_CLAIM_LABELS.to_owned(),
            create: true,
            ..FieldSpec::default()
        };
        with(vec![own], &self.volume_claim_template_labels)
    }

    pub(crate) fn common_annotations(&self) -> Result<Vec<FieldSpec>, PatchError> {
        with(defaults::common_annotations(), &self.common_annotations)
    }

    pub(crate) fn images(&self) -> Result<Vec<FieldSpec>, PatchError> {
        with(defaults::images(), &self.images)
    }

    pub(crate) fn replicas(&self) -> Result<Vec<FieldSpec>, PatchError> {
        with(defaults::replicas(), &self.replicas)
    }

    /// The fields that hold the name of an object itself.
    pub(crate) fn names(added: &[FieldSpec]) -> Result<Vec<FieldSpec>, PatchError> {
        let name = FieldSpec {
            path: "metadata/name".to_owned(),
            ..FieldSpec::default()
        };
        with(vec![name], added)
    }

    /// Adds the fields that a custom resource's definition marks.
    pub(crate) fn add(&mut self, field: Marked, spec: FieldSpec) -> Result<(), PatchError> {
        let specs = match field {
            Marked::Annotation => &mut self.common_annotations,
            Marked::LabelSelector => &mut self.common_labels,
            Marked::Identity => &mut self.name_prefix,
        };
        merge_specs(specs, &[spec])
    }
}

/// What a custom resource's definition says of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Marked {
    Annotation,
    LabelSelector,
    Identity,
}

fn with(mut own: Vec<FieldSpec>, added: &[FieldSpec]) -> Result<Vec<FieldSpec>, PatchError> {
    merge_specs(&mut own, added)?;
    Ok(own)
}

fn default_namespace() -> Vec<FieldSpec> {
    let spec = |group: &str, kind: &str, path: &str, create| FieldSpec {
        group: group.to_owned(),
        kind: kind.to_owned(),
        path: path.to_owned(),
        create,
        ..FieldSpec::default()
    };
    let conversion = "spec/conversion/webhook/clientConfig/service/namespace";
    let crd = "CustomResourceDefinition";
    vec![
        spec("", "Namespace", "metadata/name", true),
        spec(
            "apiregistration.k8s.io",
            "APIService",
            "spec/service/namespace",
            true,
        ),
        spec("apiextensions.k8s.io", crd, conversion, false),
    ]
}

fn back_reference(fields: &mut Fields) -> Result<BackReference, Misfit> {
    Ok(BackReference {
        target: Gvk::new(
            &fields.string("group")?,
            &fields.string("version")?,
            &fields.string("kind")?,
        ),
        referrers: fields.each("fieldSpecs", field_spec)?,
    })
}
