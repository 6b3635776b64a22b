//! The host, as a build asks it.

use std::rc::Rc;

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Diagnostic, Request, Withheld};
use serde_json::Value;

use crate::outside::Outside;

/// Asks the host of a render.
pub(crate) struct Host<'r>(pub(crate) &'r Request);

impl Outside for Host<'_> {
    fn git(&self, repository: &str, revision: &str) -> Result<Rc<dyn Files>, String> {
        let tree = self.0.git(repository, revision).map_err(reason)?;
        Ok(Rc::new(tree))
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, String> {
        self.0.download(url).map_err(reason)
    }

    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Rc<dyn Files>, String> {
        let tree = self.0.chart(repository, name, version).map_err(reason)?;
        Ok(Rc::new(tree))
    }

    fn render(
        &self,
        renderer: &str,
        files: &dyn Files,
        path: &str,
        parameters: &Value,
    ) -> Result<Vec<Value>, Vec<Diagnostic>> {
        let fail = |message: String| vec![Diagnostic::error("helm", message)];
        let Some(tree) = files.tree() else {
            return Err(fail("the files are none of the host's".to_owned()));
        };
        let text = self
            .0
            .render(renderer, tree, path, &parameters.to_string())?;
        serde_json::from_str(&text)
            .map_err(|error| fail(format!("{renderer} gave no list of objects: {error}")))
    }
}

fn reason(withheld: Withheld) -> String {
    match withheld {
        Withheld::Refused(reason) | Withheld::Failed(reason) => reason,
    }
}
