//! Applications as tiles.

use maud::{Markup, html};
use serde_json::Value;

use super::rows::{Row, short_repository, source_path, source_revision};
use crate::icons::{health, icon, phase, sync};
use crate::json::{entries, scalar, text};
use crate::layout::act;
use crate::time::ago;
use crate::visit::Guest;

/// All of them.
pub(super) fn tiles(guest: &Guest, apps: &[Value]) -> Markup {
    html! {
        ul .tiles {
            @for row in apps.iter().map(Row::of) { (tile(guest, &row)) }
        }
    }
}

fn tile(guest: &Guest, row: &Row<'_>) -> Markup {
    let labels = entries(row.app, "/metadata/labels");
    let sources = row.sources();
    html! {
        li .tile id={ "app-" (row.namespace) "-" (row.name) } data-health=(row.health) data-sync=(row.sync) {
            h2 { a .cover href=(row.place("")) { (icon("k-workload")) (row.name) } }
            p .states {
                (health(row.health)) (sync(row.sync))
                @if matches!(row.phase, "Running" | "Terminating" | "Failed" | "Error") { (phase(row.phase)) }
                (row.marks())
            }
            dl .facts {
                dt { "Project" } dd { (row.project) }
                @if let Some(source) = sources.first() {
                    dt { "Repository" } dd .clip title=(text(source, "/repoURL")) {
                        (short_repository(text(source, "/repoURL")))
                        @if sources.len() > 1 { " +" (sources.len() - 1) }
                    }
                    dt { "Path" } dd .clip { (source_path(source)) " @ " (source_revision(source)) }
                }
                dt { "Destination" } dd .clip { (row.cluster()) " / " (text(row.app, "/spec/destination/namespace")) }
                @if !labels.is_empty() {
                    dt { "Labels" } dd .clip { @for (name, value) in &labels { span .chip { (name) "=" (scalar(value)) } " " } }
                }
                dt { "Last sync" } dd { @if row.synced_at().is_empty() { "never" } @else { (ago(row.synced_at(), guest.visit.now)) } }
            }
            div .acts {
                a .button href=(row.place("sync")) aria-label={ "Sync " (row.name) } { (icon("sync")) "SYNC" }
                (act(guest, &row.place("refresh"), &[("back", "list")], "", html! { (icon("refresh")) "REFRESH" }))
            }
        }
    }
}
