//! REST: paths, queries and bodies to requests of the API, and its answers back.

mod answer;
mod guard;
mod list;
mod request;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use gantry_api::{Api, Body, Code, Fault, Origin, Route, Verb};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use crate::access::Peer;
use crate::door::Door;

use guard::{ended_cookies, shown};

/// The routes of REST.
pub(crate) fn mount(router: Router<Arc<Door>>) -> Router<Arc<Door>> {
    router
        .route("/api/version", any(rest))
        .route("/api/v1/{*path}", any(rest))
}

/// The API behind the door, where there is one.
pub(crate) fn api(door: &Door) -> Result<&Arc<Api>, Fault> {
    door.api
        .as_ref()
        .ok_or_else(|| Fault::new(Code::Unimplemented, "there is no API here"))
}

async fn rest(State(door): State<Arc<Door>>, request: Request) -> Response {
    let renewed = renewed(&door, request.headers());
    let mut response = match answered(&door, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    if let Some((token, age_secs)) = renewed {
        guard::renew_cookie(response.headers_mut(), &token, age_secs, door.is_tls);
    }
    response
}

/// The token that a browser is to show from now on, where its own is near the end.
fn renewed(door: &Door, headers: &http::HeaderMap) -> Option<(String, u64)> {
    match shown(headers) {
        guard::Shown::Cookie(token) => door.api.as_ref()?.renewed(&token),
        _ => None,
    }
}

/// Waits until the session of a browser can go on with another token. What it reads ends then: it asks anew, and has
/// the next token with the answer. A stream may be all that it asks for in days.
pub(crate) fn renewal(
    api: Option<&Arc<Api>>,
    headers: &http::HeaderMap,
) -> impl Future<Output = ()> + Send + use<> {
    let left = match (api, shown(headers)) {
        (Some(api), guard::Shown::Cookie(token)) => api.renewable_in(&token),
        _ => None,
    };
    async move {
        match left {
            Some(left) => tokio::time::sleep(left).await,
            // With this answer it had the next one, or there is none.
            None => std::future::pending().await,
        }
    }
}

/// A refusal: the API's own, or one of HTTP.
pub(crate) enum Refusal {
    Fault(Fault),
    Http(StatusCode, &'static str),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(fault) => answer::fault(&fault),
            Self::Http(status, message) => answer::refused(status, message),
        }
    }
}

async fn answered(door: &Arc<Door>, request: Request) -> Result<Response, Refusal> {
    let verb = verb(request.method())?;
    let path = request.uri().path().to_owned();
    let found = gantry_api::find(verb, &path);
    let (route, fields) = found.ok_or(Refusal::Http(StatusCode::NOT_FOUND, "Not Found"))?;
    let shown = shown(request.headers());
    if verb != Verb::Get {
        guard::check_write(request.headers(), &shown)?;
    }
    let api = api(door)?;
    api.meet(shown.token()).await;
    let caller = api.caller(route.method, shown.token())?;
    let ended = ended_cookies(request.headers(), door.is_tls);
    let origin = Origin {
        address: peer(&request),
        token: shown.token().map(str::to_owned),
    };
    let headers = request.headers().clone();
    let wants_events = stream::wants_events(&headers);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let is_known = !caller.subject.is_empty();
    let body = request::json(request.into_body(), route.body != Body::None, is_known).await?;
    let value = request::of(route, &fields, &query, body)?;
    if route.streams {
        let answers = api
            .stream_from(&origin, &caller, route.method, value)
            .await?;
        let ending = door.ending.clone();
        let renewal = renewal(door.api.as_ref(), &headers);
        return Ok(stream::response(answers, wants_events, ending, renewal));
    }
    if route.method == gantry_api::LIST {
        return Ok(list::response(api.list(&caller, &value).await?));
    }
    let answer = api.call_from(&origin, &caller, route.method, value).await?;
    Ok(finished(route, &answer, ended))
}

fn finished(route: &Route, answer: &Value, ended: Vec<HeaderValue>) -> Response {
    let mut response = answer::json(StatusCode::OK, answer);
    if route.method == "session.SessionService/Delete" {
        for cookie in ended {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn verb(method: &Method) -> Result<Verb, Refusal> {
    match *method {
        Method::GET | Method::HEAD => Ok(Verb::Get),
        Method::POST => Ok(Verb::Post),
        Method::PUT => Ok(Verb::Put),
        Method::PATCH => Ok(Verb::Patch),
        Method::DELETE => Ok(Verb::Delete),
        _ => Err(Refusal::Http(
            StatusCode::METHOD_NOT_ALLOWED,
            "Method Not Allowed",
        )),
    }
}

/// The token that a request shows.
pub(crate) fn token(headers: &http::HeaderMap) -> Option<String> {
    shown(headers).token().map(str::to_owned)
}

/// Who is at the other end.
pub(crate) fn peer(request: &Request) -> std::net::IpAddr {
    let peer = request.extensions().get::<Peer>();
    peer.map_or(Origin::default().address, |peer| peer.0)
}
