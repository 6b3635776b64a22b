//! What a render returns, put together.

use serde_json::Value;

use crate::renderer::{Body, Document, Origin, Rendering};

impl Document {
    /// One object.
    pub fn json(object: &Value) -> Self {
        Self::of(Body::Json(object.to_string()))
    }

    /// The text of one or more YAML documents; the host reads it.
    pub fn yaml(text: impl Into<String>) -> Self {
        Self::of(Body::Yaml(text.into()))
    }

    /// The same, with the line, counted from 1, of the file it was taken from: errors can name it.
    #[must_use]
    pub fn from_file(self, path: impl Into<String>, line: u32) -> Self {
        let path = path.into();
        let origin = Some(Origin { path, line });
        Self { origin, ..self }
    }

    fn of(body: Body) -> Self {
        Self { body, origin: None }
    }
}

impl From<Vec<Document>> for Rendering {
    /// A render without warnings.
    fn from(documents: Vec<Document>) -> Self {
        Self {
            documents,
            warnings: Vec::new(),
        }
    }
}
