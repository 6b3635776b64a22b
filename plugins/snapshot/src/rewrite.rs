//! A module with its insides exported, and one that begins with what a start has left.

use std::ops::Range;

use wasm_encoder::{
    ConstExpr, DataSection, ExportKind, ExportSection, GlobalSection, GlobalType, MemorySection,
    MemoryType, Module, RawSection, ValType,
};
use wasmi::Val;
use wasmparser::{ExternalKind, Parser, Payload};

use crate::{Error, Left, START};

/// Names of globals, exported for the interpreter's host.
pub(crate) const GLOBAL_PREFIX: &str = "gantry-global-";
const PAGE_BYTES: usize = 64 << 10;
/// Zeros between two pieces of data that cost less than the head of a further piece.
const GAP_MAX_BYTES: usize = 64;

/// The module with an export for each global, and their indices.
pub(crate) fn open(core: &[u8]) -> Result<(Vec<u8>, Vec<u32>), Error> {
    let globals = global_indices(core)?;
    let open = rewrite(core, |payload, module| {
        let Payload::ExportSection(section) = payload else {
            return Ok(false);
        };
        let mut exports = ExportSection::new();
        for export in section.clone() {
            let export = export?;
            exports.export(export.name, kind(export.kind)?, export.index);
        }
        for index in &globals {
            let name = format!("{GLOBAL_PREFIX}{index}");
            exports.export(&name, ExportKind::Global, *index);
        }
        module.section(&exports);
        Ok(true)
    })?;
    Ok((open.finish(), globals))
}

/// The module as its start has left it, with nothing to start any more.
pub(crate) fn close(core: &[u8], left: &Left) -> Result<Vec<u8>, Error> {
    let mut closed = rewrite(core, |payload, module| {
        match payload {
            Payload::MemorySection(section) => {
                let mut memories = MemorySection::new();
                for memory in section.clone() {
                    let memory = memory?;
                    memories.memory(MemoryType {
                        minimum: (left.memory.len() / PAGE_BYTES) as u64,
                        maximum: memory.maximum,
                        memory64: memory.memory64,
                        shared: memory.shared,
                        page_size_log2: memory.page_size_log2,
                    });
                }
                module.section(&memories);
            }
            Payload::GlobalSection(section) => {
                module.section(&globals(section.clone(), left)?);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section.clone() {
                    let export = export?;
                    if export.name != START {
                        exports.export(export.name, kind(export.kind)?, export.index);
                    }
                }
                module.section(&exports);
            }
            // Its own comes last, whether there was one or not.
            Payload::DataSection(_) => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    closed.section(&data(&left.memory)?);
    Ok(closed.finish())
}

fn data(memory: &[u8]) -> Result<DataSection, Error> {
    let mut data = DataSection::new();
    for piece in pieces(memory) {
        let offset = i32::try_from(piece.start)
            .map_err(|_| Error::Unfit("its start uses more than 2 GiB of memory".to_owned()))?;
        let bytes = memory.get(piece).unwrap_or_default();
        data.active(0, &ConstExpr::i32_const(offset), bytes.iter().copied());
    }
    Ok(data)
}

/// Copies a module, but for the sections that `replace` writes itself.
fn rewrite(
    core: &[u8],
    mut replace: impl FnMut(&Payload<'_>, &mut Module) -> Result<bool, Error>,
) -> Result<Module, Error> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload?;
        if replace(&payload, &mut module)? {
            continue;
        }
        // The number of pieces of data is told beforehand only where code names them.
        if matches!(payload, Payload::DataCountSection { .. }) {
            return Err(Error::Unfit("its code copies data by itself".to_owned()));
        }
        if matches!(payload, Payload::StartSection { .. }) {
            return Err(Error::Unfit("it starts by itself".to_owned()));
        }
        if let Some((id, range)) = payload.as_section() {
            let data = core.get(range).unwrap_or_default();
            module.section(&RawSection { id, data });
        }
    }
    Ok(module)
}

fn global_indices(core: &[u8]) -> Result<Vec<u32>, Error> {
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::GlobalSection(section) = payload? {
            return Ok((0..section.count()).collect());
        }
    }
    Ok(Vec::new())
}

fn globals(
    section: wasmparser::GlobalSectionReader<'_>,
    left: &Left,
) -> Result<GlobalSection, Error> {
    let mut globals = GlobalSection::new();
    for (index, global) in (0..).zip(section) {
        let global = global?;
        let known = left.globals.iter().find(|(known, _)| *known == index);
        let unfit = || Error::Unfit(format!("global {index} is no number that stays"));
        let (val_type, init) = match known {
            Some((_, Val::I32(value))) => (ValType::I32, ConstExpr::i32_const(*value)),
            Some((_, Val::I64(value))) => (ValType::I64, ConstExpr::i64_const(*value)),
            _ => return Err(unfit()),
        };
        let (mutable, shared) = (global.ty.mutable, global.ty.shared);
        let ty = GlobalType {
            val_type,
            mutable,
            shared,
        };
        globals.global(ty, &init);
    }
    Ok(globals)
}

fn kind(kind: ExternalKind) -> Result<ExportKind, Error> {
    Ok(match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        other => return Err(Error::Unfit(format!("it exports a {other:?}"))),
    })
}

/// What is not zero, in as few pieces as make sense.
fn pieces(memory: &[u8]) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for (at, _) in memory.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        match pieces.last_mut() {
            Some(last) if at - last.end <= GAP_MAX_BYTES => last.end = at + 1,
            _ => pieces.push(at..at + 1),
        }
    }
    pieces
}
