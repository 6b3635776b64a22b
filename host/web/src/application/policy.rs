//! SYNC POLICY of DETAILS: whether the control plane syncs by itself, and how.

use gantry_api::Fault;
use gantry_api::app::View;
use gantry_yaml::emit;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Named, Panel, form, page_after};
use crate::answer::Response;
use crate::json::{is, items};
use crate::link;
use crate::visit::Guest;

/// What automated sync does beyond syncing: field, name, and what it means.
const WAYS: [(&str, &str, &str); 3] = [
    (
        "prune",
        "Prune resources",
        "deletes what is no longer in Git",
    ),
    (
        "selfHeal",
        "Self heal",
        "undoes what somebody changes in the cluster",
    ),
    (
        "allowEmpty",
        "Allow empty",
        "prunes even when nothing is left",
    ),
];

/// The tab.
pub(super) fn tab(guest: &Guest, named: &Named, app: &Value) -> Markup {
    let is_on = View(app).is_automated();
    html! {
        (form(guest, &named.place("details"), html! {
            input type="hidden" name="tab" value="policy";
            fieldset { legend { "Automated sync" }
                label .tick { input type="checkbox" name="automated" value="1" checked[is_on]; span { b { "Enable auto-sync" } ": a new commit is synced without anybody asking" } }
                @for (field, name, meaning) in WAYS {
                    label .tick { input type="checkbox" name=(field) value="1" checked[is(app, &format!("/spec/syncPolicy/automated/{field}"))]; span { b { (name) } ": " (meaning) } }
                }
            }
            div .acts { button .primary type="submit" { "SAVE" } a .button href=(named.place("")) { "CANCEL" } }
        }))
        @let rest: Vec<(&String, &Value)> = app.pointer("/spec/syncPolicy").and_then(Value::as_object).into_iter().flatten().filter(|(key, _)| *key != "automated").collect();
        @if !rest.is_empty() { h3 { "Options, retries" } pre .code { @for (key, value) in rest { (emit(&json!({key: value}))) } } }
        @let ignored = items(app, "/spec/ignoreDifferences");
        @if !ignored.is_empty() { h3 { "Ignored differences" } pre .code { (emit(&json!(ignored))) } }
        p .dim { "All else is changed in the manifest." }
    }
}

/// Saves it.
pub(super) async fn save(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    let mut automated = json!({"enabled": sent.is("automated")});
    for (field, ..) in WAYS {
        // What is not ticked is not in the manifest.
        automated[field] = if sent.is(field) {
            json!(true)
        } else {
            Value::Null
        };
    }
    let patch = json!({"syncPolicy": {"automated": automated}});
    match named.change(guest, &patch).await {
        Ok(_) => Ok(Response::see(&link::place(
            &named.place(""),
            &[("done", "update")],
        ))),
        Err(fault) => page_after(guest, named, Panel::Details, &fault.message).await,
    }
}
