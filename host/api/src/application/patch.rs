//! `Patch`: of an application's own manifest.

use gantry_model::merge_patch;
use gantry_patch::json_patch;
use serde_json::Value;

use super::write;
use crate::app::View;
use crate::desk::Call;
use crate::fault::Fault;

pub(super) async fn patch(call: Call<'_>) -> Result<Value, Fault> {
    let known = call.app("name", "get").await?;
    let rbac_name = call.desk.rbac_name(View(known.value()));
    call.must("applications", "update", &rbac_name)?;
    let mut value = known.value().clone();
    let text = call.ask.text("patch");
    match call.ask.text("patchType") {
        "json" | "" => json_patch::apply(&mut value, text)
            .map_err(|error| Fault::invalid(format!("error applying patch: {error}")))?,
        "merge" => {
            let patch: Value = serde_json::from_str(text)
                .map_err(|error| Fault::invalid(format!("error decoding the patch: {error}")))?;
            merge_patch::apply(&mut value, &patch);
        }
        other => {
            let message = format!("Patch type '{other}' is not supported: write json or merge");
            return Err(Fault::invalid(message));
        }
    }
    let object = write::wanted(call, &value)?;
    if (object.name(), object.namespace()) != (known.name(), known.namespace()) {
        return Err(Fault::invalid(
            "a patch cannot change an application's name or namespace",
        ));
    }
    write::write(call, &object, call.project()?, true).await
}
