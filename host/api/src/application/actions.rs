//! `ListResourceActions` and `RunResourceAction`: what the kind of an object knows beside syncs, such as a restart.

use gantry_store::Reason;
use serde_json::{Map, Value, json};

use super::resource::{Target, target};
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::mask::is_secret;

/// The actions of an object that the caller may see, those that mean nothing now marked.
pub(super) async fn list(call: Call<'_>) -> Result<Value, Fault> {
    let target = target(call, "get").await?;
    let request = request(&target, json!({})).await?;
    ask(call, "ListResourceActions", &request).await
}

/// Runs one, which the caller may run on that object: policies name it `action/GROUP/KIND/NAME`.
pub(super) async fn run(call: Call<'_>) -> Result<Value, Fault> {
    let ask_for = call.ask;
    let (group, kind) = (ask_for.text("group"), ask_for.text("kind"));
    let name = ask_for.needed("action")?;
    let target = target(call, &format!("action/{group}/{kind}/{name}")).await?;
    let mut parameters = Map::new();
    for parameter in ask_for.list("resourceActionParameters") {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default();
        parameters.insert(text("name").to_owned(), text("value").into());
    }
    let more = json!({"action": name, "parameters": parameters});
    let request = request(&target, more).await?;
    let ran = ask(call, "RunResourceAction", &request).await;
    ran.map_err(|fault| {
        // CVE-2025-23216: what a server says of a patch may have the values of the Secret that it is about.
        if is_secret(group, kind) {
            return Fault::new(Code::FailedPrecondition, format!("{name} was refused"));
        }
        fault
    })?;
    let (who, resource) = (call.who(), ask_for.text("resourceName"));
    tracing::info!(
        application = target.app.name(),
        kind,
        name = resource,
        action = name,
        who,
        "an action was run"
    );
    let did = format!("ran action {name} on resource {group}/{kind}/{resource}");
    call.note(&target.app, Reason::ResourceActionRan, &did);
    Ok(json!({}))
}

async fn request(target: &Target, mut more: Value) -> Result<Value, Fault> {
    more["object"] = target.live().await?.into_value();
    more["application"] = target.app.value().clone();
    Ok(more)
}

async fn ask(call: Call<'_>, name: &str, request: &Value) -> Result<Value, Fault> {
    let method = format!("application.ApplicationService/{name}");
    call.desk.inside.ask(&method, request).await
}
