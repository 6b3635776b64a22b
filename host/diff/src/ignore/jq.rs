//! `jqPathExpressions`, by jaq: `del(EXPRESSION)` on an object, within an amount of work.

mod delete;
mod steps;
mod value;

use std::cell::Cell;
use std::fmt;
use std::thread;

use gantry_model::limits::{JQ_STACK_BYTES, JQ_WORK_MAX};
use jaq_core::data::HasLut;
use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, DataT, Filter, Lut, Vars, unwrap_valr};
use jaq_json::Val;
use serde_json::Value;

/// What a run has at hand.
pub(super) struct Data;

/// The program's table, and how much work is left.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    lut: &'a Lut<Data>,
    work: &'a Cell<u64>,
}

impl DataT for Data {
    type V<'a> = Val;
    type Data<'a> = Run<'a>;
}

impl<'a> HasLut<'a, Data> for Run<'a> {
    fn lut(&self) -> &'a Lut<Data> {
        self.lut
    }
}

/// A compiled expression.
pub(super) struct Program(Filter<Data>);

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

/// jaq calls itself for each part of an expression: on a stack of its own, how deep does not hang on
/// who asks.
fn with_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(JQ_STACK_BYTES);
        let running = builder
            .spawn_scoped(scope, work)
            .map_err(|error| format!("it cannot be started: {error}"))?;
        running
            .join()
            .unwrap_or_else(|_| Err("the jq interpreter failed".to_owned()))
    })
}

impl Program {
    pub(super) fn compile(expression: &str) -> Result<Self, String> {
        with_stack(|| Self::compile_here(expression))
    }

    fn compile_here(expression: &str) -> Result<Self, String> {
        let arena = Arena::default();
        // The text is wrapped as Argo CD wraps it: `a) | (b` is an expression that people use.
        let code = format!("del({expression})");
        // The term is put in as a definition of the library: what is loaded as text takes no ticks.
        let term = Def {
            name: "ignored",
            args: Vec::new(),
            body: steps::parse(&code)?,
        };
        let file = File {
            code: "ignored",
            path: (),
        };
        let modules = Loader::new(steps::library().chain([term]))
            .load(&arena, file)
            .map_err(|_| "the library cannot be read".to_owned())?;
        let compiler = Compiler::default().with_funs(steps::functions());
        match compiler.compile(modules) {
            Ok(filter) => Ok(Self(filter)),
            Err(errors) => {
                let mut unknown = errors.into_iter().flat_map(|(_, errors)| errors);
                Err(unknown.next().map_or_else(
                    || "it cannot be compiled".to_owned(),
                    |(name, kind)| format!("{} `{name}` is not known", kind.as_str()),
                ))
            }
        }
    }

    /// The object without what the expression names.
    pub(super) fn delete_from(&self, object: &Value) -> Result<Value, String> {
        with_stack(|| self.delete_here(object))
    }

    fn delete_here(&self, object: &Value) -> Result<Value, String> {
        let work = Cell::new(JQ_WORK_MAX);
        let run = Run {
            lut: &self.0.lut,
            work: &work,
        };
        let input = value::from_json(object);
        let mut outputs = self.0.id.run((Ctx::<Data>::new(run, Vars::new([])), input));
        let first = outputs.next().map(unwrap_valr);
        let first = first.ok_or("the expression returned nothing")?;
        let first = first.map_err(|error| error.to_string())?;
        if outputs.next().is_some() {
            return Err("the expression returned more than one value".to_owned());
        }
        let left = value::to_json(&first)?;
        if left.is_object() {
            Ok(left)
        } else {
            Err("the expression did not leave an object".to_owned())
        }
    }
}
