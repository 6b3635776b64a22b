//! Clusters.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::connection;
use crate::answer::invalid;
use crate::icons::icon;
use crate::json::{items, number, text, texts};
use crate::layout::{act, csrf_field};
use crate::link;
use crate::time::ago;
use crate::visit::Guest;

/// All of them.
pub(super) async fn show(guest: &Guest) -> Result<Markup, Fault> {
    let answer = guest.ask("cluster.ClusterService/List", json!({})).await?;
    let clusters = items(&answer, "/items");
    Ok(html! {
        p .lead { "A cluster is added with " code { "argocd cluster add CONTEXT" } " or " code { "gantry cluster add CONTEXT" } ", which make the account there that is used." }
        @if clusters.is_empty() { div .empty { (icon("cluster")) h2 { "No clusters" } } }
        ul .cards { @for cluster in clusters { li .card { (one(guest, cluster)) } } }
    })
}

fn one(guest: &Guest, cluster: &Value) -> Markup {
    let server = text(cluster, "/server");
    let state = cluster
        .pointer("/info/connectionState")
        .or_else(|| cluster.get("connectionState"))
        .unwrap_or(&Value::Null);
    let version = match text(cluster, "/info/serverVersion") {
        "" => text(cluster, "/serverVersion"),
        version => version,
    };
    let namespaces = texts(cluster, "/namespaces");
    let server_field = [("server", server)];
    html! {
        h2 { (icon("cluster")) " " (text(cluster, "/name")) }
        dl .facts {
            dt { "URL" } dd .mono { (server) }
            dt { "Connection" } dd { (connection(text(state, "/status"), text(state, "/message"))) }
            @let at = text(state, "/attemptedAt");
            @if !at.is_empty() { dt { "Asked" } dd { (ago(at, guest.visit.now)) } }
            @if !version.is_empty() { dt { "Version" } dd { (version) } }
            dt { "Applications" } dd { (applications(cluster)) }
            @let kinds = number(cluster, "/info/cacheInfo/apisCount");
            dt { "Objects watched" } dd { (number(cluster, "/info/cacheInfo/resourcesCount")) ", of " (kinds) (if kinds == 1 { " kind" } else { " kinds" }) }
            @if !namespaces.is_empty() { dt { "Namespaces" } dd { @for name in namespaces { span .chip { (name) } " " } } }
            @let project = text(cluster, "/project");
            @if !project.is_empty() { dt { "Project" } dd { (project) } }
        }
        div .acts {
            (act(guest, "/settings/clusters/invalidate", &server_field, "", html! { (icon("refresh")) "INVALIDATE CACHE" }))
            (act(guest, "/settings/clusters/rotate", &server_field, "", html! { (icon("key")) "ROTATE TOKEN" }))
        }
        details .more { summary { "Remove this cluster" }
            form .sheet method="post" action="/settings/clusters/remove" {
                (csrf_field(guest))
                input type="hidden" name="server" value=(server);
                input type="hidden" name="name" value=(text(cluster, "/name"));
                label { span { "Type its name to confirm" } input name="confirm" autocomplete="off" spellcheck="false" required; }
                div .acts { button .danger type="submit" { (icon("delete")) "REMOVE" } }
            }
        }
    }
}

/// How many go there, and the way to them.
fn applications(cluster: &Value) -> Markup {
    let count = number(cluster, "/info/applicationsCount");
    let name = text(cluster, "/name");
    html! {
        @if count == 0 { "0" } @else { a href=(link::place("/applications", &[("cluster", name), ("cluster", text(cluster, "/server"))])) { (count) } }
    }
}

/// What a form does; where to go then.
pub(super) async fn change(guest: &Guest, act: &str) -> Result<String, Fault> {
    let sent = &guest.visit.form;
    let server = sent.get("server");
    let request = json!({"server": server, "id": {"type": "server", "value": server}});
    let (method, done) = match act {
        "invalidate" => ("cluster.ClusterService/InvalidateCache", "refresh"),
        "rotate" => ("cluster.ClusterService/RotateAuth", "update"),
        "remove" if sent.get("confirm") == sent.get("name") => {
            ("cluster.ClusterService/Delete", "remove")
        }
        "remove" => return Err(invalid("Type the cluster's name to remove it.")),
        _ => return Err(invalid("there is no such thing to do with a cluster")),
    };
    guest.ask(method, request).await?;
    Ok(format!("/settings/clusters?done={done}"))
}
