//! NEW APP: a form, or the manifest as YAML; each shows what the other holds.

mod draw;
mod form;
mod parameters;

use gantry_api::Fault;
use gantry_yaml::emit;
use serde_json::{Value, json};

use crate::answer::Response;
use crate::json::{items, text};
use crate::layout::{Page, Section};
use crate::link;
use crate::visit::{Fields, Guest};

/// What there is to choose from.
struct Choices {
    projects: Vec<String>,
    clusters: Vec<(String, String)>,
    repositories: Vec<String>,
    renderers: Vec<Value>,
}

impl Choices {
    async fn ask(guest: &Guest) -> Self {
        let (projects, clusters, repositories, plugins) = futures::join!(
            guest.try_ask("project.ProjectService/List", json!({})),
            guest.try_ask("cluster.ClusterService/List", json!({})),
            guest.try_ask("repository.RepositoryService/ListRepositories", json!({})),
            guest.try_ask("gantry.PluginService/List", json!({})),
        );
        let of = |answer: &Value, pointer: &str| -> Vec<String> {
            items(answer, "/items")
                .iter()
                .map(|item| text(item, pointer).to_owned())
                .filter(|name| !name.is_empty())
                .collect()
        };
        let clusters = items(&clusters, "/items")
            .iter()
            .map(|c| (text(c, "/name").to_owned(), text(c, "/server").to_owned()));
        Self {
            projects: of(&projects, "/metadata/name"),
            clusters: clusters.collect(),
            repositories: of(&repositories, "/repo"),
            renderers: items(&plugins, "/items")
                .iter()
                .filter(|p| text(p, "/kind") == "renderer")
                .cloned()
                .collect(),
        }
    }

    /// The JSON Schema of a renderer's parameters.
    fn schema(&self, renderer: &str) -> Option<&Value> {
        let found = self
            .renderers
            .iter()
            .find(|p| text(p, "/name") == renderer)?;
        found.get("parametersSchema")
    }
}

/// The page.
pub(crate) async fn page(guest: &Guest) -> Result<Response, Fault> {
    let as_yaml = guest.visit.query.get("as") == "yaml";
    show(guest, as_yaml, "").await
}

/// What a form's buttons do: `step` says which was pressed.
pub(crate) async fn create(guest: &Guest) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    let step = sent.get("step");
    match step {
        "renderer" | "form" => return show(guest, false, "").await,
        "yaml" => return show(guest, true, "").await,
        _ => {}
    }
    let as_yaml = !sent.raw("manifest").is_empty();
    let manifest = match manifest(guest).await {
        Ok(manifest) => manifest,
        Err(message) => return show(guest, as_yaml, &message).await,
    };
    let name = text(&manifest, "/metadata/name").to_owned();
    let request = json!({"application": manifest, "validate": !sent.is("skipValidation")});
    match guest
        .ask("application.ApplicationService/Create", request)
        .await
    {
        Ok(made) => {
            let namespace = text(&made, "/metadata/namespace");
            let place = link::application(namespace, &name, "");
            Ok(Response::see(&link::place(&place, &[("done", "create")])))
        }
        Err(fault) => show(guest, as_yaml, &fault.message).await,
    }
}

/// The manifest that was sent, whichever way.
async fn manifest(guest: &Guest) -> Result<Value, String> {
    let sent = &guest.visit.form;
    if !sent.raw("manifest").is_empty() {
        return crate::yaml::one(sent.raw("manifest"));
    }
    let choices = Choices::ask(guest).await;
    form::manifest(sent, choices.schema(form::plugin_of(sent)))
}

async fn show(guest: &Guest, as_yaml: bool, failure: &str) -> Result<Response, Fault> {
    let choices = Choices::ask(guest).await;
    let sent = &guest.visit.form;
    let body = if as_yaml {
        draw::yaml(guest, &yaml(sent, &choices), failure)
    } else {
        draw::form(guest, &choices, failure)
    };
    let above = [("Applications", "/applications".to_owned())];
    let mut page = Page::new(Section::Applications, "New application", body);
    page.above = &above;
    Ok(page.answer(guest))
}

/// The manifest to begin with: as it was typed, or as the form says.
fn yaml(sent: &Fields, choices: &Choices) -> String {
    if !sent.raw("manifest").is_empty() {
        return sent.raw("manifest").to_owned();
    }
    let made = form::manifest(sent, choices.schema(form::plugin_of(sent)));
    emit(&made.unwrap_or_else(|_| form::example()))
}
