//! `replacements` and `ValueAddTransformer`.

use gantry_patch::Schema;
use gantry_patch::replacements::{Replacement, Target, apply};
use gantry_patch::selector::{Matcher, Selector};
use gantry_patch::value_add::{self, ValueAdd};
use serde_json::Value;

use super::namespace::NamespaceTransformer;
use crate::decode::{Fields, Misfit, Node};
use crate::loader::Loader;
use crate::outside::Outside;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;

/// Reads `replacements`: each in place, or a file of one or of several.
pub(crate) fn load(
    nodes: &[Node],
    loader: &Loader<'_>,
    outside: &dyn Outside,
) -> Result<Vec<Replacement>> {
    let mut replacements = Vec::new();
    for node in nodes {
        let mut value = node.value.clone();
        let fields = value.as_object_mut();
        let path = fields
            .and_then(|fields| fields.remove("path"))
            .unwrap_or_default();
        let path = match path {
            Value::Null => String::new(),
            Value::String(path) => path,
            other => return Err(refuse(format!("path takes a string, not {other}"))),
        };
        if path.is_empty() {
            replacements.push(one(value)?);
            continue;
        }
        let given = value.as_object().into_iter().flatten();
        if given.into_iter().any(|(_, value)| !value.is_null()) {
            return Err(refuse(
                "cannot specify both path and inline replacement".to_owned(),
            ));
        }
        let told = loader.told(&path);
        let text = loader.text(&path, outside)?;
        let documents = gantry_yaml::parse(&text);
        let documents = documents.map_err(|error| Problem::yaml(&error, &told))?;
        let blame = |problem: Problem| problem.in_file(&told);
        match documents.into_iter().next().map(|document| document.value) {
            Some(Value::Array(items)) => {
                for item in items {
                    replacements.push(one(item).map_err(blame)?);
                }
            }
            Some(value @ Value::Object(_)) => replacements.push(one(value).map_err(blame)?),
            _ => {
                let message = "unsupported replacement type encountered within replacement path";
                return Err(blame(refuse(message.to_owned()))
                    .help("write a replacement, or a list of them"));
            }
        }
    }
    Ok(replacements)
}

fn one(value: Value) -> Result<Replacement> {
    serde_json::from_value(value).map_err(|error| refuse(format!("invalid replacement: {error}")))
}

fn refuse(message: String) -> Problem {
    Problem::new("replacement", message)
}

/// Copies the values.
pub(crate) fn run(
    replacements: &[Replacement],
    resources: &mut ResMap,
    schema: &Schema,
) -> Result<()> {
    let list = resources.all();
    let mut values: Vec<Value> = list
        .iter_mut()
        .map(|r| std::mem::take(&mut r.value))
        .collect();
    let mut targets: Vec<Target<'_>> = values
        .iter_mut()
        .zip(&*list)
        .map(|(value, resource)| Target {
            value,
            previous: resource.previous(),
        })
        .collect();
    let result = apply(replacements, &mut targets);
    for (resource, value) in list.iter_mut().zip(values) {
        resource.value = value;
        resource.refresh(schema);
    }
    result.map_err(|error| refuse(error.to_string()))
}

/// Puts one value into fields of some objects.
#[derive(Clone, Debug)]
pub(crate) struct ValueAddTransformer {
    value: String,
    targets: Vec<ValueTarget>,
}

#[derive(Clone, Debug)]
struct ValueTarget {
    selector: Option<Matcher>,
    field_path: String,
    position: usize,
}

/// A target as it is written: selector, field and position.
type Written = (Option<Selector>, String, i64);

impl ValueAddTransformer {
    pub(crate) fn load(
        (value, written, target_file): (String, Vec<Written>, String),
        loader: &Loader<'_>,
        outside: &dyn Outside,
    ) -> Result<Self> {
        let value = match value.trim() {
            "" => crate::path::base_name(&loader.root).to_owned(),
            value => value.to_owned(),
        };
        let mut written = written;
        if !target_file.is_empty() {
            let text = loader.text(&target_file, outside)?;
            written.extend(targets_in(&text, &loader.told(&target_file))?);
        }
        if written.is_empty() {
            return Err(refuse("must specify at least one target".to_owned()));
        }
        let targets = written.into_iter().map(|(selector, field_path, position)| {
            if field_path.is_empty() {
                return Err(refuse("fieldPath cannot be empty".to_owned()));
            }
            let position = usize::try_from(position).map_err(|_| {
                refuse(format!(
                    "value of FilePathPosition ({position}) cannot be negative"
                ))
            })?;
            Ok(ValueTarget {
                selector: selector.as_ref().map(Selector::compile).transpose()?,
                field_path,
                position,
            })
        });
        Ok(Self {
            value,
            targets: targets.collect::<Result<_>>()?,
        })
    }

    /// Reads the configuration.
    pub(crate) fn read(
        fields: &mut Fields,
    ) -> std::result::Result<(String, Vec<Written>, String), Misfit> {
        Ok((
            fields.string("value")?,
            fields.each("targets", written)?,
            fields.string("targetFilePath")?,
        ))
    }

    pub(crate) fn run(&self, resources: &mut ResMap, schema: &Schema) -> Result<()> {
        for target in &self.targets {
            for resource in resources.all() {
                let is_selected = target.selector.as_ref().is_none_or(|selector| {
                    selector.selects(schema, resource.id(), resource.original(), &resource.value)
                });
                if !is_selected {
                    continue;
                }
                if target.field_path == "metadata/namespace" {
                    let transformer = NamespaceTransformer {
                        namespace: self.value.clone(),
                        ..NamespaceTransformer::default()
                    };
                    transformer.apply(resource)?;
                } else {
                    let add = ValueAdd {
                        value: self.value.clone(),
                        field_path: target.field_path.clone(),
                        file_path_position: target.position,
                    };
                    value_add::apply(&mut resource.value, &add)?;
                }
                resource.refresh(schema);
            }
        }
        Ok(())
    }
}

fn written(fields: &mut Fields) -> std::result::Result<Written, Misfit> {
    Ok((
        fields.inner("selector", crate::arguments::selector)?,
        fields.string("fieldPath")?,
        fields.integer("filePathPosition")?,
    ))
}

fn targets_in(text: &str, told: &str) -> Result<Vec<Written>> {
    let document = crate::document::Text::parse(text.to_owned(), told)?;
    document.read(crate::decode::Strictness::Ignore, |fields| {
        fields.each("targets", written)
    })
}
