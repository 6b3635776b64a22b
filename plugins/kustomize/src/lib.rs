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
mod transform;
mod vars;

pub use build::{Built, Object, build};
pub use edit::{Edits, PatchEdit};
pub use options::{LoadRestrictor, Options, Reorder};
pub use outside::{Nothing, Outside};
pub use parameters::Parameters;
