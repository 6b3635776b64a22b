//! Which page a request is for.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use gantry_api::{Code, Fault};
use http::{HeaderMap, Method, Request, StatusCode};
use maud::html;
use serde_json::json;

use crate::answer::{Response, status};
use crate::application::{Named, Panel};
use crate::control::Control;
use crate::layout::{Page, Section, document};
use crate::visit::{Guest, Visit, cookies};
use crate::{
    application, applications, assets, csrf, link, login, new_app, plugins, resource, settings,
    sso, user,
};

/// The pages.
#[derive(Clone)]
pub struct Web {
    control: Arc<dyn Control>,
}

impl Web {
    /// Those of a control plane.
    pub fn new(control: Arc<dyn Control>) -> Self {
        Self { control }
    }

    /// Whether a request is of somebody whom we know: of others only little is read.
    pub async fn knows(&self, headers: &HeaderMap) -> bool {
        let session = gantry_access::session_of(cookies(headers));
        self.control.meet(session.as_deref()).await;
        self.control.caller(session.as_deref()).is_ok()
    }

    /// Answers a request from an address, that came over TLS or not.
    pub async fn answer(&self, request: &Request<Bytes>, from: IpAddr, is_tls: bool) -> Response {
        let visit = Arc::new(Visit::read(request, from, is_tls));
        let parts: Vec<&str> = visit.parts.iter().map(String::as_str).collect();
        let is_read = visit.method == Method::GET || visit.method == Method::HEAD;
        if let ["assets", digest, name] = parts.as_slice() {
            return assets::find(digest, name).unwrap_or_else(|| lost(&visit));
        }
        if !is_read && (visit.method != Method::POST || csrf::is_foreign(&visit.headers)) {
            return refused(&visit, "This form comes from another place.");
        }
        match (is_read, parts.as_slice()) {
            (true, ["login"]) => return login::page(&*self.control, &visit).await,
            (false, ["login"]) => return login::enter(&*self.control, &visit).await,
            (false, ["theme"]) => return login::choose_theme(&visit),
            (true, ["auth", act]) => return sso::page(&*self.control, &visit, act).await,
            _ => {}
        }
        self.control.meet(visit.session()).await;
        let Ok(caller) = self.control.caller(visit.session()) else {
            return to_login(&visit);
        };
        let guest = Guest {
            control: Arc::clone(&self.control),
            visit: Arc::clone(&visit),
            caller,
        };
        if !is_read && !csrf::is_same(visit.form.get(csrf::FIELD), &guest.csrf()) {
            return refused(
                &visit,
                "This form is not of your session. Go back and load the page again.",
            );
        }
        let answer = if is_read {
            read(&guest, &parts).await
        } else {
            write(&guest, &parts).await
        };
        let answer = answer.unwrap_or_else(|fault| fault_page(&guest, &fault));
        login::go_on(&*self.control, &visit, answer)
    }
}

async fn read(guest: &Guest, parts: &[&str]) -> Result<Response, Fault> {
    match parts {
        [] => Ok(Response::see("/applications")),
        ["applications"] => applications::page(guest).await,
        ["applications", "live"] => applications::live(guest).await,
        // As Argo CD's command line writes it.
        ["applications", name] => Ok(by_name(guest, name).await?),
        ["applications", namespace, name, rest @ ..] => {
            let named = named(namespace, name);
            read_application(guest, &named, rest).await
        }
        ["new-app"] => new_app::page(guest).await,
        ["settings", rest @ ..] => settings::page(guest, rest).await,
        ["plugins"] => plugins::page(guest).await,
        ["user-info"] => user::page(guest, "").await,
        _ => Ok(lost(&guest.visit)),
    }
}

async fn write(guest: &Guest, parts: &[&str]) -> Result<Response, Fault> {
    match parts {
        ["logout"] => login::leave(guest).await,
        ["applications", namespace, name, act] => {
            let named = named(namespace, name);
            write_application(guest, &named, act).await
        }
        ["new-app"] => new_app::create(guest).await,
        ["settings", rest @ ..] => settings::change(guest, rest).await,
        ["user-info", "password"] => user::change_password(guest).await,
        _ => Ok(lost(&guest.visit)),
    }
}

