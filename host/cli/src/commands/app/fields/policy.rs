//! Destination, project and sync policy.

use gantry_model::Diagnostic;
use gantry_model::application::Retry;
use serde_json::{Value, json};

use super::Fields;
use super::edit::{block, fields, flag, list, text, tidy};
use crate::args::app::{PolicyFields, SyncPolicyKind};

pub(super) fn set(spec: &mut Value, flags: &PolicyFields) -> Result<(), Diagnostic> {
    if *flags == PolicyFields::default() {
        return Ok(());
    }
    let spec = fields(spec)?;
    let destination = block(spec, "destination")?;
    text(destination, "server", flags.dest_server.as_deref());
    text(destination, "name", flags.dest_name.as_deref());
    text(destination, "namespace", flags.dest_namespace.as_deref());
    tidy(spec, "destination");
    text(spec, "project", flags.project.as_deref());
    if let Some(limit) = flags.revision_history_limit {
        spec.insert("revisionHistoryLimit".to_owned(), limit.into());
    }
    let policy = block(spec, "syncPolicy")?;
    automated(policy, flags)?;
    options(policy, &flags.sync_options)?;
    retry(policy, flags)?;
    tidy(spec, "syncPolicy");
    Ok(())
}

/// The flags of them that are given, by their names.
pub(in crate::commands::app) fn given(flags: &PolicyFields) -> Vec<&'static str> {
    let PolicyFields {
        dest_server,
        dest_name,
        dest_namespace,
        project,
        revision_history_limit,
        sync_policy,
        auto_prune,
        self_heal,
        allow_empty,
        sync_options,
        sync_retry_limit,
        sync_retry_backoff_duration,
        sync_retry_backoff_factor,
        sync_retry_backoff_max_duration,
        sync_retry_refresh,
    } = flags;
    let all = [
        ("--dest-server", dest_server.is_some()),
        ("--dest-name", dest_name.is_some()),
        ("--dest-namespace", dest_namespace.is_some()),
        ("--project", project.is_some()),
        ("--revision-history-limit", revision_history_limit.is_some()),
        ("--sync-policy", sync_policy.is_some()),
        ("--auto-prune", auto_prune.is_some()),
        ("--self-heal", self_heal.is_some()),
        ("--allow-empty", allow_empty.is_some()),
        ("--sync-option", !sync_options.is_empty()),
        ("--sync-retry-limit", sync_retry_limit.is_some()),
        (
            "--sync-retry-backoff-duration",
            sync_retry_backoff_duration.is_some(),
        ),
        (
            "--sync-retry-backoff-factor",
            sync_retry_backoff_factor.is_some(),
        ),
        (
            "--sync-retry-backoff-max-duration",
            sync_retry_backoff_max_duration.is_some(),
        ),
        ("--sync-retry-refresh", sync_retry_refresh.is_some()),
    ];
    let given = all.into_iter().filter(|(_, is_given)| *is_given);
    given.map(|(flag, _)| flag).collect()
}

fn automated(policy: &mut Fields, flags: &PolicyFields) -> Result<(), Diagnostic> {
    match flags.sync_policy {
        Some(SyncPolicyKind::None) => drop(policy.remove("automated")),
        Some(SyncPolicyKind::Automated) => drop(policy.insert("automated".to_owned(), json!({}))),
        None => {}
    }
    let is_on = |automated: &Value| automated.is_object() && automated["enabled"] != false;
    for (name, key, value) in [
        ("--auto-prune", "prune", flags.auto_prune),
        ("--self-heal", "selfHeal", flags.self_heal),
        ("--allow-empty", "allowEmpty", flags.allow_empty),
    ] {
        if value.is_none() {
            continue;
        }
        if !policy.get("automated").is_some_and(is_on) {
            let message =
                format!("{name} is for applications that the control plane syncs by itself");
            return Err(Diagnostic::error("flag", message).help("add --sync-policy automated"));
        }
        flag(block(policy, "automated")?, key, value);
    }
    Ok(())
}

fn options(policy: &mut Fields, wanted: &[String]) -> Result<(), Diagnostic> {
    if wanted.is_empty() {
        return Ok(());
    }
    let options = list(policy, "syncOptions")?;
    for option in wanted {
        match option.strip_prefix('!') {
            Some(option) => options.retain(|known| known != option),
            None if options.iter().any(|known| known == option.as_str()) => {}
            None => options.push(option.as_str().into()),
        }
    }
    if options.is_empty() {
        policy.remove("syncOptions");
    }
    Ok(())
}

fn retry(policy: &mut Fields, flags: &PolicyFields) -> Result<(), Diagnostic> {
    match flags.sync_retry_limit {
        Some(0) => drop(policy.remove("retry")),
        Some(limit) => {
            let default = Retry::default();
            let pause = flags.sync_retry_backoff_duration.unwrap_or(default.pause);
            let longest = flags
                .sync_retry_backoff_max_duration
                .unwrap_or(default.pause_max);
            let retry = json!({"limit": limit, "backoff": {
                "duration": format!("{}s", pause.as_secs_f64()),
                "factor": flags.sync_retry_backoff_factor.unwrap_or(default.factor),
                "maxDuration": format!("{}s", longest.as_secs_f64()),
            }});
            policy.insert("retry".to_owned(), retry);
        }
        None => {}
    }
    if let Some(refresh) = flags.sync_retry_refresh {
        flag(block(policy, "retry")?, "refresh", Some(refresh));
        tidy(policy, "retry");
    }
    Ok(())
}
