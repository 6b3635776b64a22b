//! Settings: clusters, repositories, projects, accounts.

mod accounts;
mod clusters;
mod project;
mod projects;
mod repositories;

use gantry_api::Fault;
use http::StatusCode;
use maud::{Markup, html};

use crate::answer::Response;
use crate::icons::icon;
use crate::layout::{Page, Section};
use crate::visit::Guest;
use crate::web::lost;

const PAGES: [(&str, &str, &str, &str); 4] = [
    (
        "repositories",
        "Repositories",
        "git",
        "Where manifests come from, and the credentials for it",
    ),
    (
        "clusters",
        "Clusters",
        "cluster",
        "Where they go: connection, version, what is there",
    ),
    (
        "projects",
        "Projects",
        "folder",
        "Who may deploy what from where to where, and when",
    ),
    (
        "accounts",
        "Accounts",
        "user",
        "Local users and their tokens",
    ),
];

/// One of the pages, or all of them to choose from.
pub(crate) async fn page(guest: &Guest, rest: &[&str]) -> Result<Response, Fault> {
    match rest {
        [] => Ok(all(guest)),
        [page] => show(guest, page, "").await,
        _ => Ok(lost(&guest.visit)),
    }
}

/// What a form of one of them does.
pub(crate) async fn change(guest: &Guest, rest: &[&str]) -> Result<Response, Fault> {
    let done = match rest {
        ["repositories", act] => repositories::change(guest, act).await,
        ["clusters", act] => clusters::change(guest, act).await,
        ["projects", act] => projects::change(guest, act).await,
        _ => return Ok(lost(&guest.visit)),
    };
    match done {
        Ok(place) => Ok(Response::see(&place)),
        Err(fault) => show(guest, rest[0], &fault.message).await,
    }
}

async fn show(guest: &Guest, page: &str, failure: &str) -> Result<Response, Fault> {
    let Some((name, title, ..)) = PAGES.iter().find(|(name, ..)| *name == page) else {
        return Ok(lost(&guest.visit));
    };
    let body = match *name {
        "repositories" => repositories::show(guest).await?,
        "clusters" => clusters::show(guest).await?,
        "projects" => projects::show(guest).await?,
        _ => accounts::show(guest).await?,
    };
    let mut above = vec![("Settings", "/settings".to_owned())];
    let one = projects::chosen(guest);
    let title = if *name == "projects" && !one.is_empty() {
        above.push((*title, format!("/settings/{name}")));
        one
    } else {
        *title
    };
    let mut page = Page::new(
        Section::Settings,
        title,
        html! { (crate::layout::failed(failure)) (body) },
    );
    page.above = &above;
    let status = if failure.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    Ok(page.answer_with(status, guest))
}

fn all(guest: &Guest) -> Response {
    let body = html! {
        ul .menu-cards {
            @for (name, title, picture, text) in PAGES {
                li .card { a .cover href={ "/settings/" (name) } { (icon(picture)) b { (title) } } p .dim { (text) } }
            }
        }
    };
    Page::new(Section::Settings, "Settings", body).answer(guest)
}

/// How a connection stands.
fn connection(status: &str, message: &str) -> Markup {
    let (picture, class) = match status {
        "Successful" => ("synced", "s-good"),
        "Failed" => ("failed", "s-bad"),
        _ => ("unknown", "s-none"),
    };
    html! {
        (crate::icons::state(picture, class, if status.is_empty() { "Unknown" } else { status }))
        @if !message.is_empty() { p .message .dim { (message) } }
    }
}
