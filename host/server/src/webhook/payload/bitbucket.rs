//! Bitbucket Cloud's `repo:push`. It lists neither files nor the default branch.

use serde::Deserialize;

use super::{Change, Payload, Problem, json, payload, urls};

#[derive(Debug, Deserialize)]
struct Event {
    push: Changes,
    repository: Repository,
}

#[derive(Debug, Deserialize)]
struct Changes {
    changes: Vec<One>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct One {
    /// None of what was deleted.
    new: Option<State>,
    /// None of what is new.
    old: Option<State>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    target: Option<Target>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    hash: Option<String>,
}

impl State {
    /// `branch` and `tag`; others, of Mercurial once, are of no kind.
    fn reference(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        match self.kind.as_deref() {
            _ if name.is_empty() => String::new(),
            Some("branch") => format!("refs/heads/{name}"),
            Some("tag") => format!("refs/tags/{name}"),
            _ => name.to_owned(),
        }
    }

    fn commit(state: Option<&Self>) -> &str {
        let hash = state.and_then(|state| state.target.as_ref()?.hash.as_deref());
        hash.unwrap_or_default()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Repository {
    full_name: Option<String>,
    links: Links,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Links {
    html: Link,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    href: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Payload, Problem> {
    let event: Event = json(body)?;
    let changes = &event.push.changes;
    let references: Vec<String> = changes
        .iter()
        .map(|change| {
            let state = change.new.as_ref().or(change.old.as_ref());
            state.map(State::reference).unwrap_or_default()
        })
        .collect();
    let changes = changes.iter().zip(&references);
    let changes = changes.map(|(change, reference)| Change {
        reference,
        before: State::commit(change.old.as_ref()),
        after: State::commit(change.new.as_ref()),
        files: None,
        default_branch: !reference.starts_with("refs/tags/"),
    });
    let repository = event.repository;
    let cloud = repository.full_name.filter(|name| !name.is_empty());
    let urls = urls([
        repository.links.html.href,
        cloud.map(|name| format!("https://bitbucket.org/{name}")),
    ]);
    payload(&urls, changes.collect())
}
