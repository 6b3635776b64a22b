//! The objects of a build in their order, no two with the same id (`api/resmap`).

use std::cell::OnceCell;
use std::collections::HashMap;

use gantry_patch::Id;
use serde_json::{Map, Value};

use crate::problem::{Problem, Result};
use crate::resource::{Behavior, Resource};

/// A list of resources that finds by name.
#[derive(Debug, Default)]
pub(crate) struct ResMap {
    list: Vec<Resource>,
    /// By each name that a resource has or had; made when asked for after a change.
    names: OnceCell<HashMap<String, Vec<usize>>>,
}

impl ResMap {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.list.iter()
    }

    pub(crate) fn as_slice(&self) -> &[Resource] {
        &self.list
    }

    /// The resources, to be changed in any way.
    pub(crate) fn all(&mut self) -> &mut Vec<Resource> {
        self.names = OnceCell::new();
        &mut self.list
    }

    /// The resources, to be changed in whatever leaves their ids alone.
    pub(crate) fn bodies(&mut self) -> &mut [Resource] {
        &mut self.list
    }

    pub(crate) fn into_list(self) -> Vec<Resource> {
        self.list
    }

    /// Drops what patches deleted.
    pub(crate) fn drop_deleted(&mut self) {
        if self.list.iter().any(Resource::is_deleted) {
            self.all().retain(|resource| !resource.is_deleted());
        }
    }

    /// Adds a resource whose id is new.
    pub(crate) fn append(&mut self, resource: Resource) -> Result<()> {
        let namespace = resource.effective_namespace();
        let mut known = self.named(resource.name()).iter();
        if known.any(|index| self.list[*index].is(resource.id(), namespace)) {
            return Err(self.duplicate(&resource));
        }
        self.push(resource);
        Ok(())
    }

    pub(crate) fn append_all(
        &mut self,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<()> {
        resources
            .into_iter()
            .try_for_each(|resource| self.append(resource))
    }

    /// Adds another map's resources: at no cost where this one is empty.
    pub(crate) fn append_map(&mut self, other: Self) -> Result<()> {
        if self.list.is_empty() {
            *self = other;
            return Ok(());
        }
        self.append_all(other.list)
    }

    fn push(&mut self, resource: Resource) {
        let index = self.list.len();
        if let Some(names) = self.names.get_mut() {
            note(names, &resource, index);
        }
        self.list.push(resource);
    }

    fn duplicate(&self, resource: &Resource) -> Problem {
        let id = resource.id();
        let namespace = resource.effective_namespace();
        let message = format!("may not add resource with an already registered id: {id}");
        let problem = Problem::new("duplicate", message);
        let first = self.list.iter().find(|first| first.is(id, namespace));
        let help = match first.and_then(|first| first.place.as_ref()) {
            Some(place) => format!("the first one stands in {}:{}", place.path, place.line),
            None => "give one of them another name or namespace".to_owned(),
        };
        let problem = problem.help(help);
        match &resource.place {
            Some(place) => problem.at(&place.path, place.line, 1),
            None => problem,
        }
    }

    /// No two resources have the same id.
    pub(crate) fn check_unique(&self) -> Result<(), &Resource> {
        for (index, resource) in self.list.iter().enumerate() {
            let namespace = resource.effective_namespace();
            let mut before = self.named(resource.name()).iter().filter(|i| **i < index);
            if before.any(|i| self.list[*i].is(resource.id(), namespace)) {
                return Err(resource);
            }
        }
        Ok(())
    }

    /// The same as an error.
    pub(crate) fn refuse_duplicates(&self) -> Result<()> {
        self.check_unique().map_err(|second| self.duplicate(second))
    }

    /// Indices of what has or had a name, in order.
    pub(crate) fn named(&self, name: &str) -> &[usize] {
        let names = self.names.get_or_init(|| {
            let mut names = HashMap::with_capacity(self.list.len());
            for (index, resource) in self.list.iter().enumerate() {
                note(&mut names, resource, index);
            }
            names
        });
        names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Indices of what has or had an id.
    pub(crate) fn find_any(&self, id: &Id, namespace: &str) -> Vec<usize> {
        let named = self.named(&id.name).iter().copied();
        named
            .filter(|index| {
                let resource = &self.list[*index];
                !resource.is_deleted() && resource.is_or_was(id, namespace)
            })
            .collect()
    }

    /// Adds what a generator made, or merges it into what is there.
    pub(crate) fn absorb(&mut self, mut resource: Resource) -> Result<()> {
        let namespace = resource.effective_namespace();
        let matches = self.find_any(resource.id(), namespace);
        let id = resource.id().clone();
        let refuse = |message: String| Err(Problem::new("generator", message));
        match (&matches[..], resource.behavior) {
            ([], Behavior::Merge | Behavior::Replace) => {
                refuse(format!("id {id} does not exist; cannot merge or replace"))
            }
            ([], _) => self.append(resource),
            ([index], Behavior::Replace) => {
                resource.take_metadata_from(&self.list[*index]);
                self.replace(*index, resource)
            }
            ([index], Behavior::Merge) => {
                let old = &self.list[*index];
                let origin = old.annotation(crate::origin::ORIGIN).map(str::to_owned);
                resource.take_metadata_from(old);
                for field in ["data", "binaryData"] {
                    merge_field(&mut resource.value, &old.value, field);
                }
                if let (Some(origin), Some(annotations)) = (origin, resource.annotations()) {
                    annotations.insert(crate::origin::ORIGIN.to_owned(), origin.into());
                }
                self.replace(*index, resource)
            }
            ([_], behavior) => refuse(format!(
                "id {id} exists; can not use behavior: '{}', behavior must be merge or replace",
                behavior.told()
            )),
            _ => refuse(format!(
                "found multiple objects that could accept merge of {id}"
            )),
        }
    }

    fn replace(&mut self, index: usize, resource: Resource) -> Result<()> {
        if let Some(place) = self.all().get_mut(index) {
            *place = resource;
        }
        Ok(())
    }
}

fn note(names: &mut HashMap<String, Vec<usize>>, resource: &Resource, index: usize) {
    for id in resource.ids() {
        match names.get_mut(&id.name) {
            Some(indices) if indices.last() == Some(&index) => {}
            Some(indices) => indices.push(index),
            None => {
                names.insert(id.name.clone(), vec![index]);
            }
        }
    }
}

/// The old field's entries under the new one's, all as strings; a field without any goes.
fn merge_field(new: &mut Value, old: &Value, field: &str) {
    let entries = old
        .get(field)
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let mut merged: Map<String, Value> = entries
        .map(|(key, value)| (key.clone(), text(value)))
        .collect();
    let Some(object) = new.as_object_mut() else {
        return;
    };
    if let Some(Value::Object(own)) = object.remove(field) {
        merged.extend(own);
    }
    if !merged.is_empty() {
        object.insert(field.to_owned(), Value::Object(merged));
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::Null => "".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        value => value.clone(),
    }
}

impl FromIterator<Resource> for ResMap {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        Self {
            list: resources.into_iter().collect(),
            names: OnceCell::new(),
        }
    }
}
