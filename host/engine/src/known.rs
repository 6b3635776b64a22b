//! How an application is by what was seen of it before: nothing is fetched and nothing rendered, so it can be
//! told while Git is away.

use gantry_model::application::Application;
use gantry_sync::{Inspected, Node, Options};

use crate::engine::Engine;
use crate::error::AppError;

impl Engine {
    /// The objects that an application is known to have, as they were told, with what they own now.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all.
    pub async fn grown(
        &self,
        application: &Application,
        known: Vec<Inspected>,
    ) -> Result<Vec<Node>, AppError> {
        let prepared = self.unrendered(application)?;
        let sync = self.one(&prepared, Options::default(), &());
        Ok(sync.grown(known).await?)
    }
}
