//! HISTORY AND ROLLBACK: what was synced, and the way back there.

use futures::future::join_all;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::header::{self, short};
use super::{Named, panel as frame, rollback};
use crate::applications::{short_repository, source_path};
use crate::icons::icon;
use crate::json::{items, number, text, texts};
use crate::layout::{failed, outside};
use crate::link;
use crate::time::{ago, between};
use crate::visit::Guest;

/// Entries whose commits are looked up.
const LOOKED_UP: usize = 10;

/// The panel, the last entry first.
pub(super) async fn panel(guest: &Guest, named: &Named, app: &Value, failure: &str) -> Markup {
    if let Some(entry) = rollback::chosen(guest, app) {
        return rollback::panel(guest, named, app, entry, failure).await;
    }
    let mut entries: Vec<&Value> = items(app, "/status/history").iter().collect();
    entries.reverse();
    let looked_up = entries.iter().take(LOOKED_UP);
    let commits = join_all(looked_up.map(|entry| metadata(guest, named, entry))).await;
    let body = html! {
        (failed(failure))
        @if entries.is_empty() { p .dim { "Nothing was synced yet." } }
        ol .history {
            @for (place, entry) in entries.iter().enumerate() {
                li { (one(guest, named, entry, entries.get(place + 1).copied(), commits.get(place), place == 0)) }
            }
        }
    };
    frame(named, "History and rollback", "wide", body)
}

/// Who made the commit of an entry, and why.
pub(super) async fn metadata(guest: &Guest, named: &Named, entry: &Value) -> Value {
    let revision = text(entry, "/revision");
    if revision.is_empty() {
        return Value::Null;
    }
    let request = named.request(json!({"revision": revision, "versionId": entry["id"]}));
    guest
        .try_ask("application.ApplicationService/RevisionMetadata", request)
        .await
}

fn one(
    guest: &Guest,
    named: &Named,
    entry: &Value,
    before: Option<&Value>,
    commit: Option<&Value>,
    is_now: bool,
) -> Markup {
    let id = number(entry, "/id").to_string();
    let began = text(entry, "/deployStartedAt");
    html! {
        div .head {
            b { "#" (id) } " " (ago(text(entry, "/deployedAt"), guest.visit.now))
            @if is_now { " " span .chip { "current" } }
            span .dim {
                @if let Some(who) = header::who(&entry["initiatedBy"]) { "by " (who) " " }
                @if !began.is_empty() { "in " (between(began, text(entry, "/deployedAt"))) }
            }
            span .spring {}
            @if !is_now {
                a .button href=(link::place(&named.place("history"), &[("id", &id)])) aria-label={ "Rollback to #" (id) } { (icon("history")) "ROLLBACK" }
            }
        }
        @for (source, revision) in sources(entry) {
            p .clip {
                (outside(text(source, "/repoURL"), short_repository(text(source, "/repoURL")))) " " b { (source_path(source)) }
                " " span .mono title=(revision) { (short(revision)) }
            }
        }
        @if let Some(message) = commit.and_then(|c| c.get("message")).and_then(Value::as_str) {
            p { (message.lines().next().unwrap_or_default()) " " span .dim { (commit.map(|c| text(c, "/author")).unwrap_or_default()) } }
        }
        @if let Some(before) = before { (changed(entry, before)) }
    }
}

/// Sources with the revisions they were synced to.
pub(super) fn sources(entry: &Value) -> Vec<(&Value, &str)> {
    match items(entry, "/sources") {
        [] => entry
            .get("source")
            .map(|source| (source, text(entry, "/revision")))
            .into_iter()
            .collect(),
        all => all.iter().zip(texts(entry, "/revisions")).collect(),
    }
}

/// What is other than in the entry before.
pub(super) fn changed(entry: &Value, before: &Value) -> Markup {
    let (now, then) = (sources(entry), sources(before));
    let mut words: Vec<String> = Vec::new();
    for (place, (source, revision)) in now.iter().enumerate() {
        match then.get(place) {
            None => words.push(format!("source {} is new", text(source, "/repoURL"))),
            Some((old, old_revision)) => {
                if old_revision != revision {
                    words.push(format!("{} → {}", short(old_revision), short(revision)));
                }
                let keys = [*source, *old]
                    .into_iter()
                    .filter_map(Value::as_object)
                    .flat_map(|map| map.keys());
                let keys: std::collections::BTreeSet<&String> = keys.collect();
                let other = keys
                    .into_iter()
                    .filter(|key| source.get(key.as_str()) != old.get(key.as_str()));
                words.extend(other.map(|key| format!("{key} changed")));
            }
        }
    }
    if then.len() > now.len() {
        words.push("a source went".to_owned());
    }
    html! {
        p .dim { @if words.is_empty() { "the same again" } @else { (words.join(", ")) } }
    }
}
