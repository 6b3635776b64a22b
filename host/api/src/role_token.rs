//! Tokens of projects' roles: `project.ProjectService/CreateToken` and `DeleteToken`. Which are good stands in
//! the project's `status.jwtTokensByRole`, as Argo CD writes it, and in `spec.roles[].jwtTokens` where older versions
//! and Argo CD itself leave them, too: a token is in both, or in one of them.

use gantry_model::Object;
use gantry_store::Kind;
use serde_json::{Value, json};

use crate::account::lasts;
use crate::desk::Call;
use crate::fault::{Code, Fault};

pub(crate) async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let (project, role) = role(call).await?;
    let (mut items, older) = (in_status(&project, role), in_spec(&project, role));
    let id = call.ask.text("id");
    if !id.is_empty() && items.iter().chain(&older).any(|token| token["id"] == id) {
        let message = format!("a token of the role '{role}' has the id '{id}' already");
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    let access = &call.desk.access;
    let (token, entry) = access.project_token(project.name(), role, id, lasts(call)?)?;
    items.push(json!(entry));
    write(call, &project, role, (items, None)).await?;
    Ok(json!({"token": token}))
}

pub(crate) async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let (project, role) = role(call).await?;
    let (id, issued_at) = (call.ask.text("id"), call.ask.number("iat"));
    let is_it = |token: &Value| {
        let same = !id.is_empty() && token["id"] == id;
        same || issued_at.is_some_and(|at| id.is_empty() && token["iat"] == at)
    };
    let (mut items, mut older) = (in_status(&project, role), in_spec(&project, role));
    let before = (items.len(), older.len());
    items.retain(|token| !is_it(token));
    older.retain(|token| !is_it(token));
    if (items.len(), older.len()) == before {
        let message = format!("the role '{role}' has no such token");
        return Err(Fault::new(Code::NotFound, message));
    }
    let older = (older.len() < before.1).then_some(older);
    write(call, &project, role, (items, older)).await?;
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

fn in_status(project: &Object, role: &str) -> Vec<Value> {
    let items = &project.value()["status"]["jwtTokensByRole"][role]["items"];
    items.as_array().cloned().unwrap_or_default()
}

fn in_spec(project: &Object, role: &str) -> Vec<Value> {
    let of_role = roles(project).iter().filter(|known| known["name"] == role);
    let lists = of_role.filter_map(|known| known["jwtTokens"].as_array());
    lists.flatten().cloned().collect()
}

/// Writes the tokens of a role: those of the status, and those of the spec where they have changed.
async fn write(
    call: Call<'_>,
    project: &Object,
    role: &str,
    (items, older): (Vec<Value>, Option<Vec<Value>>),
) -> Result<(), Fault> {
    let mut patch = json!({
        "metadata": {"resourceVersion": project.resource_version()},
        "status": {"jwtTokensByRole": {role: {"items": items}}},
    });
    if let Some(older) = older {
        let mut roles = roles(project).to_vec();
        for known in roles.iter_mut().filter(|known| known["name"] == role) {
            known["jwtTokens"] = json!(older);
        }
        patch["spec"] = json!({ "roles": roles });
    }
    let home = &call.desk.home;
    let written = home.patch(Kind::Project, home.namespace(), project.name(), &patch);
    call.desk.access.project_written(written.await?);
    Ok(())
}
