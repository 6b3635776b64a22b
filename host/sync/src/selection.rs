//! Which of an application's objects a sync is about (`argocd app sync --resource`, `--label`).

use std::fmt;
use std::str::FromStr;

use gantry_model::Object;

use crate::identity::Key;

/// A part of an application. Hooks do not run when only a part is synced, as Argo CD has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Objects that one of these fits; any, when there is none.
    pub only: Vec<Pattern>,
    /// Objects that none of these fits.
    pub without: Vec<Pattern>,
    /// Objects that have all of these labels.
    pub labels: Vec<(String, String)>,
}

impl Selection {
    /// Whether it is the whole application.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an object is part of it.
    pub fn has(&self, object: &Object) -> bool {
        let key = Key::of(object);
        let fits = |pattern: &Pattern| pattern.fits(&key);
        let labelled = |(key, value): &(String, String)| object.label(key) == Some(value);
        (self.only.is_empty() || self.only.iter().any(fits))
            && !self.without.iter().any(fits)
            && self.labels.iter().all(labelled)
    }
}

/// `GROUP:KIND:NAME` or `GROUP:KIND:NAMESPACE/NAME`; each part may be `*`, and the group of core
/// kinds is empty. Names may have colons, as those of RBAC do: `system:node-reader`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    group: String,
    kind: String,
    namespace: Option<String>,
    name: String,
}

impl Pattern {
    /// One of its parts, as operations have them. Without a namespace it fits objects of any.
    ///
    /// # Errors
    /// There is no kind or no name.
    pub fn of(group: &str, kind: &str, namespace: &str, name: &str) -> Result<Self, PatternError> {
        if kind.is_empty() || name.is_empty() {
            return Err(PatternError(format!("{group}:{kind}:{namespace}/{name}")));
        }
        Ok(Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
            name: name.to_owned(),
        })
    }

    fn fits(&self, key: &Key) -> bool {
        let fits = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        fits(&self.group, &key.group)
            && fits(&self.kind, &key.kind)
            && fits(&self.name, &key.name)
            && self
                .namespace
                .as_ref()
                .is_none_or(|ns| fits(ns, &key.namespace))
    }
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError(String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "{text:?} is not GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME, as apps:Deployment:web or \
             :ConfigMap:shop/config"
        )
    }
}

impl std::error::Error for PatternError {}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let error = || PatternError(text.to_owned());
        // Groups and kinds have no colons: those after the second are the name's. Argo CD's client refuses such
        // names, and so has no way to choose them.
        let parts: Vec<&str> = text.splitn(3, ':').collect();
        let &[group, kind, name] = parts.as_slice() else {
            return Err(error());
        };
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name),
            None => (None, name),
        };
        if kind.is_empty() || name.is_empty() || name.contains('/') {
            return Err(error());
        }
        Ok(Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace,
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Selection};
    use gantry_model::Object;
    use serde_json::json;

    fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> Object {
        let metadata =
            json!({"name": name, "namespace": namespace, "labels": {"a": "1", "b": "2"}});
        let value = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        Object::new(value, None).expect("an object")
    }

    /// Patterns, patterns to leave out, labels; whether the Deployment and the ConfigMap fit.
    type Case<'a> = (
        &'a [&'a str],
        &'a [&'a str],
        &'a [(&'a str, &'a str)],
        bool,
        bool,
    );

    #[test]
    fn objects_are_chosen_by_key_and_label() {
        let web = object("apps/v1", "Deployment", "shop", "web");
        let config = object("v1", "ConfigMap", "shop", "config");
        let cases: [Case<'_>; 9] = [
            (&[], &[], &[], true, true),
            (&["apps:Deployment:web"], &[], &[], true, false),
            (&[":ConfigMap:shop/config"], &[], &[], false, true),
            (&[":ConfigMap:other/config"], &[], &[], false, false),
            (&["*:*:shop/*"], &[], &[], true, true),
            (&["*:*:*"], &["apps:*:*"], &[], false, true),
            (&[], &[":ConfigMap:*"], &[], true, false),
            (&[], &[], &[("a", "1"), ("b", "2")], true, true),
            (&[], &[], &[("a", "1"), ("b", "3")], false, false),
        ];
        for (only, without, labels, has_web, has_config) in cases {
            let parse = |texts: &[&str]| -> Vec<Pattern> {
                texts
                    .iter()
                    .map(|t| t.parse().expect("a pattern"))
                    .collect()
            };
            let text = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
            let selection = Selection {
                only: parse(only),
                without: parse(without),
                labels: labels.iter().map(text).collect(),
            };
            let has = (selection.has(&web), selection.has(&config));
            assert_eq!(has, (has_web, has_config), "{selection:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for text in ["", "web", "Deployment:web", "apps:Deployment:", "a:b:c/d/e"] {
            let error = text.parse::<Pattern>().expect_err(text).to_string();
            assert!(error.starts_with(&format!("{text:?} is not")), "{error}");
        }
        for (kind, name) in [("", "web"), ("Deployment", "")] {
            assert!(
                Pattern::of("apps", kind, "", name).is_err(),
                "{kind}/{name}"
            );
        }
    }

    #[test]
    fn names_may_have_colons() {
        const RBAC: &str = "rbac.authorization.k8s.io";
        let cases = [
            ("ClusterRole", "", "team:admin"),
            ("Role", "shop", "system:node:reader"),
        ];
        for (kind, namespace, name) in cases {
            let role = object(&format!("{RBAC}/v1"), kind, namespace, name);
            let slash = if namespace.is_empty() { "" } else { "/" };
            let text = format!("{RBAC}:{kind}:{namespace}{slash}{name}");
            let typed: Pattern = text.parse().expect("a pattern");
            let made = Pattern::of(RBAC, kind, namespace, name).expect("a pattern");
            assert_eq!(typed, made);
            let selection = Selection {
                only: vec![made],
                ..Selection::default()
            };
            assert!(selection.has(&role), "{text}");
            let other = object(&format!("{RBAC}/v1"), kind, namespace, "team");
            assert!(!selection.has(&other), "{text}");
        }
    }
}
