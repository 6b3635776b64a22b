//! `Delete`: the finalizers say what becomes of the objects.

use gantry_store::{Kind, Reason};
use serde_json::{Value, json};

use crate::app::finalizers::{Policy, of_deletion};
use crate::app::{Name, View};
use crate::desk::Call;
use crate::fault::Fault;

pub(super) async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let known = call.app("name", "get").await?;
    let object = call.desk.rbac_name(View(known.value()));
    call.must("applications", "delete", &object)?;
    let cascade = call.ask.given("cascade").unwrap_or(true);
    let policy = match call.ask.text("propagationPolicy") {
        "" => None,
        _ if !cascade => {
            let message = "cannot set propagation policy when cascading is disabled";
            return Err(Fault::invalid(message));
        }
        "foreground" => Some(Policy::Foreground),
        "background" => Some(Policy::Background),
        other => {
            return Err(Fault::invalid(format!(
                "invalid propagation policy: {other}"
            )));
        }
    };
    let name = Name::of(&known);
    if of_deletion(View(known.value()), cascade, policy).is_some() {
        let patch = |app: View<'_>| {
            let wanted = of_deletion(app, cascade, policy);
            Ok(wanted.map_or(
                json!({}),
                |wanted| json!({"metadata": {"finalizers": wanted}}),
            ))
        };
        call.change(&name, patch).await?;
    }
    let home = &call.desk.home;
    home.delete(Kind::Application, &name.namespace, &name.name)
        .await?;
    call.desk.apps.unseen(&name).await;
    call.note(&known, Reason::ResourceDeleted, "deleted application");
    Ok(json!({}))
}
