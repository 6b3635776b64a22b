//! What flags say of an operation. Pure.

use gantry_api::app::operation;
use gantry_model::Diagnostic;
use gantry_model::application::Retry;
use serde_json::{Value, json};

use crate::args::app::{RetryFlags, Strategy};

/// `syncStrategy` of an operation.
pub(super) fn strategy(wanted: Strategy, force: bool) -> Value {
    let wanted = match wanted {
        Strategy::Hook => operation::Strategy::Hook,
        Strategy::Apply => operation::Strategy::Apply,
/// What is asked of a sync.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) prune: bool,
    pub(super) dry_run: bool,
    /// Of the only source; empty is the application's own.
    pub(super) revision: String,
    /// Of some of several sources: the place, counted from 1, and the revision.
    pub(super) revisions: Vec<(usize, String)>,
    /// The objects; none is all.
    pub(super) resources: Vec<Value>,
    /// Sync options beside those of the application.
    pub(super) options: Vec<String>,
    pub(super) strategy: Strategy,
    pub(super) force: bool,
    pub(super) retry: Option<Value>,
    pub(super) infos: Vec<Value>,
    /// Objects in the place of those that the sources have.
    pub(super) manifests: Vec<String>,
}

/// The operation of a sync; `who` asks for it.
///
/// # Errors
/// Why this cannot be asked of the application as it is.
pub(super) fn sync(app: View<'_>, wanted: &Wanted, who: &str) -> Result<Value, Diagnostic> {
    check(app)?;
    let mut sync = json!({
        "syncStrategy": strategy(wanted.strategy, wanted.force),
    });
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
    let mut options = app.list("/spec/syncPolicy/syncOptions").to_vec();
    for option in &wanted.options {
        let name = option.split('=').next().unwrap_or_default();
        options.retain(|known| known.as_str().and_then(|k| k.split('=').next()) != Some(name));
        options.push(option.as_str().into());
    }
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
pub(super) fn rollback(
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
    operation::strategy(wanted, force)
}

/// `retry` of an operation, where flags say one.
pub(super) fn retry(flags: RetryFlags) -> Option<Value> {
    let limit = flags.retry_limit.filter(|limit| *limit != 0)?;
    let default = Retry::default();
    let pause = flags.retry_backoff_duration.unwrap_or(default.pause);
    let longest = flags
        .retry_backoff_max_duration
        .unwrap_or(default.pause_max);
    let mut retry = json!({"limit": limit, "backoff": {
        "duration": format!("{}s", pause.as_secs_f64()),
        "factor": flags.retry_backoff_factor.unwrap_or(default.factor),
        "maxDuration": format!("{}s", longest.as_secs_f64()),
    }});
    if flags.retry_refresh {
        retry["refresh"] = true.into();
    }
    Some(retry)
}

/// `info` of an operation.
///
/// # Errors
/// One that has no `=`.
pub(super) fn infos(texts: &[String]) -> Result<Vec<Value>, Diagnostic> {
    let one = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Diagnostic::error("flag", format!("--info {text}: there is no `=`"))
                .help("write --info NAME=VALUE")
        })?;
        Ok(json!({"name": name, "value": value}))
    };
    texts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{infos, retry};
    use crate::args::app::RetryFlags;
    use super::{Wanted, infos, retry, rollback, sync};
    use crate::args::app::{RetryFlags, Strategy};
    use crate::commands::app::view::View;

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
                "sources": two()["spec"]["sources"], "revisions": ["v1", ""], "syncStrategy": {"hook": {}}}}),
            ),
            (
                one(),
                Wanted::default(),
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
                    force: true,
                    strategy: Strategy::Apply,
                    options: vec!["Replace=true".into(), "CreateNamespace=false".into()],
                    resources: vec![json!({"kind": "Service", "name": "web"})],
                    retry: Some(json!({"limit": 3})),
                    infos: infos(&["why=because".into()]).expect("a note"),
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
                    "revisions": ["v1", "v9"], "syncStrategy": {"hook": {}}}}),
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

    #[test]
    fn retries_are_those_of_the_flags() {
        assert_eq!(retry(RetryFlags::default()), None);
        let flags = RetryFlags {
            retry_limit: Some(-1),
            retry_backoff_duration: Some(Duration::from_millis(1500)),
            retry_refresh: true,
            ..RetryFlags::default()
        };
        let expected = json!({"limit": -1, "refresh": true,
            "backoff": {"duration": "1.5s", "factor": 2, "maxDuration": "180s"}});
        assert_eq!(retry(flags), Some(expected));
    }

    #[test]
    fn notes_have_names() {
        let found = infos(&["why=because".into()]);
        assert_eq!(found, Ok(vec![json!({"name": "why", "value": "because"})]));
        assert!(infos(&["why".into()]).is_err());
    }
}
