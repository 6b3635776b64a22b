//! Case folders: what a plugin is given, and what must come out.
//!
//! For a renderer `tree/` and `request.json`, both of which may be missing; for a health plugin
//! `objects.yaml`. What comes out are documents, as `gantry render` and `gantry health -o yaml` print
//! them, held against `expected.yaml`; or an error, whose text must have the lines of `error.txt`.

mod expected;
mod request;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_model::{Diagnostic, Object, Span};
use gantry_plugins::{Kind, RenderRequest};
use gantry_source::DirTree;
use serde_json::Value;

use crate::commands::health;
use crate::files;
use crate::subject::{self, Subject};

pub(crate) use expected::Verdict;

const TREE: &str = "tree";
const REQUEST: &str = "request.json";
const OBJECTS: &str = "objects.yaml";
/// A folder with one of these is a case.
const MARKS: [&str; 5] = [TREE, REQUEST, OBJECTS, expected::DOCUMENTS, expected::ERROR];

/// One case.
pub(crate) struct Case {
    /// Its folder's name.
    pub(crate) name: String,
    directory: PathBuf,
}

/// What a plugin is called with.
pub(crate) enum Input {
    Render(Arc<DirTree>, RenderRequest),
    Assess(Vec<Object>),
}

/// What came out: documents, or what the plugin or the host had to say against it.
pub(crate) type Outcome = Result<Vec<Value>, Vec<Diagnostic>>;

/// The cases of a directory in the order of their names, or the directory itself if it is one.
pub(crate) fn find(directory: &Path) -> Result<Vec<Case>, Diagnostic> {
    if is_case(directory) {
        return Ok(vec![Case::at(directory.to_owned())]);
    }
    let unreadable = |error: std::io::Error| {
        Diagnostic::error("file", format!("cannot be read: {error}"))
            .at(in_file(directory))
            .help("name the directory with the case folders")
    };
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            cases.push(Case::at(path));
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    if cases.is_empty() {
        let message = format!("{} holds no case folder", directory.display());
        return Err(Diagnostic::error("no-cases", message)
            .help("a case is a folder with tree/, request.json or objects.yaml"));
    }
    Ok(cases)
}

impl Case {
    fn at(directory: PathBuf) -> Self {
        let real = directory
            .canonicalize()
            .unwrap_or_else(|_| directory.clone());
        let name = real.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            directory,
        }
    }

    /// Reads what a plugin of that kind is called with.
    pub(crate) fn input(&self, kind: Kind) -> Result<Input, Vec<Diagnostic>> {
        if !is_case(&self.directory) {
            let message = format!("a case has one of {}", MARKS.join(", "));
            return Err(vec![
                Diagnostic::error("no-case", message).at(in_file(&self.directory)),
            ]);
        }
        match kind {
            Kind::Health => self.objects().map(Input::Assess),
            Kind::Renderer => {
                let request = request::read(&self.directory.join(REQUEST), &self.name)
                    .map_err(|problem| vec![problem])?;
                let tree = self.tree().map_err(|problem| vec![problem])?;
                Ok(Input::Render(Arc::new(tree), request))
            }
        }
    }

    /// Compares what came out with what must.
    pub(crate) fn judge(&self, found: &Outcome, bless: bool) -> Result<Verdict, Diagnostic> {
        expected::judge(&self.directory, found, bless)
    }

    fn objects(&self) -> Result<Vec<Object>, Vec<Diagnostic>> {
        let (files, problems) = files::read(&[self.directory.join(OBJECTS)]);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut objects = Vec::new();
        for file in files {
            let read = gantry_yaml::objects_in(file.documents, &file.text, &file.name, 1);
            objects.extend(read.map_err(|problem| vec![problem])?);
        }
        Ok(objects)
    }

    fn tree(&self) -> Result<DirTree, Diagnostic> {
        let tree = self.directory.join(TREE);
        if tree.exists() {
            return DirTree::open(&tree).map_err(|error| error.diagnostic());
        }
        // Git has no empty directories: a case without files has no `tree`.
        empty_tree()
    }
}

impl Input {
    /// What `gantry plugin bench` works on without a case.
    pub(crate) fn none(kind: Kind) -> Result<Self, Diagnostic> {
        match kind {
            Kind::Health => Ok(Self::Assess(Vec::new())),
            Kind::Renderer => {
                let tree = Arc::new(empty_tree()?);
                Ok(Self::Render(tree, RenderRequest::default()))
            }
        }
    }

    /// Calls the plugin.
    pub(crate) fn run(&self, subject: &Subject) -> Outcome {
        match self {
            Self::Render(tree, request) => {
                let tree = Arc::clone(tree);
                let rendered = subject.host.render(&subject.name, tree, request);
                let rendering = rendered.map_err(|error| error.diagnostics())?;
                let objects = rendering.objects.iter();
                Ok(objects.map(|object| object.value().clone()).collect())
            }
            Self::Assess(objects) => {
                let rows = health::judge(subject.host.clone(), objects);
                let rows = serde_json::to_value(rows)
                    .map_err(|error| vec![Diagnostic::error("internal", error.to_string())])?;
                Ok(vec![rows])
            }
        }
    }
}

/// A directory that holds nothing, open beyond its own removal.
fn empty_tree() -> Result<DirTree, Diagnostic> {
    let empty = subject::scratch()?;
    DirTree::open(empty.path()).map_err(|error| error.diagnostic())
}

fn is_case(directory: &Path) -> bool {
    MARKS.iter().any(|mark| directory.join(mark).exists())
}

fn in_file(path: &Path) -> Span {
    Span {
        path: path.display().to_string(),
        start: None,
    }
}
