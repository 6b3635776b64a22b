//! Azure DevOps' `git.push`. It lists no files.

use serde::Deserialize;

use super::{Change, OTHER_EVENT, Payload, Problem, json, payload, urls};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    event_type: String,
}

#[derive(Debug, Deserialize)]
struct Event {
    resource: Resource,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(default)]
    ref_updates: Option<Vec<RefUpdate>>,
    repository: Repository,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RefUpdate {
    name: Option<String>,
    old_object_id: Option<String>,
    new_object_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Repository {
    remote_url: Option<String>,
    ssh_url: Option<String>,
    default_branch: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Payload, Problem> {
    let kind: Kind = json(body)?;
    if kind.event_type != "git.push" {
        return Ok(OTHER_EVENT.into());
    }
    let Resource {
        ref_updates,
        repository,
    } = json::<Event>(body)?.resource;
    let updates = ref_updates.unwrap_or_default();
    let changes = updates.iter().map(|update| {
        let reference = update.name.as_deref().unwrap_or_default();
        let default_branch = match &repository.default_branch {
            Some(default) => default == reference,
            None => !reference.starts_with("refs/tags/"),
        };
        Change {
            reference,
            before: update.old_object_id.as_deref().unwrap_or_default(),
            after: update.new_object_id.as_deref().unwrap_or_default(),
            files: None,
            default_branch,
        }
    });
    let urls = urls([repository.remote_url.clone(), repository.ssh_url.clone()]);
    payload(&urls, changes.collect())
}
