//! APP DIFF: all objects that differ.

use maud::{Markup, html};

use super::{Named, panel as frame};
use crate::diff::{Compared, fields, side_by_side};
use crate::icons::{icon, of_kind};
use crate::json::{items, text};
use crate::layout::failed;
use crate::link;
use crate::visit::Guest;

/// The panel.
pub(super) async fn panel(guest: &Guest, named: &Named) -> Markup {
    let answer = guest
        .ask(
            "application.ApplicationService/ManagedResources",
            named.resources(),
        )
        .await;
    let is_sides = guest.query("as") != "fields";
    let body = match answer {
        Err(fault) => failed(&fault.message),
        Ok(answer) => {
            let compared: Vec<Compared<'_>> = items(&answer, "/items")
                .iter()
                .map(Compared::read)
                .collect();
            let different: Vec<(&Compared<'_>, &str)> = compared
                .iter()
                .filter_map(|c| Some((c, c.verb()?)))
                .collect();
            html! {
                div .bar-line {
                    span { b { (different.len()) } " of " (compared.len()) " objects differ" }
                    (ways(&named.place("diff"), &[], is_sides))
                }
                @for (one, verb) in different { (object(one, verb, is_sides)) }
            }
        }
    };
    frame(named, "App diff", "wide", body)
}

/// The two ways to look at a difference.
pub(crate) fn ways(place: &str, query: &[(&str, &str)], is_sides: bool) -> Markup {
    let way = |name: &str, label: &str, is_on: bool| {
        let all: Vec<(&str, &str)> = query.iter().copied().chain([("as", name)]).collect();
        html! { a .button href=(link::place(place, &all)) aria-current=[is_on.then_some("true")] { (label) } }
    };
    html! {
        span .group role="group" aria-label="Shown as" {
            (way("sides", "SIDE BY SIDE", is_sides))
            (way("fields", "FIELDS", !is_sides))
        }
    }
}

fn object(one: &Compared<'_>, verb: &str, is_sides: bool) -> Markup {
    let kind = text(one.item, "/kind");
    let changes = one.changes();
    html! {
        details .object open {
            summary {
                (icon(of_kind(kind))) (text(one.item, "/group")) " " b { (kind) } " " (text(one.item, "/namespace")) "/" b { (text(one.item, "/name")) }
                " " span .chip.warn { (verb) }
            }
            @if is_sides || changes.is_empty() { (side_by_side(&one.live, &one.desired)) } @else { (fields(&changes)) }
        }
    }
}
