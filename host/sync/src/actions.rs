//! What people do with single live objects beside syncs: restart, scale, suspend, and so on, by the names
//! that Argo CD's resource actions have. Pure: from an object to the edits that an action means.
//!
//! `table` says which kind has which action, and when; `edits` what each of them does.

mod edits;
mod table;

use std::collections::BTreeMap;

use gantry_model::Object;
use serde::Serialize;
use serde_json::Value;

use self::table::{Row, rows_of};

/// One action that an object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceAction {
    /// Its name.
    pub name: &'static str,
    /// Whether the object is in a state in which it means nothing.
    pub disabled: bool,
    /// What it must be told, by name.
    pub parameters: &'static [&'static str],
}

/// One change that an action makes.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A merge patch of the object.
    Patch(Value),
    /// A merge patch of the object's subresource `status`.
    PatchStatus(Value),
    /// Another object, which must not be there.
    Create(Value),
}

/// What an action is told.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its parameters, by name.
    pub parameters: &'a BTreeMap<String, String>,
    /// The time, as `2026-01-31T23:59:59Z`.
    pub now: &'a str,
}

/// Why an action cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The kind has none of that name.
    #[error("{kind} has no action {name}: {}", listed(.known))]
    Unknown {
        /// The object's kind.
        kind: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// The object is in a state in which it means nothing.
    #[error("{object}: the action {name} is disabled as the object is now")]
    Disabled {
        /// The object.
        object: String,
        /// What was asked for.
        name: String,
    },
    /// A parameter is missing, or not what it must be.
    #[error("the action {name} needs the parameter {parameter}: {reason}")]
    Parameter {
        /// The action.
        name: &'static str,
        /// Which parameter.
        parameter: String,
        /// What is wrong.
        reason: String,
    },
}

fn listed(known: &[&str]) -> String {
    if known.is_empty() {
        return "it has none".to_owned();
    }
    format!("it has {}", known.join(", "))
}

/// All actions of an object, those that mean nothing now among them, by name.
pub fn resource_actions(object: &Object) -> Vec<ResourceAction> {
    let mut actions: Vec<ResourceAction> = rows_of(object)
        .filter_map(|row| {
            Some(ResourceAction {
                name: row.name,
                disabled: !(row.when)(object.value())?,
                parameters: row.parameters,
            })
        })
        .collect();
    actions.sort_by_key(|action| action.name);
    actions
}

/// What an action does to a live object: the edits, in their order.
///
/// # Errors
/// The object has no such action, or not now; a parameter is wrong.
pub fn act(object: &Object, name: &str, told: Told<'_>) -> Result<Vec<Edit>, ActionError> {
    let Some(row) = rows_of(object).find(|row| row.name == name) else {
        return Err(ActionError::Unknown {
            kind: object.kind().to_owned(),
            name: name.to_owned(),
            known: resource_actions(object).iter().map(|a| a.name).collect(),
        });
    };
    if (row.when)(object.value()) != Some(true) {
        return Err(ActionError::Disabled {
            object: object.reference().to_string(),
            name: name.to_owned(),
        });
    }
    check_parameters(row, told)?;
    (row.edit)(object.value(), told)
}

fn check_parameters(row: &Row, told: Told<'_>) -> Result<(), ActionError> {
    let wrong = |parameter: &str, reason: &str| ActionError::Parameter {
        name: row.name,
        parameter: parameter.to_owned(),
        reason: reason.to_owned(),
    };
    for parameter in row.parameters {
        if !told.parameters.contains_key(*parameter) {
            return Err(wrong(parameter, "it is not given"));
        }
    }
    let known = |name: &&String| !row.parameters.contains(&name.as_str());
    match told.parameters.keys().find(known) {
        Some(unknown) => Err(ActionError::Parameter {
            name: row.name,
            parameter: unknown.clone(),
            reason: "it knows no such parameter".to_owned(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
