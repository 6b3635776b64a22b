//! The web pages, over HTTP.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use futures::StreamExt;
use gantry_model::limits;
use gantry_web::Web;
use http::Method;
use http::request::Parts;
use tokio::sync::watch;

use crate::access::Peer;
use crate::answer::Answer;
use crate::body::Unread;
use crate::door::Door;

/// The paths that are pages. All else is the API's.
const PATHS: [&str; 17] = [
    "/",
    "/login",
    "/logout",
    "/auth/login",
    "/auth/callback",
    "/auth/logout",
    "/theme",
    "/assets/{digest}/{name}",
    "/applications",
    "/applications/{*page}",
    "/new-app",
    "/settings",
    "/settings/{*page}",
    "/plugins",
    "/user-info",
    "/user-info/{*page}",
    "/favicon.ico",
];

/// What every page needs.
#[derive(Clone)]
struct Pages {
    web: Web,
    is_tls: bool,
    ending: watch::Receiver<bool>,
}

/// The routes of the pages.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(web: Web, door: &Door) -> Router<S> {
    let mut router = Router::new();
    for path in PATHS {
        router = router.route(path, any(page));
    }
    router.with_state(Pages {
        web,
        is_tls: door.is_tls,
        ending: door.ending.clone(),
    })
}

async fn page(State(pages): State<Pages>, request: Request) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let (parts, body) = request.into_parts();
    let body = match form(&pages.web, &parts, body).await {
        Ok(body) => body,
        Err(unread) => {
            let (status, text) = unread.told();
            return Answer::new(status, text).into_response();
        }
    };
    let request = http::Request::from_parts(parts, body);
    let answer = pages.web.answer(&request, peer, pages.is_tls).await;
    let body = match answer.body {
        gantry_web::Body::Whole(bytes) => Body::from(bytes),
        gantry_web::Body::Stream(events) => {
            let mut ending = pages.ending.clone();
            let ended = async move {
                let _ = ending.wait_for(|ending| *ending).await;
            };
            let events = events.map(Ok::<Bytes, Infallible>);
            Body::from_stream(events.take_until(Box::pin(ended)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// The form that comes with a request, if that sends one.
async fn form(web: &Web, parts: &Parts, body: Body) -> Result<Bytes, Unread> {
    if parts.method != Method::POST {
        return Ok(Bytes::new());
    }
    let is_known = web.knows(&parts.headers).await;
    crate::body::read(body, limits::FORM_MAX_BYTES, is_known).await
}
