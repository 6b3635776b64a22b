//! The last steps: what is not meant for the cluster goes, the rest is put in order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use gantry_patch::fields::FieldSpec;
use gantry_patch::labels;
use gantry_patch::order::LegacyOrder;
use serde_json::Value;

use crate::arguments::SortOptions;
use crate::build::Object;
use crate::options::Reorder;
use crate::origin::{ORIGIN, TRANSFORMATIONS};
use crate::problem::Result;
use crate::resmap::ResMap;

const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
/// What kustomize 5.8.1 writes, whose behaviour this is.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "kustomize-v5.8.1");

/// Annotations of kustomize's and kyaml's own that never reach an output.
const INTERNAL: [&str; 19] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "internal.config.kubernetes.io/helm-generated",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
];

/// Drops what is there for tools only.
pub(crate) fn drop_local(resources: &mut ResMap) {
    let is_local = |annotation: Option<&str>| annotation.is_some_and(|value| value != "false");
    let has_local = resources
        .iter()
        .any(|r| is_local(r.annotation(LOCAL_CONFIG)));
    if has_local {
        resources
            .all()
            .retain(|r| !is_local(r.annotation(LOCAL_CONFIG)));
    }
}

/// Puts the objects in order.
pub(crate) fn sort(resources: &mut ResMap, options: Option<&SortOptions>, reorder: Reorder) {
    let order = match options {
        Some(options) if options.order == "fifo" => return,
        Some(SortOptions {
            legacy: Some((first, last)),
            ..
        }) => LegacyOrder::new(first, last),
        None if reorder == Reorder::None => return,
        _ => LegacyOrder::default(),
    };
    let compare = |a: &crate::resource::Resource, b: &crate::resource::Resource| -> Ordering {
        order.compare(a.id(), b.id())
    };
    resources.all().sort_by(compare);
}

/// The label that says who manages the objects.
pub(crate) fn label(resources: &mut ResMap, metadata: &[String], is_wanted: bool) -> Result<()> {
    if !is_wanted && !has(metadata, "managedByLabel") {
        return Ok(());
    }
    let pairs = BTreeMap::from([(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned())]);
    let spec = FieldSpec {
        path: "metadata/labels".to_owned(),
        create: true,
        ..FieldSpec::default()
    };
    for resource in resources.bodies() {
        labels::set(&mut resource.value, &pairs, std::slice::from_ref(&spec))?;
    }
    Ok(())
}

/// The objects without what kustomize noted on them.
pub(crate) fn objects(resources: ResMap, metadata: &[String]) -> Vec<Object> {
    let keeps_origin = has(metadata, "originAnnotations");
    let keeps_transformations = has(metadata, "transformerAnnotations");
    let list = resources.into_list().into_iter();
    list.map(|mut resource| {
        clean(&mut resource.value, keeps_origin, keeps_transformations);
        let place = resource.place.filter(|place| place.is_own);
        let place = place.map(|place| (place.path, place.line));
        Object {
            value: resource.value,
            place,
        }
    })
    .collect()
}

fn clean(object: &mut Value, keeps_origin: bool, keeps_transformations: bool) {
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else {
        return;
    };
    let Some(annotations) = metadata.get_mut("annotations") else {
        return;
    };
    if let Value::Object(annotations) = annotations {
        annotations.retain(|key, _| match key.as_str() {
            ORIGIN => keeps_origin,
            TRANSFORMATIONS => keeps_transformations,
            key => !INTERNAL.contains(&key),
        });
        for value in annotations.values_mut() {
            if let Value::Bool(_) | Value::Number(_) = value {
                *value = value.to_string().into();
            }
        }
        if !annotations.is_empty() {
            return;
        }
    }
    metadata.remove("annotations");
}

fn has(metadata: &[String], option: &str) -> bool {
    metadata.iter().any(|given| given == option)
}
