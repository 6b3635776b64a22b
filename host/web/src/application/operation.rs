//! SYNC STATUS: how the last operation went, object by object.

use maud::{Markup, html};
use serde_json::Value;

use super::header::{by, short};
use super::{Named, panel as frame, progress};
use crate::icons::{phase, state};
use crate::json::{is, items, text};
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
                dt { "Initiated by" } dd { (by(operation)) }
            }
            (progress::bars(app))
            (results(operation))
        },
    };
    frame(named, "Sync status", "wide", body)
}

fn results(operation: &Value) -> Markup {
    let results = items(operation, "/syncResult/resources");
    html! {
        @if !results.is_empty() {
            h3 { "Result" }
            div .scroll {
                table .rows {
                    thead { tr { th scope="col" { "Kind" } th scope="col" { "Namespace" } th scope="col" { "Name" } th scope="col" { "Status" } th scope="col" { "Hook" } th scope="col" { "Message" } } }
                    tbody {
                        @for result in results {
                            tr {
                                td { (text(result, "/kind")) }
                                td { (text(result, "/namespace")) }
                                td { (text(result, "/name")) }
                                td { (outcome(result)) }
                                td { (text(result, "/hookType")) }
                                td .message { (text(result, "/message")) }
                            }
                        }
                    }
                }
            }
        }
    }
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
