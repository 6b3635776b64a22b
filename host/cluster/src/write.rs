//! Requests that change an object.

use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, PatchKind, Propagation, Resource, WriteOptions,
};
use gantry_model::{ClusterError, Object, ObjectRef};
use http::Method;
use serde_json::{Value, json};

use crate::request::{Call, collection, item};
use crate::scrub::Hidden;

/// Server-side apply. JSON is YAML.
const APPLY: &str = "application/apply-patch+yaml";
const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON: &str = "application/json";

/// A server-side apply.
pub(crate) fn apply(
    resource: &Resource,
    object: &Object,
    options: ApplyOptions<'_>,
) -> Result<Call, ClusterError> {
    let target = item(resource, object.namespace(), object.name())?;
    let force = if options.force_conflicts {
        "true"
    } else {
        "false"
    };
    let call = Call::new(Method::PATCH, target).query("force", force);
    let write = WriteOptions {
        field_manager: options.field_manager,
        dry_run: options.dry_run,
        validate: options.validate,
    };
    let call = with(call, write).body(APPLY, unmanaged(object)?);
    Ok(about(call, object))
}

/// A creation. The object has its name.
pub(crate) fn create(
    resource: &Resource,
    object: &Object,
    options: WriteOptions<'_>,
) -> Result<Call, ClusterError> {
    let target = collection(resource, Some(object.namespace()))?;
    let call = Call::new(Method::POST, target);
    let call = with(call, options).body(JSON, bytes(object.value(), object)?);
    Ok(about(call, object))
}

/// A replacement.
pub(crate) fn replace(
    resource: &Resource,
    object: &Object,
    options: WriteOptions<'_>,
) -> Result<Call, ClusterError> {
    let target = item(resource, object.namespace(), object.name())?;
    let call = Call::new(Method::PUT, target);
    let call = with(call, options).body(JSON, bytes(object.value(), object)?);
    Ok(about(call, object))
}

/// A change of some fields.
pub(crate) fn patch(
    resource: &Resource,
    object: &ObjectRef,
    kind: PatchKind,
    body: &Value,
    options: WriteOptions<'_>,
) -> Result<Call, ClusterError> {
    let mut target = item(resource, &object.namespace, &object.name)?;
    let content_type = match kind {
        PatchKind::Merge => MERGE_PATCH,
        PatchKind::Json => JSON_PATCH,
        PatchKind::Strategic => STRATEGIC,
        PatchKind::MergeStatus => {
            target.push_str("/status");
            MERGE_PATCH
        }
    };
    let call = Call::new(Method::PATCH, target);
    let mut call = with(call, options).body(content_type, body.to_string().into_bytes());
    call.hidden = Hidden::of_patch(&resource.gvk, body);
    call.repeatable = kind != PatchKind::Json;
    call.versioned = is_versioned(body);
    Ok(call)
}

/// A deletion.
pub(crate) fn delete(
    resource: &Resource,
    object: &ObjectRef,
    options: DeleteOptions<'_>,
) -> Result<Call, ClusterError> {
    let mut body = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": match options.propagation {
            Propagation::Foreground => "Foreground",
            Propagation::Background => "Background",
            Propagation::Orphan => "Orphan",
        },
    });
    if !options.uid.is_empty() {
        body["preconditions"] = json!({"uid": options.uid});
    }
    if options.dry_run {
        body["dryRun"] = json!(["All"]);
    }
    if let Some(seconds) = options.grace_secs {
        body["gracePeriodSeconds"] = json!(seconds);
    }
    let target = item(resource, &object.namespace, &object.name)?;
    let mut call = Call::new(Method::DELETE, target).body(JSON, body.to_string().into_bytes());
    call.versioned = !options.uid.is_empty();
    Ok(call)
}

fn with(call: Call, options: WriteOptions<'_>) -> Call {
    // The server's default would only warn.
    let validation = if options.validate { "Strict" } else { "Ignore" };
    let call = call
        .query("fieldManager", options.field_manager)
        .query("fieldValidation", validation);
    if options.dry_run {
        return call.query("dryRun", "All");
    }
    call
}

fn about(mut call: Call, object: &Object) -> Call {
    call.hidden = Hidden::of(object);
    call.versioned = is_versioned(object.value());
    call
}

/// Whether an object, or a patch of one, names the version that it is for.
fn is_versioned(body: &Value) -> bool {
    let is_named = |version: &Value| version.as_str().is_some_and(|version| !version.is_empty());
    let steps = body.as_array().into_iter().flatten();
    let mut of_steps = steps.filter(|step| step["path"] == "/metadata/resourceVersion");
    let version = body.pointer("/metadata/resourceVersion");
    version.is_some_and(is_named) || of_steps.any(|step| is_named(&step["value"]))
}

/// The object as it is applied: the server refuses one that has `managedFields`.
fn unmanaged(object: &Object) -> Result<Vec<u8>, ClusterError> {
    if object.value().pointer("/metadata/managedFields").is_none() {
        return bytes(object.value(), object);
    }
    let mut value = object.value().clone();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    bytes(&value, object)
}

fn bytes(value: &Value, object: &Object) -> Result<Vec<u8>, ClusterError> {
    // Without serde's words, which may quote the object.
    serde_json::to_vec(value)
        .map_err(|_| ClusterError::Invalid(format!("{} is no JSON", object.reference())))
}
