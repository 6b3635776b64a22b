//! `operation`: what a control plane is asked to do, as Argo CD's API server writes it. Pure.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

use super::view::{View, or};

/// What is asked of a sync.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Delete what is no longer in Git.
    pub prune: bool,
    /// Change nothing.
    pub dry_run: bool,
    /// Of the only source; empty is the application's own.
    pub revision: String,
    /// Of some of several sources: the place, counted from 1, and the revision.
    pub revisions: Vec<(usize, String)>,
    /// The objects; none is all.
    pub resources: Vec<Value>,
    /// Sync options in place of those of the application.
    pub options: Option<Vec<Value>>,
    /// Argo CD's `syncStrategy`: see [`strategy`].
    pub strategy: Option<Value>,
    /// `retry`, in place of that of the application.
    pub retry: Option<Value>,
    /// Notes: `name` and `value`.
    pub infos: Vec<Value>,
    /// Objects in the place of those that the sources have.
    pub manifests: Vec<String>,
}

/// The operation of a sync; `who` asks for it.
///
/// # Errors
/// Why this cannot be asked of the application as it is.
pub fn sync(app: View<'_>, wanted: &Wanted, who: &str) -> Result<Value, Diagnostic> {
    check(app)?;
    let mut sync = json!({});
    if let Some(strategy) = &wanted.strategy {
        sync["syncStrategy"] = strategy.clone();
    }
    let sources = app.sources();
    if app.has_several_sources() {
        sync["sources"] = app.list("/spec/sources").into();
        sync["revisions"] = of_several(app, wanted)?.into();
    } else {
        of_one(app, wanted)?;
        sync["source"] = sources
            .first()
            .map_or(Value::Null, |source| source.0.clone());
        let own = sources
            .first()
            .map_or("", |source| source.text("/targetRevision"));
        sync["revision"] = or(&wanted.revision, own).into();
    }
    if wanted.prune {
        sync["prune"] = true.into();
    }
    if wanted.dry_run {
        sync["dryRun"] = true.into();
    }
    let own = app.list("/spec/syncPolicy/syncOptions");
    let options = wanted.options.as_deref().unwrap_or(own);
    if !options.is_empty() {
        sync["syncOptions"] = options.into();
    }
    if !wanted.resources.is_empty() {
        sync["resources"] = wanted.resources.clone().into();
    }
    if !wanted.manifests.is_empty() {
        sync["manifests"] = wanted.manifests.clone().into();
    }
    let retry = app.0.pointer("/spec/syncPolicy/retry");
    let retry = wanted.retry.as_ref().or(retry);
    let mut operation = json!({"initiatedBy": {"username": who}, "sync": sync});
    if let Some(retry) = retry.filter(|retry| retry.is_object()) {
        operation["retry"] = retry.clone();
    }
    if !wanted.infos.is_empty() {
        operation["info"] = wanted.infos.clone().into();
    }
    Ok(operation)
}

/// The operation that goes back to an entry of the history: that of this `id`, or the one before the
/// newest.
///
/// # Errors
/// Why this cannot be asked of the application as it is.
pub fn rollback(
    app: View<'_>,
    id: Option<i64>,
    prune: bool,
    dry_run: bool,
    who: &str,
) -> Result<Value, Diagnostic> {
    check(app)?;
    if app.is_automated() {
        let message =
            "the control plane syncs the application by itself, and would take a rollback back";
        return Err(refused(message).help("first `gantry app set APPNAME --sync-policy none`"));
    }
    let entry = entry(app, id)?;
    let mut sync = json!({"syncStrategy": strategy(Strategy::Apply, false)});
    for key in ["source", "sources", "revision", "revisions"] {
        let value = entry.0.get(key).filter(|value| !value.is_null());
        if let Some(value) = value {
            sync[key] = value.clone();
        }
    }
    if sync.get("source").is_none() && sync.get("sources").is_none() {
        let message = "the entry of the history does not have its sources";
        return Err(
            refused(message).help("sync to its revision instead: `gantry app sync --revision`")
        );
    }
    if prune {
        sync["prune"] = true.into();
    }
    if dry_run {
        sync["dryRun"] = true.into();
    }
    let options = app.list("/spec/syncPolicy/syncOptions");
    if !options.is_empty() {
        sync["syncOptions"] = options.into();
    }
    Ok(json!({"initiatedBy": {"username": who}, "sync": sync}))
}

fn entry<'a>(app: View<'a>, id: Option<i64>) -> Result<View<'a>, Diagnostic> {
    let history = app.list("/status/history");
    let found = match id {
        None => history
            .len()
            .checked_sub(2)
            .and_then(|index| history.get(index)),
        Some(id) => history.iter().find(|entry| entry["id"] == id),
    };
    found.map(View).ok_or_else(|| {
        let message = match id {
            None => {
                "there is nothing to go back to: the history has fewer than two entries".to_owned()
            }
            Some(id) => format!("the history has no entry {id}"),
        };
        refused(&message).help("see `gantry app history`")
    })
}

