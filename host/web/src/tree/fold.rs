//! Many objects of one kind beside each other, folded into one. What is folded is not drawn: a page of thousands of
//! objects stays small, and so does each newer part of it. Which folds are open is in the page's address.

use maud::{Markup, html};

use super::draw::Drawing;
use crate::application::Named;
use crate::icons::{health, icon, of_kind};
use crate::link;
use crate::visit::Guest;

/// The field of an address that opens a fold.
const OPEN: &str = "open";

/// A fold, by the kind of its objects and what they are below.
pub(super) struct Fold<'a> {
    kind: &'a str,
    pub(super) is_open: bool,
    /// The address of the same page with it opened or closed.
    place: String,
}

impl<'a> Fold<'a> {
    pub(super) fn new(guest: &Guest, named: &Named, kind: &'a str, below: &str) -> Self {
        let id = format!("{kind}@{below}");
        let query = &guest.visit.query;
        let is_open = query.all(OPEN).contains(&id.as_str());
        let kept = query
            .iter()
            .filter(|(name, value)| *name != "done" && !(*name == OPEN && *value == id));
        let toggled = (!is_open).then_some((OPEN, id.as_str()));
        let all: Vec<(&str, &str)> = kept.chain(toggled).collect();
        Self {
            kind,
            is_open,
            place: link::place(&named.place(""), &all),
        }
    }
}

/// What stands for the objects.
pub(super) fn node(
    drawing: &Drawing<'_>,
    fold: &Fold<'_>,
    places: &[usize],
    is_rest: bool,
) -> Markup {
    let kind = fold.kind;
    html! {
        div .node.fold {
            span .kind { (icon(of_kind(kind))) (kind) }
            a .name.cover href=(fold.place) aria-expanded=(fold.is_open) data-part="app-view" {
                (places.len()) @if is_rest { " more" } " × " (kind)
            }
            span .marks { (counts(drawing, places)) span .age { (icon(if fold.is_open { "minus" } else { "plus" })) } }
        }
    }
}

fn counts(drawing: &Drawing<'_>, places: &[usize]) -> Markup {
    let count = |wanted: &str| {
        places
            .iter()
            .filter(|place| drawing.forest.node(**place).health == Some(wanted))
            .count()
    };
    html! {
        @for status in ["Healthy", "Progressing", "Degraded", "Suspended", "Missing"] {
            @let found = count(status);
            @if found > 0 { span .counted { (health(status)) (found) } }
        }
    }
}

/// The way to those that are too many to be drawn.
pub(super) fn left_out(drawing: &Drawing<'_>, kind: &str, count: usize) -> Markup {
    let query = [("view", "list"), ("kind", kind)];
    html! {
        div .node.fold {
            span .kind { (icon("list")) (kind) }
            a .name.cover href=(link::place(&drawing.named.place(""), &query)) { (count) " more, in the list" }
        }
    }
}
