//! A file of settings, read by the dialect of `sigs.k8s.io/yaml`; its errors know their lines.

use gantry_yaml::{Document, parse};
use serde_json::Value;

use crate::decode::{Fields, Misfit, Node, Strictness};
use crate::problem::{Problem, Result};

/// A text and the first document in it.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    told: String,
    document: Option<Document>,
    has_more: bool,
}

impl Text {
    pub(crate) fn parse(text: String, told: &str) -> Result<Self> {
        let documents = parse(&text).map_err(|error| Problem::yaml(&error, told))?;
        let mut documents = documents.into_iter();
        Ok(Self {
            document: documents.next(),
            has_more: documents.next().is_some(),
            told: told.to_owned(),
            text,
        })
    }

    /// The document's value; null where there is none.
    pub(crate) fn value(&self) -> Value {
        let value = self
            .document
            .as_ref()
            .map(|document| document.value.clone());
        value.unwrap_or_default()
    }

    /// Whether there are documents that nobody reads.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    pub(crate) fn told(&self) -> &str {
        &self.told
    }

    /// The document as one type.
    pub(crate) fn read<T>(
        &self,
        strictness: Strictness,
        read: impl Fn(&mut Fields) -> Result<T, Misfit>,
    ) -> Result<T> {
        let node = Node::root(self.value());
        node.read(strictness, read)
            .map_err(|misfit| self.misfit(misfit))
    }

    /// What does not fit, with its line.
    pub(crate) fn misfit(&self, misfit: Misfit) -> Problem {
        let problem = Problem::new("kustomization", misfit.message);
        let problem = match misfit.help {
            Some(help) => problem.help(help),
            None => problem,
        };
        self.blame(problem, &misfit.pointer)
    }

    /// A problem with the place of a value, where it has none of its own.
    pub(crate) fn blame(&self, problem: Problem, pointer: &str) -> Problem {
        if problem.is_placed() {
            return problem;
        }
        // An unknown field is found by its key's value; a document without any, by its file.
        let located = self
            .document
            .as_ref()
            .and_then(|d| d.locate(&self.text, pointer));
        match located {
            Some(at) => problem.at(&self.told, at.line, at.column),
            None => problem.in_file(&self.told),
        }
    }
}
