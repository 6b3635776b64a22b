//! A text in the user's editor.

use std::path::Path;
use std::process::Command;

use gantry_model::Diagnostic;
use gantry_yaml::Document;
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::files;

/// Who else would be an editor.
const EDITOR: &str = "vi";

/// What somebody wrote.
pub(super) struct Written {
    file: NamedTempFile,
    text: Vec<u8>,
}

/// Opens a text in $VISUAL or $EDITOR, and waits; none where it was left as it is.
pub(super) fn edit(before: &str) -> Result<Option<Written>, Failure> {
    let file = tempfile::Builder::new()
        .prefix("gantry-")
        .suffix(".yaml")
        .tempfile();
    let file = file.map_err(|error| problem(&format!("there is no file to edit: {error}")))?;
    std::fs::write(file.path(), before)?;
    open(file.path())?;
    let text = std::fs::read(file.path()).map_err(|error| problem(&error.to_string()))?;
    let is_changed = text != before.as_bytes();
    Ok(is_changed.then_some(Written { file, text }))
}

impl Written {
    /// The one mapping that it is.
    pub(super) fn document(&self) -> Result<Document, Failure> {
        let path = self.file.path().display().to_string();
        let mut documents = files::parse(path, &self.text)?.documents;
        match (documents.pop(), documents.is_empty()) {
            (Some(document), true) => Ok(document),
            _ => Err(problem("the file must hold one mapping").into()),
        }
    }

    /// Leaves the file, and says where: nobody writes the same twice for one wrong line.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let kept = self.file.keep();
        let (_, path) = kept.map_err(|error| problem(&error.to_string()))?;
        tracing::warn!("what you wrote is kept in {}", path.display());
        Ok(())
    }
}

fn open(path: &Path) -> Result<(), Diagnostic> {
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

pub(super) fn problem(message: &str) -> Diagnostic {
    Diagnostic::error("edit", message)
}
