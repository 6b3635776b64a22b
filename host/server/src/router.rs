//! Which path leads where.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use gantry_web::Web;
use http::StatusCode;

use crate::access;
use crate::answer::Answer;
use crate::door::Door;
use crate::grpc;
use crate::health;
use crate::metrics;
use crate::pages;
use crate::rest;
use crate::webhook;

/// What is served at one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// All of it.
    #[default]
    All,
    /// All but metrics.
    Public,
    /// Webhooks and health: what the world may reach.
    Webhooks,
    /// Metrics and health, which name applications and clusters: for inside.
    Metrics,
}

/// The routes of a surface.
pub(crate) fn router(door: Arc<Door>, surface: Surface, web: Option<Web>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));
    if surface != Surface::Metrics {
        router = router
            .route("/api/webhook", post(webhook::any))
            .route("/api/webhook/{provider}", post(webhook::one));
    }
    if matches!(surface, Surface::All | Surface::Metrics) {
        router = router.route("/metrics", get(metrics::metrics));
    }
    let has_api = matches!(surface, Surface::All | Surface::Public);
    if has_api && door.api.is_some() {
        router = rest::mount(router);
        router = grpc::mount(router);
    }
    router = router.fallback(|| async { nothing() });
    if has_api && let Some(web) = web {
        router = pages::mount(router, web, &door);
    }
    let shared = access::Shared {
        is_tls: door.is_tls,
        door: Arc::clone(&door),
    };
    router
        .with_state(door)
        .layer(middleware::from_fn_with_state(shared, access::watch))
}

/// The answer where no route leads.
pub(crate) fn nothing() -> Answer {
    Answer::new(StatusCode::NOT_FOUND, "there is nothing here")
}
