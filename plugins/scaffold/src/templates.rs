//! Which templates there are.

use crate::{Kind, Language};

/// Folder of the workspace, and its files with their texts.
type Folder = (&'static str, &'static [(&'static str, &'static str)]);

/// All that projects are made of; written by the build script.
pub(crate) const FOLDERS: &[Folder] = include!(concat!(env!("OUT_DIR"), "/folders.rs"));

/// One example that stands for new projects.
pub(crate) struct Template {
    pub(crate) kind: Kind,
    pub(crate) language: Language,
    /// Its folder.
    pub(crate) example: &'static str,
    /// What it calls itself.
    pub(crate) name: &'static str,
    /// The SDK that it is built on, and where the project has its copy: as its manifest says it.
    pub(crate) sdk: Option<(&'static str, &'static str)>,
}

/// All of them, in the order in which they are told.
pub(crate) const TEMPLATES: &[Template] = &[
    Template {
        kind: Kind::Renderer,
        language: Language::Rust,
        example: "examples/plugins/rust",
        name: "hello-rust",
        // As deep as in the workspace: the SDK finds the interfaces at `../../wit`.
        sdk: Some(("plugins/sdk", "vendor/gantry-sdk")),
    },
    Template {
        kind: Kind::Renderer,
        language: Language::Go,
        example: "examples/plugins/go",
        name: "hello-go",
        sdk: Some(("plugins/sdk-go", "./gantry-sdk")),
    },
    Template {
        kind: Kind::Renderer,
        language: Language::Js,
        example: "examples/plugins/js",
        name: "hello-js",
        sdk: None,
    },
    Template {
        kind: Kind::Renderer,
        language: Language::Python,
        example: "examples/plugins/python",
        name: "hello-python",
        sdk: None,
    },
    Template {
        kind: Kind::Renderer,
        language: Language::C,
        example: "examples/plugins/c",
        name: "hello-c",
        sdk: None,
    },
    Template {
        kind: Kind::Health,
        language: Language::Rust,
        example: "examples/plugins/rust-health",
        name: "hello-rust-health",
        sdk: Some(("plugins/sdk-health", "vendor/gantry-sdk-health")),
    },
    Template {
        kind: Kind::Health,
        language: Language::Go,
        example: "examples/plugins/go-health",
        name: "hello-go-health",
        sdk: Some(("plugins/sdk-go", "./gantry-sdk")),
    },
];
