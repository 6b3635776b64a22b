//! DELETE: the name is typed, so that nobody deletes by a slip of the hand.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Named, Panel, form, page_after, panel as frame};
use crate::answer::Response;
use crate::icons::icon;
use crate::json::items;
use crate::layout::failed;
use crate::link;
use crate::visit::Guest;

const WAYS: [(&str, &str, &str); 3] = [
    (
        "foreground",
        "Foreground",
        "all its objects go, the last waves first, each with what it owns",
    ),
    (
        "background",
        "Background",
        "all its objects go; what they own is collected later",
    ),
    (
        "none",
        "Non-cascading",
        "only the application goes; its objects stay",
    ),
];

/// The panel.
pub(super) fn panel(guest: &Guest, named: &Named, app: &Value, failure: &str) -> Markup {
    let count = items(app, "/status/resources").len();
    let sent = &guest.visit.form;
    let body = html! {
        (failed(failure))
        (form(guest, &named.place("delete"), html! {
            p { "This deletes the application " b { (named.name) } " and, with a cascade, its " b { (count) } " objects." }
            fieldset { legend { "What goes" }
                @for (place, (value, name, text)) in WAYS.iter().enumerate() {
                    label .tick.line { input type="radio" name="way" value=(value) checked[if sent.is("way") { sent.get("way") == *value } else { place == 0 }];
                        span { b { (name) } ": " (text) } }
                }
            }
            label { span { "Type the application's name to confirm" }
                input name="confirm" autocomplete="off" autocapitalize="none" spellcheck="false" required; }
            div .acts {
                button .danger type="submit" { (icon("delete")) "DELETE" }
                a .button href=(named.place("")) { "CANCEL" }
            }
        }))
    };
    frame(named, "Delete application", "", body)
}

/// Deletes it.
pub(crate) async fn remove(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    if sent.get("confirm") != named.name {
        let text = format!("Type {} to delete it.", named.name);
        return page_after(guest, named, Panel::Delete, &text).await;
    }
    let way = sent.get("way");
    let is_cascade = way != "none";
    let policy = if way == "background" {
        "background"
    } else {
        "foreground"
    };
    let request = named.request(
        json!({"cascade": is_cascade, "propagationPolicy": if is_cascade { policy } else { "" }}),
    );
    match guest
        .ask("application.ApplicationService/Delete", request)
        .await
    {
        Ok(_) => Ok(Response::see(&link::place(
            "/applications",
            &[("done", "delete")],
        ))),
        Err(fault) => page_after(guest, named, Panel::Delete, &fault.message).await,
    }
}
