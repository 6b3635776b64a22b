//! Tokens of projects' roles: `project.ProjectService/CreateToken` and `DeleteToken`.

use gantry_access::RoleTokens;
use gantry_model::Object;
use gantry_store::Kind;
use serde_json::{Value, json};

use crate::account::lasts;
use crate::desk::Call;
use crate::fault::{Code, Fault};

pub(crate) async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let (project, role) = role(call).await?;
    let mut tokens = RoleTokens::of(&project, role);
    let id = call.ask.text("id");
    if tokens.has(id) {
        let message = format!("a token of the role '{role}' has the id '{id}' already");
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    let access = &call.desk.access;
    let (token, entry) = access.project_token(project.name(), role, id, lasts(call)?)?;
    tokens.add(json!(entry));
    write(call, &project, &tokens).await?;
    Ok(json!({"token": token}))
}

pub(crate) async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let (project, role) = role(call).await?;
    let (id, issued_at) = (call.ask.text("id"), call.ask.number("iat"));
    let is_it = |token: &Value| {
        let same = !id.is_empty() && token["id"] == id;
        same || issued_at.is_some_and(|at| id.is_empty() && token["iat"] == at)
    };
    let mut tokens = RoleTokens::of(&project, role);
    if !tokens.remove(is_it) {
        let message = format!("the role '{role}' has no such token");
        return Err(Fault::new(Code::NotFound, message));
    }
    write(call, &project, &tokens).await?;
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
    if !roles(&project).iter().any(|known| known["name"] == role) {
        let message = format!("project '{name}' does not have role '{role}'");
        return Err(missing(message));
    }
    Ok((project, role))
}

fn roles(project: &Object) -> &[Value] {
    let roles = project.value()["spec"]["roles"].as_array();
    roles.map_or(&[], Vec::as_slice)
}

async fn write(call: Call<'_>, project: &Object, tokens: &RoleTokens) -> Result<(), Fault> {
    let (home, patch) = (&call.desk.home, tokens.patch(project));
    let written = home.patch(Kind::Project, home.namespace(), project.name(), &patch);
    call.desk.access.project_written(written.await?);
    Ok(())
}
