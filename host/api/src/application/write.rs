//! `Create`, `Update` and `UpdateSpec`.

use gantry_model::{Object, limits};
use gantry_store::{Kind, Reason, StoreError};
use serde_json::{Map, Value, json};

use super::project;
use crate::app::{Name, View, manifest};
use crate::desk::Call;
use crate::fault::{Code, Fault};

/// What of `metadata` is the user's.
const METADATA: [&str; 3] = ["labels", "annotations", "finalizers"];

pub(super) async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let object = wanted(call, call.ask.object("application")?)?;
    let app = View(object.value());
    call.must("applications", "create", &call.desk.rbac_name(app))?;
    project::check(call, app).await?;
    // As Argo CD does it, before it is known whether there is one: what is told of the manifest tells
    // nothing of others.
    check(call, &object, call.ask.given("validate").unwrap_or(true)).await?;
    match call.desk.home.create(&object).await {
        Ok(made) => {
            call.desk.apps.seen(&made).await;
            call.note(&made, Reason::ResourceCreated, "created application");
            Ok(made.into_value())
        }
        Err(StoreError::Exists { .. }) => upsert(call, &object).await,
        Err(error) => Err(error.into()),
    }
}

/// There is one of the name already.
async fn upsert(call: Call<'_>, object: &Object) -> Result<Value, Fault> {
    let name = Name::of(object);
    let home = &call.desk.home;
    let known = home
        .get(Kind::Application, &name.namespace, &name.name)
        .await?
        .ok_or_else(|| Fault::new(Code::Aborted, "the application was deleted meanwhile"))?;
    let before = call.desk.rbac_name(View(known.value()));
    if same(known.value(), object.value()) && call.may("applications", "get", &before) {
        return Ok(known.into_value());
    }
    if !call.ask.flag("upsert") {
        let message = "existing application spec is different, use upsert flag to force update";
        return Err(Fault::invalid(message));
    }
    let after = call.desk.rbac_name(View(object.value()));
    call.must("applications", "update", &after)?;
    replace(call, &name, object.value(), true).await
}

pub(super) async fn update(call: Call<'_>) -> Result<Value, Fault> {
    let object = wanted(call, call.ask.object("application")?)?;
    let validate = call.ask.given("validate").unwrap_or(true);
    let after = call.desk.rbac_name(View(object.value()));
    call.must("applications", "update", &after)?;
    write(call, &object, call.ask.text("project"), validate).await
}

pub(super) async fn update_spec(call: Call<'_>) -> Result<Value, Fault> {
    let spec = call.ask.object("spec")?.clone();
    let known = call.app("name", "update").await?;
    let mut value = known.into_value();
    value["spec"] = spec;
    let object = wanted(call, &value)?;
    let validate = call.ask.given("validate").unwrap_or(true);
    let mut written = write(call, &object, call.project()?, validate).await?;
    Ok(written["spec"].take())
}

/// Puts an application in the place of the one that is there. `project` is the one that the request
/// names.
pub(super) async fn write(
    call: Call<'_>,
    object: &Object,
    project: &str,
    validate: bool,
) -> Result<Value, Fault> {
    let name = Name::of(object);
    call.app_of(&name, project, "update").await?;
    project::check(call, View(object.value())).await?;
    check(call, object, validate).await?;
    replace(call, &name, object.value(), false).await
}

/// Writes spec, labels, annotations and finalizers over what is there, whoever else writes meanwhile; `merge`
/// keeps labels and annotations that are not named.
async fn replace(call: Call<'_>, name: &Name, value: &Value, merge: bool) -> Result<Value, Fault> {
    let home = &call.desk.home;
    let mut last = None;
    for _ in 0..limits::APP_CHANGE_TRIES_MAX {
        let now = home.get(Kind::Application, &name.namespace, &name.name);
        let now = now
            .await?
            .ok_or_else(|| Fault::new(Code::NotFound, "the application was deleted meanwhile"))?;
        may_move(call, View(now.value()), View(value))?;
        let next = over(now.into_value(), value, merge);
        let next = Object::new(next, None).map_err(|error| Fault::invalid(error.to_string()))?;
        match home.replace(&next).await {
            Err(error @ StoreError::Conflict { .. }) => last = Some(error),
            Err(error) => return Err(error.into()),
            Ok(written) => {
                call.desk.apps.seen(&written).await;
                let did = "updated application spec";
                call.note(&written, Reason::ResourceUpdated, did);
                return Ok(written.into_value());
            }
        }
    }
    Err(last.map_or_else(
        || Fault::new(Code::Aborted, "nothing was tried"),
        Fault::from,
    ))
}

/// Into another project goes only what may be changed in the old one and made in the new one. Asked of what
/// is there when it is written: nobody moves an application by writing at the right moment.
fn may_move(call: Call<'_>, before: View<'_>, after: View<'_>) -> Result<(), Fault> {
    let (from, to) = (call.desk.rbac_name(before), call.desk.rbac_name(after));
    if !call.may("applications", "update", &from) {
        return Err(Fault::new(Code::PermissionDenied, "permission denied"));
    }
    if before.project() != after.project() {
        call.must("applications", "create", &to)?;
        call.must("applications", "update", &to)?;
    }
    Ok(())
}

fn over(mut now: Value, value: &Value, merge: bool) -> Value {
    now["spec"] = value["spec"].clone();
    for field in METADATA {
        let mut given = value["metadata"][field].clone();
        if merge && field != "finalizers" {
            let mut kept = now["metadata"][field].as_object().cloned();
            if let (Some(kept), Some(given)) = (&mut kept, given.as_object()) {
                kept.extend(given.clone());
            }
            given = kept.map_or(given, Value::Object);
        }
        now["metadata"][field] = given;
    }
    if let Some(metadata) = now["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    now
}

/// An application as the request has it, without what is not the user's to write: an operation goes through
/// `Sync`, where it is checked.
pub(super) fn wanted(call: Call<'_>, given: &Value) -> Result<Object, Fault> {
    let mut value = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {},
        "spec": given["spec"],
    });
    let metadata = &given["metadata"];
    let mut kept = Map::new();
    for key in ["name", "namespace"].iter().chain(&METADATA) {
        if let Some(field) = metadata.get(key).filter(|field| !field.is_null()) {
            kept.insert((*key).to_owned(), field.clone());
        }
    }
    if kept
        .get("namespace")
        .is_none_or(|namespace| namespace == "")
    {
        kept.insert("namespace".to_owned(), call.desk.home.namespace().into());
    }
    value["metadata"] = kept.into();
    if View(&value).name().is_empty() {
        return Err(Fault::invalid("resource name may not be empty"));
    }
    if View(&value).text("/spec/project").is_empty() && value["spec"].is_object() {
        value["spec"]["project"] = "default".into();
    }
    Object::new(value, None).map_err(|error| Fault::invalid(error.to_string()))
}

async fn check(call: Call<'_>, object: &Object, validate: bool) -> Result<(), Fault> {
    manifest::check(object.value()).map_err(|problems| Fault::of_manifest(&problems))?;
    call.desk.inside.check(object.value(), validate).await
}

/// Whether two applications ask for the same.
fn same(one: &Value, other: &Value) -> bool {
    let given = |value: &Value, field: &str| {
        let value = value["metadata"][field].clone();
        Some(value).filter(|v| !v.is_null() && *v != json!({}) && *v != json!([]))
    };
    one["spec"] == other["spec"]
        && METADATA
            .iter()
            .all(|field| given(one, field) == given(other, field))
}
