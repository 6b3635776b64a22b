//! Projects.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::json;

use super::project::{self, destination};
use crate::answer::invalid;
use crate::icons::icon;
use crate::json::{items, text, texts};
use crate::layout::csrf_field;
use crate::link;
use crate::visit::Guest;

/// Which one the page is of; none: of all.
pub(super) fn chosen(guest: &Guest) -> &str {
    match guest.visit.form.get("name") {
        "" => guest.query("name"),
        sent => sent,
    }
}

/// All of them, or one.
pub(super) async fn show(guest: &Guest) -> Result<Markup, Fault> {
    let name = chosen(guest);
    if !name.is_empty() {
        let project = guest
            .ask("project.ProjectService/Get", json!({"name": name}))
            .await?;
        return Ok(project::show(guest, &project));
    }
    let answer = guest.ask("project.ProjectService/List", json!({})).await?;
    let projects = items(&answer, "/items");
    Ok(html! {
        details .more.card open[guest.visit.form.is("new")] { summary { (icon("plus")) " NEW PROJECT" }
            form .sheet method="post" action="/settings/projects/create" {
                (csrf_field(guest))
                div .columns {
                    label { span { "Name *" } input name="new" required spellcheck="false" autocapitalize="none" value=(guest.visit.form.get("new")); }
                    label { span { "Description" } input name="description" value=(guest.visit.form.get("description")); }
                }
                div .acts { button .primary type="submit" { "CREATE" } }
            }
        }
        div .scroll { table .rows {
            caption .hidden { "Projects" }
            thead { tr { th scope="col" { "Name" } th scope="col" { "Description" } th scope="col" { "Repositories" } th scope="col" { "Destinations" } th scope="col" { "Windows" } th scope="col" { "Roles" } } }
            tbody { @for project in projects {
                tr {
                    th scope="row" { a href=(link::place("/settings/projects", &[("name", text(project, "/metadata/name"))])) { (icon("folder")) (text(project, "/metadata/name")) } }
                    td { (text(project, "/spec/description")) }
                    td .clip { @for url in texts(project, "/spec/sourceRepos") { span .chip { (url) } " " } }
                    td .clip { @for to in items(project, "/spec/destinations") { span .chip { (destination(to)) } " " } }
                    td { (items(project, "/spec/syncWindows").len()) }
                    td { (items(project, "/spec/roles").len()) }
                }
            } }
        } }
    })
}

/// What a form does; where to go then.
pub(super) async fn change(guest: &Guest, act: &str) -> Result<String, Fault> {
    let sent = &guest.visit.form;
    let name = sent.get("name");
    match act {
        "create" => {
            let project = json!({"metadata": {"name": sent.get("new")}, "spec": {"description": sent.get("description")}});
            guest
                .ask("project.ProjectService/Create", json!({"project": project}))
                .await?;
            Ok(link::place(
                "/settings/projects",
                &[("name", sent.get("new")), ("done", "update")],
            ))
        }
        "update" => {
            let spec = crate::yaml::one(sent.raw("spec")).map_err(invalid)?;
            let mut project = guest
                .ask("project.ProjectService/Get", json!({"name": name}))
                .await?;
            // As it was when the form was made: what somebody else saved meanwhile is not lost unseen.
            project["metadata"]["resourceVersion"] = json!(sent.get("version"));
            project["spec"] = spec;
            guest
                .ask("project.ProjectService/Update", json!({"project": project}))
                .await?;
            Ok(link::place(
                "/settings/projects",
                &[("name", name), ("done", "update")],
            ))
        }
        "remove" if sent.get("confirm") == name => {
            guest
                .ask("project.ProjectService/Delete", json!({"name": name}))
                .await?;
            Ok("/settings/projects?done=remove".to_owned())
        }
        "remove" => Err(invalid("Type the project's name to delete it.")),
        _ => Err(invalid("there is no such thing to do with a project")),
    }
}
