//! Repositories: whether each answers, which branches and tags it has, and what could be applications in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gantry_api::{Code, Fault};
use gantry_engine::{Fetcher, GitKey, Reached};
use gantry_model::{EntryKind, Manifest, SourceTree, limits, read_manifest};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Running, told};
use crate::commands::repo;

/// Whether a repository answers, with the credentials that are given.
pub(super) async fn validate(running: &Running, secret: &Value) -> Result<Value, Fault> {
    let read = read_manifest(secret).map_err(|problems| told(&problems))?;
    let Manifest::RepositorySecret(secret) = read.value else {
        return Err(Fault::new(Code::InvalidArgument, "this is no repository"));
    };
    let fetcher = running.engine.workshop().fetcher();
    let asked = repo::answers(fetcher, *secret).await;
    match asked {
        Ok(()) => Ok(json!({})),
        Err(error) => {
            let message = format!("error testing repository connectivity: {error}");
            Err(Fault::new(Code::InvalidArgument, message))
        }
    }
}

/// How a repository answered last; one that was not asked yet, or is to be asked anew, is asked.
pub(super) async fn state(running: &Running, request: &Value) -> Result<Value, Fault> {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let is_registry = text("type") == "oci" || request["enableOCI"] == true;
    let has_charts = is_registry || text("type") == "helm";
    let Some(wanted) = repo::wanted(text("repo"), text("project"), has_charts) else {
        return Ok(json!({"status": "Unknown", "message": "", "attemptedAt": null}));
    };
    let fetcher = Arc::clone(running.engine.workshop().fetcher());
    let repository = wanted.repository();
    if request["forceRefresh"] == true || fetcher.reached(&repository).is_none() {
        let asking = Arc::clone(&fetcher);
        let places = Arc::clone(&running.asking);
        let asked = async {
            let place = places.acquire_owned().await;
            // It goes on when nobody waits any longer, and the next who asks has its answer.
            blocking(move || {
                let _place = place;
                asking.ask(&wanted)
            })
            .await
        };
        let patience = Duration::from_secs(limits::REPOSITORIES_ASKED_SECS);
        if timeout(patience, asked).await.is_err() {
            tracing::debug!("a repository takes long to answer");
        }
    }
    Ok(shown(fetcher.reached(&repository)))
}

fn shown(reached: Option<Reached>) -> Value {
    let Some(reached) = reached else {
        return json!({"status": "Unknown", "message": "it was not asked yet", "attemptedAt": null});
    };
    let at = humantime::format_rfc3339_seconds(reached.at).to_string();
    match reached.error {
        None => json!({"status": "Successful", "message": "", "attemptedAt": at}),
        Some(error) => {
            let message = format!("Unable to connect to repository: {error}");
            json!({"status": "Failed", "message": message, "attemptedAt": at})
        }
    }
}

/// The names of the branches and tags of a Git repository.
pub(super) async fn refs(running: &Running, request: &Value) -> Result<Value, Fault> {
    let (url, project) = (text(request, "repo"), text(request, "appProject"));
    let fetcher = Arc::clone(running.engine.workshop().fetcher());
    let refs = blocking(move || fetcher.refs(&url, &project)).await?;
    let refs = refs.map_err(|error| told(&[error.diagnostic()]))?;
    Ok(json!({"branches": refs.branches(), "tags": refs.tags()}))
}

/// The charts of a Helm repository, with their versions as its index has them.
pub(super) async fn charts(running: &Running, request: &Value) -> Result<Value, Fault> {
    let (url, project) = (text(request, "repo"), text(request, "appProject"));
    let fetcher = Arc::clone(running.engine.workshop().fetcher());
    let _place = running.asking.acquire().await;
    let found = blocking(move || fetcher.charts_of(&url, &project)).await?;
    let found = found.map_err(|error| told(&[error.diagnostic()]))?;
    let items = found
        .into_iter()
        .map(|(name, versions)| json!({"name": name, "versions": versions}));
    Ok(json!({"items": items.collect::<Vec<_>>()}))
}

/// The charts and overlays of a Git repository, by their folders.
pub(super) async fn apps(running: &Running, request: &Value) -> Result<Value, Fault> {
    let project = text(request, "appProject");
    permit(running, &project, &text(request, "repo"))?;
    let key = GitKey {
        url: text(request, "repo"),
        revision: text(request, "revision"),
        tag_prefix: String::new(),
        project,
    };
    let fetcher: Arc<Fetcher> = Arc::clone(running.engine.workshop().fetcher());
    let found = blocking(move || fetcher.commit(&key).map(|commit| discover(&*commit.tree)));
    let found = found.await?.map_err(|error| told(&[error.diagnostic()]))?;
    let items = found
        .into_iter()
        .map(|(path, kind)| json!({"path": path, "type": kind}));
    Ok(json!({"items": items.collect::<Vec<_>>()}))
}

/// Refuses what a project does not permit to fetch.
pub(super) fn permit(running: &Running, project: &str, url: &str) -> Result<(), Fault> {
    let projects = running.engine.workshop().projects();
    let permitted = projects.permit(project, url);
    permitted.map_err(|reason| Fault::new(Code::PermissionDenied, reason))
}

/// Which folders are charts, and which overlays. `.` is the root, as Argo CD has it.
fn discover(tree: &dyn SourceTree) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    let mut known = BTreeSet::from([String::new()]);
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in tree.list(&folder).unwrap_or_default() {
            let path = match folder.as_str() {
                "" => entry.name.clone(),
                folder => format!("{folder}/{}", entry.name),
            };
            // Links lead to folders that are there under their own names.
            if entry.kind == EntryKind::Directory && !tree.is_link(&path).unwrap_or(true) {
                if known.len() < limits::REPOSITORY_FOLDERS_MAX && known.insert(path.clone()) {
                    folders.push(path);
                }
                continue;
            }
            let kind = match entry.name.as_str() {
                "Chart.yaml" => "Helm",
                "kustomization.yaml" | "kustomization.yml" | "Kustomization" => "Kustomize",
                _ => continue,
            };
            let own = match folder.as_str() {
                "" => ".".to_owned(),
                folder => folder.to_owned(),
            };
            found.insert(own, kind);
        }
    }
    found
}

fn text(request: &Value, key: &str) -> String {
    request[key].as_str().unwrap_or_default().to_owned()
}

/// Work that blocks.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Fault::new(Code::Internal, format!("the work was cut off: {error}")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gantry_source::DirTree;

    use super::discover;

    #[test]
    fn charts_and_overlays_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, name) in [
            ("", "kustomization.yml"),
            ("charts/web", "Chart.yaml"),
            ("charts/web/templates", "a.yaml"),
            ("overlays/prod", "Kustomization"),
        ] {
            let below = folder.path().join(path);
            fs::create_dir_all(&below).expect("made");
            fs::write(below.join(name), "").expect("written");
        }
        let tree = DirTree::open(folder.path()).expect("a tree");
        let found: Vec<(String, &str)> = discover(&tree).into_iter().collect();
        let expected = [
            (".", "Kustomize"),
            ("charts/web", "Helm"),
            ("overlays/prod", "Kustomize"),
        ];
        assert_eq!(found, expected.map(|(path, kind)| (path.to_owned(), kind)));
    }
}
