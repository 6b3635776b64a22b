//! `namespace` (`api/filters/namespace`).

use gantry_patch::fields::{self, FieldSpec};
use gantry_patch::{PatchError, Schema};
use serde_json::Value;

use crate::decode::{Fields, Misfit};
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;
use crate::resource::Resource;

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subjects {
    /// Those named `default`.
    #[default]
    Default,
    AllServiceAccounts,
    None,
}

impl Subjects {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self, Misfit> {
        match &*fields.string("setRoleBindingSubjects")? {
            "" | "defaultOnly" => Ok(Self::Default),
            "allServiceAccounts" => Ok(Self::AllServiceAccounts),
            "none" => Ok(Self::None),
            other => Err(fields.misfit(format!(
                "invalid value {other:?} for setRoleBindingSubjects: must be one of \
                 \"defaultOnly\", \"none\" or \"allServiceAccounts\""
            ))),
        }
    }
}

/// Puts objects into a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamespaceTransformer {
    pub(crate) namespace: String,
    pub(crate) specs: Vec<FieldSpec>,
    pub(crate) unset_only: bool,
    pub(crate) subjects: Subjects,
}

impl NamespaceTransformer {
    pub(crate) fn run(&self, resources: &mut ResMap, schema: &Schema) -> Result<()> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        for resource in resources.all() {
            // Helm has put its own where they belong.
            if resource.is_deleted() || resource.is_from_helm {
                continue;
            }
            resource.store_id();
            self.apply(resource)?;
            resource.refresh(schema);
        }
        resources.check_unique().map_err(|second| {
            let message = format!(
                "namespace transformation produces ID conflict: {}",
                second.id()
            );
            Problem::new("duplicate", message)
                .help("two objects of this name come from different namespaces: rename one")
        })
    }

    /// Sets the namespace of one object, whatever its place among others.
    pub(crate) fn apply(&self, resource: &mut Resource) -> Result<()> {
        if !resource.is_cluster_scoped() && (!self.unset_only || resource.namespace().is_empty()) {
            resource.set_namespace(&self.namespace);
        }
        let is_binding = is_role_binding(resource.kind());
        if is_binding {
            self.set_subjects(&mut resource.value)?;
        }
        let is_core = resource.id().gvk.group.is_empty() && resource.id().gvk.version == "v1";
        let wanted = |spec: &&FieldSpec| match &*spec.path {
            "metadata/namespace" => false,
            "metadata/name" => is_core,
            "subjects/namespace" => !(is_binding && is_role_binding(&spec.kind)),
            _ => true,
        };
        for spec in self.specs.iter().filter(wanted) {
            let create = match spec.create {
                true => Value::from(""),
                false => Value::Null,
            };
            let set = &mut |value: &mut Value| self.set(value);
            fields::visit(&mut resource.value, spec, &create, set)
                .map_err(|error| Problem::from(error).within("namespace transformation failed"))?;
        }
        Ok(())
    }

    fn set(&self, value: &mut Value) -> std::result::Result<(), PatchError> {
        if value.is_object() || value.is_array() {
            return Err(PatchError::Path(
                "namespace field specs must target scalar nodes".to_owned(),
            ));
        }
        let is_set = !matches!(&*value, Value::Null) && *value != "";
        if !(self.unset_only && is_set) {
            *value = (&*self.namespace).into();
        }
        Ok(())
    }

    fn set_subjects(&self, binding: &mut Value) -> Result<()> {
        let (field, wanted) = match self.subjects {
            Subjects::None => return Ok(()),
            Subjects::Default => ("name", "default"),
            Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let subjects = match binding.get_mut("subjects") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(subjects)) => subjects,
            Some(_) => return Err(Problem::new("namespace", "subjects is not a list")),
        };
        for subject in subjects.iter_mut().filter_map(Value::as_object_mut) {
            if subject.get(field).is_some_and(|value| value == wanted) {
                self.set(subject.entry("namespace").or_insert(Value::Null))?;
            }
        }
        Ok(())
    }
}

fn is_role_binding(kind: &str) -> bool {
    kind == "RoleBinding" || kind == "ClusterRoleBinding"
}