/// What no operation may begin with.
fn check(app: View<'_>) -> Result<(), Diagnostic> {
    if app.is_being_deleted() {
        return Err(refused("the application is being deleted"));
    }
    if app.operation().is_some() || app.runs() {
        let message = "another operation is already in progress";
        return Err(refused(message)
            .help("wait for it with `gantry app wait --operation`, or end it with `gantry app terminate-op`"));
    }
    Ok(())
}

fn of_one(app: View<'_>, wanted: &Wanted) -> Result<(), Diagnostic> {
    if !wanted.revisions.is_empty() && (wanted.revisions.len() > 1 || wanted.revisions[0].0 != 1) {
        return Err(refused("the application has one source").help("use --revision"));
    }
    let sources = app.sources();
    let own = sources
        .first()
        .map_or("", |source| source.text("/targetRevision"));
    let asked = &wanted.revision;
    if !asked.is_empty() && asked != or(own, "HEAD") {
        automated(app, wanted, asked, own)?;
    }
    Ok(())
}

fn of_several(app: View<'_>, wanted: &Wanted) -> Result<Vec<Value>, Diagnostic> {
    if !wanted.revision.is_empty() {
        return Err(refused("--revision is for applications with one source")
            .help("use --revisions with --source-positions or --source-names"));
    }
    let sources = app.sources();
    let own = |source: &View<'_>| source.text("/targetRevision").to_owned();
    let mut revisions: Vec<String> = sources.iter().map(own).collect();
    for (position, revision) in &wanted.revisions {
        let index = position
            .checked_sub(1)
            .filter(|index| *index < sources.len());
        let Some(index) = index else {
            let message = format!(
                "there is no source {position}: the application has {}",
                sources.len()
            );
            return Err(refused(&message).help("positions are counted from 1"));
        };
        if or(&revisions[index], "HEAD") != or(revision, "HEAD") {
            automated(app, wanted, revision, &revisions[index])?;
        }
        revisions[index].clone_from(revision);
    }
    Ok(revisions.into_iter().map(Value::from).collect())
}

/// Another revision would not stay where the control plane syncs by itself.
fn automated(app: View<'_>, wanted: &Wanted, asked: &str, own: &str) -> Result<(), Diagnostic> {
    if !app.is_automated() || wanted.dry_run {
        return Ok(());
    }
    let own = or(own, "HEAD");
    let message = format!(
        "cannot sync to {asked}: the control plane syncs the application to {own} by itself"
    );
    Err(refused(&message)
        .help("set another revision with `gantry app set --revision`, or take the policy away"))
}

/// How objects are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// With hooks and waves.
    #[default]
    Hook,
    /// Without hooks.
    Apply,
}

/// Argo CD's `syncStrategy`.
pub fn strategy(strategy: Strategy, force: bool) -> Value {
    let how = if force {
        json!({"force": true})
    } else {
        json!({})
    };
    match strategy {
        Strategy::Hook => json!({ "hook": how }),
        Strategy::Apply => json!({ "apply": how }),
    }
}

/// The sync options of an application, with others over them.
pub fn options_over(app: View<'_>, others: &[String]) -> Vec<Value> {
    let mut options = app.list("/spec/syncPolicy/syncOptions").to_vec();
    for option in others {
        let name = option.split('=').next().unwrap_or_default();
        options.retain(|known| known.as_str().and_then(|k| k.split('=').next()) != Some(name));
        options.push(option.as_str().into());
    }
    options
}

