//! Which applications are meant: by name, by label, by project. Pure.

use gantry_model::{Diagnostic, Object};
use gantry_patch::selector::LabelSelector;
use serde_json::Value;

use super::view::View;

/// One application's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Name {
    /// `NAME` or `NAMESPACE/NAME`. Without a namespace it is in `asked`, else in that of the `home`.
    ///
    /// # Errors
    /// A text that is neither, or two namespaces that differ.
    pub(super) fn parse(text: &str, asked: Option<&str>, home: &str) -> Result<Self, Diagnostic> {
        let wrong = |message: String| Diagnostic::error("name", message);
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        if name.is_empty() || name.contains('/') || namespace == Some("") {
            return Err(wrong(format!("{text:?} is no name of an application"))
                .help("write NAME or NAMESPACE/NAME"));
        }
        if let (Some(namespace), Some(asked)) = (namespace, asked)
            && namespace != asked
        {
            let message =
                format!("{text} is in namespace {namespace}, and --app-namespace says {asked}");
            return Err(wrong(message));
        }
        Ok(Self {
            namespace: namespace.or(asked).unwrap_or(home).to_owned(),
            name: name.to_owned(),
        })
    }

    pub(super) fn of(object: &Object) -> Self {
        Self {
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
        }
    }
}

/// Which applications of a list.
#[derive(Default)]
pub(super) struct Filter<'a> {
    pub(super) selector: Option<LabelSelector>,
    pub(super) projects: &'a [String],
    pub(super) repo: Option<&'a str>,
    pub(super) cluster: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
}

/// Reads a label selector.
///
/// # Errors
/// What is wrong with it.
pub(super) fn selector(text: &str) -> Result<LabelSelector, Diagnostic> {
    LabelSelector::parse(text).map_err(|error| {
        Diagnostic::error("selector", format!("--selector {text}: {error}")).help(
            "write `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a` or `!a`, with commas between",
        )
    })
}

impl Filter<'_> {
    pub(super) fn fits(&self, app: View<'_>) -> bool {
        let labels = app.0.pointer("/metadata/labels").and_then(Value::as_object);
        let (project, namespace) = (app.project(), app.namespace());
        let of_repo = |repo: &str| {
            app.sources()
                .iter()
                .any(|source| source.text("/repoURL") == repo)
        };
        let of_cluster = |cluster: &str| {
            app.text("/spec/destination/server") == cluster
                || app.text("/spec/destination/name") == cluster
        };
        self.selector
            .as_ref()
            .is_none_or(|selector| selector.matches(labels))
            && (self.projects.is_empty() || self.projects.iter().any(|known| known == project))
            && self.repo.is_none_or(of_repo)
            && self.cluster.is_none_or(of_cluster)
            && self.namespace.is_none_or(|wanted| wanted == namespace)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Filter, Name, selector};
    use crate::commands::app::view::View;

    #[test]
    fn names_have_namespaces() {
        let cases = [
            ("web", None, Ok("argocd/web")),
            ("web", Some("team"), Ok("team/web")),
            ("team/web", None, Ok("team/web")),
            ("team/web", Some("team"), Ok("team/web")),
            ("team/web", Some("other"), Err(())),
            ("", None, Err(())),
            ("/web", None, Err(())),
            ("a/b/c", None, Err(())),
        ];
        for (text, asked, expected) in cases {
            let found = Name::parse(text, asked, "argocd").map(|name| name.to_string());
            assert_eq!(
                found.map_err(drop),
                expected.map(str::to_owned),
                "{text} {asked:?}"
            );
        }
    }

    #[test]
    fn filters_filter() {
        let app = json!({"metadata": {"namespace": "argocd", "labels": {"tier": "front"}},
            "spec": {"project": "shop", "sources": [{"repoURL": "a"}, {"repoURL": "b"}], "destination": {"name": "c"}}});
        let projects = ["shop".to_owned()];
        let others = ["x".to_owned()];
        let by = |text: &str| Filter {
            selector: Some(selector(text).expect("a selector")),
            ..Filter::default()
        };
        let cases = [
            (Filter::default(), true),
            (by("tier in (front,back)"), true),
            (by("tier!=front"), false),
            (by("!team"), true),
            (
                Filter {
                    projects: &projects,
                    ..Filter::default()
                },
                true,
            ),
            (
                Filter {
                    projects: &others,
                    ..Filter::default()
                },
                false,
            ),
            (
                Filter {
                    repo: Some("b"),
                    ..Filter::default()
                },
                true,
            ),
            (
                Filter {
                    repo: Some("c"),
                    ..Filter::default()
                },
                false,
            ),
            (
                Filter {
                    cluster: Some("c"),
                    ..Filter::default()
                },
                true,
            ),
            (
                Filter {
                    namespace: Some("team"),
                    ..Filter::default()
                },
                false,
            ),
        ];
        for (index, (filter, expected)) in cases.iter().enumerate() {
            assert_eq!(filter.fits(View(&app)), *expected, "case {index}");
        }
        assert!(selector("a in (").is_err());
    }
}
