//! The renderer world: a source tree in, Kubernetes documents out.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

#[doc(hidden)]
#[allow(missing_docs, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/plugin.wit",
        world: "renderer-plugin",
        pub_export_macro: true,
        export_macro_name: "export",
    });
}

pub use crate::diagnostic::Problems;
#[doc(hidden)]
pub use crate::parameters::read;
pub use crate::parameters::{NoParameters, schema};
pub use bindings::exports::gantry::plugin::renderer::{Body, Document, Origin, Rendering};
pub use bindings::gantry::plugin::context::{Request, Withheld};
pub use bindings::gantry::plugin::source::{Entry, EntryKind, File, ReadError, Tree};
pub use bindings::gantry::plugin::types::{Diagnostic, Position, Severity, Span};

/// A renderer. Export it with [`export_renderer!`](crate::export_renderer).
pub trait Renderer {
    /// One line for lists of plugins.
    const SUMMARY: &'static str;

    /// What `spec.source.plugin.parameters` become; [`NoParameters`] where there are none. Its
    /// JSON Schema, doc comments and all, is what the host checks them by and what users see.
    type Parameters: DeserializeOwned + JsonSchema;

    /// The JSON Schema of the parameters. A plugin that counts its bytes may return the text: what
    /// derives it is some 100 KB, which then are needed in a test only.
    fn parameters_schema() -> String {
        schema::<Self::Parameters>()
    }

    /// Renders the application.
    ///
    /// # Errors
    /// Every problem found, for the user to act on. Never half a render.
    fn render(
        tree: &Tree,
        request: &Request,
        parameters: Self::Parameters,
    ) -> Result<Rendering, Problems>;
}

/// Joins two paths of the tree; empty parts vanish.
pub fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", name) => name.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, name) => format!("{directory}/{name}"),
    }
}

/// Exports a type that implements [`Renderer`](crate::renderer::Renderer) as this component's
/// renderer.
#[macro_export]
macro_rules! export_renderer {
    ($plugin:ty) => {
        // The exports' names mean nothing to a native linker: there, only the logic is tested.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::renderer::bindings::exports::gantry::plugin::{about, renderer};
            use $crate::renderer::{Diagnostic, Renderer, Rendering, Request, Tree};

            struct Exports;
            type Parameters = <$plugin as Renderer>::Parameters;

            impl about::Guest for Exports {
                fn about() -> about::AboutPlugin {
                    about::AboutPlugin {
                        summary: <$plugin as Renderer>::SUMMARY.into(),
                        parameters_schema: Some(<$plugin as Renderer>::parameters_schema()),
                    }
                }
            }

            impl renderer::Guest for Exports {
                fn render(
                    tree: &Tree,
                    request: &Request,
                ) -> ::core::result::Result<Rendering, ::std::vec::Vec<Diagnostic>> {
                    $crate::renderer::read::<Parameters>(&request.parameters())
                        .and_then(|parameters| {
                            <$plugin as Renderer>::render(tree, request, parameters)
                        })
                        .map_err(|problems| problems.0)
                }
            }

    $crate::renderer::bindings::export!(Exports with_types_in $crate::renderer::bindings);
        };
    };
}
