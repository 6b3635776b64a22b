//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use gantry_patch::json_patch::JsonPatch;
use gantry_patch::merge::{Outcome, strategic_merge};
use gantry_patch::selector::{Matcher, Selector};
use gantry_patch::{Id, Schema};
use gantry_sdk::renderer::Diagnostic;
use serde_json::{Map, Value};

use crate::build::Build;
use crate::loader::Loader;
use crate::manifest::{self, Manifest};
use crate::outside::Outside;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;
use crate::resource::{Place, Resource, effective_of};

/// One strategic merge patch.
#[derive(Clone, Debug)]
pub(crate) struct Merge {
    value: Value,
    id: Id,
    allow_name_change: bool,
    allow_kind_change: bool,
    /// Where it was read; none where it stands in the kustomization itself.
    place: Option<Place>,
}

impl Merge {
    fn new(manifest: Manifest, told: Option<&str>) -> Self {
        let place = told.map(|path| Place {
            path: path.to_owned(),
            line: manifest.line,
            is_own: true,
        });
        Self {
            id: Id::of(&manifest.value),
            value: manifest.value,
            allow_name_change: false,
            allow_kind_change: false,
            place,
        }
    }

    /// The same problem, with the patch to blame.
    fn blame(&self, problem: Problem) -> Problem {
        match &self.place {
            Some(place) => problem.at(&place.path, place.line, 1),
            None => problem,
        }
    }

    /// The one resource that the patch names.
    fn target(&self, resources: &ResMap, schema: &Schema) -> Result<usize> {
        let found = resources.find_any(&self.id, effective_of(&self.id, schema));
        let what = match found[..] {
            [index] => return Ok(index),
            [] => "no matches",
            _ => "multiple matches",
        };
        let id = &self.id;
        let message = format!("{what} for Id {id}; failed to find unique target for patch {id}");
        let help = match what {
            "no matches" => {
                "check apiVersion, kind, name and namespace of the patch, or give a target"
            }
            _ => "name the namespace, or give a target",
        };
        Err(self.blame(Problem::new("patch-target", message).help(help)))
    }

    fn apply(&self, resource: &mut Resource, patch: &Value, schema: &Schema) -> Result<()> {
        if self.allow_name_change || self.allow_kind_change {
            resource.store_id();
        }
        let (kind, name) = (resource.kind().to_owned(), resource.name().to_owned());
        let namespace = resource.namespace().to_owned();
        let outcome = strategic_merge(schema, &mut resource.value, patch).map_err(|error| {
            self.blame(Problem::from(error).within(format!("patching {}", resource.id())))
        })?;
        if matches!(outcome, Outcome::Deleted) {
            resource.value = Value::Null;
            return Ok(());
        }
        if !self.allow_kind_change
            && let Some(object) = resource.value.as_object_mut()
        {
            object.insert("kind".to_owned(), kind.into());
        }
        if !self.allow_name_change {
            resource.set_name(&name);
        }
        resource.set_namespace(&namespace);
        resource.refresh(schema);
        Ok(())
    }
}

/// `patchesStrategicMerge`.
#[derive(Clone, Debug, Default)]
pub(crate) struct StrategicMergeTransformer {
    merges: Vec<Merge>,
}

impl StrategicMergeTransformer {
    /// Each of `paths` is a file, or, as ever, the patch itself.
    pub(crate) fn load(
        paths: &[String],
        inline: &str,
        loader: &Loader<'_>,
        outside: &dyn Outside,
    ) -> Result<Self> {
        if paths.is_empty() && inline.is_empty() {
            return Err(Problem::new(
                "patch",
                "empty file path and empty patch content",
            ));
        }
        let mut merges = Vec::new();
        for path in paths {
            if let Ok(manifests) = manifest::read(path, "") {
                merges.extend(
                    manifests
                        .into_iter()
                        .map(|manifest| Merge::new(manifest, None)),
                );
                continue;
            }
            let told = loader.told(path);
            let manifests = manifest::read(&loader.text(path, outside)?, &told)?;
            merges.extend(manifests.into_iter().map(|m| Merge::new(m, Some(&told))));
        }
        let manifests = manifest::read(inline, "")?;
        merges.extend(
            manifests
                .into_iter()
                .map(|manifest| Merge::new(manifest, None)),
        );
        if merges.is_empty() {
            let message = format!("patch appears to be empty; files={}", paths.join(", "));
            return Err(Problem::new("patch", message));
        }
        Ok(Self { merges })
    }

