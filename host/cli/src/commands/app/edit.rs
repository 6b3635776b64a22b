//! `gantry app edit`: the spec of an application in an editor.

use std::process::Command;

use gantry_model::{Diagnostic, Object};
use serde_json::Value;

use super::Desk;
use crate::Outcome;
use crate::args::app::EditArgs;
use crate::failure::Failure;
use crate::files;
use gantry_api::app::manifest;

/// Who else would be an editor.
const EDITOR: &str = "vi";

impl Desk<'_> {
    pub(super) async fn edit(&self, args: &EditArgs) -> Result<Outcome, Failure> {
        let (name, object) = self.apps.one(&args.app).await?;
        let before = gantry_yaml::emit(&object.value()["spec"]);
        let file = tempfile::Builder::new()
            .prefix("gantry-")
            .suffix(".yaml")
            .tempfile();
        let file = file.map_err(|error| problem(&format!("there is no file to edit: {error}")))?;
        std::fs::write(file.path(), &before)?;
        open(file.path())?;
        let path = file.path().display().to_string();
        let text = std::fs::read(file.path()).map_err(|error| problem(&error.to_string()))?;
        if text == before.as_bytes() {
            self.output
                .print(&format!("application '{name}' unchanged\n"))?;
            return Ok(Outcome::Good);
        }
        let written = self.written(&name, &object, &path, &text).await;
        if written.is_err() {
            // Nobody writes the same twice for one wrong line.
            let kept = file.keep().map_err(|error| problem(&error.to_string()))?;
            tracing::warn!("what you wrote is kept in {}", kept.1.display());
        }
        written
    }

    async fn written(
        &self,
        name: &super::names::Name,
        object: &Object,
        path: &str,
        text: &[u8],
    ) -> Result<Outcome, Failure> {
        let file = files::parse(path.to_owned(), text)?;
        let [document] = file.documents.as_slice() else {
            return Err(problem("the file must hold one mapping").into());
        };
        let (was, spec) = (&object.value()["spec"], &document.value);
        self.edited(name, |value: &mut Value| {
            if value["spec"] != *was {
                return Err(problem(
                    "somebody else has changed the application meanwhile",
                ));
            }
            value["spec"] = spec.clone();
            manifest::check(value)
                .map(drop)
                .map_err(|mut problems| problems.remove(0))
        })
        .await
    }
}

/// Opens a file in the user's editor, and waits.
fn open(path: &std::path::Path) -> Result<(), Diagnostic> {
    let set = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| EDITOR.to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or(EDITOR);
    let ended = Command::new(program).args(words).arg(path).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(problem(&format!(
            "the editor {program} ended with {status}"
        ))),
        Err(error) => Err(
            problem(&format!("the editor {program} cannot be run: {error}"))
                .help("name one with EDITOR"),
        ),
    }
}

fn problem(message: &str) -> Diagnostic {
    Diagnostic::error("edit", message)
}
