//! What people read of an application, as Argo CD's commands print it. Pure.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::states::{self, states};
use crate::table::Table;
use gantry_api::app::{View, or};

/// Characters of a revision in its short form.
const SHORT_CHARS: usize = 7;
/// Characters of a parameter's value that are shown.
const VALUE_CHARS_MAX: usize = 80;
/// Characters of a commit.
const COMMIT_CHARS: usize = 40;

/// `argocd app list`.
pub(super) fn list<'a>(apps: impl Iterator<Item = View<'a>>) -> String {
    let mut table = Table::new(&[
        "NAME",
        "CLUSTER",
        "NAMESPACE",
        "PROJECT",
        "STATUS",
        "HEALTH",
        "SYNCPOLICY",
        "CONDITIONS",
        "REPO",
        "PATH",
        "TARGET",
    ]);
    for app in apps {
        let sources = app.sources();
        let of_first = |field: &str| {
            sources
                .first()
                .map_or("", |source| source.text(field))
                .to_owned()
        };
        let policy = match (app.is_automated(), app.prunes_automatically()) {
            (false, _) => "Manual",
            (true, false) => "Auto",
            (true, true) => "Auto-Prune",
        };
        table.row([
            app.qualified(),
            app.cluster().to_owned(),
            app.text("/spec/destination/namespace").to_owned(),
            app.project().to_owned(),
            or(app.sync(), "Unknown").to_owned(),
            or(app.health(), "Unknown").to_owned(),
            policy.to_owned(),
            conditions(app),
            of_first("/repoURL"),
            or(
                sources.first().map_or("", |s| s.text("/path")),
                &of_first("/chart"),
            )
            .to_owned(),
            of_first("/targetRevision"),
        ]);
    }
    table.to_string()
}

/// `ComparisonError,SyncError(2)`.
fn conditions(app: View<'_>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for condition in app.list("/status/conditions") {
        *counts.entry(View(condition).text("/type")).or_default() += 1;
    }
    if counts.is_empty() {
        return "<none>".to_owned();
    }
    let one = |(kind, count): (&str, usize)| match count {
        1 => kind.to_owned(),
        count => format!("{kind}({count})"),
    };
    counts.into_iter().map(one).collect::<Vec<_>>().join(",")
}

fn line(name: &str, value: &str) -> String {
    format!("{name:<20}{value}").trim_end().to_owned() + "\n"
}

/// A time as people read it; as it is where it is none.
fn to_the_second(text: &str) -> String {
    let time = humantime::parse_rfc3339(text);
    time.map_or_else(
        |_| text.to_owned(),
        |time| humantime::format_rfc3339_seconds(time).to_string(),
    )
}

/// What an application is and how it is.
pub(super) fn summary(app: View<'_>) -> String {
    let several = app.has_several_sources();
    let mut text = line("Name:", &app.qualified());
    text += &line("Project:", app.project());
    text += &line("Server:", app.cluster());
    text += &line("Namespace:", app.text("/spec/destination/namespace"));
    text += if several { "Sources:\n" } else { "Source:\n" };
    for source in app.sources() {
        text += &source_lines(source);
    }
    let policy = match (app.is_automated(), app.prunes_automatically()) {
        (false, _) => "Manual",
        (true, false) => "Automated",
        (true, true) => "Automated (Prune)",
    };
    text += &line("Sync Policy:", policy);
    text += &line("Sync Status:", &sync_status(app));
    let why = app.text("/status/health/message");
    let health = or(app.health(), "Unknown");
    let health = if why.is_empty() {
        health.to_owned()
    } else {
        format!("{health} ({why})")
    };
    text + &line("Health Status:", &health)
}

fn source_lines(source: View<'_>) -> String {
    let mut text = line("- Repo:", source.text("/repoURL"));
    text += &line("  Target:", source.text("/targetRevision"));
    let values: Vec<&str> = source
        .list("/helm/valueFiles")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for (name, value) in [
        ("  Path:", source.text("/path")),
        ("  Chart:", source.text("/chart")),
        ("  Ref:", source.text("/ref")),
        ("  Helm Values:", &values.join(",")),
        ("  Name Prefix:", source.text("/kustomize/namePrefix")),
        ("  Plugin:", source.text("/plugin/name")),
    ] {
        if !value.is_empty() {
            text += &line(name, value);
        }
    }
    text
}

