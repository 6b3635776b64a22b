//! What tiles and rows say of one application.

use gantry_api::app::View;
use maud::{Markup, html};
use serde_json::Value;

use crate::icons::icon;
use crate::json::{items, text};
use crate::link;

/// An application, as lists show it.
pub(super) struct Row<'a> {
    pub(super) app: &'a Value,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) project: &'a str,
    pub(super) health: &'a str,
    pub(super) sync: &'a str,
    pub(super) phase: &'a str,
}

impl<'a> Row<'a> {
    pub(super) fn of(app: &'a Value) -> Self {
        Self {
            app,
            name: text(app, "/metadata/name"),
            namespace: text(app, "/metadata/namespace"),
            project: match text(app, "/spec/project") {
                "" => "default",
                project => project,
            },
            health: text(app, "/status/health/status"),
            sync: text(app, "/status/sync/status"),
            phase: text(app, "/status/operationState/phase"),
        }
    }

    /// The address of its page, or of one below it.
    pub(super) fn place(&self, page: &str) -> String {
        link::application(self.namespace, self.name, page)
    }

    /// What else is to be known of it: that it is synced by itself, and what is wrong.
    pub(super) fn marks(&self) -> Markup {
        let conditions = items(self.app, "/status/conditions");
        let types: Vec<&str> = conditions
            .iter()
            .map(|condition| text(condition, "/type"))
            .collect();
        let is_error = types.iter().any(|kind| kind.ends_with("Error"));
        html! {
            @if View(self.app).is_automated() { span .chip title="Synced by itself" { "auto" } " " }
            @if let [first, ..] = types.as_slice() {
                span class=(if is_error { "chip bad" } else { "chip warn" }) title=(types.join(", ")) {
                    (icon("alert")) (if types.len() == 1 { first.trim_end_matches("Warning") } else { "" })
                    @if types.len() > 1 { (types.len()) " conditions" }
                }
            }
        }
    }

    /// Its sources: where they are and which revision is wanted.
    pub(super) fn sources(&self) -> Vec<&'a Value> {
        match items(self.app, "/spec/sources") {
            [] => self.app.pointer("/spec/source").into_iter().collect(),
            sources => sources.iter().collect(),
        }
    }

    /// The cluster, by the name it was given.
    pub(super) fn cluster(&self) -> &'a str {
        match text(self.app, "/spec/destination/name") {
            "" => text(self.app, "/spec/destination/server"),
            name => name,
        }
    }

    /// When it was last synced.
    pub(super) fn synced_at(&self) -> &'a str {
        text(self.app, "/status/operationState/finishedAt")
    }
}

/// The path or chart of a source.
pub(crate) fn source_path(source: &Value) -> &str {
    match text(source, "/chart") {
        "" => text(source, "/path"),
        chart => chart,
    }
}

/// The revision that a source wants.
pub(crate) fn source_revision(source: &Value) -> &str {
    match text(source, "/targetRevision") {
        "" => "HEAD",
        revision => revision,
    }
}

/// A repository's address without what all have in common.
pub(crate) fn short_repository(url: &str) -> &str {
    let url = url.strip_suffix(".git").unwrap_or(url);
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
