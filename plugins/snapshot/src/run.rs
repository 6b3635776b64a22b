//! The interpreter in which a module is started.

use wasmi::{Engine, ExternType, Func, Linker, Memory, Module, Store, Val};

use crate::rewrite::GLOBAL_PREFIX;
use crate::wasi::{self, World};
use crate::{Error, Left, START};

/// The memory that WASI's functions read and write.
const MEMORY: &str = "memory";

/// Runs the start and looks at what it leaves.
pub(crate) fn start(open: &[u8], globals: &[u32], directories: &[&str]) -> Result<Left, Error> {
    let engine = Engine::default();
    let module = Module::new(&engine, open).map_err(|error| Error::Unfit(error.to_string()))?;
    let mut store = Store::new(&engine, World::new(directories));
    let linker = link(&module, &mut store)?;
    let instance = linker
        .instantiate_and_start(&mut store, &module)
        .map_err(|error| Error::Unfit(error.to_string()))?;
    let memory = instance
        .get_memory(&store, MEMORY)
        .ok_or_else(|| Error::Unfit(format!("it exports no {MEMORY}")))?;
    let start = instance
        .get_typed_func::<(), ()>(&store, START)
        .map_err(|_| Error::Unfit(format!("it exports no {START}")))?;
    start.call(&mut store, ()).map_err(|error| Error::Failed {
        reason: error.to_string(),
        output: store.data().output(),
    })?;
    let value = |index: &u32| {
        let global = instance.get_global(&store, &format!("{GLOBAL_PREFIX}{index}"));
        let missing = || Error::Unfit(format!("global {index} is gone"));
        Ok((*index, global.ok_or_else(missing)?.get(&store)))
    };
    let globals = globals.iter().map(value).collect::<Result<_, Error>>()?;
    let memory = memory.data(&store).to_vec();
    Ok(Left { memory, globals })
}

/// WASI where it is asked for, and else what ends the start: there is no host to answer.
fn link(module: &Module, store: &mut Store<World>) -> Result<Linker<World>, Error> {
    let mut linker = Linker::new(module.engine());
    // Go imports one function in several places.
    linker.allow_shadowing(true);
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else {
            return Err(Error::Unfit(format!("it imports {}", import.name())));
        };
        let (space, name) = (import.module().to_owned(), import.name().to_owned());
        let full = format!("{space} {name}");
        let function = Func::new(
            &mut *store,
            ty.clone(),
            move |mut caller, given, results| {
                let memory = caller
                    .get_export(MEMORY)
                    .and_then(wasmi::Extern::into_memory);
                let answer = match memory {
                    Some(memory) if space == wasi::SPACE => {
                        let (bytes, world) = Memory::data_and_store_mut(&memory, &mut caller);
                        wasi::call(&name, given, bytes, world)
                    }
                    _ => None,
                };
                match (answer, results) {
                    (Some(code), [result]) => *result = Val::I32(code),
                    _ => {
                        let message = format!("{full} is not there while the guest is built");
                        return Err(wasmi::Error::new(message));
                    }
                }
                Ok(())
            },
        );
        linker
            .define(import.module(), import.name(), function)
            .map_err(|error| Error::Unfit(error.to_string()))?;
    }
    Ok(linker)
}
