//! In and out.

use gantry_access::{Caller, ended_cookies, session_cookies};
use gantry_api::Fault;
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, StatusCode};
use maud::{Markup, html};
use serde_json::json;

use crate::answer::Response;
use crate::control::Control;
use crate::icons::icon;
use crate::json::{is, text};
use crate::layout::{document, failed, theme};
use crate::visit::{Guest, THEME, Visit, cookies};
use crate::{link, sso};

/// The form.
pub(crate) async fn page(control: &dyn Control, visit: &Visit) -> Response {
    // The words are ours: an address that somebody sends can say nothing else (CVE-2022-24905).
    let message = match visit.query.get("why") {
        "expired" => "Your session has ended. Log in again.",
        _ => "",
    };
    show(control, visit, StatusCode::OK, message).await
}

/// The form with a message.
pub(crate) async fn show(
    control: &dyn Control,
    visit: &Visit,
    status: StatusCode,
    message: &str,
) -> Response {
    let nobody = control.caller(None).unwrap_or_else(|_| Caller::nobody());
    let settings = control
        .call(&nobody, "cluster.SettingsService/Get", json!({}))
        .await;
    let settings = settings.unwrap_or_default();
    let back = match visit.form.get("return_url") {
        "" => visit.query.get("return_url"),
        given => given,
    };
    let back = link::back(back);
    let has_local = !is(&settings, "/userLoginsDisabled");
    let sso = text(&settings, "/oidcConfig/name");
    let form = html! {
        main .login {
            div .card {
                div .logo { (icon("gantry")) h1 { "Gantry" } }
                p .lead { "GitOps sync for Kubernetes" }
                (failed(message))
                @if !sso.is_empty() {
                    a .button.primary.wide href=(link::place("/auth/login", &[("return_url", back)])) { "LOG IN VIA " (sso) }
                    @if has_local { p .or { span { "or" } } }
                }
                @if has_local { (local(visit, back)) }
            }
            div .below { (theme(visit)) }
        }
    };
    Response::page(status, document(visit, "Log in", form))
}

fn local(visit: &Visit, back: &str) -> Markup {
    html! {
        form method="post" action="/login" {
            input type="hidden" name="return_url" value=(back);
            label { span { "Username" }
                input name="username" value=(visit.form.get("username")) autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus; }
            label { span { "Password" }
                input name="password" type="password" autocomplete="current-password" required; }
            button .primary.wide type="submit" { "SIGN IN" }
        }
    }
}

/// Checks a password.
pub(crate) async fn enter(control: &dyn Control, visit: &Visit) -> Response {
    let (user, password) = (visit.form.get("username"), visit.form.raw("password"));
    match control.login(user, password, visit.from).await {
        Ok(session) => {
            let age = session.expires_in_secs;
            let cookies = session_cookies(&session.token, age, visit.is_tls);
            let back = Response::see(link::back(visit.form.get("return_url")));
            back.with_cookies(cookies.unwrap_or_default())
        }
        Err(refused) => {
            show(
                control,
                visit,
                StatusCode::UNAUTHORIZED,
                &refused.to_string(),
            )
            .await
        }
    }
}

/// Ends the session.
pub(crate) async fn leave(guest: &Guest) -> Result<Response, Fault> {
    let place = sso::leave(&*guest.control, &guest.visit).await;
    let Some(place) = place else {
        return Ok(ended(&guest.visit, Response::see("/login")));
    };
    // A form's answer may not lead to another place (`form-action`); a page may.
    let body = html! {
        main .login { div .card {
            h1 { "Logged out" }
            p { "The identity provider ends its session, too." }
            p { a .button.primary href=(place) rel="noreferrer" { "GO ON" } }
        } }
    };
    let page = Response::page(StatusCode::OK, document(&guest.visit, "Logged out", body));
    let page = match HeaderValue::from_str(&format!("0; url={place}")) {
        Ok(next) => page.with_value(HeaderName::from_static("refresh"), next),
        Err(_) => page,
    };
    Ok(ended(&guest.visit, page))
}

/// The same, without the cookies of the session.
pub(crate) fn ended(visit: &Visit, response: Response) -> Response {
    let cookies = ended_cookies(cookies(&visit.headers), visit.is_tls);
    response.with_cookies(cookies)
}

/// Gives a browser its next token where the one that it shows is near its end.
pub(crate) fn go_on(control: &dyn Control, visit: &Visit, answer: Response) -> Response {
    let is_leaving = answer.headers.contains_key(SET_COOKIE);
    let session = visit.session().filter(|_| !is_leaving);
    match session.and_then(|session| control.renewed(session)) {
        Some(next) => {
            let cookies = session_cookies(&next.token, next.expires_in_secs, visit.is_tls);
            answer.with_cookies(cookies.unwrap_or_default())
        }
        None => answer,
    }
}

/// Keeps a choice between dark and light.
pub(crate) fn choose_theme(visit: &Visit) -> Response {
    let theme = match visit.form.get("theme") {
        "dark" => "dark",
        "light" => "light",
        _ => "",
    };
    let year = 365 * 24 * 3_600;
    let secure = if visit.is_tls { "; Secure" } else { "" };
    let cookie = format!("{THEME}={theme}; Path=/; Max-Age={year}; SameSite=Lax{secure}");
    Response::see(link::back(visit.form.get("back"))).with_cookies([cookie])
}
