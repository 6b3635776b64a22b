//! One render with all that it saw, in a file: it can be done again without Git and without a
//! cluster, on the desk of whoever wrote the plugin.

mod outside;
mod replay;

use std::sync::Arc;

use gantry_model::{Diagnostic, SourceTree};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::PluginError;
use crate::host::Host;
use crate::observe::{Observed, Question, Recorder};
use crate::outside::Supplier;
use crate::render::{Call, Rank, Rendering};
use crate::request::RenderRequest;
use outside::Replayed;
use replay::{Answer, Replay};

/// The form of the file. Another one is refused, not guessed at.
const FORMAT: u32 = 1;

/// One render.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recording {
    format: u32,
    /// The plugin's name.
    pub plugin: String,
    /// The digest of its file.
    pub digest: String,
    /// What it was asked for. It holds the parameters as the application gives them.
    pub request: RenderRequest,
    tree_id: String,
    /// Every look that it took at the source tree, and at what lies outside.
    seen: Vec<(Question, Answer)>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a render.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Objects in the renderer's order, and its warnings.
    Rendered {
        /// The objects.
        objects: Vec<Value>,
        /// The warnings.
        warnings: Vec<Diagnostic>,
    },
    /// The plugin refused, or was ended.
    Failed {
        /// What the user was told.
        problems: Vec<Diagnostic>,
    },
}

/// Why a text is no recording.
#[derive(Debug, thiserror::Error)]
pub enum NotARecording {
    /// Not the JSON that `gantry plugin record` writes.
    #[error("it is no recording of a render: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Written by another gantry.
    #[error("it has the format {found}, this gantry reads {FORMAT}")]
    Format {
        /// The format that it has.
        found: u32,
    },
}

impl Outcome {
    /// What came of a render, good or bad.
    pub fn of<R: AsRef<Rendering>>(rendered: &Result<R, PluginError>) -> Self {
        match rendered {
            Ok(rendering) => {
                let rendering = rendering.as_ref();
                let objects = rendering.objects.iter();
                Self::Rendered {
                    objects: objects.map(|object| object.value().clone()).collect(),
                    warnings: rendering.warnings.clone(),
                }
            }
            Err(error) => Self::Failed {
                problems: error.diagnostics(),
            },
        }
    }
}

impl Host {
    /// Renders, and keeps all that the plugin saw. A render that fails is recorded as well: that is
    /// what a plugin's author needs most.
    ///
    /// # Errors
    /// [`PluginError`] when the plugin could not be called at all.
    pub fn record(
        &self,
        plugin: &str,
        tree: &Arc<dyn SourceTree>,
        request: &RenderRequest,
    ) -> Result<Recording, PluginError> {
        let loaded = self.0.renderer(plugin)?;
        let observed = Arc::new(Observed::recording());
        let watched = Arc::new(Recorder::new(Arc::clone(tree), Arc::clone(&observed)));
        let call = Call::new(&loaded, watched, request, Rank::Outer)?;
        let rendered = self.0.observe(call, &observed).map(Arc::new);
        let asked = observed.asked();
        let recorded = asked.into_iter().filter(Question::is_recorded);
        Ok(Recording {
            format: FORMAT,
            plugin: loaded.name.to_string(),
            digest: loaded.digest.to_string(),
            request: request.clone(),
            tree_id: tree.id(),
            seen: recorded
                .map(|question| {
                    let answer = Answer::of(&question, &**tree, &request.outside, &observed);
                    (question, answer)
                })
                .collect(),
            outcome: Outcome::of(&rendered),
        })
    }
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// [`NotARecording`] says why the text is none.
    pub fn read(text: &[u8]) -> Result<Self, NotARecording> {
        let recording: Self = serde_json::from_slice(text)?;
        match recording.format {
            FORMAT => Ok(recording),
            found => Err(NotARecording::Format { found }),
        }
    }

    /// A source tree of what was seen. Whatever else is asked of it is an error that says so.
    pub fn tree(&self) -> Arc<dyn SourceTree> {
        Arc::new(Replay::new(self.tree_id.clone(), self.seen.clone(), None))
    }

    /// What lay outside of the tree, likewise.
    pub fn outside(&self) -> Supplier {
        Supplier(Arc::new(Replayed(self.seen.iter().cloned().collect())))
    }
}
