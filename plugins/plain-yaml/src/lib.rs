//! The directory renderer: every YAML and JSON manifest of a directory, as Argo CD takes them
//! (`reposerver/repository/repository.go`, `getPotentiallyValidManifests`).

use gantry_sdk::files::{SKIP_MARK, Selection, Settings, read_text};
use gantry_sdk::renderer::{
    Body, Diagnostic, Document, Origin, Problems, Renderer, Rendering, Request, Tree,
};

/// The renderer.
#[derive(Debug)]
pub struct PlainYaml;

gantry_sdk::export_renderer!(PlainYaml);

/// The endings that Argo CD looks at.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".jsonnet"];

impl Renderer for PlainYaml {
    const SUMMARY: &'static str = "a directory of YAML and JSON manifests";
    type Parameters = Settings;

    fn render(tree: &Tree, _: &Request, settings: Settings) -> Result<Rendering, Problems> {
        let selection = Selection::new(&settings)?;
        let mut documents = Vec::new();
        for path in selection.paths(tree, &tree.path(), has_ending)? {
            if path.ends_with(".jsonnet") {
                return Err(jsonnet(&path).into());
            }
            let text = read_text(tree, &path)?;
            if is_manifest(&text) {
                documents.push(document(path, text));
            }
        }
        Ok(documents.into())
    }
}

fn has_ending(path: &str) -> bool {
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether a text looks like a manifest. As in Argo CD, a YAML file of something else, such as
/// values, may lie beside the manifests.
fn is_manifest(text: &str) -> bool {
    ["apiVersion", "kind"]
        .iter()
        .all(|field| text.contains(field))
        && !text.contains(SKIP_MARK)
}

fn jsonnet(path: &str) -> Diagnostic {
    let message = format!("{path}: jsonnet is not supported by the built-in renderers");
    Diagnostic::error("jsonnet", message)
        .help("exclude it, or name a renderer plugin for it in spec.source.plugin")
}

fn document(path: String, text: String) -> Document {
    let body = if path.ends_with(".json") {
        Body::Json(text)
    } else {
        Body::Yaml(text)
    };
    let origin = Some(Origin { path, line: 1 });
    Document { body, origin }
}

#[cfg(test)]
mod tests {
    use super::{has_ending, is_manifest};

    #[test]
    fn other_files_other_yaml_and_marked_files_are_no_manifests() {
        assert!(has_ending("a.yml") && has_ending("sub/a.json"));
        assert!(!has_ending("a.txt") && !has_ending("yaml"));
        assert!(is_manifest("apiVersion: v1\nkind: A\n"));
        assert!(!is_manifest("replicas: 3\n"));
        assert!(!is_manifest(
            "# +argocd:skip-file-rendering\napiVersion: v1\nkind: A\n"
        ));
    }
}
