//! Who made the commits of an application's history, when, and why.

use std::collections::HashMap;

use futures::future::join_all;
use gantry_model::limits;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Named;
use super::header::is_commit;
use super::history::sources;
use crate::json::text;
use crate::time::ago;
use crate::visit::Guest;

/// What is known of commits, by repository and revision: the sources of one repository, and entries that follow
/// each other, often have the same.
pub(super) struct Commits<'a>(HashMap<(&'a str, &'a str), Value>);

impl<'a> Commits<'a> {
    /// Asks about those of some entries' sources, the first entries first. A chart's revision is no commit.
    pub(super) async fn of(
        guest: &Guest,
        named: &Named,
        entries: impl IntoIterator<Item = &'a Value>,
    ) -> Self {
        let mut asked: Vec<((&str, &str), Value)> = Vec::new();
        for entry in entries {
            for (index, (source, revision)) in sources(entry).into_iter().enumerate() {
                let key = (text(source, "/repoURL"), revision);
                let is_new = asked.iter().all(|(known, _)| *known != key);
                if is_new && is_commit(revision) && asked.len() < limits::PAGE_COMMITS_MAX {
                    let request = json!({"revision": revision, "versionId": entry["id"], "sourceIndex": index});
                    asked.push((key, named.request(request)));
                }
            }
        }
        let (keys, requests): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        let ask =
            |request| guest.try_ask("application.ApplicationService/RevisionMetadata", request);
        let answers = join_all(requests.into_iter().map(ask)).await;
        Self(keys.into_iter().zip(answers).collect())
    }

    /// One commit in a line; nothing where nothing is known of it.
    pub(super) fn line(&self, guest: &Guest, source: &Value, revision: &str) -> Markup {
        let found = self.0.get(&(text(source, "/repoURL"), revision));
        let found = found.unwrap_or(&Value::Null);
        let message = text(found, "/message").lines().next().unwrap_or_default();
        html! {
            @if !message.is_empty() {
                p { (message) " " span .dim { (text(found, "/author")) " " (ago(text(found, "/date"), guest.visit.now)) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_api::{Code, Fault};
    use serde_json::{Value, json};

    use crate::stub::Stub;

    const APP: &str = "/applications/argocd/shop";
    const WEB: &str = "aaaaaaa642cb6eb9a060e54bf8d69288fbee4904";
    const VALUES: &str = "bbbbbbb642cb6eb9a060e54bf8d69288fbee4904";
    const OLDER: &str = "ccccccc642cb6eb9a060e54bf8d69288fbee4904";

    /// An application of three sources: a chart, a repository, and values for the chart from another one.
    fn several(method: &str, request: &Value) -> Result<Value, Fault> {
        let web = json!({"repoURL": "https://git.example/web", "path": "deploy"});
        let chart =
            json!({"repoURL": "https://charts.example", "chart": "shop", "targetRevision": "1.*"});
        let values = json!({"repoURL": "https://git.example/values", "ref": "values"});
        let entry = |id: i64, revisions: [&str; 3]| {
            json!({"id": id, "deployedAt": "2026-01-02T03:04:05Z", "revisions": revisions,
            "sources": [chart.clone(), web.clone(), values.clone()]})
        };
        match method {
            "Get" => Ok(json!({
                "metadata": {"name": "shop", "namespace": "argocd"},
                "spec": {"project": "default", "sources": [chart.clone(), web.clone(), values.clone()]},
                "status": {"sync": {"status": "Synced", "revisions": ["1.1.0", WEB, VALUES]}, "history": [entry(1, ["1.0.0", OLDER, VALUES]), entry(2, ["1.1.0", WEB, VALUES])]},
            })),
            "RevisionMetadata" => {
                let revision = request["revision"].as_str().unwrap_or_default();
                Ok(
                    json!({"author": format!("Ada of {}", &revision[..3]), "date": "2026-01-02T03:00:00Z",
                    "message": format!("Change {} of source {}\n\nIn many words", &revision[..3], request["sourceIndex"])}),
                )
            }
            "ResourceTree" => Ok(json!({})),
            _ => Err(Fault::new(Code::Unimplemented, "not asked for here")),
        }
    }

    #[tokio::test]
    async fn the_commits_of_all_sources_are_told_once_asked_for() {
        let plane = Stub::new(several);
        let page = plane.open(&format!("{APP}/history")).await.text;
        let (head, page) = page.split_once("<ol").expect("a history");
        assert!(
            head.contains("Change aaa of source 1"),
            "the first commit: {head}"
        );
        for told in [
            "Change aaa of source 1",
            "Change bbb of source 2",
            "Change ccc of source 1",
            "Ada of bbb",
            "git.example/web deploy: ccccccc → aaaaaaa",
            "charts.example shop: 1.0.0 → 1.1.0",
        ] {
            assert!(page.contains(told), "{told} in {page}");
        }
        assert!(
            !page.contains("git.example/values: "),
            "it is the same: {page}"
        );
        assert!(!page.contains("In many words"), "{page}");
        // A chart's version is no commit, and the values' one is the same twice.
        let mut asked: Vec<String> = plane
            .all("RevisionMetadata")
            .iter()
            .map(|request| {
                format!(
                    "{} {} {}",
                    request["versionId"], request["sourceIndex"], request["revision"]
                )
            })
            .filter(|asked| !asked.starts_with("null"))
            .collect();
        asked.sort();
        let expected = [
            format!("1 1 \"{OLDER}\""),
            format!("2 1 \"{WEB}\""),
            format!("2 2 \"{VALUES}\""),
        ];
        assert_eq!(asked, expected);
    }

    #[tokio::test]
    async fn a_rollback_tells_the_commits_of_all_sources() {
        let plane = Stub::new(several);
        let page = plane.open(&format!("{APP}/history?id=1")).await.text;
        for (told, times) in [
            // Above it, too.
            ("Change aaa of source 1</p>", 1),
            ("Change aaa of source 1 ", 1),
            ("Change ccc of source 1", 1),
            ("Change bbb of source 2", 2),
            ("aaaaaaa → ccccccc", 1),
        ] {
            assert_eq!(page.matches(told).count(), times, "{told} in {page}");
        }
    }
}
