//! The objects of an application: as a tree or as a list.

use maud::{Markup, html};
use serde_json::Value;

use super::{Named, list};
use crate::icons::icon;
use crate::link;
use crate::tree::{Filter, Forest, draw, orphans};
use crate::visit::Guest;

/// The field of an address that shows what belongs to no application.
pub(super) const ORPHANED: &str = "orphaned";

/// The part of the page, with what narrows it.
pub(super) fn view(guest: &Guest, named: &Named, app: &Value, tree: &Value) -> Markup {
    let forest = Forest::new(app, tree, guest.visit.query.is(ORPHANED));
    let filter = Filter::read(&guest.visit.query);
    let is_list = guest.query("view") == "list";
    html! {
        section .objects aria-label="Objects" {
            (narrow(guest, named, &forest, orphans(tree).len(), is_list))
            div #app-view {
                @if forest.is_empty() {
                    div .empty { (icon("tree")) h2 { "No objects" } p { "What the sources give is not known yet, or they give nothing." } }
                } @else if !forest.nodes().any(|node| filter.takes(node)) {
                    div .empty { (icon("filter")) h2 { "No object is like that" } a .button href=(with_view(guest, named, guest.query("view"), true)) { "CLEAR FILTERS" } }
                } @else if is_list {
                    (list::list(guest, named, &forest, &filter))
                } @else {
                    (draw(guest, named, app, &forest, &filter))
                }
            }
        }
    }
}

/// The address of the page with another view, with what is looked for or without.
fn with_view(guest: &Guest, named: &Named, view: &str, is_all: bool) -> String {
    let kept = guest.visit.query.iter().filter(|(name, _)| match *name {
        "view" | "done" | "page" => false,
        "q" | "kind" | "health" | "sync" => !is_all,
        _ => true,
    });
    let all: Vec<(&str, &str)> = kept.chain([("view", view)]).collect();
    link::place(&named.place(""), &all)
}

fn narrow(
    guest: &Guest,
    named: &Named,
    forest: &Forest<'_>,
    orphans: usize,
    is_list: bool,
) -> Markup {
    let query = &guest.visit.query;
    let choose = |field: &str, all: &str, values: &[&str]| {
        let chosen = query.get(field);
        html! {
            select name=(field) aria-label=(all) {
                option value="" { (all) }
                @for value in values { option value=(value) selected[*value == chosen] { (value) } }
            }
        }
    };
    let kinds = forest.kinds();
    html! {
        form .narrow-bar method="get" action=(named.place("")) role="search" aria-label="Objects" data-auto-submit {
            @if is_list { input type="hidden" name="view" value="list"; }
            @for open in query.all("open") { input type="hidden" name="open" value=(open); }
            label .search { span .hidden { "Name of an object" } (icon("search"))
                input type="search" name="q" value=(query.get("q")) placeholder="Name" autocomplete="off" spellcheck="false" data-hotkey="/";
            }
            (choose("kind", "All kinds", &kinds))
            (choose("health", "Any health", &["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"]))
            (choose("sync", "Any sync status", &["Synced", "OutOfSync"]))
            @let is_shown = query.is(ORPHANED);
            @if orphans > 0 || is_shown {
                label .tick { input type="checkbox" name=(ORPHANED) value="1" checked[is_shown]; span { "Orphaned" } span .count { (orphans) } }
            }
            button .plain.unscripted type="submit" { "FILTER" }
            span .spring {}
            span .dim #app-count { (forest.len()) (if forest.len() == 1 { " object" } else { " objects" }) }
            span .group role="group" aria-label="View" {
                a .button.icon href=(with_view(guest, named, "", false)) aria-current=[(!is_list).then_some("true")] title="Tree" aria-label="Tree" { (icon("tree")) }
                a .button.icon href=(with_view(guest, named, "list", false)) aria-current=[is_list.then_some("true")] title="List" aria-label="List" { (icon("list")) }
            }
        }
    }
}
