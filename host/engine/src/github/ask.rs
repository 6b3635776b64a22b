//! What GitHub's API is asked.

use std::time::{Duration, SystemTime};

use gantry_charts::{Bounds, Exchange};
use gantry_model::{limits, without_password};
use http::header::{ACCEPT, AUTHORIZATION, LINK};
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

use super::{Refusal, Token, Wish, signed};

/// A token for an installation.
pub(super) fn token(web: &Exchange, wish: &Wish, installation: u64) -> Result<Token, Refusal> {
    let path = format!("/app/installations/{installation}/access_tokens");
    let (answer, _) = ask(web, wish, &Method::POST, &path)?;
    let text = answer["token"].as_str().unwrap_or_default();
    if text.is_empty() {
        let base = without_password(wish.base());
        return Err(Refusal::of_way(format!("{base} answered without a token")));
    }
    let end = answer["expires_at"].as_str().unwrap_or_default();
    tracing::debug!(app = wish.app.id, installation, end, "a token from GitHub");
    Ok(Token {
        text: text.to_owned().into(),
        // One that does not say how long it is good is used once.
        end: humantime::parse_rfc3339(end).unwrap_or(SystemTime::UNIX_EPOCH),
    })
}

/// The app's installation for the owner of a repository.
pub(super) fn installation(web: &Exchange, wish: &Wish) -> Result<u64, Refusal> {
    let owner = &wish.owner;
    if owner.is_empty() {
        return Err(Refusal::of_app(
            "without githubAppInstallationID, the repository's URL must name an owner",
        ));
    }
    for page in 1..=limits::GITHUB_PAGES_MAX {
        let path = format!(
            "/app/installations?per_page={}&page={page}",
            limits::GITHUB_PAGE
        );
        let (answer, has_more) = ask(web, wish, &Method::GET, &path)?;
        let all = answer.as_array().into_iter().flatten();
        let own = all.into_iter().find(|one| {
            let login = one["account"]["login"].as_str();
            login.is_some_and(|login| login.eq_ignore_ascii_case(owner))
        });
        if let Some(id) = own.and_then(|own| own["id"].as_u64()) {
            tracing::info!(app = wish.app.id, owner, id, "an installation was found");
            return Ok(id);
        }
        if !has_more {
            break;
        }
    }
    Err(Refusal::of_app(format!(
        "it is not installed for {owner}, whose repository it is; githubAppInstallationID names another installation"
    )))
}

/// One request; the answer, and whether there is a next page.
fn ask(web: &Exchange, wish: &Wish, method: &Method, path: &str) -> Result<(Value, bool), Refusal> {
    let signed = signed::token(&wish.app, SystemTime::now())?;
    let base = wish.base();
    let shown = without_password(base);
    let is_web = ["https://", "http://"].iter().any(|s| base.starts_with(s));
    let request = Request::builder()
        .method(method)
        .uri(format!("{base}{path}"))
        .header(ACCEPT, "application/vnd.github+json")
        .header(AUTHORIZATION, format!("Bearer {signed}"))
        .body(Vec::new());
    let Some(request) = request.ok().filter(|_| is_web) else {
        return Err(Refusal::of_app(format!(
            "githubAppEnterpriseBaseUrl {shown:?} is no URL such as https://github.example/api/v3"
        )));
    };
    let bounds = Bounds {
        timeout: Duration::from_secs(limits::GITHUB_TIMEOUT_SECS),
        max_bytes: limits::GITHUB_ANSWER_MAX_BYTES,
    };
    let answer = web.send_through(request, &wish.access(), bounds);
    let answer = answer.map_err(Refusal::of_way)?;
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if !answer.status().is_success() {
        return Err(refused(&shown, &answer, &body, &signed));
    }
    let link = answer.headers().get(LINK);
    let link = link.and_then(|link| link.to_str().ok()).unwrap_or_default();
    Ok((body, link.contains("rel=\"next\"")))
}

/// What GitHub said, as far as it is fit to be told.
fn refused(base: &str, answer: &Response<Vec<u8>>, body: &Value, signed: &str) -> Refusal {
    let status = answer.status();
    let said = body["message"].as_str().unwrap_or_default();
    let said = said.replace(signed, "***");
    let said: String = said
        .chars()
        .filter(|c| !c.is_control())
        .take(limits::SERVER_MESSAGE_MAX_BYTES)
        .collect();
    let mut reason = format!("{base} answered {status}");
    if !said.is_empty() {
        reason.push_str(": ");
        reason.push_str(&said);
    }
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        Refusal::of_app(reason)
    } else {
        Refusal::of_way(reason)
    }
}
