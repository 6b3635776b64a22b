//! The list of applications: as tiles, as a table, page by page.

mod filters;
mod rows;
mod table;
mod tiles;

use futures::FutureExt;
use gantry_api::Fault;
use gantry_model::limits;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::answer::Response;
use crate::icons::icon;
use crate::json::{items, number};
use crate::layout::{Page, Section};
use crate::link;
use crate::live::follow;
use crate::visit::{Fields, Guest};

pub(crate) use rows::{short_repository, source_path, source_revision};

const LIST: &str = "application.ApplicationService/List";

/// What is shown, by the query.
struct Shown<'a> {
    query: &'a Fields,
    page: usize,
    is_table: bool,
}

impl<'a> Shown<'a> {
    fn read(query: &'a Fields) -> Self {
        Self {
            query,
            page: query.get("page").parse().unwrap_or(1).max(1),
            is_table: query.get("view") == "table",
        }
    }

    fn request(&self) -> Value {
        json!({
            "limit": limits::PAGE_APPLICATIONS,
            "offset": (self.page - 1) * limits::PAGE_APPLICATIONS,
            "search": self.query.get("search"),
            "sync": self.query.all("sync"),
            "health": self.query.all("health"),
            "projects": self.query.all("project"),
            "clusters": self.query.all("cluster"),
            "namespaces": self.query.all("namespace"),
            "labels": self.query.all("label"),
            "sort": self.query.get("sort"),
        })
    }

    /// The address of the same with one field set anew.
    fn with(&self, name: &str, value: &str) -> String {
        let kept = self
            .query
            .iter()
            .filter(|(known, _)| *known != name && *known != "page" && *known != "done");
        let all: Vec<(&str, &str)> = kept.chain([(name, value)]).collect();
        link::place("/applications", &all)
    }
}

/// The page.
pub(crate) async fn page(guest: &Guest) -> Result<Response, Fault> {
    let shown = Shown::read(&guest.visit.query);
    let answer = guest.ask(LIST, shown.request()).await?;
    let query: Vec<(&str, &str)> = guest.visit.query.iter().collect();
    let body = html! {
        div .split {
            (filters::form(&shown, &answer))
            section .results aria-label="Results" { (parts(guest, &shown, &answer)) }
        }
    };
    let mut page = Page::new(Section::Applications, "Applications", body);
    page.tools = tools(&shown);
    page.live = Some(link::place("/applications/live", &query));
    Ok(page.answer(guest))
}

fn tools(shown: &Shown<'_>) -> Markup {
    let view = |name: &str, label: &str, picture: &str, is_on: bool| {
        html! { a .button.icon href=(shown.with("view", name)) aria-current=[is_on.then_some("true")] title=(label) aria-label=(label) { (icon(picture)) } }
    };
    html! {
        a .button.primary href="/new-app" { (icon("plus")) "NEW APP" }
        span .group role="group" aria-label="View" {
            (view("", "Tiles", "tiles", !shown.is_table))
            (view("table", "Table", "list", shown.is_table))
        }
    }
}

/// The parts that stay up to date.
fn parts(guest: &Guest, shown: &Shown<'_>, answer: &Value) -> Markup {
    let found = items(answer, "/items");
    let total = match number(answer, "/metadata/total") {
        0 => found.len(),
        total => usize::try_from(total).unwrap_or_default(),
    };
    html! {
        div #apps-summary { (filters::summary(shown, answer, total)) }
        div #apps {
            @if found.is_empty() {
                (nothing(shown))
            } @else if shown.is_table {
                (table::table(guest, shown, found))
            } @else {
                (tiles::tiles(guest, found))
            }
        }
        div #apps-pages { (pages(shown, total)) }
    }
}

fn nothing(shown: &Shown<'_>) -> Markup {
    let is_filtered = shown
        .query
        .iter()
        .any(|(name, value)| !value.is_empty() && !matches!(name, "view" | "done" | "sort"));
    html! {
        div .empty {
            (icon("apps"))
            @if is_filtered {
                h2 { "No application is like that" }
                a .button href="/applications" { "CLEAR FILTERS" }
            } @else {
                h2 { "No applications yet" }
                p { "An application says what of a Git repository goes to which cluster." }
                a .button.primary href="/new-app" { "CREATE APPLICATION" }
            }
        }
    }
}

fn pages(shown: &Shown<'_>, total: usize) -> Markup {
    let last = total.div_ceil(limits::PAGE_APPLICATIONS).max(1);
    let first = (shown.page - 1) * limits::PAGE_APPLICATIONS + 1;
    let until = (shown.page * limits::PAGE_APPLICATIONS).min(total);
    html! {
        @if last > 1 {
            nav .pages aria-label="Pages" {
                @if shown.page > 1 { a .button rel="prev" href=(shown.with("page", &(shown.page - 1).to_string())) { "PREVIOUS" } }
                span { (first) "–" (until) " of " (total) }
                @if shown.page < last { a .button rel="next" href=(shown.with("page", &(shown.page + 1).to_string())) { "NEXT" } }
            }
        }
    }
}

/// The stream of newer parts.
pub(crate) async fn live(guest: &Guest) -> Result<Response, Fault> {
    let changes = guest
        // That something changed is all that it is to tell: the parts are drawn anew from a list.
        .stream(
            "application.ApplicationService/Watch",
            json!({"fields": "result.application.metadata.name"}),
        )
        .await?;
    let guest = guest.clone();
    Ok(follow(
        changes,
        Box::new(move || {
            let guest = guest.clone();
            async move {
                let shown = Shown::read(&guest.visit.query);
                let answer = guest.ask(LIST, shown.request()).await?;
                Ok(parts(&guest, &shown, &answer))
            }
            .boxed()
        }),
    ))
}
