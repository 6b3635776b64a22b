//! The objects of an application as a list, page by page.

use gantry_model::limits::PAGE_OBJECTS;
use maud::{Markup, html};

use super::Named;
use crate::icons::{health, icon, of_kind, sync};
use crate::link;
use crate::time::age;
use crate::tree::{Filter, Forest, Node};
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
            node.is_orphan,
            !node.is_managed(),
            node.wave.unwrap_or_default(),
            node.kind,
            node.namespace,
            node.name,
        )
    });
    let last = shown.len().div_ceil(PAGE_OBJECTS).max(1);
    let page = guest.query("page").parse().unwrap_or(1).clamp(1, last);
    let begin = (page - 1) * PAGE_OBJECTS;
    html! {
        div .scroll {
            table .rows {
                caption .hidden { "Objects" }
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Kind" } th scope="col" .far { "Namespace" }
                    th scope="col" .far { "Wave" } th scope="col" { "Sync" } th scope="col" { "Health" } th scope="col" .far { "Age" }
                } }
                tbody { @for node in shown.iter().skip(begin).take(PAGE_OBJECTS) { (line(guest, named, node)) } }
            }
        }
        @if last > 1 { (pages(guest, named, page, last, shown.len())) }
    }
}

fn line(guest: &Guest, named: &Named, node: &Node<'_>) -> Markup {
    html! {
        tr data-health=(node.health.unwrap_or_default()) {
            th scope="row" { a href=(node.place(named)) { (icon(of_kind(node.kind))) (node.name) } }
            td { (node.kind) @if !node.group.is_empty() { span .dim { " " (node.group) } } }
            td .far { (node.namespace) }
            td .far { @match (node.is_hook, node.wave) { (true, _) => "hook", (_, Some(wave)) => (wave), (_, None) => "" } }
            td {
                @if let Some(status) = node.sync { (sync(status)) }
                @if node.prune { " " span .chip.warn { "prune" } }
                @if node.is_orphan { span .chip.warn { "orphaned" } }
            }
            td { @if let Some(status) = node.health { (health(status)) } @if !node.message.is_empty() { p .message.dim { (node.message) } } }
            td .far.once { (age(node.created, guest.visit.now)) }
        }
    }
}

fn pages(guest: &Guest, named: &Named, page: usize, last: usize, count: usize) -> Markup {
    let to = |page: usize| {
        let page = page.to_string();
        let query = guest.visit.query.iter();
        let kept = query.filter(|(name, _)| *name != "page" && *name != "done");
        let all: Vec<(&str, &str)> = kept.chain([("page", page.as_str())]).collect();
        link::place(&named.place(""), &all)
    };
    html! {
        nav .pages aria-label="Pages" {
            @if page > 1 { a .button rel="prev" href=(to(page - 1)) { "PREVIOUS" } }
            span { "page " (page) " of " (last) ", " (count) " objects" }
            @if page < last { a .button rel="next" href=(to(page + 1)) { "NEXT" } }
        }
    }
}
