//! `Sync`, `Rollback` and `TerminateOperation`.

use gantry_model::Diagnostic;
use gantry_store::Reason;
use serde_json::{Value, json};

use crate::app::operation::{self, Wanted};
use crate::app::{Name, View};
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::revisions::Revisions;

pub(super) async fn sync(call: Call<'_>) -> Result<Value, Fault> {
    let known = call.app("name", "get").await?;
    let app = View(known.value());
    let name = Name::of(&known);
    let rbac_name = call.desk.rbac_name(app);
    call.must("applications", "sync", &rbac_name)?;
    // What is judged is what is done: read once.
    let wanted = wanted(call)?;
    if !wanted.manifests.is_empty() {
        call.must("applications", "override", &rbac_name)?;
        let policy = known.value().pointer("/spec/syncPolicy/automated");
        if policy.is_some_and(|policy| !policy.is_null()) && !wanted.dry_run {
            let message =
                "cannot use local sync when Automatic Sync Policy is enabled unless for dry run";
            return Err(Fault::new(Code::FailedPrecondition, message));
        }
    }
    let inside = &call.desk.inside;
    inside.may_sync((&name.namespace, &name.name)).await?;
    begin(call, &name, |app| operation::sync(app, &wanted, call.who())).await
}

/// What the request asks for.
fn wanted(call: Call<'_>) -> Result<Wanted, Fault> {
    let ask = call.ask;
    let revisions = Revisions::of(ask)?;
    let object = |key: &str| Some(ask.value(key).clone()).filter(Value::is_object);
    let options = ask.value("syncOptions");
    Ok(Wanted {
        prune: ask.flag("prune"),
        dry_run: ask.flag("dryRun"),
        revision: revisions.one,
        revisions: revisions.some,
        resources: ask.list("resources").to_vec(),
        options: options
            .is_object()
            .then(|| ask.within("syncOptions").list("items").to_vec()),
        strategy: object("strategy"),
        retry: object("retryStrategy"),
        infos: ask.list("infos").to_vec(),
        manifests: ask
            .texts("manifests")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    })
}

pub(super) async fn rollback(call: Call<'_>) -> Result<Value, Fault> {
    let known = call.app("name", "sync").await?;
    let name = Name::of(&known);
    // The client reads the history itself where no entry is named: 0 is the entry 0.
    let id = Some(call.ask.number("id").unwrap_or_default());
    let (prune, dry_run) = (call.ask.flag("prune"), call.ask.flag("dryRun"));
    begin(call, &name, |app| {
        operation::rollback(app, id, prune, dry_run, call.who())
    })
    .await
}

pub(super) async fn terminate(call: Call<'_>) -> Result<Value, Fault> {
    let known = call.app("name", "sync").await?;
    let patch = |app: View<'_>| {
        if !app.runs() {
            return Err(Fault::invalid(
                "Unable to terminate operation. No operation is in progress",
            ));
        }
        Ok(json!({"status": {"operationState": {"phase": "Terminating"}}}))
    };
    let changed = call.change(&Name::of(&known), patch).await?;
    call.note(
        &changed,
        Reason::ResourceUpdated,
        "terminated running operation",
    );
    Ok(json!({}))
}

/// Asks for an operation, which nobody else may have done before.
async fn begin(
    call: Call<'_>,
    name: &Name,
    operation: impl Fn(View<'_>) -> Result<Value, Diagnostic>,
) -> Result<Value, Fault> {
    let patch = |app: View<'_>| {
        let operation = operation(app).map_err(Fault::refused)?;
        Ok(json!({"operation": operation, "status": {"operationState": null}}))
    };
    Ok(call.change(name, patch).await?.into_value())
}
