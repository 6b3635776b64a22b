//! The renderer world: a source tree in, Kubernetes documents out.

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

pub use bindings::exports::gantry::plugin::renderer::{Body, Document, Origin, Rendering};
pub use bindings::gantry::plugin::context::Request;
pub use bindings::gantry::plugin::source::{Entry, EntryKind, File, ReadError, Tree};
pub use bindings::gantry::plugin::types::{Diagnostic, Position, Severity, Span};

/// A renderer. Export it with [`export_renderer!`](crate::export_renderer).
pub trait Renderer {
    /// One line for lists of plugins.
    const SUMMARY: &'static str;
    /// JSON Schema (2020-12) of the parameters; none means that it takes no parameters.
    const PARAMETERS_SCHEMA: Option<&'static str>;

    /// Renders the application.
    ///
    /// # Errors
    /// Every problem found, for the user to act on. Never half a render.
    fn render(tree: &Tree, request: &Request) -> Result<Rendering, Vec<Diagnostic>>;
}

/// The parameters as a type of the plugin's own. The host has checked them against the schema, so
/// an error means that schema and type disagree.
///
/// # Errors
/// The first field that does not fit, as one diagnostic.
pub fn parameters<P: DeserializeOwned>(request: &Request) -> Result<P, Vec<Diagnostic>> {
    serde_json::from_str(&request.parameters())
        .map_err(|error| vec![problem("parameters", error.to_string())])
}

/// An error without a place.
pub fn problem(code: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: code.to_owned(),
        message: message.into(),
        span: None,
        field: None,
        help: None,
    }
}

/// A file of the tree that could not be read, worded for the user.
pub fn unreadable(path: &str, error: &ReadError) -> Diagnostic {
    let reason = match error {
        ReadError::NotFound => "there is no such file or directory".to_owned(),
        ReadError::NotAFile => "it is a directory, not a file".to_owned(),
        ReadError::NotADirectory => "it is a file, not a directory".to_owned(),
        ReadError::Outside => "it leads outside the source tree".to_owned(),
        ReadError::TooLarge(bytes) => format!("its {bytes} bytes are more than the host reads"),
        ReadError::BadPattern(pattern) => format!("{pattern:?} is not a valid glob"),
        ReadError::Failed(reason) => reason.clone(),
    };
    let span = Span {
        path: path.to_owned(),
        start: None,
    };
    Diagnostic {
        span: Some(span),
        ..problem("unreadable", reason)
    }
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

            struct Exports;

            impl about::Guest for Exports {
                fn about() -> about::AboutPlugin {
                    about::AboutPlugin {
                        summary: <$plugin as $crate::renderer::Renderer>::SUMMARY.into(),
                        parameters_schema:
                            <$plugin as $crate::renderer::Renderer>::PARAMETERS_SCHEMA
                                .map(Into::into),
                    }
                }
            }

            impl renderer::Guest for Exports {
                fn render(
                    tree: &$crate::renderer::Tree,
                    request: &$crate::renderer::Request,
                ) -> ::core::result::Result<
                    $crate::renderer::Rendering,
                    ::std::vec::Vec<$crate::renderer::Diagnostic>,
                > {
                    <$plugin as $crate::renderer::Renderer>::render(tree, request)
                }
            }

    $crate::renderer::bindings::export!(Exports with_types_in $crate::renderer::bindings);
        };
    };
}
