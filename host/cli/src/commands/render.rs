//! `gantry render`: a directory's objects, without Git and without a cluster.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_control::{Choice, Pins, Scope, assign, choose, render, tree_path};
use gantry_model::application::{Application, Source};
use gantry_model::{Diagnostic, Object};
use gantry_source::{DirTree, enclosing_work_tree};
use serde_json::{Map, Value};

use crate::Outcome;
use crate::args::{Global, ObjectFormat, RenderArgs};
use crate::failure::Failure;
use crate::inputs;
use crate::output::Output;
use crate::setup;

pub(crate) fn run(global: &Global, args: &RenderArgs, output: &Output) -> Result<Outcome, Failure> {
    let (application, pins) = match &args.filename {
        Some(file) => {
            let (application, pins) = inputs::one_application(file, output)?;
            (Some(application), pins)
        }
        None => (None, Pins::default()),
    };
    let place = place(args, application.as_ref())?;
    let tree = DirTree::open(&place.root).map_err(|error| error.diagnostic())?;
    let tree = Arc::new(tree);
    let mut choice = choice(args, application.as_ref(), &tree, &place.path)?;
    if let Some(application) = &application {
        pins.apply(&application.project, &mut choice)?;
    }
    let scope = scope(args, application.as_ref(), &place)?;
    let plugins = setup::plugins(global)?;
    let rendered = render(&plugins, tree, &choice, &scope).map_err(|error| error.diagnostics())?;
    let objects: Vec<&Value> = rendered.objects.iter().map(Object::value).collect();
    match args.output {
        ObjectFormat::Json => output.json(&objects)?,
        ObjectFormat::Yaml => output.print(&gantry_yaml::emit_all(objects.iter().copied()))?,
    }
    rendered
        .warnings
        .iter()
        .for_each(|warning| output.diagnostic(warning));
    Ok(Outcome::Good)
}

/// What the renderer sees, and which directory of that is rendered.
struct Place {
    root: PathBuf,
    path: String,
}

/// With an application, DIR is its repository; without, DIR is what is rendered.
fn place(args: &RenderArgs, application: Option<&Application>) -> Result<Place, Failure> {
    let missing = |path: &Path, error: &std::io::Error| {
        Diagnostic::error("directory", format!("{}: {error}", path.display()))
            .help("name a directory that can be read")
    };
    let real = |path: &Path| path.canonicalize().map_err(|error| missing(path, &error));
    let directory = real(&args.directory)?;
    let root = match (&args.root, application) {
        (Some(root), _) => real(root)?,
        (None, Some(_)) => directory.clone(),
        (None, None) => enclosing_work_tree(&directory).unwrap_or_else(|| directory.clone()),
    };
    let Ok(below) = directory.strip_prefix(&root) else {
        let message = format!("{} is not inside {}", directory.display(), root.display());
        return Err(Diagnostic::error("root", message)
            .help("--root must contain DIR")
            .into());
    };
    let mut path = below.to_string_lossy().into_owned();
    if let Some(application) = application {
        let own = tree_path(&application.source.path);
        path = if path.is_empty() {
            own.to_owned()
        } else {
            format!("{path}/{own}")
        };
    }
    Ok(Place { root, path })
}

fn choice(
    args: &RenderArgs,
    application: Option<&Application>,
    tree: &DirTree,
    path: &str,
) -> Result<Choice, Failure> {
    if let Some(application) = application {
        let source = Source {
            path: path.to_owned(),
            ..application.source.clone()
        };
        return Ok(choose(&source, tree)?);
    }
    let mut parameters = Map::new();
    for text in &args.param {
        assign(&mut parameters, text)?;
    }
    let plugin = match &args.renderer {
        Some(name) => name.clone(),
        None => {
            let source = Source {
                path: path.to_owned(),
                ..Source::default()
            };
            choose(&source, tree)?.plugin
        }
    };
    Ok(Choice {
        plugin,
        parameters: Value::Object(parameters),
    })
}

fn scope(
    args: &RenderArgs,
    application: Option<&Application>,
    place: &Place,
) -> Result<Scope, Failure> {
    let own_name = || {
        let directory = args.directory.canonicalize().ok();
        let name = directory.as_deref().and_then(Path::file_name);
        name.map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let name = args
        .name
        .clone()
        .or_else(|| application.map(|a| a.name.clone()));
    let namespace = args
        .namespace
        .clone()
        .or_else(|| application.map(|a| a.destination.namespace.clone()));
    Ok(Scope {
        application: name.unwrap_or_else(own_name),
        path: place.path.clone(),
        namespace: namespace.unwrap_or_default(),
        kube_version: args.kube_version.clone().unwrap_or_default(),
        ..Scope::default()
    })
}