fn refused(message: &str) -> Diagnostic {
    Diagnostic::error("operation", message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Strategy, Wanted, options_over, rollback, strategy, sync};
    use crate::app::View;

    fn one() -> Value {
        json!({"spec": {"source": {"repoURL": "a", "path": "p", "targetRevision": "main"},
            "syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 1}}}})
    }

    fn two() -> Value {
        json!({"spec": {"sources": [{"repoURL": "a", "targetRevision": "v1"}, {"repoURL": "b"}]}})
    }

    #[test]
    fn a_sync_is_written_as_the_api_server_does() {
        let cases = [
            (
                two(),
                Wanted {
                    manifests: vec!["{}".into()],
                    ..Wanted::default()
                },
                json!({"initiatedBy": {"username": "me"}, "sync": {"manifests": ["{}"],
                "sources": two()["spec"]["sources"], "revisions": ["v1", ""]}}),
            ),
            (
                one(),
                Wanted {
                    strategy: Some(strategy(Strategy::Hook, false)),
                    ..Wanted::default()
                },
                json!({"initiatedBy": {"username": "me"}, "retry": {"limit": 1}, "sync": {
                "source": one()["spec"]["source"], "revision": "main", "syncStrategy": {"hook": {}},
                "syncOptions": ["CreateNamespace=true"]}}),
            ),
            (
                one(),
                Wanted {
                    prune: true,
                    dry_run: true,
                    revision: "v2".into(),
                    strategy: Some(strategy(Strategy::Apply, true)),
                    options: Some(options_over(
                        View(&one()),
                        &["Replace=true".into(), "CreateNamespace=false".into()],
                    )),
                    resources: vec![json!({"kind": "Service", "name": "web"})],
                    retry: Some(json!({"limit": 3})),
                    infos: vec![json!({"name": "why", "value": "because"})],
                    ..Wanted::default()
                },
                json!({"initiatedBy": {"username": "me"}, "retry": {"limit": 3}, "info": [{"name": "why", "value": "because"}], "sync": {
                    "source": one()["spec"]["source"], "revision": "v2", "prune": true, "dryRun": true,
                    "syncStrategy": {"apply": {"force": true}}, "syncOptions": ["Replace=true", "CreateNamespace=false"],
                    "resources": [{"kind": "Service", "name": "web"}]}}),
            ),
            (
                two(),
                Wanted {
                    revisions: vec![(2, "v9".into())],
                    ..Wanted::default()
                },
                json!({"initiatedBy": {"username": "me"}, "sync": {"sources": two()["spec"]["sources"],
                    "revisions": ["v1", "v9"]}}),
            ),
        ];
        for (app, wanted, expected) in cases {
            let found = sync(View(&app), &wanted, "me").expect("an operation");
            assert_eq!(found, expected, "{wanted:?}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let with = |mut app: Value, pointer: &str, value: Value| {
            let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
            app.pointer_mut(parent).expect("a parent")[key] = value;
            app
        };
        let automated = with(one(), "/spec/syncPolicy/automated", json!({}));
        let to = |revision: &str| Wanted {
            revision: revision.into(),
            ..Wanted::default()
        };
        let cases = [
            (
                json!({"operation": {"sync": {}}}),
                Wanted::default(),
                "in progress",
            ),
            (
                json!({"status": {"operationState": {"phase": "Terminating"}}}),
                Wanted::default(),
                "in progress",
            ),
            (
                json!({"metadata": {"deletionTimestamp": "x"}}),
                Wanted::default(),
                "being deleted",
            ),
            (automated.clone(), to("v2"), "by itself"),
            (two(), to("v2"), "one source"),
            (
                two(),
                Wanted {
                    revisions: vec![(3, "x".into())],
                    ..Wanted::default()
                },
                "no source 3",
            ),
            (
                two(),
                Wanted {
                    revisions: vec![(0, "x".into())],
                    ..Wanted::default()
                },
                "no source 0",
            ),
            (
                one(),
                Wanted {
                    revisions: vec![(2, "x".into())],
                    ..Wanted::default()
                },
                "one source",
            ),
        ];
        for (app, wanted, expected) in cases {
            let error = sync(View(&app), &wanted, "me").expect_err(expected);
            assert!(error.message.contains(expected), "{error}");
        }
        assert!(sync(View(&automated), &to("main"), "me").is_ok());
        let tried = Wanted {
            dry_run: true,
            ..to("v2")
        };
        assert!(sync(View(&automated), &tried, "me").is_ok());
    }

    #[test]
    fn a_rollback_takes_an_entry_of_the_history() {
        let mut app = one();
        app["status"]["history"] = json!([
            {"id": 3, "revision": "abc", "source": {"repoURL": "a", "path": "old"}},
            {"id": 4, "revisions": ["d", "e"], "sources": [{"repoURL": "a"}, {"repoURL": "b"}]},
            {"id": 5, "revision": "fff"},
        ]);
        let cases = [
            (
                Some(3),
                json!({"source": {"repoURL": "a", "path": "old"}, "revision": "abc"}),
            ),
            (
                None,
                json!({"sources": [{"repoURL": "a"}, {"repoURL": "b"}], "revisions": ["d", "e"]}),
            ),
        ];
        for (id, mut expected) in cases {
            expected["syncStrategy"] = json!({"apply": {}});
            expected["syncOptions"] = json!(["CreateNamespace=true"]);
            let found = rollback(View(&app), id, false, false, "me").expect("an operation");
            assert_eq!(found["sync"], expected, "{id:?}");
        }
        for (id, expected) in [(Some(9), "no entry 9"), (Some(5), "sources")] {
            let error = rollback(View(&app), id, false, false, "me").expect_err(expected);
            assert!(error.message.contains(expected), "{error}");
        }
        app["spec"]["syncPolicy"]["automated"] = json!({});
        let error = rollback(View(&app), Some(3), false, false, "me").expect_err("automated");
        assert!(error.message.contains("by itself"), "{error}");
    }
}
