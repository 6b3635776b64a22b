//! What people read of a sync: every object, then every application.

use gantry_engine::SourceReport;
use gantry_model::HealthStatus;
use gantry_sync::Report;

use super::one::Synced;
use crate::table::Table;

const OBJECTS: [&str; 10] = [
    "APPLICATION",
    "CLUSTER",
    "GROUP",
    "KIND",
    "NAMESPACE",
    "NAME",
    "ACTION",
    "HEALTH",
    "HOOK",
    "MESSAGE",
];
const APPLICATIONS: [&str; 6] = [
    "APPLICATION",
    "CLUSTER",
    "REVISION",
    "SYNC",
    "HEALTH",
    "OBJECTS",
];

/// Every object, then every application, then what came from outside.
pub(super) fn tables(synced: &[Synced]) -> String {
    let mut applications = Table::new(&APPLICATIONS);
    for application in synced {
        applications.row(row_of(application));
    }
    let mut parts = Vec::new();
    parts.extend(objects(synced).map(|table| table.to_string()));
    parts.push(applications.to_string());
    parts.extend(outside(synced).map(|table| table.to_string()));
    parts.join("\n")
}

fn row_of(application: &Synced) -> [String; 6] {
    let (revision, sync, health, objects) = match &application.report {
        None => (String::new(), "Unknown", "Unknown", "not synced".to_owned()),
        Some(report) => (
            revisions(&application.sources),
            report.sync.as_str(),
            report.health.status.as_str(),
            summary(report),
        ),
    };
    [
        application.name.clone(),
        application.cluster.clone(),
        revision,
        sync.to_owned(),
        health.to_owned(),
        objects,
    ]
}

/// The table of all objects; none where there are none.
fn objects(synced: &[Synced]) -> Option<Table> {
    let mut table = Table::new(&OBJECTS);
    let mut any = false;
    for application in synced {
        let mut said = "";
        for row in application.report.iter().flat_map(|report| &report.objects) {
            any = true;
            // An API server that is away fails many objects with the same words.
            let message = if row.message == said && !said.is_empty() {
                "as above"
            } else {
                said = &row.message;
                said
            };
            table.row([
                application.name.clone(),
                application.cluster.clone(),
                row.object.gvk.group.clone(),
                row.object.gvk.kind.clone(),
                row.object.namespace.clone(),
                row.object.name.clone(),
                row.action.as_str().to_owned(),
                row.health.map_or("", HealthStatus::as_str).to_owned(),
                if row.hook { row.phase.as_str() } else { "" }.to_owned(),
                message.to_owned(),
            ]);
        }
    }
    any.then_some(table)
}

/// The short form of each source's revision.
pub(in crate::commands) fn revisions(sources: &[SourceReport]) -> String {
    let short = |source: &SourceReport| match source.chart.as_str() {
        "" => source.revision.chars().take(7).collect::<String>(),
        _ => source.revision.clone(),
    };
    sources.iter().map(short).collect::<Vec<_>>().join(",")
}

/// What renderers were handed from outside; none where nothing was.
fn outside(synced: &[Synced]) -> Option<Table> {
    let mut table = Table::new(&["APPLICATION", "OUTSIDE", "ASKED", "PINNED"]);
    let mut any = false;
    for application in synced {
        let granted = application
            .sources
            .iter()
            .flat_map(|source| &source.granted);
        for granted in granted {
            any = true;
            let chart = (!granted.chart.is_empty()).then(|| format!(" {}", granted.chart));
            table.row([
                application.name.clone(),
                granted.url.clone() + chart.as_deref().unwrap_or_default(),
                granted.asked.clone(),
                granted.pinned.clone(),
            ]);
        }
    }
    any.then_some(table)
}

/// `3 created, 1 unchanged`, and whether that only would be so.
pub(in crate::commands) fn summary(report: &Report) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in &report.objects {
        let word = row.action.as_str();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let all = if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    };
    if report.dry_run {
        format!("{all} (dry run)")
    } else {
        all
    }
}
