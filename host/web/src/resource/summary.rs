//! SUMMARY of an object: what it is, what it belongs to, what runs in it.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::Value;

use crate::application::Named;
use crate::icons::{health, icon, state};
use crate::json::{entries, items, number, scalar, text};
use crate::layout::outside;
use crate::time::ago;
use crate::tree::{Forest, Node};
use crate::visit::Guest;

/// The tab.
pub(super) fn show(
    guest: &Guest,
    named: &Named,
    live: &Result<Value, Fault>,
    node: Option<&Node<'_>>,
    forest: &Forest<'_>,
) -> Markup {
    let empty = Value::Null;
    let object = live.as_ref().unwrap_or(&empty);
    html! {
        @if let Err(fault) = live { p .note.warn { (icon("missing")) span { (fault.message) } } }
        div .card {
            dl .facts {
                @let created = text(object, "/metadata/creationTimestamp");
                @if !created.is_empty() { dt { "Created" } dd { (ago(created, guest.visit.now)) } }
                dt { "Labels" } dd { (pairs(object, "/metadata/labels")) }
                dt { "Annotations" } dd { (pairs(object, "/metadata/annotations")) }
                @if let Some(node) = node { (known(named, node, forest)) }
            }
        }
        (containers(object))
        (conditions(object))
    }
}

fn pairs(object: &Value, pointer: &str) -> Markup {
    let found = entries(object, pointer);
    html! {
        @if found.is_empty() { span .dim { "none" } }
        @for (name, value) in found { span .chip { (name) "=" (scalar(value)) } " " }
    }
}

/// What the tree knows of it.
fn known(named: &Named, node: &Node<'_>, forest: &Forest<'_>) -> Markup {
    let owner = forest.nodes().find(|owner| {
        let mut owned = owner.children.iter();
        owned.any(|child| std::ptr::eq(forest.node(*child), node))
    });
    let relation = |node: &Node<'_>| {
        html! { p { a href=(node.place(named)) { (node.kind) "/" (node.name) } " " @if let Some(status) = node.health { (health(status)) } } }
    };
    html! {
        @for (name, value) in &node.info { dt { (name) } dd { (value) } }
        @if !node.images.is_empty() { dt { "Images" } dd { @for image in &node.images { p .mono { (image) } } } }
        @for url in &node.urls { dt { "URL" } dd { (outside(url, url)) } }
        @if let Some(owner) = owner { dt { "Owned by" } dd { (relation(owner)) } }
        @if !node.children.is_empty() { dt { "Owns" } dd { @for child in &node.children { (relation(forest.node(*child))) } } }
    }
}

/// Those of a Pod: whether they run, and if not, why.
fn containers(pod: &Value) -> Markup {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let all: Vec<&Value> = lists
        .into_iter()
        .flat_map(|list| items(pod, list))
        .collect();
    html! {
        @if !all.is_empty() {
            h2 { "Containers" }
            div .scroll { table .rows {
                thead { tr { th scope="col" { "Name" } th scope="col" { "State" } th scope="col" { "Image" } th scope="col" .n { "Restarts" } } }
                tbody { @for one in all {
                    tr {
                        th scope="row" { (text(one, "/name")) }
                        td { (condition(one)) }
                        td .mono { (text(one, "/image")) }
                        td .n { (number(one, "/restartCount"))
                            @let last = text(one, "/lastState/terminated/reason");
                            @if !last.is_empty() { " " span .dim { "last: " (last) ", exit code " (number(one, "/lastState/terminated/exitCode")) } } }
                    }
                } }
            } }
        }
    }
}

fn condition(container: &Value) -> Markup {
    let told = |now: &str| {
        html! {
            (text(container, &format!("/state/{now}/reason")))
            @let message = text(container, &format!("/state/{now}/message"));
            @if !message.is_empty() { p .message.dim { (message) } }
        }
    };
    let is = |now: &str| container.pointer(&format!("/state/{now}")).is_some();
    html! {
        @if is("running") {
            @if crate::json::is(container, "/ready") { (state("synced", "s-good", "Running")) } @else { (state("progressing", "s-busy", "Running, not ready")) }
        } @else if is("terminated") {
            @if number(container, "/state/terminated/exitCode") == 0 { (state("synced", "s-good", "Ended")) } @else { (state("failed", "s-bad", "Ended")) }
            " " (told("terminated"))
        } @else { (state("progressing", "s-warn", "Waiting")) " " (told("waiting")) }
    }
}

fn conditions(object: &Value) -> Markup {
    let conditions = items(object, "/status/conditions");
    html! {
        @if !conditions.is_empty() {
            h2 { "Conditions" }
            div .scroll { table .rows {
                thead { tr { th scope="col" { "Type" } th scope="col" { "Status" } th scope="col" { "Reason" } th scope="col" { "Message" } } }
                tbody { @for condition in conditions {
                    tr { th scope="row" { (text(condition, "/type")) } td { (scalar(&condition["status"])) } td { (text(condition, "/reason")) } td .message { (text(condition, "/message")) } }
                } }
            } }
        }
    }
}
