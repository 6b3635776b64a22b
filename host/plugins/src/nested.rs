//! A renderer within a render: one that inflates charts for another one, say.

use std::sync::Arc;

use gantry_model::{Diagnostic, SourceTree, Withheld};
use serde_json::Value;

use crate::error::PluginError;
use crate::host::Parts;
use crate::observe::{Observed, Question};
use crate::render::{Call, Rank, Rendering};
use crate::request::RenderRequest;
use crate::sandbox::State;

/// What the inner renderer is called with.
pub(crate) struct Nested {
    /// None: this render is an inner one itself.
    pub(crate) host: Option<Arc<Parts>>,
    pub(crate) renderer: String,
    pub(crate) tree: Arc<dyn SourceTree>,
    pub(crate) observed: Arc<Observed>,
    pub(crate) request: RenderRequest,
    /// A JSON object.
    pub(crate) parameters: String,
}

impl State {
    /// Runs the inner renderer in an instance, a time and a memory of its own, and gives its objects
    /// as a JSON array. What it looks at is noted with what the outer one does.
    pub(crate) fn nested(&mut self, nested: Nested) -> Result<String, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let rendered = self.lend(|| {
            nested.run().map_err(|found| {
                problems = found;
                Withheld::Failed(String::new())
            })
        });
        match rendered {
            Ok(rendering) => Ok(array(&rendering)),
            Err(Withheld::Failed(_)) => Err(problems),
            Err(Withheld::Refused(rule)) => Err(vec![Diagnostic::error("too-much-asked", rule)]),
        }
    }
}

impl Nested {
    fn run(self) -> Result<Rendering, Vec<Diagnostic>> {
        let Some(host) = self.host else {
            let message = format!(
                "renderer {:?} is not called: a renderer that another one calls calls none",
                self.renderer
            );
            return Err(vec![Diagnostic::error("nested-render", message)]);
        };
        let told = |error: PluginError| error.diagnostics();
        let parameters: Value = serde_json::from_str(&self.parameters).map_err(|error| {
            let message = format!(
                "the parameters for {:?} are no JSON: {error}",
                self.renderer
            );
            vec![Diagnostic::error("parameters", message)]
        })?;
        let request = RenderRequest {
            parameters,
            ..self.request
        };
        let plugin = host.renderer(&self.renderer).map_err(told)?;
        let print = host.print_of(&self.renderer);
        self.observed
            .note(Question::Renderer(self.renderer), || print);
        let call = Call::new(&plugin, self.tree, &request, Rank::Inner).map_err(told)?;
        let rendering = host.observe(call, &self.observed).map_err(told)?;
        self.observed.warn(&rendering.warnings);
        Ok(rendering)
    }
}

fn array(rendering: &Rendering) -> String {
    let objects = rendering.objects.iter();
    let texts: Vec<String> = objects.map(|object| object.value().to_string()).collect();
    format!("[{}]", texts.join(","))
}
