//! How an application is, on one line: what is wrong comes first.

use std::collections::BTreeSet;

use gantry_api::app::View;
use gantry_model::limits;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Named;
use super::view::ORPHANED;
use crate::applications::{short_repository, source_path, source_revision};
use crate::icons::{health, icon, phase, sync};
use crate::json::{items, text, texts};
use crate::layout::outside;
use crate::link;
use crate::time::ago;
use crate::visit::Guest;

/// The conditions, errors before warnings.
pub(super) fn conditions(guest: &Guest, named: &Named, app: &Value) -> Markup {
    let mut conditions: Vec<&Value> = items(app, "/status/conditions").iter().collect();
    conditions.sort_by_key(|condition| !text(condition, "/type").ends_with("Error"));
    html! {
        @for condition in conditions {
            @let kind = text(condition, "/type");
            div class=(if kind.ends_with("Error") { "note bad" } else { "note warn" }) role="alert" {
                (icon("alert"))
                div .grow {
                    b { (kind) } " " span .dim { (ago(text(condition, "/lastTransitionTime"), guest.visit.now)) }
                    p .message { (text(condition, "/message")) }
                }
                @if kind == "OrphanedResourceWarning" && !guest.visit.query.is(ORPHANED) {
                    a .button href=(link::place(&named.place(""), &[(ORPHANED, "1")])) { "SHOW THEM" }
                }
            }
        }
    }
}

/// Who made the commit that runs, and why: of several sources the first that is of a commit.
pub(super) async fn metadata(guest: &Guest, named: &Named, app: &Value) -> Value {
    let revisions = match texts(app, "/status/sync/revisions") {
        none if none.is_empty() => vec![text(app, "/status/sync/revision")],
        several => several,
    };
    let mut commits = revisions.into_iter().enumerate();
    let Some((index, revision)) = commits.find(|(_, revision)| is_commit(revision)) else {
        return Value::Null;
    };
    let request = named.request(json!({"revision": revision, "sourceIndex": index}));
    guest
        .try_ask("application.ApplicationService/RevisionMetadata", request)
        .await
}

/// The revision that was compared.
fn revision(app: &Value) -> &str {
    match text(app, "/status/sync/revision") {
        "" => texts(app, "/status/sync/revisions")
            .first()
            .copied()
            .unwrap_or_default(),
        revision => revision,
    }
}

/// Seven characters of a commit; a version as it is.
pub(crate) fn short(revision: &str) -> &str {
    if is_commit(revision) {
        &revision[..7]
    } else {
        revision
    }
}

/// Whether a revision is a commit, and no chart's version.
pub(super) fn is_commit(revision: &str) -> bool {
    revision.len() >= 40 && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Health, sync status, last sync.
pub(super) fn status(
    guest: &Guest,
    named: &Named,
    app: &Value,
    tree: &Value,
    metadata: &Value,
) -> Markup {
    html! {
        section .statuses aria-label="Status" {
            div .card { h2 { "App health" } p .big { (health(text(app, "/status/health/status"))) }
                @let message = text(app, "/status/health/message");
                @if !message.is_empty() { p .message { (message) } }
                @let since = text(app, "/status/health/lastTransitionTime");
                @if !since.is_empty() { p .dim { "changed " (ago(since, guest.visit.now)) } }
            }
            div .card { h2 { "Sync status" } p .big { (sync(text(app, "/status/sync/status"))) } (compared(app, metadata)) }
            (last(guest, named, app))
            div .card.wide { h2 { "Source and destination" } (where_from(app, tree)) }
        }
    }
}

fn compared(app: &Value, metadata: &Value) -> Markup {
    let revision = revision(app);
    html! {
        @if !revision.is_empty() {
            p { "to " b .mono title=(revision) { (short(revision)) }
                @for more in texts(app, "/status/sync/revisions").iter().skip(1) { ", " b .mono title=(more) { (short(more)) } }
            }
        }
        @if let Some(message) = metadata.get("message").and_then(Value::as_str) {
            p .clip title=(message) { (message.lines().next().unwrap_or_default()) }
            p .dim .clip { (text(metadata, "/author")) }
        }
        p .dim { @if View(app).is_automated() { "Auto sync is on" } @else { "Auto sync is off" } }
    }
}

fn last(guest: &Guest, named: &Named, app: &Value) -> Markup {
    let state = app.pointer("/status/operationState");
    let is_asked = app.get("operation").is_some();
    html! {
        div .card { h2 { "Last sync" }
            @match state {
                Some(state) => {
                    @let word = text(state, "/phase");
                    p .big { a href=(named.place("operation")) { (phase(if is_asked && word != "Running" { "Running" } else { word })) } }
                    @let revision = text(state, "/syncResult/revision");
                    p { @if !revision.is_empty() { "to " b .mono title=(revision) { (short(revision)) } " " }
                        (ago(end_of(state), guest.visit.now)) }
                    p .message .clip title=(text(state, "/message")) { (text(state, "/message")) }
                    @if let Some(who) = by(state) { p .dim { "by " (who) } }
                }
                None if is_asked => p .big { (phase("Running")) },
                None => p .big .dim { "never" },
            }
        }
    }
}

fn end_of(state: &Value) -> &str {
    match text(state, "/finishedAt") {
        "" => text(state, "/startedAt"),
        end => end,
    }
}

/// Who began an operation, if that is known.
pub(super) fn by(state: &Value) -> Option<&str> {
    who(state.pointer("/operation/initiatedBy")?)
}

/// The same of an entry `initiatedBy`.
pub(super) fn who(by: &Value) -> Option<&str> {
    match text(by, "/username") {
        "" => crate::json::is(by, "/automated").then_some("the policy"),
        name => Some(name),
    }
}

fn where_from(app: &Value, tree: &Value) -> Markup {
    let sources: Vec<&Value> = match items(app, "/spec/sources") {
        [] => app.pointer("/spec/source").into_iter().collect(),
        all => all.iter().collect(),
    };
    let nodes = items(tree, "/nodes").iter().flat_map(crate::tree::urls);
    let summary = texts(app, "/status/summary/externalURLs").into_iter();
    let urls: BTreeSet<&str> = summary.chain(nodes).collect();
    html! {
        @for source in sources {
            p .clip title=(text(source, "/repoURL")) { (icon("git")) " "
                (outside(text(source, "/repoURL"), short_repository(text(source, "/repoURL"))))
            }
            p { b { (source_path(source)) } " @ " (source_revision(source)) }
        }
        p .clip { (icon("cluster")) " "
            (cluster(app)) " / " b { (text(app, "/spec/destination/namespace")) }
        }
        @for url in urls.iter().take(limits::TREE_SIBLINGS_MAX) { p .clip { (outside(url, url)) } }
    }
}

/// The cluster, by the name it was given.
pub(super) fn cluster(app: &Value) -> &str {
    match text(app, "/spec/destination/name") {
        "" => text(app, "/spec/destination/server"),
        name => name,
    }
}
