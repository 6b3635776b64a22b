//! Tokens of projects' roles: `project.ProjectService/CreateToken` and `DeleteToken`. Which are good stands in
//! the project's `status.jwtTokensByRole`, as Argo CD writes it.

use gantry_model::Object;
use gantry_store::Kind;
use serde_json::{Value, json};

use crate::account::lasts;
use crate::desk::Call;
use crate::fault::{Code, Fault};

pub(crate) async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let (project, role) = role(call).await?;
    let mut items = tokens(&project, role);
    let id = call.ask.text("id");
    if !id.is_empty() && items.iter().any(|token| token["id"] == id) {
        let message = format!("a token of the role '{role}' has the id '{id}' already");
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    let access = &call.desk.access;
    let (token, entry) = access.project_token(project.name(), role, id, lasts(call)?)?;
    items.push(json!(entry));
    write(call, &project, role, items).await?;
    Ok(json!({"token": token}))
}

pub(crate) async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let (project, role) = role(call).await?;
    let mut items = tokens(&project, role);
    let (id, issued_at) = (call.ask.text("id"), call.ask.number("iat"));
    let before = items.len();
    items.retain(|token| {
        let same = !id.is_empty() && token["id"] == id;
        !same && issued_at.is_none_or(|at| !id.is_empty() || token["iat"] != at)
    });
    if items.len() == before {
        let message = format!("the role '{role}' has no such token");
        return Err(Fault::new(Code::NotFound, message));
    }
    write(call, &project, role, items).await?;
    Ok(json!({}))
}

/// The project and the role that a request names, for who may change the project.
async fn role(call: Call<'_>) -> Result<(Object, &str), Fault> {
    let (name, role) = (call.ask.needed("project")?, call.ask.needed("role")?);
    call.must("projects", "update", name)?;
    let home = &call.desk.home;
    let found = home.get(Kind::Project, home.namespace(), name).await?;
    let missing = |what: String| Fault::new(Code::NotFound, what);
    let project = found.ok_or_else(|| missing(format!("there is no project '{name}'")))?;
    let roles = project.value()["spec"]["roles"].as_array();
    let is_there = roles.is_some_and(|roles| roles.iter().any(|known| known["name"] == role));
    if !is_there {
        let message = format!("project '{name}' does not have role '{role}'");
        return Err(missing(message));
    }
    Ok((project, role))
}

fn tokens(project: &Object, role: &str) -> Vec<Value> {
    let items = &project.value()["status"]["jwtTokensByRole"][role]["items"];
    items.as_array().cloned().unwrap_or_default()
}

async fn write(
    call: Call<'_>,
    project: &Object,
    role: &str,
    items: Vec<Value>,
) -> Result<(), Fault> {
    let patch = json!({
        "metadata": {"resourceVersion": project.resource_version()},
        "status": {"jwtTokensByRole": {role: {"items": items}}},
    });
    let home = &call.desk.home;
    let written = home.patch(Kind::Project, home.namespace(), project.name(), &patch);
    call.desk.access.project_written(written.await?);
    Ok(())
}
