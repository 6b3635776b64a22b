//! Which object a name means.

use std::collections::{HashMap, HashSet};

use gantry_patch::Gvk;
use serde_json::Value;

use super::fields::Field;
use crate::problem::{Problem, Result};
use crate::resource::Resource;

/// Objects by the names that they had.
pub(super) struct Candidates {
    by_former_name: HashMap<String, Vec<usize>>,
}

impl Candidates {
    pub(super) fn new(resources: &[Resource]) -> Self {
        let mut by_former_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, resource) in resources.iter().enumerate() {
            for id in resource.previous() {
                let indices = match by_former_name.get_mut(&id.name) {
                    Some(indices) => indices,
                    None => by_former_name.entry(id.name.clone()).or_default(),
                };
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
        }
        Self { by_former_name }
    }

    /// The object that a field's old name means; none where nothing had it.
    pub(super) fn select(
        &self,
        old: &str,
        referrer: &Referrer<'_>,
        field: &Field,
        fits: &dyn Fn(usize) -> bool,
        with_namespace: bool,
    ) -> Result<Option<usize>> {
        let Some(named) = self.by_former_name.get(old) else {
            return Ok(None);
        };
        let role = referrer.role.as_ref().filter(|_| field.is_role);
        let mut found: Vec<usize> = named
            .iter()
            .copied()
            .filter(|i| referrer.can_refer_to(*i))
            .collect();
        found.retain(|index| {
            let other = referrer.other(*index);
            fits(*index)
                && had_kind(other, &field.target)
                && role.is_none_or(|role| had_kind(other, role))
                && referrer.shares_namespace_with(other)
        });
        if found.len() > 1 {
            found.retain(|index| referrer.is_affixed_as(*index, true));
        }
        if found.len() > 1 {
            found.retain(|index| referrer.is_affixed_as(*index, false));
        }
        match found[..] {
            [] => Ok(None),
            [index] => Ok(Some(index)),
            [first, ref more @ ..] => {
                let one = referrer.other(first);
                let is_same = more
                    .iter()
                    .map(|index| referrer.other(*index))
                    .all(|other| {
                        one.name() == other.name()
                            && (!with_namespace || one.namespace() == other.namespace())
                    });
                match is_same {
                    true => Ok(Some(first)),
                    false => Err(ambiguous(old, &found, referrer)),
                }
            }
        }
    }
}

fn ambiguous(old: &str, found: &[usize], referrer: &Referrer<'_>) -> Problem {
    let ids = found
        .iter()
        .map(|index| referrer.other(*index).id().to_string());
    let ids: Vec<String> = ids.collect();
    let message = format!(
        "found multiple possible referrals for '{old}': {}",
        ids.join(", ")
    );
    Problem::new("name-reference", message)
        .help("give them different names, or different prefixes or suffixes in bases of their own")
}

fn had_kind(resource: &Resource, kind: &Gvk) -> bool {
    resource
        .previous()
        .iter()
        .any(|id| id.gvk.is_selected_by(kind))
}

/// The object whose fields are followed.
pub(super) struct Referrer<'r> {
    resources: &'r [Resource],
    index: usize,
    /// Namespaces whose service accounts a role binding names.
    account_namespaces: HashSet<String>,
    /// The kind that a role binding's `roleRef` names.
    role: Option<Gvk>,
}

impl<'r> Referrer<'r> {
    /// Of an object whose value is out for the while.
    pub(super) fn new(resources: &'r [Resource], index: usize, value: &Value) -> Result<Self> {
        let resource = &resources[index];
        let account_namespaces = match resource.kind() {
            "RoleBinding" => account_namespaces(resource, value)?,
            _ => HashSet::new(),
        };
        Ok(Self {
            resources,
            index,
            account_namespaces,
            role: role(value),
        })
    }

    pub(super) fn resource(&self) -> &Resource {
        &self.resources[self.index]
    }

