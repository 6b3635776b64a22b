//! Further tries of a sync that are of what the application's sources have by then (`retry.refresh`).

use std::time::{Duration, Instant};

use gantry_model::application::Application;
use gantry_model::limits;
use gantry_sync::Operation;

use crate::engine::{Engine, Prepared};
use crate::error::AppError;
use crate::rendered::Rendered;

impl Engine {
    /// Fetches and renders an application as its sources are now, for another try of a sync that failed at that
    /// moment. What others have found since then counts, as long as it is new.
    ///
    /// # Errors
    /// As [`Engine::prepare`].
    pub async fn prepare_latest(
        &self,
        application: &Application,
        failed: Instant,
    ) -> Result<Prepared, AppError> {
        let shared = Duration::from_millis(limits::REFRESH_SHARED_MS);
        let since = Instant::now().checked_sub(shared);
        let since = since.map_or(failed, |since| since.max(failed));
        self.workshop().forget_older(application, since);
        self.prepare(application).await
    }
}

/// An operation, of what was rendered for it. Where further tries may be of other revisions, each is its own
/// operation: hooks that have run for one are still to be run for another.
pub(crate) fn operation_of(given: &Operation, rendered: &Rendered, refreshes: bool) -> Operation {
    let revisions = revisions(rendered);
    let mut operation = given.clone();
    if refreshes {
        for revision in &revisions {
            operation.id.push('-');
            operation.id.push_str(revision);
        }
    }
    operation.revision = revisions.into_iter().next().unwrap_or_default();
    operation
}

/// The revisions of all sources.
pub(crate) fn revisions(rendered: &Rendered) -> Vec<String> {
    let sources = rendered.sources.iter();
    sources.map(|source| source.revision.clone()).collect()
}

#[cfg(test)]
mod tests {
    use gantry_sync::Operation;

    use super::operation_of;
    use crate::rendered::{Rendered, RenderedSource};

    #[test]
    fn another_revision_is_another_operation_to_hooks() {
        let given = Operation {
            id: "now".to_owned(),
            revision: "asked".to_owned(),
            number: 7,
        };
        for (revisions, refreshes, id, revision) in [
            (vec!["a"], false, "now", "a"),
            (vec!["a"], true, "now-a", "a"),
            (vec!["b"], true, "now-b", "b"),
            (vec!["b", "c"], true, "now-b-c", "b"),
            (vec![], true, "now", ""),
        ] {
            let sources = revisions.iter().map(|revision| RenderedSource {
                revision: (*revision).to_owned(),
                ..RenderedSource::default()
            });
            let rendered = Rendered {
                sources: sources.collect(),
            };
            let expected = Operation {
                id: id.to_owned(),
                revision: revision.to_owned(),
                number: 7,
            };
            assert_eq!(operation_of(&given, &rendered, refreshes), expected);
        }
    }
}
