//! `gantry plugin componentize`: a core module made a plugin.

use std::path::Path;

use gantry_componentize::{World, componentize};
use gantry_model::Diagnostic;

use crate::Outcome;
use crate::args::{self, ComponentizeArgs};
use crate::failure::Failure;

pub(crate) fn run(args: &ComponentizeArgs) -> Result<Outcome, Failure> {
    let world = args.world.map(|world| match world {
        args::World::Renderer => World::Renderer,
        args::World::Health => World::Health,
    });
    let core = std::fs::read(&args.core)
        .map_err(|error| file(&args.core, &error, "name the file that the compiler wrote"))?;
    let component = componentize(&core, world).map_err(|error| {
        Diagnostic::error("componentize", format!("{}: {error}", args.core.display()))
    })?;
    std::fs::write(&args.output, component)
        .map_err(|error| file(&args.output, &error, "name a file that can be written"))?;
    Ok(Outcome::Good)
}

fn file(path: &Path, error: &std::io::Error, help: &str) -> Diagnostic {
    Diagnostic::error("file", format!("{}: {error}", path.display())).help(help)
}
