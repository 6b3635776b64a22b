//! gRPC over HTTP/2, and grpc-web for what cannot speak it: the same methods, requests and answers, which differ
//! in where the status is. A page of somebody else cannot send these content types without being asked first.

mod reply;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use gantry_api::{Code, Fault, Listed, Origin};
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::door::Door;
use crate::rest;

use reply::Flavour;

/// The routes: a path for each method, so that no other path is taken from the pages.
pub(crate) fn mount(router: Router<Arc<Door>>) -> Router<Arc<Door>> {
    gantry_wire::methods().fold(router, |router, method| {
        let call = move |State(door): State<Arc<Door>>, request: Request| async move {
            answered(&door, method, request).await
        };
        router.route(&format!("/{method}"), post(call))
    })
}

async fn answered(door: &Arc<Door>, method: &'static str, request: Request) -> Response {
    let Some(flavour) = Flavour::of(request.headers()) else {
        let text = "the content type is none of gRPC: application/grpc or application/grpc-web";
        return Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    };
    match called(door, flavour, method, request).await {
        Ok(response) => response,
        Err(fault) => flavour.fault(&fault),
    }
}

async fn called(
    door: &Arc<Door>,
    flavour: Flavour,
    method: &'static str,
    request: Request,
) -> Result<Response, Fault> {
    let api = rest::api(door)?;
    let token = request::token(request.headers());
    api.meet(token.as_deref()).await;
    let caller = api.caller(method, token.as_deref())?;
    let origin = Origin {
        address: rest::peer(&request),
        token,
    };
    let is_known = !caller.subject.is_empty();
    let value = request::message(request.into_body(), flavour, method, is_known).await?;
    if gantry_wire::streams(method) == Some(true) {
        let answers = api.stream_from(&origin, &caller, method, value).await?;
        return Ok(flavour.stream(method, answers, door.ending.clone()));
    }
    if method == gantry_api::LIST {
        return Ok(flavour.one(listed(method, &api.list(&caller, &value).await?)?));
    }
    let answer = api.call_from(&origin, &caller, method, value).await?;
    Ok(flavour.one(framed(method, &answer)?))
}

/// A list as it goes out, item by item: messages one after the other are one with all that they have.
fn listed(method: &str, listed: &Listed) -> Result<Vec<u8>, Fault> {
    let part = |part: &Value| gantry_wire::answer(method, part).map_err(untold(method));
    let mut message = part(&json!({"metadata": listed.metadata()}))?;
    for item in (0..listed.len()).filter_map(|at| listed.value(at)) {
        message.extend(part(&json!({"items": [item]}))?);
    }
    gantry_wire::frame(gantry_wire::DATA, &message).map_err(untold(method))
}

fn untold(method: &str) -> impl Fn(gantry_wire::WireError) -> Fault {
    move |error| {
        tracing::error!(method, %error, "an answer cannot be told as protobuf");
        Fault::new(Code::Internal, "the answer cannot be told as protobuf")
    }
}

/// An answer as it goes out.
fn framed(method: &str, answer: &Value) -> Result<Vec<u8>, Fault> {
    let message = gantry_wire::answer(method, answer);
    let framed = message.and_then(|message| gantry_wire::frame(gantry_wire::DATA, &message));
    framed.map_err(untold(method))
}