    pub(crate) fn run(&self, resources: &mut ResMap, schema: &Schema) -> Result<()> {
        for merge in &self.merges {
            let index = merge.target(resources, schema)?;
            if let Some(resource) = resources.bodies().get_mut(index) {
                merge.apply(resource, &merge.value, schema)?;
            }
            resources.drop_deleted();
        }
        Ok(())
    }
}

/// What a patch is.
#[derive(Clone, Debug)]
enum Content {
    Merges(Vec<Merge>),
    Json(JsonPatch),
}

/// One of `patches`.
#[derive(Clone, Debug)]
pub(crate) struct PatchTransformer {
    content: Content,
    target: Option<Matcher>,
    source: String,
}

impl PatchTransformer {
    pub(crate) fn load(
        patch: &crate::kustomization::Patch,
        loader: &Loader<'_>,
        build: &Build<'_>,
    ) -> Result<Self> {
        let inline = patch.patch.trim();
        let (text, told) = match (inline, &*patch.path) {
            ("", "") => {
                return Err(Problem::new("patch", "must specify one of patch and path"));
            }
            (inline, "") => (inline.to_owned(), None),
            ("", path) => {
                let text = loader.text(path, build.outside).map_err(|problem| {
                    problem.within(format!("failed to get the patch file from path({path})"))
                })?;
                (text, Some(loader.told(path)))
            }
            _ => {
                let message = "patch and path can't be set at the same time";
                return Err(Problem::new("patch", message));
            }
        };
        let source = match &told {
            Some(_) => format!("[path: {:?}]", patch.path),
            None => "[inline patch]".to_owned(),
        };
        let mut content = content(&text, told.as_deref(), &source, build)?;
        if let Content::Merges(merges) = &mut content {
            for merge in merges {
                merge.allow_name_change = patch.allow_name_change;
                merge.allow_kind_change = patch.allow_kind_change;
            }
        }
        let target = patch.target.as_ref().map(Selector::compile).transpose()?;
        Ok(Self {
            content,
            target,
            source,
        })
    }

    pub(crate) fn run(&self, resources: &mut ResMap, schema: &Schema) -> Result<()> {
        match (&self.content, &self.target) {
            (Content::Merges(merges), _) if merges.is_empty() => Ok(()),
            (Content::Merges(merges), Some(target)) => {
                self.merge_selected(merges, target, resources, schema)
            }
            (Content::Merges(merges), None) => {
                for merge in merges {
                    let index = merge.target(resources, schema).map_err(|problem| {
                        let what =
                            format!("no resource matches strategic merge patch \"{}\"", merge.id);
                        problem.within(what)
                    })?;
                    // The index of names is worth keeping where names stay.
                    let changes_id = merge.allow_name_change || merge.allow_kind_change;
                    let list = match changes_id {
                        true => &mut resources.all()[..],
                        false => resources.bodies(),
                    };
                    if let Some(resource) = list.get_mut(index) {
                        merge.apply(resource, &merge.value, schema)?;
                    }
                }
                Ok(())
            }
            (Content::Json(_), None) => {
                let message = format!("must specify a target for JSON patch {}", self.source);
                Err(Problem::new("patch", message))
            }
            (Content::Json(patch), Some(target)) => {
                apply_json(patch, target, true, resources, schema)
            }
        }
    }

    fn merge_selected(
        &self,
        merges: &[Merge],
        target: &Matcher,
        resources: &mut ResMap,
        schema: &Schema,
    ) -> Result<()> {
        let [merge] = merges else {
            let message = format!(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set \
                 `patches.target` field: {}",
                self.source
            );
            return Err(Problem::new("patch", message)
                .help("make an entry of each, or leave the target out"));
        };
        let mut patch = merge.value.clone();
        for index in selected(target, resources, schema) {
            let Some(resource) = resources.bodies().get_mut(index) else {
                continue;
            };
            if let Some(patch) = patch.as_object_mut() {
                let version = resource.id().gvk.api_version();
                patch.insert("apiVersion".to_owned(), version.into());
            }
            merge.apply(resource, &patch, schema)?;
        }
        resources.all().retain(|resource| !resource.is_deleted());
        resources.refuse_duplicates()
    }
}

