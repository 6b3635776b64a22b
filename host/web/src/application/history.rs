//! HISTORY AND ROLLBACK: what was synced, and the way back there.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::Value;

use super::commits::Commits;
use super::header::{self, short};
use super::{Named, panel as frame, rollback};
use crate::applications::{short_repository, source_path};
use crate::icons::icon;
use crate::json::{items, number, text, texts};
use crate::layout::{failed, outside};
use crate::link;
use crate::time::{ago, between};
use crate::visit::Guest;

/// The panel, the last entry first.
pub(super) async fn panel(guest: &Guest, named: &Named, app: &Value, failure: &str) -> Markup {
    if let Some(entry) = rollback::chosen(guest, app) {
        return rollback::panel(guest, named, app, entry, failure).await;
    }
    let mut entries: Vec<&Value> = items(app, "/status/history").iter().collect();
    entries.reverse();
    let commits = Commits::of(guest, named, entries.iter().copied()).await;
    let body = html! {
        (failed(failure))
        @if entries.is_empty() { p .dim { "Nothing was synced yet." } }
        ol .history {
            @for (place, entry) in entries.iter().enumerate() {
                li { (one(guest, named, entry, entries.get(place + 1).copied(), &commits, place == 0)) }
            }
        }
    };
    frame(named, "History and rollback", "wide", body)
}

fn one(
    guest: &Guest,
    named: &Named,
    entry: &Value,
    before: Option<&Value>,
    commits: &Commits<'_>,
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
                (outside(text(source, "/repoURL"), short_repository(text(source, "/repoURL")))) " " b { (part(source)) }
                " " span .mono title=(revision) { (short(revision)) }
            }
            (commits.line(guest, source, revision))
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
    let mut lines: Vec<String> = Vec::new();
    for (place, (source, revision)) in now.iter().enumerate() {
        let words = match then.get(place) {
            None => vec!["a new source".to_owned()],
            Some((old, old_revision)) => {
                let moved = (old_revision != revision)
                    .then(|| format!("{} → {}", short(old_revision), short(revision)));
                moved.into_iter().chain(other_fields(source, old)).collect()
            }
        };
        // Of several, it is said which.
        let name = match now.len().max(then.len()) {
            1 => String::new(),
            _ => format!("{}: ", title(source)),
        };
        if !words.is_empty() {
            lines.push(name + &words.join(", "));
        }
    }
    let gone = then.iter().skip(now.len());
    lines.extend(gone.map(|(source, _)| format!("{}: no longer a source", title(source))));
    html! {
        @if lines.is_empty() { p .dim { "the same again" } }
        @for line in lines { p .dim { (line) } }
    }
}

/// What of a repository a source is: its path or chart, or the name by which others use it.
fn part(source: &Value) -> String {
    match (source_path(source), text(source, "/ref")) {
        ("", "") => String::new(),
        ("", name) => format!("${name}"),
        (path, _) => path.to_owned(),
    }
}

/// A source in few words.
fn title(source: &Value) -> String {
    let repository = short_repository(text(source, "/repoURL"));
    format!("{repository} {}", part(source)).trim().to_owned()
}

fn other_fields<'a>(now: &'a Value, then: &'a Value) -> impl Iterator<Item = String> + 'a {
    let maps = [now, then].into_iter().filter_map(Value::as_object);
    let keys: BTreeSet<&String> = maps.flat_map(|map| map.keys()).collect();
    let other = keys
        .into_iter()
        .filter(|key| now.get(key.as_str()) != then.get(key.as_str()));
    other.map(|key| format!("{key} changed"))
}
