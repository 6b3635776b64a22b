//! The template engine over the source tree.
//!
//! Only files that a template asks for are read. The engine asks in the middle of a render, from a
//! callback that cannot hold the host's tree; so the callback notes the name and stops the render,
//! the file is read, and the render starts anew. A render is pure, and each new start is for a
//! file that is read once for all templates.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Diagnostic, ReadError};
use minijinja::value::ValueKind;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};

use crate::convert::to_json;
use crate::facts::{Answers, Ask};
use crate::filters;
use crate::paths::resolve;

/// Content of the files by their path; none where there is no file, an error where it cannot be
/// read.
type Sources = BTreeMap<String, Result<Option<String>, String>>;

#[derive(Default)]
struct Shelf {
    sources: Sources,
    wanted: Option<String>,
}

/// Renders templates of one tree.
pub(crate) struct Engine<'f, F, A> {
    files: &'f F,
    ask: &'f A,
    answers: Answers,
    environment: Environment<'static>,
    shelf: Arc<Mutex<Shelf>>,
}

impl<'f, F: Files, A: Ask> Engine<'f, F, A> {
    pub(crate) fn new(files: &'f F, directory: &str, ask: &'f A, answers: Answers) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(print);
        // Errors then know their column, and the name of what is undefined.
        environment.set_debug(true);
        filters::add(&mut environment);
        let directory = directory.to_owned();
        environment.set_path_join_callback(move |name, _| {
            Cow::Owned(resolve(&directory, name).unwrap_or_else(|| outside(name)))
        });
        let lent = Arc::clone(&shelf);
        environment.set_loader(move |path| load(&mut lock(&lent), path));
        Self {
            files,
            ask,
            answers,
            environment,
            shelf,
        }
    }

    /// Renders the file at a path of the tree.
    pub(crate) fn render(&self, path: &str, context: &Value) -> Result<String, Error> {
        loop {
            let template = self.environment.get_template(path);
            let rendered = template.and_then(|template| template.render(context.clone()));
            let asked = self.answers.fetch(self.ask);
            let Some(wanted) = lock(&self.shelf).wanted.take() else {
                if asked {
                    continue;
                }
                return rendered;
            };
            let source = self.read(&wanted);
            lock(&self.shelf).sources.insert(wanted, source);
        }
    }

    /// The text of a file that was rendered or included.
    pub(crate) fn source(&self, path: &str) -> Option<String> {
        let shelf = lock(&self.shelf);
        shelf.sources.get(path)?.clone().ok().flatten()
    }

    /// Gives the engine a file that was read before.
    pub(crate) fn put(&self, path: &str, text: String) {
        let mut shelf = lock(&self.shelf);
        shelf.sources.insert(path.to_owned(), Ok(Some(text)));
    }

    fn read(&self, path: &str) -> Result<Option<String>, String> {
        match self.files.read(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(format!("{path} is not UTF-8: save it as UTF-8")),
            },
            Err(ReadError::NotFound) => Ok(None),
            Err(error) => Err(format!(
                "{path}: {}",
                Diagnostic::unreadable(path, &error).message
            )),
        }
    }
}

fn load(shelf: &mut Shelf, path: &str) -> Result<Option<String>, Error> {
    let refuse = |message: String| Err(Error::new(ErrorKind::InvalidOperation, message));
    if path.starts_with("..") {
        return refuse(format!("{path} leads outside the source tree"));
    }
    match shelf.sources.get(path) {
        Some(Ok(source)) => Ok(source.clone()),
        Some(Err(reason)) => refuse(reason.clone()),
        None => {
            shelf.wanted = Some(path.to_owned());
            refuse(format!("{path} is not read yet"))
        }
    }
}

/// A name that `load` refuses.
fn outside(name: &str) -> String {
    format!("../{}", name.trim_start_matches(['.', '/']))
}

/// As JSON, which YAML takes: Jinja's own `True` is no JSON, its `none` a string in YAML.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None
        | ValueKind::Bool
        | ValueKind::Seq
        | ValueKind::Map
        | ValueKind::Iterable => Ok(out.write_str(&to_json(value)?.to_string())?),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}