/// Strategic merge patches where the text has objects, else a JSON patch.
fn content(text: &str, told: Option<&str>, source: &str, build: &Build<'_>) -> Result<Content> {
    let merge_problem = match manifest::read(text, told.unwrap_or_default()) {
        Ok(manifests) => {
            let merges = manifests.into_iter().map(|m| Merge::new(m, told));
            return Ok(Content::Merges(merges.collect()));
        }
        Err(problem) => problem,
    };
    let json_problem = match json_patch(text, build) {
        Ok(patch) => return Ok(Content::Json(patch)),
        Err(problem) => problem,
    };
    let message = format!(
        "unable to parse SM or JSON patch from {source}: as strategic merge patch: {}; as JSON \
         patch: {}",
        merge_problem.message(),
        json_problem.message()
    );
    let problem = Problem::new("patch", message);
    Err(match told {
        // The line that the other reader tells is one of the same text.
        Some(path) => problem.spanning(&merge_problem).in_file(path),
        None => problem,
    })
}

/// A JSON patch, as YAML or JSON. As in kustomize, further documents do not count.
fn json_patch(text: &str, build: &Build<'_>) -> Result<JsonPatch> {
    // What starts as JSON has to be JSON.
    if text.starts_with('[') {
        return Ok(JsonPatch::parse(text)?);
    }
    let documents = gantry_yaml::parse(text).map_err(|error| Problem::yaml(&error, ""))?;
    if documents.len() > 1 {
        let message = "only the first document of a JSON patch counts: make a patch of each";
        build.warn(Diagnostic::warning("patch", message));
    }
    let operations = documents.into_iter().next().map(|document| document.value);
    Ok(JsonPatch::from_value(&operations.unwrap_or_default())?)
}

/// One of `patchesJson6902`.
#[derive(Clone, Debug)]
pub(crate) struct JsonPatchTransformer {
    patch: JsonPatch,
    target: Matcher,
}

impl JsonPatchTransformer {
    pub(crate) fn load(
        target: Option<&Selector>,
        path: &str,
        inline: &str,
        loader: &Loader<'_>,
        build: &Build<'_>,
    ) -> Result<Self> {
        let refuse = |message: &str| Err(Problem::new("patch", message));
        let Some(target) = target.filter(|target| !target.name.is_empty()) else {
            return refuse("must specify the target name");
        };
        let text = match (path, inline) {
            ("", "") => return refuse("empty file path and empty jsonOp"),
            ("", inline) => inline.to_owned(),
            (path, "") => loader.text(path, build.outside)?,
            _ => return refuse("must specify a file path or jsonOp, not both"),
        };
        let in_file = |problem: Problem| match path {
            "" => problem,
            path => problem.in_file(&loader.told(path)),
        };
        let patch = json_patch(&text, build).map_err(in_file)?;
        if patch.is_empty() {
            let problem = Problem::new("patch", "patch appears to be empty");
            return Err(in_file(problem));
        }
        let target = target.compile()?;
        Ok(Self { patch, target })
    }

    pub(crate) fn run(&self, resources: &mut ResMap, schema: &Schema) -> Result<()> {
        apply_json(&self.patch, &self.target, false, resources, schema)
    }
}

fn selected(target: &Matcher, resources: &ResMap, schema: &Schema) -> Vec<usize> {
    let matches = |resource: &Resource| {
        target.selects(schema, resource.id(), resource.original(), &resource.value)
    };
    let found = resources.iter().enumerate();
    found
        .filter(|(_, resource)| !resource.is_deleted() && matches(resource))
        .map(|(index, _)| index)
        .collect()
}

/// A JSON patch on everything that a target selects.
fn apply_json(
    patch: &JsonPatch,
    target: &Matcher,
    keeps_id: bool,
    resources: &mut ResMap,
    schema: &Schema,
) -> Result<()> {
    for index in selected(target, resources, schema) {
        let Some(resource) = resources.all().get_mut(index) else {
            continue;
        };
        if keeps_id {
            resource.store_id();
        }
        // kustomize's notes are annotations, so `add` finds a mapping there.
        if resource.is_noted()
            && let Some(metadata) = resource.metadata()
        {
            let annotations = metadata.entry("annotations").or_insert(Value::Null);
            if annotations.is_null() {
                *annotations = Value::Object(Map::new());
            }
        }
        patch
            .apply(&mut resource.value)
            .map_err(|error| Problem::from(error).within(format!("patching {}", resource.id())))?;
        resource.refresh(schema);
    }
    Ok(())
}
