//! SYNC STATUS: how the last operation went, object by object.

use maud::{Markup, html};
use serde_json::Value;

use super::header::{by, short};
use super::{Named, panel as frame, progress};
use crate::icons::{icon, of_kind, phase, state};
use crate::json::{is, items, text};
use crate::link;
use crate::time::{ago, between};
use crate::visit::Guest;

/// The panel.
pub(super) fn panel(guest: &Guest, named: &Named, app: &Value) -> Markup {
    let body = match app.pointer("/status/operationState") {
        None => html! { p .dim { "Nothing was synced yet." } },
        Some(operation) => html! {
            dl .facts {
                dt { "Operation" } dd { @if is(operation, "/operation/sync/dryRun") { "Dry run" } @else { "Sync" } }
                dt { "Phase" } dd { (phase(text(operation, "/phase"))) }
                dt { "Message" } dd .message { (text(operation, "/message")) }
                dt { "Started" } dd { (ago(text(operation, "/startedAt"), guest.visit.now)) }
                @let end = text(operation, "/finishedAt");
                @if !end.is_empty() { dt { "Took" } dd { (between(text(operation, "/startedAt"), end)) } }
                @let revision = text(operation, "/syncResult/revision");
                @if !revision.is_empty() { dt { "Revision" } dd .mono title=(revision) { (short(revision)) } }
                @if let Some(who) = by(operation) { dt { "Initiated by" } dd { (who) } }
            }
            (progress::bars(app))
            (results(named, operation))
        },
    };
    frame(named, "Sync status", "wide", body)
}

fn results(named: &Named, operation: &Value) -> Markup {
    let results = items(operation, "/syncResult/resources");
    html! {
        @if !results.is_empty() {
            h3 { "Result" }
            div .scroll {
                table .rows {
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Kind" } th scope="col" .far { "Namespace" } th scope="col" { "Status" } th scope="col" .far { "Hook" } th scope="col" { "Message" } } }
                    tbody {
                        @for result in results {
                            tr {
                                th scope="row" { a href=(place(named, result)) { (icon(of_kind(text(result, "/kind")))) (text(result, "/name")) } }
                                td { (text(result, "/kind")) }
                                td .far { (text(result, "/namespace")) }
                                td { (outcome(result)) }
                                td .far { (text(result, "/hookType")) }
                                td .message { (text(result, "/message")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn place(named: &Named, result: &Value) -> String {
    let query = ["group", "version", "kind", "namespace", "name"]
        .map(|name| (name, result[name].as_str().unwrap_or_default()));
    link::place(&named.place("resource"), &query)
}

fn outcome(result: &Value) -> Markup {
    match (text(result, "/hookPhase"), text(result, "/status")) {
        ("Failed" | "Error", _) | (_, "SyncFailed") => state("failed", "s-bad", "Failed"),
        (_, "PruneSkipped") => state("suspended", "s-held", "Prune skipped"),
        (_, "Pruned") => state("synced", "s-good", "Pruned"),
        ("Running" | "Terminating", _) => state("progressing", "s-busy spin", "Running"),
        ("Succeeded", _) => state("synced", "s-good", "Succeeded"),
        (_, "Synced") => state("synced", "s-good", "Synced"),
        _ => state("unknown", "s-none", "To do"),
    }
}
