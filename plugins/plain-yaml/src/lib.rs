//! The directory renderer: every YAML and JSON manifest of a directory, as Argo CD takes them
//! (`reposerver/repository/repository.go`, `getPotentiallyValidManifests`).

use gantry_sdk::files::{SKIP_MARK, Selection, Settings, read_text};
use gantry_sdk::renderer::{
    Body, Diagnostic, Document, Origin, Renderer, Rendering, Request, Tree, parameters, problem,
};

/// The renderer.
#[derive(Debug)]
pub struct PlainYaml;

gantry_sdk::export_renderer!(PlainYaml);

const SCHEMA: &str = concat!(
    r#"{"type": "object", "additionalProperties": false, "properties": {"#,
    gantry_sdk::selection_properties!(),
    "}}"
);

/// The endings that Argo CD looks at.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".jsonnet"];

impl Renderer for PlainYaml {
    const SUMMARY: &'static str = "a directory of YAML and JSON manifests";
    const PARAMETERS_SCHEMA: Option<&'static str> = Some(SCHEMA);

    fn render(tree: &Tree, request: &Request) -> Result<Rendering, Vec<Diagnostic>> {
        let settings: Settings = parameters(request)?;
        let rendered = documents(tree, &settings);
        rendered.map_err(|problem| vec![problem])
    }
}

fn documents(tree: &Tree, settings: &Settings) -> Result<Rendering, Diagnostic> {
    let selection = Selection::new(settings)?;
    let mut documents = Vec::new();
    for path in selection.paths(tree, &tree.path(), has_ending)? {
        if path.ends_with(".jsonnet") {
            return Err(jsonnet(&path));
        }
        let text = read_text(tree, &path)?;
        if is_manifest(&text) {
            documents.push(document(path, text));
        }
    }
    Ok(Rendering {
        documents,
        warnings: Vec::new(),
    })
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
    let help = "exclude it, or name a renderer plugin for it in spec.source.plugin";
    let message = format!("{path}: jsonnet is not supported by the built-in renderers");
    Diagnostic {
        help: Some(help.to_owned()),
        ..problem("jsonnet", message)
    }
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

    #[test]
    fn the_schema_is_json() {
        let schema: serde_json::Value = serde_json::from_str(crate::SCHEMA).unwrap();
        assert!(schema["properties"]["recurse"].is_object());
    }
}
