//! The page of one application.

mod acts;
mod commits;
mod compare;
mod delete;
mod details;
mod header;
mod history;
mod list;
mod operation;
mod policy;
mod progress;
mod rollback;
mod sync;
mod view;

use futures::{FutureExt, StreamExt};
use gantry_api::Fault;
use gantry_model::merge_patch;
use maud::{Markup, html};
use serde_json::{Value, json};

pub(crate) use acts::{refresh, sync, terminate};
pub(crate) use compare::ways;
pub(crate) use delete::remove;
pub(crate) use details::save;
pub(crate) use rollback::roll_back;
pub(crate) use sync::key_of;

use crate::answer::Response;
use crate::icons::icon;
use crate::json::text;
use crate::layout::{Page, Section, act, csrf_field};
use crate::link;
use crate::live::{either, follow};
use crate::visit::Guest;

/// Which application, in the words of the API.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Named {
    /// The fields of a request that names it by `name`, and more.
    pub(crate) fn request(&self, mut more: Value) -> Value {
        more["name"] = json!(self.name);
        more["appNamespace"] = json!(self.namespace);
        more
    }

    /// The same of those that name it by `applicationName`.
    pub(crate) fn resources(&self) -> Value {
        json!({"applicationName": self.name, "appNamespace": self.namespace})
    }

    /// The address of its page, or of one below it.
    pub(crate) fn place(&self, page: &str) -> String {
        link::application(&self.namespace, &self.name, page)
    }

    /// The application.
    pub(crate) async fn get(&self, guest: &Guest) -> Result<Value, Fault> {
        guest
            .ask(
                "application.ApplicationService/Get",
                self.request(json!({})),
            )
            .await
    }

    /// Changes its spec by a merge patch. What Git says is no matter: automated sync is turned off just when
    /// Git is broken, so nothing is rendered first. Argo CD's pages do the same.
    async fn change(&self, guest: &Guest, patch: &Value) -> Result<(), Fault> {
        let mut app = self.get(guest).await?;
        let mut spec = app["spec"].take();
        merge_patch::apply(&mut spec, patch);
        let request = self.request(json!({"spec": spec, "validate": false}));
        let method = "application.ApplicationService/UpdateSpec";
        guest.ask(method, request).await.map(drop)
    }

    /// Its tree; one that cannot be had is empty.
    pub(crate) async fn tree(&self, guest: &Guest) -> Value {
        guest
            .try_ask(
                "application.ApplicationService/ResourceTree",
                self.resources(),
            )
            .await
    }
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panel {
    /// Nothing.
    None,
    /// What the application is.
    Details,
    /// What differs.
    Diff,
    /// What to sync, and how.
    Sync,
    /// How the last operation went.
    Operation,
    /// What was synced before.
    History,
    /// Taking it away.
    Delete,
}

/// The page, and perhaps a panel over it.
pub(crate) async fn page(guest: &Guest, named: &Named, panel: Panel) -> Result<Response, Fault> {
    page_after(guest, named, panel, "").await
}

/// The same after something did not work.
pub(crate) async fn page_after(
    guest: &Guest,
    named: &Named,
    panel: Panel,
    failure: &str,
) -> Result<Response, Fault> {
    let app = named.get(guest).await?;
    let tree = named.tree(guest).await;
    let drawn = match panel {
        Panel::None => None,
        Panel::Details => Some(details::panel(guest, named, &app, failure).await),
        Panel::Diff => Some(compare::panel(guest, named).await),
        Panel::Sync => Some(sync::panel(guest, named, &app, failure)),
        Panel::Operation => Some(operation::panel(guest, named, &app)),
        Panel::History => Some(history::panel(guest, named, &app, failure).await),
        Panel::Delete => Some(delete::panel(guest, named, &app, failure)),
    };
    let metadata = header::metadata(guest, named, &app).await;
    let query: Vec<(&str, &str)> = guest.visit.query.iter().collect();
    let title = text(&app, "/metadata/name");
    let mut page = Page::new(
        Section::Applications,
        title,
        html! {
            (parts(guest, named, &app, &tree, &metadata))
        },
    );
    page.tools = tools(guest, named);
    page.panel = drawn;
    page.live = Some(link::place(&named.place("live"), &query));
    let above = [("Applications", "/applications".to_owned())];
    page.above = &above;
    Ok(page.answer(guest))
}

/// The buttons of Argo CD, in its order.
fn tools(guest: &Guest, named: &Named) -> Markup {
    let to = |page: &str, picture: &str, label: &str| {
        html! { a .button href=(named.place(page)) { (icon(picture)) span { (label) } } }
    };
    html! {
        (to("details", "info", "DETAILS"))
        (to("diff", "diff", "DIFF"))
        a .button.primary href=(named.place("sync")) { (icon("sync")) span { "SYNC" } }
        (to("operation", "clock", "SYNC STATUS"))
        (to("history", "history", "HISTORY AND ROLLBACK"))
        (to("delete", "delete", "DELETE"))
        (act(guest, &named.place("refresh"), &[], "", html! { (icon("refresh")) span { "REFRESH" } }))
        details .menu {
            summary .button.icon aria-label="More ways to refresh" title="More ways to refresh" { (icon("chevron")) }
            div { (act(guest, &named.place("refresh"), &[("hard", "1")], "", html! { "HARD REFRESH" })) }
        }
    }
}

/// The parts that stay up to date.
fn parts(guest: &Guest, named: &Named, app: &Value, tree: &Value, metadata: &Value) -> Markup {
    html! {
        div #app-conditions { (header::conditions(guest, named, app)) }
        div #app-status { (header::status(guest, named, app, tree, metadata)) }
        div #app-progress aria-live="polite" { (progress::progress(guest, named, app)) }
        (view::view(guest, named, app, tree))
    }
}

/// The stream of newer parts.
pub(crate) async fn live(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let changes = guest
        .stream(
            "application.ApplicationService/Watch",
            // That it changed is all that this is to tell.
            named.request(json!({"fields": "result.application.metadata.name"})),
        )
        .await?;
    let tree = guest
        .stream(
            "application.ApplicationService/WatchResourceTree",
            named.resources(),
        )
        .await;
    let changes = match tree {
        // A tree that cannot be made now is no reason not to show what the application says.
        Ok(tree) => either(
            changes,
            tree.filter(|tree| futures::future::ready(tree.is_ok()))
                .chain(futures::stream::pending())
                .boxed(),
        ),
        Err(_) => changes,
    };
    let (guest, named) = (guest.clone(), named.clone());
    Ok(follow(
        changes,
        Box::new(move || {
            let (guest, named) = (guest.clone(), named.clone());
            async move {
                let app = named.get(&guest).await?;
                let tree = named.tree(&guest).await;
                let metadata = header::metadata(&guest, &named, &app).await;
                Ok(parts(&guest, &named, &app, &tree, &metadata))
            }
            .boxed()
        }),
    ))
}

/// A panel over the page of an application.
fn panel(named: &Named, title: &str, class: &str, body: Markup) -> Markup {
    html! {
        div class={ "panel " (class) } role="dialog" aria-modal="true" aria-labelledby="panel-title" tabindex="-1" data-panel {
            div .head {
                h2 #panel-title { (title) }
                a .button.icon href=(named.place("")) aria-label="Close" title="Close" data-close { (icon("close")) }
            }
            (body)
        }
    }
}

/// A form of a panel.
fn form(guest: &Guest, place: &str, body: Markup) -> Markup {
    html! { form .sheet method="post" action=(place) { (csrf_field(guest)) (body) } }
}
