//! Applications as a table.

use maud::{Markup, html};
use serde_json::Value;

use super::Shown;
use super::rows::{Row, short_repository, source_path, source_revision};
use crate::icons::{health, icon, phase, sync};
use crate::json::text;
use crate::time::age;
use crate::visit::Guest;

/// All of them.
pub(super) fn table(guest: &Guest, shown: &Shown<'_>, apps: &[Value]) -> Markup {
    let head = |name: &str, sort: &str| {
        let now = match shown.query.get("sort") {
            "" => "name",
            given => given,
        };
        let turned = format!("-{sort}");
        let (order, next) = match now {
            now if now == sort => (Some("ascending"), turned.as_str()),
            now if now == turned => (Some("descending"), sort),
            _ => (None, sort),
        };
        html! { th scope="col" aria-sort=[order] { a href=(shown.with("sort", next)) { (name) } } }
    };
    html! {
        div .scroll {
            table .rows {
                caption .hidden { "Applications" }
                thead { tr {
                    (head("Name", "name"))
                    (head("Health", "health"))
                    (head("Sync", "sync"))
                    (head("Project", "project"))
                    th scope="col" { "Source" }
                    (head("Destination", "cluster"))
                    (head("Last sync", "synced"))
                    th scope="col" { span .hidden { "Actions" } }
                } }
                tbody { @for row in apps.iter().map(Row::of) { (line(guest, &row)) } }
            }
        }
    }
}

fn line(guest: &Guest, row: &Row<'_>) -> Markup {
    let sources = row.sources();
    html! {
        tr id={ "app-" (row.namespace) "-" (row.name) } data-health=(row.health) data-sync=(row.sync) {
            th scope="row" {
                a href=(row.place("")) { (row.name) }
                " " (row.marks())
            }
            td { (health(row.health)) }
            td { (sync(row.sync)) @if matches!(row.phase, "Running" | "Terminating" | "Failed" | "Error") { " " (phase(row.phase)) } }
            td { (row.project) }
            td .clip {
                @if let Some(source) = sources.first() {
                    b { (source_path(source)) } " @ " (source_revision(source))
                    " " span .dim title=(text(source, "/repoURL")) { (short_repository(text(source, "/repoURL"))) }
                }
                @if sources.len() > 1 { " +" (sources.len() - 1) }
            }
            td .clip { (row.cluster()) " / " (text(row.app, "/spec/destination/namespace")) }
            td .once { @if row.synced_at().is_empty() { "never" } @else { (age(row.synced_at(), guest.visit.now)) } }
            td .end { a .button.icon href=(row.place("sync")) title={ "Sync " (row.name) } aria-label={ "Sync " (row.name) } { (icon("sync")) } }
        }
    }
}
