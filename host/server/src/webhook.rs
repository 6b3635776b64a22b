//! `/api/webhook`, as Argo CD serves it: a push at a Git server makes the applications that it
//! concerns be looked at now.

mod body;
mod payload;
mod proof;
mod provider;
pub(crate) mod queue;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path, Request, State};
use gantry_model::Push;
use http::{HeaderMap, StatusCode, header};

pub use provider::Provider;

use crate::access::Peer;
use crate::answer::Answer;
use crate::door::Door;
use payload::{Ignored, Payload};
use proof::Proof;

const FORM: &str = "application/x-www-form-urlencoded";

/// A webhook of whichever provider its headers name.
pub(crate) async fn any(State(door): State<Arc<Door>>, request: Request) -> Answer {
    let provider = Provider::of(request.headers());
    handle(&door, provider, request).await
}

/// A webhook of the provider that the path names.
pub(crate) async fn one(
    State(door): State<Arc<Door>>,
    Path(name): Path<String>,
    request: Request,
) -> Answer {
    let Some(provider) = Provider::named(&name) else {
        let known = Provider::ALL.map(Provider::name).join(", ");
        let text = format!("no such provider; there are {known}");
        return Answer::new(StatusCode::NOT_FOUND, text);
    };
    handle(&door, Some(provider), request).await
}

async fn handle(door: &Door, provider: Option<Provider>, request: Request) -> Answer {
    let answer = receive(door, provider, request).await;
    let answer = answer.unwrap_or_else(|refused| refused);
    let name = provider.map_or("unknown", Provider::name);
    let code = answer.status;
    if code.is_success() {
        tracing::debug!(provider = name, answer = answer.text, "webhook");
    } else {
        tracing::info!(
            provider = name,
            code = code.as_u16(),
            answer = answer.text,
            "webhook refused"
        );
    }
    door.counted.webhooks.add([name, code.as_str()], 1.0);
    answer
}

/// The answer to a webhook; an error is one too.
async fn receive(
    door: &Door,
    provider: Option<Provider>,
    request: Request,
) -> Result<Answer, Answer> {
    let peer = request.extensions().get::<Peer>().copied();
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let too_many = |after| {
        let text = "too many webhooks; send them later";
        Answer::later(StatusCode::TOO_MANY_REQUESTS, text, after)
    };
    let limiter = &door.webhooks;
    limiter.take(address, Instant::now()).map_err(too_many)?;
    let bad = |text: &str| Answer::new(StatusCode::BAD_REQUEST, text);
    let provider = provider.ok_or_else(|| bad("no header names a provider that is known"))?;
    let (parts, body) = request.into_parts();
    let Some(event) = provider.event(&parts.headers) else {
        let text = format!("no header {}", provider.event_header());
        return Err(bad(&text));
    };
    refuse_form(&parts.headers)?;
    let secrets = door.ask(|plane| plane.webhook_secrets()).await;
    let secrets = match secrets {
        Some(Ok(secrets)) => secrets,
        unknown => {
            if let Some(Err(reason)) = unknown {
                tracing::error!(reason, "the secrets of webhooks are not known");
            }
            let text = "webhooks cannot be checked now; the log says why";
            return Err(Answer::new(StatusCode::SERVICE_UNAVAILABLE, text));
        }
    };
    let body = body::read(&door.bodies, &parts.headers, body).await?;
    match proof::of(provider, &parts.headers, &body.bytes, &secrets) {
        Ok(Proof::Given) => {}
        Ok(Proof::NotAsked) => {
            let limiter = &door.unproven;
            limiter.take(address, Instant::now()).map_err(too_many)?;
        }
        Err(refused) => {
            tracing::warn!(provider = provider.name(), %address, "webhook without proof: {refused}");
            let text = "what proves the sender is missing or wrong";
            return Err(Answer::new(StatusCode::UNAUTHORIZED, text));
        }
    }
    let Payload { pushes, ignored } = payload::read(provider, &event, &body.bytes)
        .map_err(|problem| bad(&problem.to_string()))?;
    if let Some(Ignored(why)) = ignored {
        // The event's name is the sender's text: debug format keeps it on its line.
        let event: String = event.chars().take(100).collect();
        tracing::info!(provider = provider.name(), ?event, "webhook ignored: {why}");
        return Ok(Answer::new(StatusCode::OK, format!("ignored: {why}")));
    }
    hand_over(door, pushes, body.held)
}

fn hand_over(door: &Door, pushes: Vec<Push>, held: body::Held) -> Result<Answer, Answer> {
    let count = pushes.len();
    let job = queue::Job { pushes, held };
    door.queue.try_send(job).map_err(|_| {
        let text = "too many webhooks wait; send it later";
        Answer::later(StatusCode::SERVICE_UNAVAILABLE, text, body::BUSY)
    })?;
    let text = format!("accepted: {count} of branches and tags");
    Ok(Answer::new(StatusCode::OK, text))
}

/// GitHub and Gogs can send JSON within a form.
fn refuse_form(headers: &HeaderMap) -> Result<(), Answer> {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    if given.is_some_and(|given| given.to_ascii_lowercase().starts_with(FORM)) {
        let text = "a form is not read; set the webhook's content type to application/json";
        return Err(Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    Ok(())
}
