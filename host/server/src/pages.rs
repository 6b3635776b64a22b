//! The web pages, over HTTP.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use futures::StreamExt;
use gantry_api::Api;
use gantry_model::limits;
use gantry_web::Web;
use http::request::Parts;
use http::{Method, header};
use tokio::sync::watch;

use crate::access::Peer;
use crate::answer::Answer;
use crate::body::Unread;
use crate::door::Door;
use crate::rest::renewal;
use crate::router::nothing;
use crate::streams;

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
    api: Option<Arc<Api>>,
}

/// Adds the routes of the pages; where no route leads, a browser gets a page that says so.
pub(crate) fn mount<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    web: Web,
    door: &Door,
) -> Router<S> {
    let pages = Pages {
        web,
        is_tls: door.is_tls,
        ending: door.ending.clone(),
        api: door.api.clone(),
    };
    let mut routes = Router::new();
    for path in PATHS {
        routes = routes.route(path, any(page));
    }
    let others = pages.clone();
    let lost = move |request: Request| {
        let pages = others.clone();
        async move {
            if is_read_by_people(&request) {
                page(State(pages), request).await
            } else {
                nothing().into_response()
            }
        }
    };
    router.merge(routes.with_state(pages)).fallback(lost)
}

/// Whether a request comes of an address that somebody has typed, or of a link.
fn is_read_by_people(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    request.method() == Method::GET && accepted.is_some_and(|types| types.contains("text/html"))
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
    let mut response = match answer.body {
        gantry_web::Body::Whole(bytes) => Response::new(Body::from(bytes)),
        gantry_web::Body::Stream(events) => {
            let renewal = renewal(pages.api.as_ref(), request.headers());
            let events = events.map(Ok::<Bytes, Infallible>);
            let events = events.take_until(Box::pin(streams::end(pages.ending.clone())));
            let events = events.take_until(Box::pin(renewal));
            streams::marked(Response::new(Body::from_stream(events)))
        }
    };
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
