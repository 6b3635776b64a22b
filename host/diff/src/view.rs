//! One difference, to be read: as a unified text, and field by field with who set what.

use serde::Serialize;
use serde_json::{Map, Value};
use similar::TextDiff;

use crate::items::Identity;
use crate::managed::{self, Element, Entry, Owner};
use crate::mask::{self, Sensitive};
use crate::shape::Fields;
use crate::table;

/// One field that differs. Values of Secrets are masked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDifference {
    /// The field, as `.spec.containers[name="web"].image`.
    pub path: String,
    /// Its value in the cluster; none where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Value>,
    /// Its value after an apply of what Git says; none where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<Value>,
    /// Who set it in the cluster, the last one if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// A unified diff of two objects' YAML; empty when they do not differ in what counts.
pub fn text(live: Option<&Value>, git: Option<&Value>, sensitive: &Sensitive) -> String {
    let Some((live, git)) = shown(live, git, sensitive) else {
        return String::new();
    };
    let yaml = |value: Option<Value>| value.map(|v| gantry_yaml::emit(&v)).unwrap_or_default();
    let (live, git) = (yaml(live), yaml(git));
    TextDiff::from_lines(&live, &git)
        .unified_diff()
        .header("live", "git")
        .to_string()
}

/// The fields in which two objects differ, in the order of their paths.
pub fn fields(
    live: Option<&Value>,
    git: Option<&Value>,
    sensitive: &Sensitive,
) -> Vec<FieldDifference> {
    let entries = live.map(managed::entries).unwrap_or_default();
    let Some((live, git)) = shown(live, git, sensitive) else {
        return Vec::new();
    };
    let kind = git.as_ref().or(live.as_ref()).and_then(table::kind);
    let mut walk = Walk {
        entries: &entries,
        path: Vec::new(),
        found: Vec::new(),
    };
    let fields = kind.map_or(Fields::Unknown, Fields::Of);
    walk.values(live.as_ref(), git.as_ref(), fields, None);
    walk.found
}

/// Both without what does not count, masked; none when they are the same.
fn shown(
    live: Option<&Value>,
    git: Option<&Value>,
    sensitive: &Sensitive,
) -> Option<(Option<Value>, Option<Value>)> {
    let mut live = live.map(mask::presentable);
    let mut git = git.map(mask::presentable);
    if live == git {
        return None;
    }
    mask::secrets(live.as_mut(), git.as_mut(), sensitive);
    Some((live, git))
}

struct Walk<'e> {
    entries: &'e [Entry],
    path: Vec<Element>,
    found: Vec<FieldDifference>,
}

impl Walk<'_> {
    fn values(
        &mut self,
        live: Option<&Value>,
        git: Option<&Value>,
        fields: Fields<'_>,
        list: Option<(Fields<'_>, &str)>,
    ) {
        match (live, git) {
            (live, git) if live == git => {}
            (Some(Value::Object(live)), Some(Value::Object(git))) => self.maps(live, git, fields),
            (Some(Value::Array(live)), Some(Value::Array(git)))
                if self.lists(live, git, list.unwrap_or((Fields::Unknown, ""))) => {}
            (live, git) => self.found.push(FieldDifference {
                path: self.path.iter().map(ToString::to_string).collect(),
                live: live.cloned(),
                git: git.cloned(),
                owner: managed::owners(self.entries, &self.path).into_iter().next(),
            }),
        }
    }

    fn maps(&mut self, live: &Map<String, Value>, git: &Map<String, Value>, fields: Fields<'_>) {
        let mut keys: Vec<&String> = live.keys().chain(git.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            self.path.push(Element::Field(key.clone()));
            let list = Some((fields, key.as_str()));
            self.values(live.get(key), git.get(key), fields.below(key), list);
            self.path.pop();
        }
    }

    /// Item by item; false where they only can be told as wholes.
    fn lists(&mut self, live: &[Value], git: &[Value], list: (Fields<'_>, &str)) -> bool {
        let (fields, key) = list;
        let below = fields.items(key);
        let identity = Identity::of(fields.field(key), &[live, git]);
        if matches!(identity, Identity::Index) {
            if live.len() != git.len() || !live.iter().chain(git).all(Value::is_object) {
                return false;
            }
            for (index, (live, git)) in live.iter().zip(git).enumerate() {
                self.path.push(Element::Index(index));
                self.values(Some(live), Some(git), below, None);
                self.path.pop();
            }
            return true;
        }
        let found = self.found.len();
        for item in live.iter().chain(git.iter()) {
            let Some(element) = identity.element(item) else {
                continue;
            };
            let is_live = element
                .place(live)
                .is_some_and(|at| live.get(at) == Some(item));
            let (own, other) = (element.get_in(live), element.get_in(git));
            if is_live || own.is_none() {
                self.path.push(element);
                self.values(own, other, below, None);
                self.path.pop();
            }
        }
        // The same items in another order.
        found < self.found.len()
    }
}

#[cfg(test)]
mod tests;
