//! `Get`, and the look that it may ask for.

use std::time::Duration;

use gantry_model::{Object, limits};
use gantry_store::Kind;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::app::Name;
use crate::apps::{Happened, number};
use crate::desk::Call;
use crate::fault::{Code, Fault};

/// `normal` or `hard`; the control plane takes it away when it has looked.
const REFRESH: &str = "argocd.argoproj.io/refresh";

pub(super) async fn get(call: Call<'_>) -> Result<Value, Fault> {
    let object = call.app("name", "get").await?;
    let refresh = match call.ask.text("refresh") {
        "" => return Ok(object.into_value()),
        "hard" => "hard",
        _ => "normal",
    };
    let name = Name::of(&object);
    let patience = Duration::from_secs(limits::API_REFRESH_MAX_SECS);
    let looked = tokio::time::timeout(patience, refreshed(call, &name, refresh)).await;
    looked.map_err(|_| {
        Fault::new(
            Code::DeadlineExceeded,
            "application refresh deadline exceeded",
        )
    })?
}

/// Asks for a look, and waits for it.
async fn refreshed(call: Call<'_>, name: &Name, how: &str) -> Result<Value, Fault> {
    // Before the look is asked for: it may be over at once.
    let (_, mut events) = call.desk.apps.fitting_and_changes(|_| false);
    let home = &call.desk.home;
    let patch = json!({"metadata": {"annotations": {REFRESH: how}}});
    let asked = home
        .patch(Kind::Application, &name.namespace, &name.name, &patch)
        .await?;
    let since = number(asked.resource_version());
    loop {
        match events.recv().await {
            Ok(event) => {
                let app = event.entry.view();
                if app.name() != name.name || app.namespace() != name.namespace {
                    continue;
                }
                if event.happened == Happened::Deleted {
                    return Err(deleted());
                }
                let is_later = number(event.entry.version()) > since;
                if !is_later {
                    continue;
                }
                let value = event.entry.value();
                let annotations = value.pointer("/metadata/annotations");
                if annotations.is_none_or(|all| all.get(REFRESH).is_none()) {
                    return Ok(value);
                }
            }
            // What was missed is seen in what is there now.
            Err(RecvError::Lagged(_)) => {
                let now = home.get(Kind::Application, &name.namespace, &name.name);
                let now: Object = now.await?.ok_or_else(deleted)?;
                if now.annotation(REFRESH).is_none() {
                    return Ok(now.into_value());
                }
            }
            Err(RecvError::Closed) => {
                return Err(Fault::new(Code::Unavailable, "the server ends"));
            }
        }
    }
}

fn deleted() -> Fault {
    Fault::new(Code::NotFound, "the application was deleted meanwhile")
}