fn sync_status(app: View<'_>) -> String {
    let sources = app.sources();
    let target = sources
        .first()
        .map_or("", |source| source.text("/targetRevision"));
    let target = or(target, "HEAD");
    let mut status = match app.sync() {
        "Synced" => format!("Synced to {target}"),
        "OutOfSync" => format!("OutOfSync from {target}"),
        other => or(other, "Unknown").to_owned(),
    };
    let several: Vec<&str> = app
        .list("/status/sync/revisions")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let one = app.text("/status/sync/revision");
    let found = if several.is_empty() {
        vec![one]
    } else {
        several
    };
    let is_commit = target.len() == COMMIT_CHARS && target.chars().all(|c| c.is_ascii_hexdigit());
    if !is_commit && found.iter().any(|revision| !revision.is_empty()) {
        let short: Vec<String> = found.into_iter().map(short).collect();
        status += &format!(" ({})", short.join(", "));
    }
    status
}

/// A commit in its short form; a chart's version as it is.
fn short(revision: &str) -> String {
    let is_commit =
        revision.len() >= COMMIT_CHARS && revision.chars().all(|c| c.is_ascii_hexdigit());
    let chars = if is_commit { SHORT_CHARS } else { usize::MAX };
    revision.chars().take(chars).collect()
}

/// What the control plane has to say of an application; empty where there is nothing.
pub(super) fn condition_table(app: View<'_>) -> String {
    let conditions = app.list("/status/conditions");
    if conditions.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["CONDITION", "MESSAGE", "LAST TRANSITION"]);
    for condition in conditions.iter().map(View) {
        table.row(
            ["/type", "/message", "/lastTransitionTime"].map(|f| condition.text(f).to_owned()),
        );
    }
    table.to_string()
}

/// The operation that runs, or the last one; empty where there was none.
pub(super) fn operation(app: View<'_>, now: SystemTime) -> String {
    let Some(state) = app.operation_state() else {
        return String::new();
    };
    let mut text = String::new();
    if state.0.get("syncResult").is_some_and(Value::is_object) {
        let several: Vec<&str> = state
            .list("/syncResult/revisions")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let one = state.text("/syncResult/revision").to_owned();
        text += &line("Operation:", "Sync");
        text += &line(
            "Sync Revision:",
            &if several.is_empty() {
                one
            } else {
                several.join(", ")
            },
        );
    }
    text += &line("Phase:", state.text("/phase"));
    text += &line("Start:", &to_the_second(state.text("/startedAt")));
    text += &line("Finished:", &to_the_second(state.text("/finishedAt")));
    let time = |field: &str| humantime::parse_rfc3339(state.text(field)).ok();
    if let Some(started) = time("/startedAt") {
        let ended = time("/finishedAt").unwrap_or(now);
        let took = ended.duration_since(started).unwrap_or_default();
        let took = Duration::from_secs(took.as_secs());
        text += &line("Duration:", &humantime::format_duration(took).to_string());
    }
    let retries = state
        .0
        .get("retryCount")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    if retries > 0 {
        text += &line("Retries:", &retries.to_string());
    }
    if !state.text("/message").is_empty() {
        text += &line("Message:", state.text("/message"));
    }
    text
}

/// The objects; empty where none are known.
pub(super) fn objects(app: View<'_>) -> String {
    let found = states(app, &[]);
    if found.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&states::HEAD);
    for state in found {
        table.row(state.cells());
    }
    table.to_string()
}

/// The parameters that are set in charts; empty where none are.
pub(super) fn parameters(sources: &[View<'_>]) -> String {
    let mut table = Table::new(&["NAME", "VALUE"]);
    let mut any = false;
    for source in sources {
        for parameter in source.list("/helm/parameters").iter().map(View) {
            any = true;
            let value = parameter.text("/value");
            let shown: String = value.chars().take(VALUE_CHARS_MAX).collect();
            let dots = if shown.len() < value.len() { "..." } else { "" };
            table.row([parameter.text("/name").to_owned(), shown + dots]);
        }
    }
    if any {
        table.to_string()
    } else {
        String::new()
    }
}

/// `argocd app history`: what was deployed, for each repository.
pub(super) fn history(app: View<'_>) -> String {
    let mut tables: Vec<(&str, Table)> = Vec::new();
    for entry in app.list("/status/history").iter().map(View) {
        let several = entry.list("/sources");
        let sources: Vec<View<'_>> = if several.is_empty() {
            entry.0.get("source").map(View).into_iter().collect()
        } else {
            several.iter().map(View).collect()
        };
        for (index, source) in sources.iter().enumerate() {
            let revision = if several.is_empty() {
                entry.text("/revision")
            } else {
                entry.text(&format!("/revisions/{index}"))
            };
            let target = source.text("/targetRevision");
            let revision = match (target, short(revision)) {
                (target, short) if short.is_empty() => target.to_owned(),
                ("", short) => short,
                (target, short) => format!("{target} ({short})"),
            };
            let repository = source.text("/repoURL");
            let table = match tables
                .iter_mut()
                .position(|(known, _)| *known == repository)
            {
                Some(place) => &mut tables[place].1,
                None => {
                    tables.push((repository, Table::new(&["ID", "DATE", "REVISION"])));
                    let last = tables.len() - 1;
                    &mut tables[last].1
                }
            };
            let id = entry
                .0
                .get("id")
                .and_then(Value::as_i64)
                .unwrap_or_default();
            table.row([
                id.to_string(),
                to_the_second(entry.text("/deployedAt")),
                revision,
            ]);
        }
    }
    let tables = tables
        .into_iter()
        .map(|(repository, table)| format!("SOURCE   {repository}\n{table}"));
    tables.collect::<Vec<_>>().join("\n")
}

