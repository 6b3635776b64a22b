//! Carries what a control plane works on from one home to another, through files.

mod portable;

use gantry_model::Object;
use serde_json::{Value, json};

use crate::error::StoreError;
use crate::home::{Home, Kind, Noted, OWN_SECRET};
pub(crate) use portable::fold_string_data;
pub use portable::portable;

/// Projects and settings before the applications that need them.
const ORDER: [Kind; 4] = [
    Kind::Project,
    Kind::ConfigMap,
    Kind::Secret,
    Kind::Application,
];

/// All objects of a home, as [`portable`] makes them, in the order in which they are needed; without Secrets
/// unless they are asked for.
///
/// # Errors
/// When a kind cannot be read.
pub async fn export(home: &dyn Home, secrets: bool) -> Result<Vec<Value>, StoreError> {
    let mut values = Vec::new();
    for kind in ORDER {
        if kind == Kind::Secret && !secrets {
            continue;
        }
        let objects = home.list(kind).await?;
        let of_home = |object: &Object| portable(object, home.namespace());
        let wished = objects.iter().filter(|object| !Noted::is(object));
        values.extend(wished.map(of_home));
    }
    Ok(values)
}

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Change nothing, say what would be changed.
    pub dry_run: bool,
    /// Take away what is not among the objects: of the kinds that are, but for settings and the
    /// control plane's own Secret. What pruned applications have deployed stays.
    pub prune: bool,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was not there.
    Created,
    /// It was there, and said something else.
    Updated,
    /// It was there as it is.
    Unchanged,
    /// It was there, and is not among the objects.
    Pruned,
}

/// One object of an import.
#[derive(Debug)]
pub struct Imported {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What became of it, or why nothing did.
    pub fate: Result<Fate, StoreError>,
}

/// Brings objects into a home: creates what is not there, changes what says something else, leaves `status`
/// and a running `operation` as they are. One that fails does not stop the others.
///
/// # Errors
/// An object that no home keeps, before anything is written; a kind that cannot be read.
pub async fn import(
    home: &dyn Home,
    objects: Vec<Object>,
    options: ImportOptions,
) -> Result<Vec<Imported>, StoreError> {
    let mut wanted = Vec::with_capacity(objects.len());
    for mut object in objects {
        let kind = Kind::to_keep(&object)?;
        if object.namespace().is_empty() {
            object.set_namespace(home.namespace());
        }
        wanted.push((kind, object));
    }
    let mut told = Vec::new();
    for kind in ORDER {
        let of_kind: Vec<&Object> = wanted
            .iter()
            .filter(|(k, _)| *k == kind)
            .map(|(_, o)| o)
            .collect();
        for &object in &of_kind {
            let fate = bring(home, kind, object, options.dry_run).await;
            told.push(Imported {
                kind,
                namespace: object.namespace().to_owned(),
                name: object.name().to_owned(),
                fate,
            });
        }
        if options.prune && !of_kind.is_empty() && kind != Kind::ConfigMap {
            prune(home, kind, &of_kind, options.dry_run, &mut told).await?;
        }
    }
    Ok(told)
}

async fn bring(
    home: &dyn Home,
    kind: Kind,
    object: &Object,
    dry_run: bool,
) -> Result<Fate, StoreError> {
    let own = home.namespace();
    let wanted = portable(object, own);
    let Some(found) = home.get(kind, object.namespace(), object.name()).await? else {
        if !dry_run {
            home.create(&at_home(wanted, object)?).await?;
        }
        return Ok(Fate::Created);
    };
    if portable(&found, own) == wanted {
        return Ok(Fate::Unchanged);
    }
    if !dry_run {
        let mut value = at_home(wanted, object)?.into_value();
        for field in ["status", "operation"] {
            if let Some(kept) = found.value().get(field) {
                value[field] = kept.clone();
            }
        }
        value["metadata"]["resourceVersion"] = json!(found.resource_version());
        home.replace(&read(value)?).await?;
    }
    Ok(Fate::Updated)
}

/// The portable form, in its namespace again.
fn at_home(mut portable: Value, object: &Object) -> Result<Object, StoreError> {
    portable["metadata"]["namespace"] = json!(object.namespace());
    read(portable)
}

fn read(value: Value) -> Result<Object, StoreError> {
    Object::new(value, None).map_err(|error| StoreError::Invalid {
        what: "an imported object".to_owned(),
        reason: error.to_string(),
    })
}

async fn prune(
    home: &dyn Home,
    kind: Kind,
    wanted: &[&Object],
    dry_run: bool,
    told: &mut Vec<Imported>,
) -> Result<(), StoreError> {
    for found in home.list(kind).await? {
        let (namespace, name) = (found.namespace(), found.name());
        let is_wanted = wanted
            .iter()
            .any(|w| (w.namespace(), w.name()) == (namespace, name));
        if is_wanted || (kind == Kind::Secret && name == OWN_SECRET) {
            continue;
        }
        let gone = if dry_run {
            Ok(())
        } else {
            remove(home, kind, &found).await
        };
        told.push(Imported {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            fate: gone.map(|()| Fate::Pruned),
        });
    }
    Ok(())
}

/// Without its finalizers, which would take along what an application has deployed.
async fn remove(home: &dyn Home, kind: Kind, found: &Object) -> Result<(), StoreError> {
    let (namespace, name) = (found.namespace(), found.name());
    if found.finalizers().next().is_some() {
        let none = json!({"metadata": {"finalizers": null}});
        home.patch(kind, namespace, name, &none).await?;
    }
    home.delete(kind, namespace, name).await.map(drop)
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