    pub(super) fn other(&self, index: usize) -> &Resource {
        &self.resources[index]
    }

    /// Whether the two are in one namespace, or one of them in none.
    fn can_refer_to(&self, index: usize) -> bool {
        let (own, other) = (self.resource(), self.other(index));
        own.is_cluster_scoped()
            || other.is_cluster_scoped()
            || own.effective_namespace() == other.effective_namespace()
            || self.account_namespaces.contains(other.namespace())
    }

    fn shares_namespace_with(&self, other: &Resource) -> bool {
        let own = self.resource();
        own.is_cluster_scoped()
            || other.is_cluster_scoped()
            || other.kind() == "ServiceAccount"
            || own.effective_namespace() == other.effective_namespace()
    }

    /// Whether anything that could be meant came from a namespace.
    pub(super) fn has_original_namespace(&self, namespace: &str) -> bool {
        let mut all = 0..self.resources.len();
        all.any(|index| {
            self.can_refer_to(index)
                && !self.other(index).is_cluster_scoped()
                && self.other(index).original_effective_namespace() == namespace
        })
    }

    /// Whether the two got the same prefixes and suffixes, that is come from the same base.
    fn is_affixed_as(&self, index: usize, allow_empty: bool) -> bool {
        let (own, other) = (self.resource(), self.other(index));
        let alike = |a: &[String], b: &[String]| {
            (allow_empty && (a.is_empty() || b.is_empty())) || end_alike(a, b)
        };
        alike(&own.prefixes, &other.prefixes) && alike(&own.suffixes, &other.suffixes)
    }
}

/// Whether the shorter is the end of the longer; nothing is the end of nothing only.
fn end_alike(a: &[String], b: &[String]) -> bool {
    match a.is_empty() || b.is_empty() {
        true => a.len() == b.len(),
        false => a.ends_with(b) || b.ends_with(a),
    }
}

/// A role binding's service accounts have a namespace or none, not a blank one.
pub(super) fn check_subjects(resource: &Resource) -> Result<()> {
    if resource.kind() != "RoleBinding" {
        return Ok(());
    }
    account_namespaces(resource, &resource.value).map(|_| ())
}

fn account_namespaces(binding: &Resource, value: &Value) -> Result<HashSet<String>> {
    let mut namespaces = HashSet::new();
    let subjects = value.get("subjects").and_then(Value::as_array);
    for subject in subjects.into_iter().flatten() {
        let is_account = subject
            .get("kind")
            .is_some_and(|kind| kind == "ServiceAccount");
        match subject.get("namespace") {
            Some(Value::String(namespace)) if is_account => {
                namespaces.insert(namespace.clone());
            }
            Some(_) if is_account => {
                let message = format!("namespace is blank for resource {}", binding.id());
                let problem = Problem::new("name-reference", message);
                let problem =
                    problem.help("give the ServiceAccount a namespace, or leave the field out");
                return Err(match &binding.place {
                    Some(place) => problem.at(&place.path, place.line, 1),
                    None => problem,
                });
            }
            _ => {}
        }
    }
    Ok(namespaces)
}

fn role(value: &Value) -> Option<Gvk> {
    let role = value.get("roleRef")?;
    let text = |field| role.get(field).and_then(Value::as_str);
    Some(Gvk::new(text("apiGroup")?, "", text("kind")?))
}

#[cfg(test)]
mod tests {
    use super::end_alike;

    #[test]
    fn affixes_are_compared_from_the_outside() {
        let list =
            |text: &str| -> Vec<String> { text.split_terminator(',').map(str::to_owned).collect() };
        for (a, b, expected) in [
            ("", "", true),
            ("a", "", false),
            ("a,b,c", "b,c", true),
            ("c", "a,b,c", true),
            ("a,b", "a", false),
        ] {
            assert_eq!(end_alike(&list(a), &list(b)), expected, "{a} {b}");
        }
    }
}