/// What is not empty, with an empty line between.
pub(super) fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::{condition_table, history, joined, list, objects, operation, parameters, summary};
    use gantry_api::app::View;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_list_has_argo_cds_columns() {
        let apps = [
            json!({"metadata": {"namespace": "argocd", "name": "web"}, "spec": {"source": {"repoURL": "r", "path": "p", "targetRevision": "t"},
                "destination": {"server": "s", "namespace": "n"}, "syncPolicy": {"automated": {"prune": true}}},
                "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"},
                    "conditions": [{"type": "B"}, {"type": "A"}, {"type": "B"}]}}),
            json!({"metadata": {"name": "x"}, "spec": {"sources": [{"repoURL": "q", "chart": "c"}], "project": "p",
                "destination": {"name": "d"}, "syncPolicy": {"automated": {"enabled": false}}}}),
        ];
        let found = list(apps.iter().map(View));
        let rows: Vec<Vec<&str>> = found
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows[1],
            [
                "argocd/web",
                "s",
                "n",
                "default",
                "Synced",
                "Healthy",
                "Auto-Prune",
                "A,B(2)",
                "r",
                "p",
                "t"
            ]
        );
        assert_eq!(
            rows[2],
            [
                "x", "d", "p", "Unknown", "Unknown", "Manual", "<none>", "q", "c"
            ]
        );
    }

    #[test]
    fn a_summary_tells_what_and_how() {
        let app = json!({"metadata": {"namespace": "argocd", "name": "web"},
            "spec": {"source": {"repoURL": "r", "path": "p", "helm": {"valueFiles": ["a", "b"], "parameters": [{"name": "n", "value": "v"}]}},
                "destination": {"server": "s", "namespace": "n"}, "syncPolicy": {"automated": {}}},
            "status": {"sync": {"status": "OutOfSync", "revision": COMMIT}, "health": {"status": "Degraded", "message": "why"},
                "conditions": [{"type": "SyncError", "message": "m", "lastTransitionTime": "then"}],
                "operationState": {"phase": "Failed", "startedAt": "2026-01-01T00:00:00.123456Z", "finishedAt": "2026-01-01T00:01:05.2Z",
                    "message": "no", "retryCount": 2, "syncResult": {"revision": COMMIT}}}});
        let found = summary(View(&app));
        for expected in [
            "Name:               argocd/web\n",
            "Source:\n- Repo:             r\n  Target:\n  Path:             p\n  Helm Values:      a,b\n",
            "Sync Policy:        Automated\n",
            "Sync Status:        OutOfSync from HEAD (0123456)\n",
            "Health Status:      Degraded (why)\n",
        ] {
            assert!(found.contains(expected), "{expected:?} in\n{found}");
        }
        let found = operation(View(&app), SystemTime::UNIX_EPOCH);
        for expected in [
            "Operation:          Sync\n",
            "Phase:              Failed\n",
            "Duration:           1m 5s\n",
            "Retries:            2\n",
            "Message:            no\n",
        ] {
            assert!(found.contains(expected), "{expected:?} in\n{found}");
        }
        assert_eq!(
            parameters(&View(&app).sources()),
            "NAME   VALUE\nn      v\n"
        );
        assert_eq!(
            condition_table(View(&app)),
            "CONDITION   MESSAGE   LAST TRANSITION\nSyncError   m         then\n"
        );
        let bare = json!({});
        assert_eq!(
            joined([
                objects(View(&bare)),
                operation(View(&bare), SystemTime::UNIX_EPOCH),
                "x".into()
            ]),
            "x"
        );
    }

    #[test]
    fn a_history_has_a_table_for_each_repository() {
        let app = json!({"status": {"history": [
            {"id": 0, "deployedAt": "a", "revision": COMMIT, "source": {"repoURL": "r", "targetRevision": "main"}},
            {"id": 1, "deployedAt": "b", "revisions": [COMMIT, "1.2.3"], "sources": [{"repoURL": "r"}, {"repoURL": "c", "targetRevision": "1.*"}]},
        ]}});
        let expected = "SOURCE   r\nID   DATE   REVISION\n0    a      main (0123456)\n1    b      0123456\n\n\
                        SOURCE   c\nID   DATE   REVISION\n1    b      1.* (1.2.3)\n";
        assert_eq!(history(View(&app)), expected);
    }
}
