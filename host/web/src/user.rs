//! Who is here, and their password.

use gantry_api::Fault;
use maud::html;
use serde_json::json;

use crate::answer::Response;
use crate::icons::icon;
use crate::json::{text, texts};
use crate::layout::{Page, Section, csrf_field, failed};
use crate::link;
use crate::visit::Guest;

/// The page.
pub(crate) async fn page(guest: &Guest, failure: &str) -> Result<Response, Fault> {
    let (info, version) = futures::join!(
        guest.try_ask("session.SessionService/GetUserInfo", json!({})),
        guest.try_ask("version.VersionService/Version", json!({})),
    );
    let issuer = text(&info, "/iss");
    let has_password = matches!(guest.caller.login, gantry_access::Login::Password);
    let body = html! {
        (failed(failure))
        section .card {
            h2 { (icon("user")) " " (guest.caller.name) }
            dl .facts {
                dt { "Username" } dd { (text(&info, "/username")) }
                dt { "Issuer" } dd { (if issuer.is_empty() { "this server" } else { issuer }) }
                @let groups = texts(&info, "/groups");
                dt { "Groups" } dd { @if groups.is_empty() { span .dim { "none" } } @for group in groups { span .chip { (group) } " " } }
                dt { "Server" } dd { (text(&version, "/Version")) }
            }
        }
        @if has_password {
            section .card {
                h2 { (icon("key")) " Update password" }
                form .sheet.slim method="post" action="/user-info/password" {
                    (csrf_field(guest))
                    // Password managers look for the name beside the password.
                    input .hidden type="text" name="username" value=(guest.caller.name) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                    label { span { "Current password" } input name="current" type="password" autocomplete="current-password" required; }
                    label { span { "New password" } input name="new" type="password" autocomplete="new-password" minlength="8" required; }
                    label { span { "New password again" } input name="again" type="password" autocomplete="new-password" required; }
                    div .acts { button .primary type="submit" { "UPDATE PASSWORD" } }
                }
            }
        }
    };
    Ok(Page::new(Section::User, "User info", body).answer(guest))
}

/// Changes it; the session ends with it where the server says so.
pub(crate) async fn change_password(guest: &Guest) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    if sent.raw("new") != sent.raw("again") {
        return page(guest, "The new passwords are not the same.").await;
    }
    let request = json!({
        "name": guest.caller.subject,
        "currentPassword": sent.raw("current"),
        "newPassword": sent.raw("new"),
    });
    match guest
        .ask("account.AccountService/UpdatePassword", request)
        .await
    {
        Ok(_) => Ok(Response::see(&link::place(
            "/user-info",
            &[("done", "password")],
        ))),
        Err(fault) => page(guest, &fault.message).await,
    }
}
