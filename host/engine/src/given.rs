//! Objects that somebody else has rendered, in the place of what an application's sources say.

use std::sync::Arc;

use gantry_model::Object;
use gantry_model::application::Application;
use gantry_plugins::Rendering;

use crate::engine::{Engine, Prepared};
use crate::error::AppError;
use crate::rendered::{Rendered, RenderedSource};

impl Engine {
    /// Makes an application of given objects ready for its cluster: neither its repository nor a renderer
    /// is asked. Its project's rules count as for any other.
    ///
    /// # Errors
    /// When its cluster is not known, or its project does not let it go there.
    pub fn prepare_objects(
        &self,
        application: &Application,
        objects: Vec<Object>,
    ) -> Result<Prepared, AppError> {
        let connection = self.connect(application)?;
        let permission = self.permission(application)?;
        let mut rendering = Rendering::default();
        rendering.objects = objects;
        let mut source = RenderedSource {
            source: application.sources.first().cloned().unwrap_or_default(),
            ..RenderedSource::default()
        };
        source.rendering = Arc::new(rendering);
        let rendered = Rendered {
            sources: vec![source],
        };
        Ok(self.prepared(application, connection, permission, rendered))
    }
}
