//! What can be done with an object.

use gantry_api::Fault;
use gantry_model::merge_patch;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Object, page_after};
use crate::answer::Response;
use crate::application::Named;
use crate::icons::icon;
use crate::json::{is, items, text};
use crate::layout::csrf_field;
use crate::link;
use crate::visit::Guest;

/// The actions of its kind, and deletion.
pub(super) async fn offers(guest: &Guest, named: &Named, object: &Object) -> Markup {
    let answer = guest
        .try_ask(
            "application.ApplicationService/ListResourceActions",
            object.request(named),
        )
        .await;
    let actions = items(&answer, "/actions");
    html! {
        @if !actions.is_empty() {
            h2 { "Actions" }
            div .acts { @for action in actions.iter().filter(|action| !is(action, "/disabled")) { (asking(guest, named, object, action)) } }
        }
        details .more {
            summary { "Delete this object" }
            form .sheet method="post" action=(named.place("resource-delete")) {
                (csrf_field(guest))
                @for (name, value) in object.pairs() { input type="hidden" name=(name) value=(value); }
                label .tick { input type="checkbox" name="force" value="1"; span { "Force: do not wait for it to end well" } }
                label .tick { input type="checkbox" name="orphan" value="1"; span { "Leave what it owns" } }
                label { span { "Type its name to confirm" } input name="confirm" autocomplete="off" spellcheck="false" required; }
                div .acts { button .danger type="submit" { (icon("delete")) "DELETE" } }
            }
        }
    }
}

/// How the fields of an action's parameters begin.
const PARAMETER: &str = "param.";

/// An action, which asks before it is run, and for what it must be told.
fn asking(guest: &Guest, named: &Named, object: &Object, action: &Value) -> Markup {
    let name = text(action, "/name");
    let label = match text(action, "/displayName") {
        "" => name,
        label => label,
    };
    html! {
        details .menu {
            summary .button { (capital(label)) (icon("chevron")) }
            form .sheet method="post" action=(named.place("resource-action")) {
                (csrf_field(guest))
                @for (name, value) in object.pairs() { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="action" value=(name);
                p { (capital(label)) " " b { (object.name) } "?" }
                @for parameter in items(action, "/params") {
                    @let name = text(parameter, "/name");
                    label { span { (name) } input name={ (PARAMETER) (name) } autocomplete="off" spellcheck="false" required; }
                }
                div .acts { button .primary type="submit" { (label.to_uppercase()) } }
            }
        }
    }
}

/// Names of actions are words like `restart`.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Runs an action.
pub(crate) async fn act(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let form = &guest.visit.form;
    let object = Object::read(form);
    let mut request = object.request(named);
    request["action"] = json!(form.get("action"));
    let parameters = form.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(PARAMETER)?;
        Some(json!({"name": name, "value": value.trim()}))
    });
    request["resourceActionParameters"] = parameters.collect();
    match guest
        .ask(
            "application.ApplicationService/RunResourceActionV2",
            request,
        )
        .await
    {
        Ok(_) => Ok(Response::see(&object.place(named, &[("done", "action")]))),
        Err(fault) => page_after(guest, named, &object, &fault.message).await,
    }
}

/// Deletes it.
pub(crate) async fn remove(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    let object = Object::read(sent);
    if sent.get("confirm") != object.name {
        let text = format!("Type {} to delete it.", object.name);
        return page_after(guest, named, &object, &text).await;
    }
    let mut request = object.request(named);
    request["force"] = json!(sent.is("force"));
    request["orphan"] = json!(sent.is("orphan"));
    match guest
        .ask("application.ApplicationService/DeleteResource", request)
        .await
    {
        Ok(_) => Ok(Response::see(&link::place(
            &named.place(""),
            &[("done", "remove")],
        ))),
        Err(fault) => page_after(guest, named, &object, &fault.message).await,
    }
}

/// Saves a changed live manifest, as a merge patch of what was changed.
pub(crate) async fn save(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let object = Object::read(&guest.visit.form);
    let wanted = match crate::yaml::one(guest.visit.form.raw("manifest")) {
        Ok(wanted) => wanted,
        Err(message) => return page_after(guest, named, &object, &message).await,
    };
    let live = match super::live(guest, named, &object).await {
        Ok(live) => live,
        Err(fault) => return page_after(guest, named, &object, &fault.message).await,
    };
    // Managed fields may have been hidden: what is not shown is not removed.
    let live = if wanted.pointer("/metadata/managedFields").is_some() {
        live
    } else {
        crate::diff::tidy(live)
    };
    let patch = merge_patch::between(&live, &wanted).unwrap_or_else(|| json!({}));
    let mut request = object.request(named);
    request["patch"] = json!(patch.to_string());
    request["patchType"] = json!("application/merge-patch+json");
    match guest
        .ask("application.ApplicationService/PatchResource", request)
        .await
    {
        Ok(_) => Ok(Response::see(
            &object.place(named, &[("tab", "manifest"), ("done", "update")]),
        )),
        Err(fault) => page_after(guest, named, &object, &fault.message).await,
    }
}
