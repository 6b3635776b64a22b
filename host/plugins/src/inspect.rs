//! What a file is, read from its bytes alone: nothing is compiled, let alone run, before a
//! component is known to be a plugin that imports nothing it must not.

use serde::Serialize;
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use crate::error::LoadError;
use crate::wasi;

/// The package that plugins implement.
const PACKAGE: &str = "gantry:plugin/";
/// The version of it that this host speaks: every 0.1.x.
pub(crate) const SPOKEN: &str = "0.1.1";
const SPOKEN_PREFIX: &str = "0.1.";
/// Every WASI that the served interfaces are compatible with.
const WASI_PREFIX: &str = "0.2.";

/// What a plugin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Turns a source tree into objects.
    Renderer,
    /// Judges live objects.
    Health,
}

impl Kind {
    /// `renderer` or `health`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renderer => "renderer",
            Self::Health => "health",
        }
    }

    /// Our interfaces that its world imports.
    fn imports(self) -> &'static [&'static str] {
        match self {
            Self::Renderer => &["types", "source", "context"],
            Self::Health => &[],
        }
    }
}

/// A component that may be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inspected {
    pub(crate) kind: Kind,
    /// Such as `gantry:plugin/renderer-plugin@0.1.0`.
    pub(crate) world: String,
    /// The names of the instances that it imports.
    pub(crate) imports: Vec<String>,
}

/// Says what a file is, or why it is no plugin.
pub(crate) fn inspect(wasm: &[u8]) -> Result<Inspected, LoadError> {
    check(wasm)?.world()
}

/// Whether bytes are a plugin by their imports and exports; nothing is compiled or run.
///
/// # Errors
/// [`LoadError`] says why they are none.
pub fn check(wasm: &[u8]) -> Result<Surface, LoadError> {
    let surface = Surface::read(wasm)?;
    surface.check_imports(surface.world()?.kind)?;
    Ok(surface)
}

/// The names of instances that a component imports and exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// What it needs.
    pub imports: Vec<String>,
    /// What it offers.
    pub exports: Vec<String>,
}

