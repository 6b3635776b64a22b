//! What an application changes of its kustomization, as Argo CD does with `kustomize edit`
//! (`util/kustomize/kustomize.go`).

mod glob;
mod image;

use std::collections::BTreeMap;

use gantry_patch::images::Image;
use gantry_patch::replicas::Replica;

use crate::arguments::Label;
use crate::kustomization::{Entry, Kustomization, Patch};
use crate::loader::{Found, Loader};
use crate::problem::{Problem, Result};

/// The changes; none by default.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Sets `namePrefix`.
    pub name_prefix: String,
    /// Sets `nameSuffix`.
    pub name_suffix: String,
    /// Sets `namespace`.
    pub namespace: String,
    /// `[name=]new[:tag][@digest]`, over the `images` of the same name.
    pub images: Vec<String>,
    /// Names and counts, over the `replicas` of the same name.
    pub replicas: Vec<(String, i64)>,
    /// Added to `commonLabels`, or to `labels`.
    pub common_labels: BTreeMap<String, String>,
    /// Labels that are there already may be changed.
    pub force_common_labels: bool,
    /// Labels go to `labels`, that is not into selectors.
    pub label_without_selector: bool,
    /// Such labels go into templates, too.
    pub label_include_templates: bool,
    /// Added to `commonAnnotations`.
    pub common_annotations: BTreeMap<String, String>,
    /// Annotations that are there already may be changed.
    pub force_common_annotations: bool,
    /// Added to `patches`.
    pub patches: Vec<PatchEdit>,
    /// Added to `components`.
    pub components: Vec<String>,
    /// Components that are not there are left out.
    pub ignore_missing_components: bool,
}

/// A patch of the application.
#[derive(Clone, Debug, Default)]
pub struct PatchEdit {
    /// A file of the tree.
    pub path: String,
    /// The patch itself.
    pub patch: String,
    /// What it is for: group, version, kind, name, namespace, annotation and label selector.
    pub target: Option<gantry_patch::selector::Selector>,
    /// The patch may change names.
    pub allow_name_change: bool,
    /// The patch may change kinds.
    pub allow_kind_change: bool,
}

impl Edits {
    pub(crate) fn apply(
        &self,
        kustomization: &mut Kustomization,
        loader: &Loader<'_>,
    ) -> Result<()> {
        for (new, field) in [
            (&self.name_prefix, &mut kustomization.name_prefix),
            (&self.name_suffix, &mut kustomization.name_suffix),
            (&self.namespace, &mut kustomization.namespace),
        ] {
            if !new.is_empty() {
                field.clone_from(new);
            }
        }
        if !self.images.is_empty() {
            self.set_images(&mut kustomization.images)?;
        }
        if !self.replicas.is_empty() {
            self.set_replicas(&mut kustomization.replicas);
        }
        self.add_labels(kustomization)?;
        let (force, annotations) = (self.force_common_annotations, &self.common_annotations);
        let own = &mut kustomization.common_annotations;
        add_pairs(
            own,
            annotations,
            force,
            "annotation",
            "forceCommonAnnotations",
        )?;
        let patches = self.patches.iter().map(|patch| Patch {
            path: patch.path.clone(),
            patch: patch.patch.clone(),
            target: patch.target.clone(),
            allow_name_change: patch.allow_name_change,
            allow_kind_change: patch.allow_kind_change,
            pointer: "/patches".to_owned(),
        });
        kustomization.patches.extend(patches);
        self.add_components(kustomization, loader)
    }

    fn set_images(&self, images: &mut Vec<Image>) -> Result<()> {
        let mut by_name: BTreeMap<String, Image> = BTreeMap::new();
        for text in &self.images {
            let image = image::parse(text)?;
            by_name.insert(image.name.clone(), image);
        }
        for own in images.drain(..) {
            match by_name.get_mut(&own.name) {
                Some(image) => image::keep(image, &own),
                None => {
                    by_name.insert(own.name.clone(), own);
                }
            }
        }
        let nothing = Image::default();
        images.extend(by_name.into_values().map(|mut image| {
            image::keep(&mut image, &nothing);
            image
        }));
        Ok(())
    }

    fn set_replicas(&self, replicas: &mut Vec<Replica>) {
        let mut by_name: BTreeMap<String, i64> = self.replicas.iter().cloned().collect();
        for own in replicas.drain(..) {
            by_name.entry(own.name).or_insert(own.count);
        }
        let all = by_name.into_iter();
        replicas.extend(all.map(|(name, count)| Replica { name, count }));
    }

    fn add_labels(&self, kustomization: &mut Kustomization) -> Result<()> {
        let (force, added) = (self.force_common_labels, &self.common_labels);
        if added.is_empty() {
            return Ok(());
        }
        if !self.label_without_selector {
            if self.label_include_templates {
                let message = "labelIncludeTemplates takes effect with labelWithoutSelector only";
                return Err(Problem::new("parameters", message).help("set both, or none"));
            }
            let own = &mut kustomization.common_labels;
            return add_pairs(own, added, force, "label", "forceCommonLabels");
        }
        let is_alike = |label: &&mut Label| {
            !label.include_selectors && label.include_templates == self.label_include_templates
        };
        match kustomization.labels.iter_mut().find(is_alike) {
            Some(label) => add_pairs(&mut label.pairs, added, force, "label", "forceCommonLabels"),
            None => {
                kustomization.labels.push(Label {
                    pairs: added.clone(),
                    include_templates: self.label_include_templates,
                    ..Label::default()
                });
                Ok(())
            }
        }
    }

    fn add_components(&self, kustomization: &mut Kustomization, loader: &Loader<'_>) -> Result<()> {
        for path in &self.components {
            let is_there = || matches!(loader.find(path), Ok(Found::Directory(_)));
            if self.ignore_missing_components && !is_there() {
                continue;
            }
            let paths = match glob::is_pattern(path) {
                true => glob::expand(path, loader),
                false => vec![path.clone()],
            };
            if paths.is_empty() {
                let message = format!("components: {path} has no match");
                return Err(Problem::new("parameters", message));
            }
            for path in paths {
                if !kustomization.components.iter().any(|own| own.text == path) {
                    kustomization.components.push(Entry {
                        text: path,
                        pointer: "/components".to_owned(),
                    });
                }
            }
        }
        Ok(())
    }
}

fn add_pairs(
    own: &mut BTreeMap<String, String>,
    added: &BTreeMap<String, String>,
    force: bool,
    what: &str,
    field: &str,
) -> Result<()> {
    for (key, value) in added {
        if own.contains_key(key) && !force {
            let message = format!("{what} {key} already in kustomization file");
            return Err(Problem::new("parameters", message)
                .help(format!("set {field} to change it, or remove one of them")));
        }
        own.insert(key.clone(), value.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
