//! DETAILS: what an application is, its parameters, its manifest, its events.

use gantry_api::Fault;
use gantry_yaml::emit;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::header::cluster;
use super::{Named, Panel, form, page_after, panel as frame, policy};
use crate::answer::Response;
use crate::applications::{source_path, source_revision};
use crate::events;
use crate::json::{entries, items, scalar, text, texts};
use crate::layout::{failed, outside};
use crate::link;
use crate::time::ago;
use crate::visit::Guest;

const TABS: [(&str, &str); 5] = [
    ("", "SUMMARY"),
    ("parameters", "PARAMETERS"),
    ("manifest", "MANIFEST"),
    ("policy", "SYNC POLICY"),
    ("events", "EVENTS"),
];

/// The panel.
pub(super) async fn panel(guest: &Guest, named: &Named, app: &Value, failure: &str) -> Markup {
    let tab = match guest.visit.form.get("tab") {
        "" => guest.query("tab"),
        sent => sent,
    };
    let body = html! {
        nav .tabs aria-label="Details" {
            @for (name, label) in TABS {
                a href=(link::place(&named.place("details"), &[("tab", name)])) aria-current=[(name == tab).then_some("page")] { (label) }
            }
        }
        (failed(failure))
        @match tab {
            "parameters" => (parameters(app)),
            "manifest" => (manifest(guest, named, app)),
            "policy" => (policy::tab(guest, named, app)),
            "events" => (events::of_application(guest, named).await),
            _ => (summary(guest, app)),
        }
    };
    frame(named, "Details", "wide", body)
}

fn summary(guest: &Guest, app: &Value) -> Markup {
    let named = |pointer: &str| {
        let entries = entries(app, pointer);
        html! { @if entries.is_empty() { span .dim { "none" } } @for (name, value) in entries { span .chip { (name) "=" (scalar(value)) } " " } }
    };
    html! {
        dl .facts {
            dt { "Project" } dd { a href=(link::place("/settings/projects", &[("name", text(app, "/spec/project"))])) { (text(app, "/spec/project")) } }
            dt { "Labels" } dd { (named("/metadata/labels")) }
            dt { "Annotations" } dd { (named("/metadata/annotations")) }
            dt { "Cluster" } dd { (cluster(app)) }
            dt { "Namespace" } dd { (text(app, "/spec/destination/namespace")) }
            dt { "Created" } dd { (ago(text(app, "/metadata/creationTimestamp"), guest.visit.now)) }
            dt { "Compared" } dd { (ago(text(app, "/status/reconciledAt"), guest.visit.now)) }
            dt { "Source type" } dd { (text(app, "/status/sourceType")) }
            @for source in sources(app) {
                dt { "Repository" } dd { (outside(text(source, "/repoURL"), text(source, "/repoURL"))) }
                dt { "Path" } dd { (source_path(source)) }
                dt { "Target revision" } dd .mono { (source_revision(source)) }
            }
            @for info in items(app, "/spec/info") { dt { (text(info, "/name")) } dd { (outside(text(info, "/value"), text(info, "/value"))) } }
            @let images = texts(app, "/status/summary/images");
            @if !images.is_empty() { dt { "Images" } dd { @for image in images { p .mono { (image) } } } }
        }
    }
}

fn sources(app: &Value) -> Vec<&Value> {
    match items(app, "/spec/sources") {
        [] => app.pointer("/spec/source").into_iter().collect(),
        all => all.iter().collect(),
    }
}

/// What a source says to its renderer.
fn parameters(app: &Value) -> Markup {
    html! {
        @for source in sources(app) {
            @let blocks: Vec<&str> = ["helm", "kustomize", "directory", "plugin"].into_iter().filter(|block| source.get(block).is_some()).collect();
            h3 { (source_path(source)) }
            @if blocks.is_empty() { p .dim { "This source has no parameters." } }
            @for block in blocks {
                @let plugin = text(source, "/plugin/name");
                h4 { @if block == "plugin" && !plugin.is_empty() { (plugin) } @else { (block) } }
                pre .code { (emit(&source[block])) }
            }
        }
    }
}

/// The manifest as YAML, to be changed.
fn manifest(guest: &Guest, named: &Named, app: &Value) -> Markup {
    let sent = guest.visit.form.raw("spec");
    let yaml = if sent.is_empty() {
        emit(&app["spec"])
    } else {
        sent.to_owned()
    };
    form(
        guest,
        &named.place("details"),
        html! {
            input type="hidden" name="tab" value="manifest";
            label { span { "spec" } textarea .code name="spec" rows="24" spellcheck="false" { (yaml) } }
            div .acts { button .primary type="submit" { "SAVE" } a .button href=(named.place("")) { "CANCEL" } }
        },
    )
}

/// Saves a changed manifest or policy.
pub(crate) async fn save(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    if guest.visit.form.get("tab") == "policy" {
        return policy::save(guest, named).await;
    }
    let spec = match crate::yaml::one(guest.visit.form.raw("spec")) {
        Ok(spec) => spec,
        Err(message) => return page_after(guest, named, Panel::Details, &message).await,
    };
    let request = named.request(json!({"spec": spec, "validate": true}));
    match guest
        .ask("application.ApplicationService/UpdateSpec", request)
        .await
    {
        Ok(_) => Ok(Response::see(&link::place(
            &named.place(""),
            &[("done", "update")],
        ))),
        Err(fault) => page_after(guest, named, Panel::Details, &fault.message).await,
    }
}
