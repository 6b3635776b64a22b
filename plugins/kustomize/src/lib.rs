//! `kustomize build`, version 5, as a renderer. No program is run and nothing is fetched: what lies
//! outside of the tree is asked of the host.
//!
//! Parameters are those of Argo CD's `spec.source.kustomize` block. Errors name file and line of the
//! cause; their codes are those of the steps (`kustomization`, `patch`, `generator`, …).

mod accumulate;
mod arguments;
mod build;
mod config;
mod decode;
mod document;
mod edit;
mod finish;
mod generate;
mod hash;
mod host;
mod kustomization;
mod loader;
mod manifest;
mod options;
mod origin;
mod outside;
mod parameters;
mod path;
mod plugin;
mod problem;
mod repository;
mod resmap;
mod resource;
mod steps;
mod target;
#[cfg(test)]
mod test_files;
#[cfg(test)]
mod tests;
mod transform;
mod vars;

pub use build::{Built, Object, build};
pub use edit::{Edits, PatchEdit};
pub use options::{LoadRestrictor, Options, Reorder};
pub use outside::{Nothing, Outside};
pub use parameters::Parameters;

use gantry_sdk::renderer::{Document, Problems, Renderer, Rendering, Request, Tree};

use host::Host;

/// Written down: what derives it is a good part of a plugin's bytes. A test holds the two together.
const SCHEMA: &str = include_str!("parameters.schema.json");

/// The renderer.
#[derive(Debug)]
pub struct Kustomize;

gantry_sdk::export_renderer!(Kustomize);

impl Renderer for Kustomize {
    const SUMMARY: &'static str = "kustomize build, version 5";
    type Parameters = Parameters;

    fn parameters_schema() -> String {
        SCHEMA.to_owned()
    }

    fn render(
        tree: &Tree,
        request: &Request,
        parameters: Parameters,
    ) -> Result<Rendering, Problems> {
        let (edits, options) = (parameters.edits()?, parameters.options());
        let built = build(tree, &tree.path(), &Host(request), &options, &edits)?;
        let documents = built.objects.into_iter().map(|object| {
            let document = Document::json(&object.value);
            match object.place {
                Some((path, line)) => document.from_file(path, line),
                None => document,
            }
        });
        let mut warnings = parameters.warnings();
        warnings.extend(built.warnings);
        Ok(Rendering {
            documents: documents.collect(),
            warnings,
        })
    }
}
