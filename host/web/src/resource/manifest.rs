//! The live manifest, to be read and to be changed.

use gantry_api::Fault;
use gantry_yaml::emit;
use maud::{Markup, html};
use serde_json::Value;

use super::Object;
use crate::application::Named;
use crate::diff::tidy;
use crate::layout::{csrf_field, failed};
use crate::visit::Guest;

/// The manifest.
pub(super) fn show(
    guest: &Guest,
    named: &Named,
    object: &Object,
    live: &Result<Value, Fault>,
) -> Markup {
    let live = match live {
        Ok(live) => live,
        Err(fault) => return failed(&fault.message),
    };
    let is_all = guest.visit.query.is("all");
    let is_edit = guest.visit.query.is("edit") || guest.visit.form.is("manifest");
    let shown = if is_all {
        live.clone()
    } else {
        tidy(live.clone())
    };
    let text = emit(&shown);
    html! {
        div .bar-line {
            @if is_all { a .button href=(object.place(named, &[("tab", "manifest")])) { "HIDE MANAGED FIELDS" } }
            @else { a .button href=(object.place(named, &[("tab", "manifest"), ("all", "1")])) { "SHOW MANAGED FIELDS" } }
            // Data of a Secret is hidden: what would be saved is not what is there.
            @if !is_edit && object.kind != "Secret" { a .button href=(object.place(named, &[("tab", "manifest"), ("edit", "1")])) { "EDIT" } }
        }
        @if is_edit {
            form .sheet method="post" action=(named.place("resource-patch")) {
                (csrf_field(guest))
                @for (name, value) in object.pairs() { input type="hidden" name=(name) value=(value); }
                label { span { "Manifest" } textarea .code name="manifest" rows="28" spellcheck="false" {
                    (if guest.visit.form.is("manifest") { guest.visit.form.raw("manifest") } else { &text }) } }
                p .dim { "What you change here is not in Git: the application will be OutOfSync." }
                div .acts { button .primary type="submit" { "SAVE" } a .button href=(object.place(named, &[("tab", "manifest")])) { "CANCEL" } }
            }
        } @else {
            pre .code tabindex="0" { (text) }
        }
    }
}
