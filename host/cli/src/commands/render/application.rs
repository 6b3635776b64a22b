//! An application: its sources from directories that are named, the others fetched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_engine::Material;
use gantry_model::Diagnostic;
use gantry_model::application::{Application, Source};
use gantry_source::DirTree;

use super::directories::{below, real};
use super::{Part, cluster, manual, print};
use crate::Outcome;
use crate::args::{Global, RenderArgs};
use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::output::Output;
use crate::setup;

pub(super) fn run(global: &Global, args: &RenderArgs, output: &Output) -> Result<Outcome, Failure> {
    let wanted = crate::args::Inputs {
        filename: args.filename.clone(),
        plane: args.plane.clone(),
        ..crate::args::Inputs::default()
    };
    let mut inputs = Inputs::read(&wanted, output)?;
    let mut applications = std::mem::take(&mut inputs.applications);
    let given = match applications.as_mut_slice() {
        [named] => {
            let application = &mut named.application;
            if let Some(name) = &args.name {
                application.name.clone_from(name);
            }
            if let Some(namespace) = &args.namespace {
                application.destination.namespace.clone_from(namespace);
            }
            given(args, application)?
        }
        _ => for_all(args).map(|()| BTreeMap::new())?,
    };
    let workshop = setup::workshop(global, &inputs.credentials, &inputs.projects)?;
    let is_one = applications.len() == 1;
    let parts = applications.iter().map(|named| {
        let application = &named.application;
        let rendered = workshop.gather(application, &given).and_then(|material| {
            workshop.render(application, &material, &cluster(args), &manual(args))
        });
        Part {
            title: (!is_one).then(|| application.name.clone()),
            rendered: rendered.map_err(|error| named.placed(error.diagnostics())),
        }
    });
    let outcome = print(&parts.collect::<Vec<_>>(), args.output, output)?;
    Ok(if inputs.had_problems {
        Outcome::NothingDone
    } else {
        outcome
    })
}

/// Nothing may be said that is for one application.
fn for_all(args: &RenderArgs) -> Result<(), Diagnostic> {
    let flags = [
        ("DIR", !args.directories.is_empty()),
        ("--root", args.root.is_some()),
        ("--source", !args.source.is_empty()),
        ("--name", args.name.is_some()),
        ("--namespace", args.namespace.is_some()),
    ];
    match flags.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((flag, _)) => {
            let message = format!("{flag} is for one application, and the files hold several");
            Err(Diagnostic::error("several-applications", message).help("render them one by one"))
        }
    }
}

/// The directories that stand for sources, by the sources' places.
fn given(
    args: &RenderArgs,
    application: &Application,
) -> Result<BTreeMap<usize, Material>, Diagnostic> {
    let mut given = BTreeMap::new();
    match args.directories.as_slice() {
        [] if args.root.is_some() => {
            let message = "--root says where DIR lies, and there is no DIR";
            return Err(Diagnostic::error("root", message).help("name DIR too"));
        }
        [] => {}
        [directory] => {
            given.insert(0, content(directory, args.root.as_deref(), application)?);
        }
        _ => {
            let message = "with -f, one directory is the content of the application's repository";
            return Err(Diagnostic::error("several-directories", message)
                .help("name those of other sources with --source NAME=DIR"));
        }
    }
    for text in &args.source {
        let (name, directory) = text.split_once('=').ok_or_else(|| {
            Diagnostic::error("source", format!("--source {text}: there is no `=`"))
                .help("write --source NAME=DIR")
        })?;
        let index = place(name, &application.sources)?;
        given.insert(
            index,
            content(&PathBuf::from(directory), None, application)?,
        );
    }
    Ok(given)
}

fn content(
    directory: &Path,
    root: Option<&Path>,
    application: &Application,
) -> Result<Material, Diagnostic> {
    let directory = real(directory)?;
    let root = match root {
        // The root of a source that others name is its own, so there is none around it.
        Some(_) if application.sources.len() > 1 => {
            let message = "--root is for applications with one source";
            return Err(Diagnostic::error("root", message).help("leave --root out"));
        }
        Some(root) => real(root)?,
        None => directory.clone(),
    };
    let below = below(&root, &directory)?;
    let tree = DirTree::open(&root).map_err(|error| error.diagnostic())?;
    Ok(Material::directory(Arc::new(tree), below))
}

/// The place of a source by its name, its `ref` or its number, counted from 1.
fn place(name: &str, sources: &[Source]) -> Result<usize, Diagnostic> {
    let is_called = |source: &Source| source.name == name || source.reference == name;
    let by_name = sources.iter().position(is_called);
    let by_number = || name.parse::<usize>().ok()?.checked_sub(1);
    let index = by_name
        .or_else(by_number)
        .filter(|index| *index < sources.len());
    index.ok_or_else(|| {
        let known = sources.iter().enumerate();
        let known: Vec<String> = known
            .map(
                |(index, source)| match (source.name.as_str(), source.reference.as_str()) {
                    ("", "") => (index + 1).to_string(),
                    ("", name) | (name, _) => name.to_owned(),
                },
            )
            .collect();
        let message = format!("--source {name}: the application has no such source");
        Diagnostic::error("source", message).help(format!("its sources are {}", known.join(", ")))
    })
}
