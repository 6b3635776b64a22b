//! What a core module shows of itself.

use wasmparser::{BinaryReaderError, Parser, Payload};

use crate::{Error, World};

/// The package that plugins implement.
const PACKAGE: &str = "gantry:plugin/";
/// The section in which bindings keep the world they were made for.
const METADATA_SECTION: &str = "component-type";
/// What the linker calls the entry of a program.
const COMMAND_ENTRY: &str = "_start";

/// The exports of a module, and whether it knows its world.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    exports: Vec<String>,
    pub(crate) has_metadata: bool,
}

impl Surface {
    pub(crate) fn read(core: &[u8]) -> Result<Self, Error> {
        if Parser::is_component(core) {
            return Err(Error::Component);
        }
        if !Parser::is_core_wasm(core) {
            return Err(Error::NotWasm);
        }
        let damaged = |error: BinaryReaderError| Error::Damaged(error.to_string());
        let mut surface = Self::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload.map_err(damaged)? {
                Payload::ExportSection(section) => {
                    for export in section {
                        surface.exports.push(export.map_err(damaged)?.name.into());
                    }
                }
                Payload::CustomSection(section) => {
                    surface.has_metadata |= section.name().starts_with(METADATA_SECTION);
                }
                _ => {}
            }
        }
        if surface.exports.iter().any(|name| name == COMMAND_ENTRY) {
            return Err(Error::Command);
        }
        Ok(surface)
    }

    /// The interfaces of the version that is exported; of the newest where none of them is.
    pub(crate) fn interfaces<'a>(&self, known: &[(&str, &'a str)]) -> &'a str {
        let is_exported = |version: &str| {
            let names = self.exports.iter();
            let versions = names.filter_map(|name| name.strip_prefix(PACKAGE)?.split_once('@'));
            versions
                .filter_map(|(_, rest)| rest.split_once('#'))
                .any(|(found, _)| found == version)
        };
        let named = known.iter().find(|(version, _)| is_exported(version));
        named.or(known.last()).map_or("", |(_, wit)| wit)
    }

    /// The world whose own interface is exported.
    pub(crate) fn world(&self) -> Result<World, Error> {
        let is_exported = |world: &World| {
            let interface = format!("{PACKAGE}{}@", world.as_str());
            self.exports.iter().any(|name| name.starts_with(&interface))
        };
        let mut worlds = World::ALL.into_iter().filter(is_exported);
        match (worlds.next(), worlds.next()) {
            (Some(world), None) => Ok(world),
            (None, _) => Err(Error::NoWorld),
            (Some(_), Some(_)) => Err(Error::TwoWorlds),
        }
    }
}
