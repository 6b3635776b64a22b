//! Which objects of an application: `--resource` of `argocd app sync` and `argocd app wait`. Pure.

use std::str::FromStr;

use gantry_model::glob::Glob;
use serde_json::{Value, json};

use gantry_api::app::View;

/// Nothing that `*` stops at.
const NO_SEPARATOR: char = '\0';

/// One `--resource`.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    group: Glob,
    kind: Glob,
    /// None where any namespace fits.
    namespace: Option<Glob>,
    name: Glob,
    without: bool,
}

impl FromStr for Chosen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "--resource {text}: write GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME, as apps:Deployment:web"
            )
        };
        let (without, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // Names of RBAC's kinds may hold colons.
        let parts: Vec<&str> = rest.splitn(3, ':').collect();
        let &[group, kind, name] = parts.as_slice() else {
            return Err(wrong());
        };
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        if name.contains('/') {
            return Err(wrong());
        }
        let glob = |text: &str| Glob::parse(text, NO_SEPARATOR).map_err(|_| wrong());
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        Ok(Self {
            group: glob(group)?,
            kind: glob(kind)?,
            namespace: namespace.map(glob).transpose()?,
            name: glob(name)?,
            without,
        })
    }
}

impl Chosen {
    /// Whether an object is chosen: any, when nothing is said. A choice with `!` goes before
    /// one without.
    pub(super) fn fit(all: &[Self], group: &str, kind: &str, namespace: &str, name: &str) -> bool {
        let fits = |chosen: &Self| {
            let in_namespace = |wanted: &Glob| wanted.matches(namespace);
            chosen.group.matches(group)
                && chosen.kind.matches(kind)
                && chosen.name.matches(name)
                && chosen.namespace.as_ref().is_none_or(in_namespace)
        };
        let (without, with): (Vec<&Self>, Vec<&Self>) = all.iter().partition(|c| c.without);
        (with.is_empty() || with.iter().copied().any(fits)) && !without.iter().copied().any(fits)
    }

    /// The objects that an application is known to have and that are chosen, as an operation names them.
    pub(super) fn of(all: &[Self], app: View<'_>) -> Vec<Value> {
        let known = app.list("/status/resources").iter().map(View);
        let fitting = known.filter(|r| {
            let (group, kind) = (r.text("/group"), r.text("/kind"));
            Self::fit(all, group, kind, r.text("/namespace"), r.text("/name"))
        });
        let entry = |r: View<'_>| {
            let mut entry = json!({"kind": r.text("/kind"), "name": r.text("/name")});
            for key in ["group", "namespace"] {
                let value = r.text(&format!("/{key}"));
                if !value.is_empty() {
                    entry[key] = value.into();
                }
            }
            entry
        };
        fitting.map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Chosen;
    use gantry_api::app::View;

    fn read(texts: &[&str]) -> Vec<Chosen> {
        texts
            .iter()
            .map(|text| text.parse().expect("a choice"))
            .collect()
    }

    #[test]
    fn choices_choose() {
        let cases: [(&[&str], bool); 11] = [
            (&[], true),
            (&["apps:Deployment:web"], true),
            (&["apps:Deployment:shop/web"], true),
            (&["apps:Deployment:other/web"], false),
            (&["*:*:*"], true),
            (&["apps:Deploy*:w?b"], true),
            (&[":Deployment:web"], false),
            (&["!apps:Deployment:web"], false),
            (&["!:Service:*"], true),
            (&["*:*:*", "!apps:Deployment:*"], false),
            (&["apps:Deployment:api", "!:Service:*"], false),
        ];
        for (texts, expected) in cases {
            let chosen = read(texts);
            let found = Chosen::fit(&chosen, "apps", "Deployment", "shop", "web");
            assert_eq!(found, expected, "{texts:?}");
        }
        for text in ["web", "apps:Deployment", "a:b:c/d/e", "a:b:{"] {
            assert!(text.parse::<Chosen>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_operation_names_what_is_there() {
        let app = json!({"status": {"resources": [
            {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"},
            {"kind": "Namespace", "name": "shop"},
            {"kind": "Service", "namespace": "shop", "name": "web"},
        ]}});
        let found = Chosen::of(&read(&["!:Service:*"]), View(&app));
        assert_eq!(
            json!(found),
            json!([
                {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"},
                {"kind": "Namespace", "name": "shop"},
            ])
        );
    }
}
