//! A web service from a few parameters: a Deployment, a Service and, where the application's
//! directory has a folder `config`, a ConfigMap of its files.

mod objects;

use gantry_sdk::files::read_text;
use gantry_sdk::renderer::{
    Diagnostic, Document, EntryKind, Problems, ReadError, Renderer, Rendering, Request, Tree, join,
};
use gantry_sdk::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The renderer.
pub struct WebService;

gantry_sdk::export_renderer!(WebService);

/// What an application says in `spec.source.plugin.parameters`. The doc comments are the
/// descriptions that users read in `gantry plugin inspect`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// The container image, with its tag or digest.
    image: String,
    /// How many pods.
    #[serde(default = "one")]
    replicas: u32,
    /// The port that the container listens on.
    #[serde(default = "http")]
    port: u16,
}

fn one() -> u32 {
    1
}

fn http() -> u16 {
    8080
}

impl Renderer for WebService {
    const SUMMARY: &'static str = "a web service from its image, replicas and port";
    type Parameters = Parameters;

    fn render(
        tree: &Tree,
        request: &Request,
        parameters: Parameters,
    ) -> Result<Rendering, Problems> {
        let name = request.application();
        if !parameters.image.contains([':', '@']) {
            return Err(Diagnostic::error("no-tag", "the image has no tag")
                .field("image")
                .help(
                    "name a version, as example.com/shop:1.2: what runs must not change by itself",
                )
                .into());
        }
        let mut objects = Vec::new();
        let config = config(tree)?;
        if let Some(config) = &config {
            objects.push(objects::config_map(&name, config));
        }
        objects.push(objects::deployment(&name, &parameters, config.as_ref()));
        objects.push(objects::service(&name, &parameters));
        let documents: Vec<Document> = objects.iter().map(Document::json).collect();
        Ok(documents.into())
    }
}

/// The files of the folder `config`; none where there is no such folder.
fn config(tree: &Tree) -> Result<Option<Map<String, Value>>, Diagnostic> {
    let folder = join(&tree.path(), "config");
    let entries = match tree.list(&folder) {
        Ok(entries) => entries,
        Err(ReadError::NotFound) => return Ok(None),
        Err(error) => return Err(Diagnostic::unreadable(&folder, &error)),
    };
    let mut data = Map::new();
    for entry in entries {
        if entry.kind == EntryKind::File {
            let text = read_text(tree, &join(&folder, &entry.name))?;
            data.insert(entry.name, text.into());
        }
    }
    Ok(Some(data))
}
