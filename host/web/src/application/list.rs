//! The objects of an application as a list.

use maud::{Markup, html};

use super::Named;
use crate::icons::{health, icon, of_kind, sync};
use crate::time::ago;
use crate::tree::{Filter, Forest};
use crate::visit::Guest;

/// All that the filter lets through.
pub(super) fn list(
    guest: &Guest,
    named: &Named,
    forest: &Forest<'_>,
    filter: &Filter<'_>,
) -> Markup {
    let mut shown: Vec<_> = forest.nodes().filter(|node| filter.takes(node)).collect();
    shown.sort_by_key(|node| {
        (
            !node.is_managed(),
            node.wave.unwrap_or_default(),
            node.kind,
            node.namespace,
            node.name,
        )
    });
    html! {
        div .scroll {
            table .rows {
                caption .hidden { "Objects" }
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Kind" } th scope="col" { "Namespace" }
                    th scope="col" { "Wave" } th scope="col" { "Sync" } th scope="col" { "Health" } th scope="col" { "Created" }
                } }
                tbody {
                    @for node in shown {
                        tr {
                            th scope="row" { a href=(node.place(named)) { (icon(of_kind(node.kind))) (node.name) } }
                            td { (node.kind) @if !node.group.is_empty() { span .dim { " " (node.group) } } }
                            td { (node.namespace) }
                            td { @match (node.is_hook, node.wave) { (true, _) => "hook", (_, Some(wave)) => (wave), (_, None) => "" } }
                            td { @if let Some(status) = node.sync { (sync(status)) } @if node.prune { " " span .chip.warn { "prune" } } }
                            td { @if let Some(status) = node.health { (health(status)) } @if !node.message.is_empty() { p .message { (node.message) } } }
                            td { (ago(node.created, guest.visit.now)) }
                        }
                    }
                }
            }
        }
    }
}
