//! What the buttons of an application do.

use gantry_api::{Code, Fault};
use serde_json::json;

use super::{Named, Panel, page_after, sync as panel};
use crate::answer::Response;
use crate::link;
use crate::visit::Guest;

/// SYNC.
pub(crate) async fn sync(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    let is_none = sent.all("resource").is_empty() && !matches!(sent.get("of"), "" | "0");
    if is_none {
        return page_after(guest, named, Panel::Sync, "Choose at least one resource.").await;
    }
    let request = panel::request(named, sent)?;
    let done = if sent.is("dryRun") { "dry-run" } else { "sync" };
    match guest
        .ask("application.ApplicationService/Sync", request)
        .await
    {
        Ok(_) => Ok(after(named, done)),
        Err(fault) => page_after(guest, named, Panel::Sync, &told(&fault)?).await,
    }
}

/// REFRESH and HARD REFRESH.
pub(crate) async fn refresh(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    let how = if sent.is("hard") { "hard" } else { "normal" };
    let request = named.request(json!({"refresh": how}));
    guest
        .ask("application.ApplicationService/Get", request)
        .await?;
    if sent.get("back") == "list" {
        return Ok(Response::see(&link::place(
            "/applications",
            &[("done", "refresh")],
        )));
    }
    Ok(after(named, "refresh"))
}

/// TERMINATE.
pub(crate) async fn terminate(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let request = named.request(json!({}));
    let answer = guest
        .ask("application.ApplicationService/TerminateOperation", request)
        .await;
    match answer {
        Ok(_) => Ok(after(named, "terminate")),
        Err(fault) => page_after(guest, named, Panel::Operation, &told(&fault)?).await,
    }
}

pub(super) fn after(named: &Named, done: &str) -> Response {
    Response::see(&link::place(&named.place(""), &[("done", done)]))
}

/// The words of a fault that is shown beside the form; who is not let in any more goes to the login.
pub(super) fn told(fault: &Fault) -> Result<String, Fault> {
    if fault.code == Code::Unauthenticated {
        return Err(fault.clone());
    }
    Ok(fault.message.clone())
}
