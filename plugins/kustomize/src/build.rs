//! What all kustomizations of one build share, and the build from end to end.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gantry_patch::Schema;
use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Diagnostic, Problems};
use serde_json::Value;

use crate::accumulate::Accumulator;
use crate::edit::Edits;
use crate::finish;
use crate::loader::{Loader, Source};
use crate::options::Options;
use crate::outside::Outside;
use crate::problem::{Problem, Result};
use crate::repository::Repository;
use crate::target::Target;

/// What a build gives.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in order.
    pub objects: Vec<Object>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

/// An object, and the file and line that it starts at where it was read from one.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The object.
    pub value: Value,
    /// The path, relative to the tree's root, and the line, counted from 1.
    pub place: Option<(String, u32)>,
}

/// Builds the kustomization of a directory: `kustomize build`, after `kustomize edit` with what the
/// application changes.
///
/// # Errors
/// Why it cannot be built.
pub fn build(
    files: &dyn Files,
    directory: &str,
    outside: &dyn Outside,
    options: &Options,
    edits: &Edits,
) -> Result<Built, Problems> {
    let build = Build::new(outside, options);
    let objects = build.run(files, directory, edits)?;
    Ok(Built {
        objects,
        warnings: build.warnings.into_inner(),
    })
}

/// What all kustomizations of one build share.
pub(crate) struct Build<'a> {
    pub(crate) outside: &'a dyn Outside,
    pub(crate) options: &'a Options,
    schema: RefCell<Rc<Schema>>,
    has_own_schema: Cell<bool>,
    is_schema_used: Cell<bool>,
    warnings: RefCell<Vec<Diagnostic>>,
    repositories: RefCell<HashMap<(String, String), Rc<Source<'a>>>>,
}

impl<'a> Build<'a> {
    fn new(outside: &'a dyn Outside, options: &'a Options) -> Self {
        Self {
            outside,
            options,
            schema: RefCell::new(Rc::new(Schema::builtin())),
            has_own_schema: Cell::new(false),
            is_schema_used: Cell::new(false),
            warnings: RefCell::default(),
            repositories: RefCell::default(),
        }
    }

    fn run(&self, files: &'a dyn Files, directory: &str, edits: &Edits) -> Result<Vec<Object>> {
        let source = Source::lent(files);
        let loader = Loader::new(source, directory, self.options.load_restrictor);
        let target = Target::load(self, loader, Some(edits))?;
        let (sort, metadata) = (
            target.sort_options().cloned(),
            target.build_metadata().to_vec(),
        );
        let Accumulator {
            mut resources,
            config,
            vars,
        } = target.accumulate(Accumulator::default())?;
        crate::transform::add_hashes(&mut resources);
        crate::transform::references::fix(&mut resources, &config.name_reference)?;
        let unused = crate::vars::resolve(&vars, &config.var_reference, &mut resources)?;
        if !unused.is_empty() {
            let message = format!(
                "well-defined vars that were never replaced: {}",
                unused.join(",")
            );
            self.warn(Diagnostic::warning("unused-vars", message));
        }
        finish::drop_local(&mut resources);
        finish::sort(&mut resources, sort.as_ref(), self.options.reorder);
        let is_managed = self.options.add_managed_by_label;
        finish::label(&mut resources, &metadata, is_managed)?;
        Ok(finish::objects(resources, &metadata))
    }

    /// The facts about kinds that patches are merged by.
    pub(crate) fn schema(&self) -> Rc<Schema> {
        Rc::clone(&self.schema.borrow())
    }

    /// Notes that the schema was asked for a kind's fields.
    pub(crate) fn use_schema(&self) {
        self.is_schema_used.set(true);
    }

    /// Takes a kustomization's `openapi`; the first one counts, since one schema serves a build. It
    /// takes the place of the built-in one, unless that was asked before: then, as in kustomize, it
    /// comes on top.
    pub(crate) fn set_schema(
        &self,
        openapi: &BTreeMap<String, String>,
        read: impl FnOnce(&str) -> Result<Value>,
    ) -> Result<()> {
        let document = match openapi.get("path") {
            Some(path) => Some(read(path)?),
            None => None,
        };
        if self.has_own_schema.get() {
            return Ok(());
        }
        let version = openapi.get("version").filter(|version| !version.is_empty());
        let schema = match (document, version) {
            (None, None) => return Ok(()),
            (Some(_), Some(_)) => {
                let message = "builtin version and custom schema provided, cannot use both";
                return Err(Problem::new("openapi", message));
            }
            (Some(document), None) if self.is_schema_used.get() => {
                let mut schema = Schema::builtin();
                schema.add_definitions(&document)?;
                schema
            }
            (Some(document), None) => Schema::custom(&document)?,
            (None, Some(version)) => Schema::version(version)?,
        };
        self.schema.replace(Rc::new(schema));
        self.has_own_schema.set(true);
        Ok(())
    }

    /// Another repository's tree; each is asked for once.
    pub(crate) fn repository(&self, repository: &Repository) -> Result<Rc<Source<'a>>> {
        let key = (repository.clone.clone(), repository.revision.clone());
        if let Some(source) = self.repositories.borrow().get(&key) {
            return Ok(Rc::clone(source));
        }
        let files = self.outside.git(&repository.clone, &repository.revision);
        let files = files.map_err(|reason| {
            let message = format!("'{}': {reason}", repository.raw);
            Problem::new("repository", message)
        })?;
        let source = Source::granted(files, &repository.clone);
        self.repositories
            .borrow_mut()
            .insert(key, Rc::clone(&source));
        Ok(source)
    }

    pub(crate) fn warn(&self, warning: Diagnostic) {
        self.warnings.borrow_mut().push(warning);
    }
}
