//! The directory renderer: every YAML and JSON manifest of a directory, as Argo CD takes them
//! (`reposerver/repository/repository.go`, `getPotentiallyValidManifests`).

mod select;

use gantry_sdk::renderer::{
    Body, Diagnostic, Document, EntryKind, Origin, Renderer, Rendering, Request, Tree, join,
    parameters, problem, unreadable,
};

use select::{Selection, Settings, is_manifest};

/// The renderer.
#[derive(Debug)]
pub struct PlainYaml;

gantry_sdk::export_renderer!(PlainYaml);

const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "recurse": {
      "type": "boolean",
      "description": "also the directories below; default false"
    },
    "include": {
      "type": "string",
      "description": "glob of paths relative to the application's directory, {a,b} for several"
    },
    "exclude": {
      "type": "string",
      "description": "glob of paths to leave out; wins over include"
    }
  }
}"#;

impl Renderer for PlainYaml {
    const SUMMARY: &'static str = "a directory of YAML and JSON manifests";
    const PARAMETERS_SCHEMA: Option<&'static str> = Some(SCHEMA);

    fn render(tree: &Tree, request: &Request) -> Result<Rendering, Vec<Diagnostic>> {
        let settings: Settings = parameters(request)?;
        let selection = Selection::new(&settings).map_err(|problem| vec![problem])?;
        let mut rendering = Rendering {
            documents: Vec::new(),
            warnings: Vec::new(),
        };
        walk(tree, &tree.path(), "", &selection, &mut rendering)
            .map_err(|problem| vec![problem])?;
        Ok(rendering)
    }
}

/// Takes the names of a directory in order, each directory at its place, as `filepath.Walk` does.
fn walk(
    tree: &Tree,
    root: &str,
    below: &str,
    selection: &Selection,
    rendering: &mut Rendering,
) -> Result<(), Diagnostic> {
    let directory = join(root, below);
    let entries = tree.list(&directory).map_err(|error| {
        let help = "check spec.source.path and the revision";
        Diagnostic {
            help: Some(help.to_owned()),
            ..unreadable(&directory, &error)
        }
    })?;
    for entry in entries {
        let relative = join(below, &entry.name);
        match entry.kind {
            EntryKind::Directory if selection.recurse => {
                walk(tree, root, &relative, selection, rendering)?;
            }
            EntryKind::File if selection.takes(&relative) => {
                take(tree, &join(root, &relative), rendering)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn take(tree: &Tree, path: &str, rendering: &mut Rendering) -> Result<(), Diagnostic> {
    if path.ends_with(".jsonnet") {
        let help = "exclude it, or name a renderer plugin for it in spec.source.plugin";
        let message = format!("{path}: jsonnet is not supported by the built-in renderers");
        return Err(Diagnostic {
            help: Some(help.to_owned()),
            ..problem("jsonnet", message)
        });
    }
    let bytes = tree.read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        problem(
            "not-utf-8",
            format!("{path} is not UTF-8: save it as UTF-8"),
        )
    })?;
    if is_manifest(&text) {
        let body = if path.ends_with(".json") {
            Body::Json(text)
        } else {
            Body::Yaml(text)
        };
        let origin = Some(Origin {
            path: path.to_owned(),
            line: 1,
        });
        rendering.documents.push(Document { body, origin });
    }
    Ok(())
}
