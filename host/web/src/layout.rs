//! What all pages have in common.

use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use crate::answer::Response;
use crate::csrf;
use crate::icons::{icon, sprite};
use crate::visit::{Guest, Visit};
use crate::{assets, link};

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// All about applications.
    Applications,
    /// Clusters, repositories, projects, accounts.
    Settings,
    /// What renders and judges.
    Plugins,
    /// Who is here.
    User,
}

/// A page of somebody who is let in.
pub(crate) struct Page<'a> {
    pub(crate) section: Section,
    pub(crate) title: &'a str,
    /// Where it lies: names and addresses of the pages above it.
    pub(crate) above: &'a [(&'a str, String)],
    /// Buttons beside the title.
    pub(crate) tools: Markup,
    pub(crate) body: Markup,
    /// Beside or over the body.
    pub(crate) panel: Option<Markup>,
    /// A stream of newer parts.
    pub(crate) live: Option<String>,
}

impl<'a> Page<'a> {
    /// One without tools, panel and stream.
    pub(crate) fn new(section: Section, title: &'a str, body: Markup) -> Self {
        Self {
            section,
            title,
            above: &[],
            tools: html! {},
            body,
            panel: None,
            live: None,
        }
    }

    /// The answer.
    pub(crate) fn answer(self, guest: &Guest) -> Response {
        Response::page(StatusCode::OK, self.markup(guest))
    }

    /// The same with a status.
    pub(crate) fn answer_with(self, status: StatusCode, guest: &Guest) -> Response {
        Response::page(status, self.markup(guest))
    }

    fn markup(self, guest: &Guest) -> Markup {
        let has_panel = self.panel.is_some();
        document(
            &guest.visit,
            self.title,
            html! {
                a .skip href="#main" { "Skip to content" }
                (navigation(guest, self.section))
                div .frame {
                    header .top {
                        div .crumbs {
                            @if !self.above.is_empty() {
                                nav aria-label="Breadcrumb" {
                                    @for (name, place) in self.above {
                                        a href=(place) { (name) }
                                        span .sep aria-hidden="true" { "/" }
                                    }
                                }
                            }
                            h1 { (self.title) }
                        }
                        div .tools { (self.tools) }
                    }
                    main #main tabindex="-1" data-live=[self.live] {
                        (told(guest))
                        (self.body)
                    }
                }
                @if let Some(panel) = self.panel { (panel) }
                @if has_panel { div .veil {} }
                (stale())
            },
        )
    }
}

/// Says that the page does not hear of changes any more, once its script shows it. Only then there is something in
/// what screen readers listen to, and it is outside of what a panel makes silent.
fn stale() -> Markup {
    html! {
        div .stale role="status" {
            p .note.warn data-stale hidden { (icon("alert")) span { b { "Not up to date since " time {} "." } " This page tries again by itself." } }
        }
    }
}

/// A whole document.
pub(crate) fn document(visit: &Visit, title: &str, body: Markup) -> Markup {
    let theme = visit.theme();
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[(!theme.is_empty()).then_some(theme)] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Gantry" }
                link rel="icon" type="image/svg+xml" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("gantry.css"));
                script src=(assets::address("page.js")) defer {}
                script src=(assets::address("live.js")) defer {}
            }
            body {
                (sprite())
                (body)
            }
        }
    }
}

fn navigation(guest: &Guest, section: Section) -> Markup {
    let entries = [
        (
            Section::Applications,
            "/applications",
            "apps",
            "Applications",
        ),
        (Section::Settings, "/settings", "gear", "Settings"),
        (Section::Plugins, "/plugins", "plug", "Plugins"),
        (Section::User, "/user-info", "user", "User Info"),
    ];
    html! {
        nav .bar aria-label="Main" {
            a .brand href="/applications" aria-label="Gantry, applications" { (icon("gantry")) span { "Gantry" } }
            ul {
                @for (entry, place, picture, name) in entries {
                    li { a href=(place) aria-current=[(entry == section).then_some("page")] { (icon(picture)) span { (name) } } }
                }
            }
            div .foot {
                (theme(&guest.visit))
                form method="post" action="/logout" {
                    (csrf_field(guest))
                    button .plain type="submit" title={ "Log out " (guest.caller.name) } { (icon("out")) span { "Log out" } }
                }
            }
        }
    }
}

/// A switch between dark and light.
pub(crate) fn theme(visit: &Visit) -> Markup {
    html! {
        form method="post" action="/theme" data-theme-switch {
            input type="hidden" name="back" value=(visit.place());
            button .plain type="submit" name="theme" value=(if visit.theme() == "dark" { "light" } else { "dark" }) title="Dark or light" {
                (icon("theme")) span { "Theme" }
            }
        }
    }
}

/// The field that shows that a form is ours.
pub(crate) fn csrf_field(guest: &Guest) -> Markup {
    html! { input type="hidden" name=(csrf::FIELD) value=(guest.csrf()); }
}

/// What the last form did. The texts are ours: an address that somebody sends can say nothing else.
fn told(guest: &Guest) -> Markup {
    let text = match guest.query("done") {
        "sync" => "The sync has begun.",
        "dry-run" => "The dry run has begun: nothing is changed.",
        "refresh" => "Compared with Git again.",
        "rollback" => "The rollback has begun.",
        "terminate" => "The operation is being terminated.",
        "delete" => "The deletion has begun.",
        "create" => "The application was created.",
        "update" => "The change is saved.",
        "remove" => "It is removed.",
        "action" => "The action was run.",
        "password" => "The password is changed.",
        _ => return html! {},
    };
    html! {
        p .note.good role="status" { (icon("synced")) (text) }
    }
}

/// Something went wrong with what was just tried.
pub(crate) fn failed(message: &str) -> Markup {
    html! {
        @if !message.is_empty() {
            p .note.bad role="alert" { (icon("alert")) span { (message) } }
        }
    }
}

/// A button that does one thing at once.
pub(crate) fn act(
    guest: &Guest,
    place: &str,
    fields: &[(&str, &str)],
    class: &str,
    label: Markup,
) -> Markup {
    html! {
        form .act method="post" action=(place) {
            (csrf_field(guest))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button class=(class) type="submit" { (label) }
        }
    }
}

/// An address that others wrote: a link where a browser may go there, else its text.
pub(crate) fn outside(url: &str, label: &str) -> Markup {
    html! {
        @match link::outside(url) {
            Some(url) => a href=(url) target="_blank" rel="noopener noreferrer nofollow" {
                (label) (icon("external")) @if label.is_empty() { span .hidden { (url) } }
            },
            None => span { (label) },
        }
    }
}