/// To the page of an application of which only the name is given: it is in the control plane's own namespace.
async fn by_name(guest: &Guest, name: &str) -> Result<Response, Fault> {
    let method = "application.ApplicationService/Get";
    let app = guest
        .control
        .call(&guest.caller, method, json!({"name": name}));
    let app = app.await?;
    let namespace = app["metadata"]["namespace"].as_str().unwrap_or_default();
    Ok(Response::see(&link::application(namespace, name, "")))
}

fn named(namespace: &str, name: &str) -> Named {
    Named {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

async fn read_application(guest: &Guest, named: &Named, rest: &[&str]) -> Result<Response, Fault> {
    let panel = match rest {
        [] => Panel::None,
        ["live"] => return application::live(guest, named).await,
        ["resource"] => return resource::page(guest, named).await,
        ["logs"] if guest.visit.query.is("follow") => return resource::follow(guest, named).await,
        ["logs"] => return resource::whole(guest, named).await,
        ["details"] => Panel::Details,
        ["diff"] => Panel::Diff,
        ["sync"] => Panel::Sync,
        ["operation"] => Panel::Operation,
        ["history"] => Panel::History,
        ["delete"] => Panel::Delete,
        _ => return Ok(lost(&guest.visit)),
    };
    application::page(guest, named, panel).await
}

async fn write_application(guest: &Guest, named: &Named, act: &str) -> Result<Response, Fault> {
    match act {
        "sync" => application::sync(guest, named).await,
        "refresh" => application::refresh(guest, named).await,
        "rollback" => application::roll_back(guest, named).await,
        "terminate" => application::terminate(guest, named).await,
        "delete" => application::remove(guest, named).await,
        "details" => application::save(guest, named).await,
        "resource-action" => resource::act(guest, named).await,
        "resource-delete" => resource::remove(guest, named).await,
        "resource-patch" => resource::save(guest, named).await,
        _ => Ok(lost(&guest.visit)),
    }
}

/// To the form, and back from there.
fn to_login(visit: &Visit) -> Response {
    let is_first = visit.session().is_none();
    let place = if visit.method == Method::POST {
        String::new()
    } else {
        visit.place()
    };
    let back = if place == "/" { "" } else { &place };
    let why = if is_first { "" } else { "expired" };
    Response::see(&link::place(
        "/login",
        &[("return_url", back), ("why", why)],
    ))
}

pub(crate) fn lost(visit: &Visit) -> Response {
    plain(
        visit,
        StatusCode::NOT_FOUND,
        "There is no such page",
        "The address may be old or mistyped.",
    )
}

pub(crate) fn refused(visit: &Visit, why: &str) -> Response {
    plain(visit, StatusCode::FORBIDDEN, "Refused", why)
}

fn plain(visit: &Visit, status: StatusCode, title: &str, text: &str) -> Response {
    let body = html! {
        main .login { div .card {
            h1 { (title) }
            p { (text) }
            p { a .button.primary href="/applications" { "APPLICATIONS" } }
        } }
    };
    Response::page(status, document(visit, title, body))
}

/// A page for what went wrong.
fn fault_page(guest: &Guest, fault: &Fault) -> Response {
    if fault.code == Code::Unauthenticated {
        return to_login(&guest.visit);
    }
    let title = match fault.code {
        Code::PermissionDenied | Code::NotFound => "Not there, or not for you",
        Code::Unavailable | Code::DeadlineExceeded => "Not now",
        _ => "That did not work",
    };
    let body = html! {
        div .note.bad role="alert" { p { (fault.message) } }
        p { a .button href="/applications" { "APPLICATIONS" } }
    };
    Page::new(Section::Applications, title, body).answer_with(status(fault), guest)
}
