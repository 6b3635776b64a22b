//! The objects of an application: as a tree or as a list.

use maud::{Markup, html};
use serde_json::Value;

use super::{Named, list};
use crate::icons::icon;
use crate::link;
use crate::tree::{Filter, Forest, draw};
use crate::visit::Guest;

/// The part of the page, with what narrows it.
pub(super) fn view(guest: &Guest, named: &Named, app: &Value, tree: &Value) -> Markup {
    let forest = Forest::new(app, tree);
    let filter = Filter::read(&guest.visit.query);
    let is_list = guest.query("view") == "list";
    html! {
        section .objects aria-label="Objects" {
            (narrow(guest, named, &forest, is_list))
            div #app-view {
                @if forest.is_empty() {
                    div .empty { (icon("tree")) h2 { "No objects" } p { "What the sources give is not known yet, or they give nothing." } }
                } @else if is_list {
                    (list::list(guest, named, &forest, &filter))
                } @else {
                    (draw(guest, named, app, &forest, &filter))
                }
            }
        }
    }
}

fn narrow(guest: &Guest, named: &Named, forest: &Forest<'_>, is_list: bool) -> Markup {
    let query = &guest.visit.query;
    let with_view = |view: &str| {
        let kept = query
            .iter()
            .filter(|(name, _)| *name != "view" && *name != "done");
        let all: Vec<(&str, &str)> = kept.chain([("view", view)]).collect();
        link::place(&named.place(""), &all)
    };
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
            label .search { span .hidden { "Name of an object" } (icon("search"))
                input type="search" name="q" value=(query.get("q")) placeholder="Name" autocomplete="off" spellcheck="false" data-hotkey="/";
            }
            (choose("kind", "All kinds", &kinds))
            (choose("health", "Any health", &["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"]))
            (choose("sync", "Any sync status", &["Synced", "OutOfSync"]))
            button .plain type="submit" { "FILTER" }
            span .spring {}
            span .dim #app-count { (forest.len()) " objects" }
            span .group role="group" aria-label="View" {
                a .button.icon href=(with_view("")) aria-current=[(!is_list).then_some("true")] title="Tree" aria-label="Tree" { (icon("tree")) }
                a .button.icon href=(with_view("list")) aria-current=[is_list.then_some("true")] title="List" aria-label="List" { (icon("list")) }
            }
        }
    }
}
