//! The template renderer: the YAML and JSON files of a directory as
//! [minijinja](https://docs.rs/minijinja) templates (Jinja's syntax).
//!
//! **Files.** Each `*.yaml`, `*.yml` and `*.json`, also with `.j2`, `.jinja` or `.jinja2` behind it,
//! is one template. What starts with `_`, file or directory, is not rendered by itself: it is for
//! `{% include %}`, `{% import %}` and `{% extends %}`, whose names are relative to the
//! application's directory and stay within the tree. As in Argo CD's directory source, files marked
//! `+argocd:skip-file-rendering` are left out. A rendered file none of whose documents has an
//! `apiVersion` or a `kind`, such as values for another cluster, is left out with a remark.
//!
//! **Parameters.** `recurse`, `include` and `exclude` as `plain-yaml` has them; `valuesFiles`, paths
//! relative to the application's directory; `values`, a mapping. The values are `values.yaml` of the
//! application's directory, if there is one, under the `valuesFiles` in their order, under `values`:
//! mappings merge, everything else replaces, null removes.
//!
//! **Context.** `values`; `app.name`, `app.namespace` (null when the application gives none),
//! `app.revision`; `kube.version` and `kube.apiVersions` (`v1/ConfigMap`, `apps/v1/Deployment`).
//!
//! **Output.** Nothing is escaped. Strings and numbers are printed as they are, everything else
//! (`true`, `null`, lists, mappings) as JSON, which is YAML. An undefined value is an error, also in a condition:
//! ask `is defined`, or give a `default`. Empty documents are dropped.
//!
//! **Filters** besides minijinja's: `toyaml`, `fromyaml`, `b64encode`, `b64decode`, `quote`,
//! `sha256` (hexadecimal), `nindent(n)` (a line break, then every line indented, for blocks:
//! `labels: {{ values.labels | toyaml | nindent(4) }}`). The function `fail(message)` stops the
//! render.
//!
//! **Errors.** All files are rendered before the errors of all are told, each place once. Codes:
//! `template-syntax`, `template-undefined`, `template-not-found`, `template-error`, `values`,
//! `yaml` (of the values, or of what was rendered), `unreadable`, `not-utf-8`, `bad-glob`. Lines of
//! rendered text are told as lines of the template only where the two agree line by line; loops
//! and conditions may shift them.

mod convert;
mod engine;
mod facts;
mod filters;
mod output;
mod paths;
mod problem;
mod render;
#[cfg(test)]
mod tests;
mod values;

use gantry_sdk::renderer::{Problems, Renderer, Rendering, Request, Tree};

use facts::Facts;
use render::Settings;

/// Derived from [`Settings`], as a test holds; written down, since this is the largest plugin.
const SCHEMA: &str = include_str!("parameters.schema.json");

/// The renderer.
#[derive(Debug)]
pub struct Template;

gantry_sdk::export_renderer!(Template);

impl Renderer for Template {
    const SUMMARY: &'static str = "minijinja templates with values";
    type Parameters = Settings;

    fn parameters_schema() -> String {
        SCHEMA.to_owned()
    }

    fn render(tree: &Tree, request: &Request, settings: Settings) -> Result<Rendering, Problems> {
        let facts = Facts {
            directory: tree.path(),
            application: request.application(),
            namespace: request.namespace(),
            kube_version: request.kube_version(),
        };
        Ok(render::render(tree, &facts, request, &settings)?)
    }
}
