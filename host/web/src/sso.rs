//! In and out by single sign-on: the way of a browser to the identity provider and back.

use gantry_access::{Returned, SsoError, session_cookies};
use http::StatusCode;

use crate::answer::Response;
use crate::control::Control;
use crate::visit::Visit;
use crate::{csrf, login, web};

/// What a login is to remember lies in a cookie under Argo CD's name.
const PENDING: &str = "argocd.oauthstate";

/// The places of `/auth`.
pub(crate) async fn page(control: &dyn Control, visit: &Visit, act: &str) -> Response {
    match act {
        "login" => begin(control, visit).await,
        "callback" => finish(control, visit).await,
        "logout" => out(control, visit).await,
        _ => web::lost(visit),
    }
}

async fn begin(control: &dyn Control, visit: &Visit) -> Response {
    let begun = control.sso_begin(&visit.host, visit.query.get("return_url"));
    match begun.await {
        Ok(begun) => {
            let secs = gantry_model::limits::SSO_LOGIN_SECS;
            let cookie = pending(&begun.cookie, secs, begun.is_tls);
            Response::see(&begun.location).with_cookies([cookie])
        }
        Err(error) => failed(control, visit, &error).await,
    }
}

async fn finish(control: &dyn Control, visit: &Visit) -> Response {
    let query = &visit.query;
    let returned = Returned {
        code: query.get("code"),
        state: query.get("state"),
        issuer: query.get("iss"),
        error: query.get("error"),
        cookie: visit.cookie(PENDING).unwrap_or_default(),
    };
    let over = pending("", 0, visit.is_tls);
    let finished = match control.sso_finish(returned).await {
        Ok(finished) => finished,
        Err(error) => {
            let page = failed(control, visit, &error).await;
            return page.with_cookies([over]);
        }
    };
    let session = &finished.session;
    let is_tls = finished.is_tls || visit.is_tls;
    match session_cookies(&session.token, session.expires_in_secs, is_tls) {
        Some(cookies) => Response::see(&finished.location)
            .with_cookies(cookies)
            .with_cookies([over]),
        None => {
            let bytes = session.token.len();
            tracing::warn!(
                bytes,
                "the token of the identity provider is too long for cookies"
            );
            failed(control, visit, &SsoError::Failed).await
        }
    }
}

/// The login page with what went wrong. What a provider, or whoever says that it is one, has sent is not shown
/// (CVE-2022-24905, CVE-2022-31102).
async fn failed(control: &dyn Control, visit: &Visit, error: &SsoError) -> Response {
    let status = match error {
        SsoError::Off => StatusCode::NOT_FOUND,
        SsoError::Foreign | SsoError::Stale => StatusCode::BAD_REQUEST,
        SsoError::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
        SsoError::Denied => StatusCode::FORBIDDEN,
        SsoError::Failed => StatusCode::UNAUTHORIZED,
    };
    login::show(control, visit, status, &error.to_string()).await
}

fn pending(value: &str, secs: i64, is_tls: bool) -> String {
    let secure = if is_tls { "; Secure" } else { "" };
    format!("{PENDING}={value}; Path=/; Max-Age={secs}; SameSite=Lax; HttpOnly{secure}")
}

async fn out(control: &dyn Control, visit: &Visit) -> Response {
    if csrf::is_foreign(&visit.headers) {
        return web::refused(visit, "This link comes from another place.");
    }
    let place = leave(control, visit).await;
    let place = place.as_deref().unwrap_or("/login");
    login::ended(visit, Response::see(place))
}

/// Ends the session, and says where the provider ends its own.
pub(crate) async fn leave(control: &dyn Control, visit: &Visit) -> Option<String> {
    let token = visit.session()?;
    control.meet(Some(token)).await;
    // Afterwards the token is worth nothing.
    let place = control.sso_logout(token, &visit.host);
    if let Err(refused) = control.logout(token).await {
        tracing::warn!(%refused, "a session could not be ended at the server");
    }
    place
}