impl Surface {
    fn read(wasm: &[u8]) -> Result<Self, LoadError> {
        if !Parser::is_core_wasm(wasm) && !Parser::is_component(wasm) {
            return Err(LoadError::NotWasm);
        }
        let mut surface = Self::default();
        let mut depth = 0usize;
        for payload in Parser::new(0).parse_all(wasm) {
            let invalid =
                |error: wasmparser::BinaryReaderError| LoadError::Invalid(error.to_string());
            match payload.map_err(invalid)? {
                Payload::Version {
                    encoding: Encoding::Module,
                    ..
                } if depth == 0 => {
                    return Err(LoadError::CoreModule);
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        surface
                            .imports
                            .push(import.map_err(invalid)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        if export.kind == ComponentExternalKind::Instance {
                            surface.exports.push(export.name.name.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }

    fn world(&self) -> Result<Inspected, LoadError> {
        let exported = |interface: &str| {
            let ours = self
                .exports
                .iter()
                .filter_map(|name| name.strip_prefix(PACKAGE)?.split_once('@'));
            ours.filter(|(name, _)| *name == interface)
                .map(|(_, version)| version)
                .next()
        };
        let (kind, version) = match (exported("renderer"), exported("health")) {
            (Some(_), Some(_)) => return Err(LoadError::TwoWorlds),
            (Some(version), None) => (Kind::Renderer, version),
            (None, Some(version)) => (Kind::Health, version),
            (None, None) => {
                return Err(LoadError::ForeignWorld {
                    exports: self.exports.clone(),
                });
            }
        };
        if !version.starts_with(SPOKEN_PREFIX) {
            return Err(LoadError::ForeignVersion {
                found: version.to_owned(),
            });
        }
        let world = format!("{PACKAGE}{}-plugin@{version}", kind.as_str());
        if exported("about").is_none() {
            let export = format!("{PACKAGE}about@{version}");
            return Err(LoadError::MissingExport { world, export });
        }
        let imports = self.imports.clone();
        Ok(Inspected {
            kind,
            world,
            imports,
        })
    }

    fn check_imports(&self, kind: Kind) -> Result<(), LoadError> {
        let allowed = |import: &str| match import.split_once('@') {
            Some((name, version)) => match name.strip_prefix(PACKAGE) {
                Some(ours) => kind.imports().contains(&ours) && version.starts_with(SPOKEN_PREFIX),
                None => wasi::SERVED.contains(&name) && version.starts_with(WASI_PREFIX),
            },
            None => false,
        };
        match self.imports.iter().find(|import| !allowed(import)) {
            Some(import) => Err(LoadError::ForbiddenImport {
                import: import.clone(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::inspect;

    /// A component with these imports and exports, all of them empty instances.
    fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
        let imports = imports
            .iter()
            .map(|name| format!("(import \"{name}\" (instance))"));
        let exports = exports
            .iter()
            .map(|name| format!("(export \"{name}\" (instance $empty))"));
        let text: String = imports
            .chain(["(instance $empty)".into()])
            .chain(exports)
            .collect();
        wat::parse_str(format!("(component {text})")).expect("valid text")
    }

    const RENDERER: &[&str] = &["gantry:plugin/about@0.1.0", "gantry:plugin/renderer@0.1.0"];
    const HEALTH: &[&str] = &["gantry:plugin/about@0.1.7", "gantry:plugin/health@0.1.7"];

    #[test]
    fn plugins_are_known_by_their_exports() {
        let cases: &[(&[&str], &[&str], &str)] = &[
            (&[], RENDERER, "gantry:plugin/renderer-plugin@0.1.0"),
            (
                &["gantry:plugin/source@0.1.3", "wasi:io/streams@0.2.9"],
                RENDERER,
                "gantry:plugin/renderer-plugin@0.1.0",
            ),
            (
                &["wasi:cli/stderr@0.2.0"],
                HEALTH,
                "gantry:plugin/health-plugin@0.1.7",
            ),
        ];
        for (imports, exports, world) in cases {
            let inspected = inspect(&component(imports, exports)).expect(world);
            assert_eq!(inspected.world, *world);
        }
    }

    #[test]
    fn whatever_is_no_plugin_is_refused_with_its_reason() {
        let module = wat::parse_str("(module)").expect("valid text");
        let whole = component(&[], RENDERER);
        let cases: &[(&[u8], &str)] = &[
            (b"", "not a WebAssembly file"),
            (b"#!/bin/sh\n", "not a WebAssembly file"),
            (&module, "a core module"),
            (&whole[..whole.len() - 3], "damaged"),
            (
                &component(&[], &["wasi:http/incoming-handler@0.2.0"]),
                "wasi:http/incoming-handler@0.2.0",
            ),
            (&component(&[], &[]), "exports nothing"),
            (
                &component(
                    &[],
                    &["gantry:plugin/about@0.9.0", "gantry:plugin/renderer@0.9.0"],
                ),
                "gantry:plugin 0.9.0, this gantry speaks 0.1.1",
            ),
            (
                &component(&[], &["gantry:plugin/renderer@0.1.0"]),
                "lacks the export gantry:plugin/about@0.1.0",
            ),
            (
                &component(
                    &[],
                    &["gantry:plugin/health@0.1.0", "gantry:plugin/renderer@0.1.0"],
                ),
                "both a renderer and a health plugin",
            ),
            (
                &component(&["wasi:sockets/tcp@0.2.0"], RENDERER),
                "wasi:sockets/tcp@0.2.0",
            ),
            (
                &component(&["wasi:http/outgoing-handler@0.2.0"], RENDERER),
                "wasi:http/outgoing-handler@0.2.0",
            ),
            (
                &component(&["wasi:cli/stderr@0.3.0"], RENDERER),
                "wasi:cli/stderr@0.3.0",
            ),
            (
                &component(&["gantry:plugin/secrets@0.1.0"], RENDERER),
                "gantry:plugin/secrets@0.1.0",
            ),
            (
                &component(&["gantry:plugin/source@0.1.0"], HEALTH),
                "gantry:plugin/source@0.1.0",
            ),
            (&component(&["anything"], RENDERER), "anything"),
        ];
        for (wasm, reason) in cases {
            let error = inspect(wasm).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error:?} does not say {reason:?}");
        }
    }
}
