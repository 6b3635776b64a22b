//! In and out.

use gantry_api::Fault;
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};
use maud::{Markup, html};
use serde_json::json;

use crate::answer::Response;
use crate::control::Control;
use crate::icons::icon;
use crate::json::{is, text};
use crate::layout::{document, failed, theme};
use crate::link;
use crate::visit::{Guest, SESSION, THEME, Visit};

/// The form.
pub(crate) async fn page(control: &dyn Control, visit: &Visit) -> Response {
    // The words are ours: an address that somebody sends can say nothing else (CVE-2022-24905).
    let message = match visit.query.get("why") {
        "expired" => "Your session has ended. Log in again.",
        "sso" => "Single sign-on did not work. The server's log says why.",
        _ => "",
    };
    show(control, visit, StatusCode::OK, message).await
}

async fn show(control: &dyn Control, visit: &Visit, status: StatusCode, message: &str) -> Response {
    let settings = match control.caller(None) {
        Ok(nobody) => {
            control
                .call(&nobody, "cluster.SettingsService/Get", json!({}))
                .await
        }
        Err(_) => {
            control
                .call(&nobody(), "cluster.SettingsService/Get", json!({}))
                .await
        }
    };
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

/// Somebody without a name, for what is told to all.
fn nobody() -> gantry_access::Caller {
    gantry_access::Caller {
        subject: String::new(),
        name: String::new(),
        groups: Vec::new(),
        login: gantry_access::Login::Anonymous,
        token_id: String::new(),
    }
}

/// Checks a password.
pub(crate) async fn enter(control: &dyn Control, visit: &Visit) -> Response {
    let (user, password) = (visit.form.get("username"), visit.form.raw("password"));
    match control.login(user, password, visit.from).await {
        Ok(session) => {
            let age = session.expires_in_secs;
            let cookie = cookie(visit, SESSION, &session.token, age, true);
            Response::see(link::back(visit.form.get("return_url"))).with_value(SET_COOKIE, cookie)
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
    if let Some(token) = guest.visit.session()
        && let Err(refused) = guest.control.logout(token).await
    {
        tracing::warn!(%refused, "a session could not be ended at the server");
    }
    let cookie = cookie(&guest.visit, SESSION, "", 0, true);
    Ok(Response::see("/login").with_value(SET_COOKIE, cookie))
}

/// Keeps a choice between dark and light.
pub(crate) fn choose_theme(visit: &Visit) -> Response {
    let theme = match visit.form.get("theme") {
        "dark" => "dark",
        "light" => "light",
        _ => "",
    };
    let year = 365 * 24 * 3_600;
    let cookie = cookie(visit, THEME, theme, year, false);
    Response::see(link::back(visit.form.get("back"))).with_value(SET_COOKIE, cookie)
}

fn cookie(visit: &Visit, name: &str, value: &str, age_secs: u64, is_hidden: bool) -> HeaderValue {
    let secure = if visit.is_tls { "; Secure" } else { "" };
    let hidden = if is_hidden { "; HttpOnly" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={age_secs}; SameSite=Lax{hidden}{secure}");
    // A token that is no header would be our own mistake; then nobody is let in.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
