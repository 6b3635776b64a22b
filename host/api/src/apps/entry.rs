//! One application, with what lists ask of it at hand.

use gantry_model::Object;
use serde_json::Value;

use crate::app::View;
use crate::desk::rbac_name;

/// One application.
#[derive(Debug)]
pub(crate) struct Entry {
    value: Value,
    version: String,
    /// Its name in policies.
    pub(crate) rbac_name: String,
}

impl Entry {
    pub(crate) fn new(object: Object, home: &str) -> Self {
        Self {
            rbac_name: rbac_name(home, View(object.value())),
            version: object.resource_version().to_owned(),
            value: object.into_value(),
        }
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn view(&self) -> View<'_> {
        View(&self.value)
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }
}
