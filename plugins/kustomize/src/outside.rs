//! What lies outside of the source tree: a build never fetches by itself, it asks.

use std::rc::Rc;

use gantry_sdk::files::Files;
use gantry_sdk::renderer::Diagnostic;
use serde_json::Value;

/// Gives what a kustomization refers to beyond its own tree. Every answer but a render is told in
/// one sentence when it cannot be given.
pub trait Outside {
    /// The tree of another repository at a revision; empty for its default branch.
    ///
    /// # Errors
    /// Why it is not given.
    fn git(&self, repository: &str, revision: &str) -> Result<Rc<dyn Files>, String>;

    /// One file over http(s).
    ///
    /// # Errors
    /// Why it is not given.
    fn download(&self, url: &str) -> Result<Vec<u8>, String>;

    /// A chart of a Helm repository or an OCI registry; the tree's root is the chart. No version is
    /// the newest.
    ///
    /// # Errors
    /// Why it is not given.
    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Rc<dyn Files>, String>;

    /// Another renderer over a directory of a tree that was given: the objects it makes.
    ///
    /// # Errors
    /// Every problem that it found.
    fn render(
        &self,
        renderer: &str,
        files: &dyn Files,
        path: &str,
        parameters: &Value,
    ) -> Result<Vec<Value>, Vec<Diagnostic>>;
}

/// Nothing is outside: every question is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Nothing {
    fn refuse<T>() -> Result<T, String> {
        Err("nothing outside of the source tree can be had here".to_owned())
    }
}

impl Outside for Nothing {
    fn git(&self, _: &str, _: &str) -> Result<Rc<dyn Files>, String> {
        Self::refuse()
    }

    fn download(&self, _: &str) -> Result<Vec<u8>, String> {
        Self::refuse()
    }

    fn chart(&self, _: &str, _: &str, _: &str) -> Result<Rc<dyn Files>, String> {
        Self::refuse()
    }

    fn render(
        &self,
        renderer: &str,
        _: &dyn Files,
        _: &str,
        _: &Value,
    ) -> Result<Vec<Value>, Vec<Diagnostic>> {
        let message = format!("the renderer {renderer} cannot be asked here");
        Err(vec![Diagnostic::error("outside", message)])
    }
}
