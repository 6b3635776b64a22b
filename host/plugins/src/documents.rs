//! The documents that a guest returns, made into objects by the host's one YAML dialect.

use gantry_model::Object;

use crate::bindings::renderer::exports::gantry::plugin::renderer as wit;
use crate::error::PluginError;

/// All objects of all documents, in order. JSON is read as the YAML that it is, so that a value
/// means the same whichever way a plugin hands it over.
pub(crate) fn objects(
    plugin: &str,
    documents: Vec<wit::Document>,
) -> Result<Vec<Object>, PluginError> {
    let mut objects = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        let bad = |diagnostic| PluginError::BadDocument {
            name: plugin.to_owned(),
            diagnostic,
        };
        let text = crate::render::text(&document.body);
        match document.origin {
            Some(origin) => {
                let read = gantry_yaml::objects(text, &origin.path, origin.line);
                objects.extend(read.map_err(bad)?);
            }
            None => {
                let path = format!("{plugin}: document {}", index + 1);
                let read = gantry_yaml::objects(text, &path, 1).map_err(bad)?;
                objects.extend(read.into_iter().map(Object::without_origin));
            }
        }
    }
    Ok(objects)
}
