//! `/healthz` and `/readyz`.

use std::sync::Arc;

use axum::extract::State;
use http::{StatusCode, Uri};

use crate::answer::Answer;
use crate::door::Door;

/// Whether the process serves; with `?full=true`, as Argo CD has it, whether it works too.
pub(crate) async fn healthz(State(door): State<Arc<Door>>, uri: Uri) -> Answer {
    let mut query = uri.query().unwrap_or_default().split('&');
    if query.any(|pair| pair == "full=true") {
        readiness(&door).await
    } else {
        Answer::new(StatusCode::OK, "ok")
    }
}

/// Whether it works.
pub(crate) async fn readyz(State(door): State<Arc<Door>>) -> Answer {
    readiness(&door).await
}

async fn readiness(door: &Door) -> Answer {
    match door.ask(|plane| plane.is_ready()).await {
        Some(Ok(())) => Answer::new(StatusCode::OK, "ok"),
        Some(Err(reason)) => {
            // It may name clusters: that is for the log, not for everyone.
            tracing::warn!(reason, "not ready");
            Answer::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not ready; the log says why",
            )
        }
        None => Answer::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "no answer; the log says why",
        ),
    }
}
