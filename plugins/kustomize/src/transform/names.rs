//! `namePrefix` and `nameSuffix`.

use gantry_patch::fields::{self, FieldSpec};
use gantry_patch::{Id, PatchError, Schema};
use serde_json::Value;

use crate::problem::Result;
use crate::resmap::ResMap;
use crate::resource::Resource;

/// What is put before or behind names, and the fields that hold them.
#[derive(Clone, Debug)]
pub(crate) struct Affix {
    pub(crate) text: String,
    pub(crate) specs: Vec<FieldSpec>,
}

const NAME: &str = "metadata/name";

pub(crate) fn prefix(affix: &Affix, resources: &mut ResMap, schema: &Schema) -> Result<()> {
    apply(
        affix,
        resources,
        schema,
        |resource| &mut resource.prefixes,
        |old, text| format!("{text}{old}"),
    )
}

pub(crate) fn suffix(affix: &Affix, resources: &mut ResMap, schema: &Schema) -> Result<()> {
    apply(
        affix,
        resources,
        schema,
        |resource| &mut resource.suffixes,
        |old, text| format!("{old}{text}"),
    )
}

fn apply(
    affix: &Affix,
    resources: &mut ResMap,
    schema: &Schema,
    noted: impl Fn(&mut Resource) -> &mut Vec<String>,
    join: impl Fn(&str, &str) -> String,
) -> Result<()> {
    for resource in resources.all() {
        if keeps_name(resource.original()) {
            continue;
        }
        let mut is_renamed = false;
        for spec in &affix.specs {
            if !spec.applies_to(&resource.original().gvk) {
                continue;
            }
            if spec.path != NAME {
                let set = &mut |value: &mut Value| affix_value(value, &affix.text, &join);
                let create = spec.create.then(|| Value::from(""));
                fields::visit(&mut resource.value, spec, &create.unwrap_or_default(), set)?;
                continue;
            }
            if affix.text.is_empty() {
                continue;
            }
            noted(resource).push(affix.text.clone());
            resource.store_id();
            let name = join(resource.name(), &affix.text);
            resource.set_name(&name);
            is_renamed = true;
        }
        if is_renamed {
            resource.refresh(schema);
        }
    }
    Ok(())
}

fn affix_value(
    value: &mut Value,
    text: &str,
    join: impl Fn(&str, &str) -> String,
) -> std::result::Result<(), PatchError> {
    let old = match &*value {
        Value::String(old) => old.clone(),
        Value::Null => String::new(),
        Value::Object(_) | Value::Array(_) => return Ok(()),
        scalar => scalar.to_string(),
    };
    *value = join(&old, text).into();
    Ok(())
}

/// Names that mean something of their own.
fn keeps_name(id: &Id) -> bool {
    match &*id.gvk.kind {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => id.gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
