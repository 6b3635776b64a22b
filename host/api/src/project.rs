//! `project.ProjectService`.

mod update;

use gantry_model::{Manifest, Object, read_manifest};
use gantry_store::{Kind, StoreError};
use serde_json::{Value, json};

use crate::apps::Entry;
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::role_token;
use crate::{cluster, repository};

/// The project that need not be written down.
const DEFAULT: &str = "default";

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "List" => list(call).await,
        "Get" => Ok(get(call, "get").await?.into_value()),
        "GetDetailedProject" => detailed(call).await,
        "GetGlobalProjects" => {
            get(call, "get").await?;
            Ok(json!({"items": []}))
        }
        "GetSyncWindowsState" => windows(call).await,
        "ListLinks" => {
            get(call, "get").await?;
            Ok(json!({"items": []}))
        }
        "ListEvents" => {
            get(call, "get").await?;
            Ok(json!({"metadata": {}, "items": []}))
        }
        "Create" => create(call).await,
        "Update" => update::update(call).await,
        "Delete" => delete(call).await,
        "CreateToken" => role_token::create(call).await,
        "DeleteToken" => role_token::delete(call).await,
        _ => Err(Fault::unserved(&format!("project.ProjectService/{name}"))),
    }
}

async fn list(call: Call<'_>) -> Result<Value, Fault> {
    let mut all = call.desk.home.list(Kind::Project).await?;
    if !all.iter().any(|project| project.name() == DEFAULT) {
        all.push(unwritten(call)?);
    }
    all.retain(|project| call.may("projects", "get", project.name()));
    all.sort_by(|a, b| a.name().cmp(b.name()));
    let items: Vec<Value> = all.into_iter().map(shown).collect();
    Ok(json!({"metadata": {}, "items": items}))
}

/// The project that the request names, for an action.
async fn get(call: Call<'_>, action: &str) -> Result<Object, Fault> {
    let name = call.ask.needed("name")?;
    call.must("projects", action, name)?;
    let home = &call.desk.home;
    match home.get(Kind::Project, home.namespace(), name).await? {
        Some(project) => Object::new(shown(project), None)
            .map_err(|error| Fault::new(Code::Internal, error.to_string())),
        None if name == DEFAULT => unwritten(call),
        None => Err(missing(name)),
    }
}

fn missing(name: &str) -> Fault {
    let message = format!("appprojects.argoproj.io \"{name}\" not found");
    Fault::new(Code::NotFound, message)
}

/// What is shown of a project: the ids of its roles' tokens are, the tokens themselves nobody keeps.
fn shown(project: Object) -> Value {
    let mut value = project.into_value();
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    value
}

/// The project `default`, which permits all, as Argo CD writes it at its first start.
fn unwritten(call: Call<'_>) -> Result<Object, Fault> {
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": DEFAULT, "namespace": call.desk.home.namespace()},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    });
    Object::new(value, None).map_err(|error| Fault::new(Code::Internal, error.to_string()))
}

/// With what is scoped to it: no credentials of any, whoever asks (CVE-2025-55190).
async fn detailed(call: Call<'_>) -> Result<Value, Fault> {
    let project = get(call, "get").await?;
    let name = project.name().to_owned();
    let of_project = |all: Vec<Value>| -> Vec<Value> {
        let own = all
            .into_iter()
            .filter(|one| one["project"] == name.as_str());
        own.collect()
    };
    Ok(json!({
        "project": project.value(),
        "globalProjects": [],
        "repositories": of_project(repository::all(call).await?),
        "clusters": of_project(cluster::all(call).await?),
    }))
}

async fn windows(call: Call<'_>) -> Result<Value, Fault> {
    let project = get(call, "get").await?;
    call.desk
        .inside
        .ask(
            "project.ProjectService/GetSyncWindowsState",
            project.value(),
        )
        .await
}

/// A project as the request has it.
fn wanted(call: Call<'_>) -> Result<Object, Fault> {
    let given = call.ask.object("project")?;
    let metadata = &given["metadata"];
    let mut value = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": metadata["name"], "namespace": call.desk.home.namespace()},
        "spec": given["spec"],
    });
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(field) = metadata.get(key).filter(|field| !field.is_null()) {
            value["metadata"][key] = field.clone();
        }
    }
    if value["spec"].is_null() {
        value["spec"] = json!({});
    }
    let object = Object::new(value, None).map_err(|error| Fault::invalid(error.to_string()))?;
    match read_manifest(object.value()).map(|read| read.value) {
        Ok(Manifest::Project(_)) => Ok(object),
        Ok(_) => Err(Fault::invalid("this is no AppProject")),
        Err(problems) => Err(Fault::of_manifest(&problems)),
    }
}

async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let object = wanted(call)?;
    call.must("projects", "create", object.name())?;
    let home = &call.desk.home;
    match home.create(&object).await {
        Ok(made) => Ok(made.into_value()),
        Err(StoreError::Exists { .. }) => {
            let known = home.get(Kind::Project, home.namespace(), object.name());
            let known = known.await?.ok_or_else(|| missing(object.name()))?;
            if known.value()["spec"] == object.value()["spec"] {
                return Ok(known.into_value());
            }
            if !call.ask.flag("upsert") {
                let message = "existing project spec is different, use upsert flag to force update";
                return Err(Fault::invalid(message));
            }
            call.must("projects", "update", object.name())?;
            replace(call, known, &object).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Puts it in the place of the one that is there: that version of it that was read, which is the one that the
/// request was made from, if it says which.
async fn replace(call: Call<'_>, known: Object, object: &Object) -> Result<Value, Fault> {
    let given = &call.ask.value("project")["metadata"]["resourceVersion"];
    let given = given.as_str().filter(|version| !version.is_empty());
    if given.is_some_and(|version| version != known.resource_version()) {
        let (kind, name) = (Kind::Project.name(), object.name().to_owned());
        return Err(StoreError::Conflict { kind, name }.into());
    }
    let mut next = known.into_value();
    next["spec"] = object.value()["spec"].clone();
    for key in ["labels", "annotations", "finalizers"] {
        next["metadata"][key] = object.value()["metadata"][key].clone();
    }
    if let Some(metadata) = next["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    let next = Object::new(next, None).map_err(|error| Fault::invalid(error.to_string()))?;
    Ok(call.desk.home.replace(&next).await?.into_value())
}

async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let name = call.ask.needed("name")?;
    if name == DEFAULT {
        let message = "name 'default' is reserved and cannot be deleted";
        return Err(Fault::invalid(message));
    }
    get(call, "delete").await?;
    call.desk.apps.ready().await?;
    let is_in = |entry: &Entry| entry.view().project() == name;
    let applications = call.desk.apps.fitting(is_in).len();
    if applications > 0 {
        let message = format!("project is referenced by {applications} applications");
        return Err(Fault::invalid(message));
    }
    let home = &call.desk.home;
    home.delete(Kind::Project, home.namespace(), name).await?;
    Ok(json!({}))
}
