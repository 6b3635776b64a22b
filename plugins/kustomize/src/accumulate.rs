//! What a kustomization gives to the one that refers to it.

use std::collections::BTreeMap;

use crate::arguments::Var;
use crate::config::Config;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;

/// Objects, the fields that configurations add, and the vars that are not resolved yet.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    pub(crate) resources: ResMap,
    pub(crate) config: Config,
    pub(crate) vars: BTreeMap<String, Var>,
}

impl Accumulator {
    /// Takes over another's.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        self.resources.append_map(other.resources)?;
        self.config.merge(other.config)?;
        other
            .vars
            .into_values()
            .try_for_each(|var| self.add_var(var))
    }

    /// Adds a kustomization's own vars, and notes them on the objects that they take their value of.
    pub(crate) fn add_vars(&mut self, vars: &[Var]) -> Result<()> {
        for var in vars {
            self.note(var)?;
        }
        vars.iter().try_for_each(|var| self.add_var(var.clone()))
    }

    fn note(&mut self, var: &Var) -> Result<()> {
        let fits = |index: &usize| {
            let resource = &self.resources.as_slice()[*index];
            if resource.is_deleted() {
                return false;
            }
            let mut ids = resource.ids();
            ids.any(|id| {
                id.name == var.object_name
                    && id.gvk == var.gvk
                    && (var.object_namespace.is_empty()
                        || effective(&id.namespace) == effective(&var.object_namespace))
            })
        };
        let named = self.resources.named(&var.object_name).iter().copied();
        let found: Vec<usize> = named.filter(fits).collect();
        match found[..] {
            [] => Ok(()),
            [index] => {
                if let Some(resource) = self.resources.bodies().get_mut(index) {
                    resource.vars.push(var.name.clone());
                }
                Ok(())
            }
            _ => {
                let message = format!(
                    "found {} resId matches for var {} (unable to disambiguate)",
                    found.len(),
                    var.name
                );
                Err(Problem::new("vars", message).help("give the objref a namespace"))
            }
        }
    }

    fn add_var(&mut self, var: Var) -> Result<()> {
        if self.vars.contains_key(&var.name) {
            let message = format!("var '{}' already encountered", var.name);
            return Err(Problem::new("vars", message));
        }
        self.vars.insert(var.name.clone(), var);
        Ok(())
    }
}

fn effective(namespace: &str) -> &str {
    match namespace {
        "" => "default",
        namespace => namespace,
    }
}
