//! `repo:refs_changed` of Bitbucket Server and Data Center. It lists neither files nor the default
//! branch.

use serde::Deserialize;

use super::{Change, Payload, Problem, json, payload, urls};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    repository: Repository,
    changes: Vec<One>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    #[serde(default, rename = "ref")]
    reference: Option<Reference>,
    #[serde(default)]
    ref_id: Option<String>,
    #[serde(default)]
    from_hash: Option<String>,
    #[serde(default)]
    to_hash: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Repository {
    links: Option<Links>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Links {
    clone: Option<Vec<Link>>,
    #[serde(rename = "self")]
    page: Option<Vec<Link>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    href: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Payload, Problem> {
    let event: Event = json(body)?;
    let changes = event.changes.iter().map(|change| {
        let by_id = change.reference.as_ref().and_then(|r| r.id.as_deref());
        let reference = by_id.or(change.ref_id.as_deref()).unwrap_or_default();
        Change {
            reference,
            before: change.from_hash.as_deref().unwrap_or_default(),
            after: change.to_hash.as_deref().unwrap_or_default(),
            files: None,
            default_branch: !reference.starts_with("refs/tags/"),
        }
    });
    let links = event.repository.links.unwrap_or_default();
    let clones = links.clone.into_iter().flatten();
    let pages = links.page.into_iter().flatten();
    let urls = urls(clones.chain(pages).map(|link| link.href));
    payload(&urls, changes.collect())
}
