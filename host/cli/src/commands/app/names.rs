//! Which applications are meant: by name, by label, by project. Pure.

use gantry_model::Diagnostic;
use gantry_patch::selector::LabelSelector;
use serde_json::Value;

pub(super) use gantry_api::app::Name;
use gantry_api::app::View;

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

    use super::{Filter, selector};
    use gantry_api::app::View;

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
