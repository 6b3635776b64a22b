//! `gantry render`: the objects of directories, or of an application, without a cluster.

mod application;
mod directories;

use gantry_engine::{ClusterFacts, Manual, Rendered, SourceReport};
use gantry_model::{Diagnostic, Object, Severity};
use serde_json::Value;

pub(super) use self::directories::{below, real};
use crate::Outcome;
use crate::args::{Global, ObjectFormat, RenderArgs};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(global: &Global, args: &RenderArgs, output: &Output) -> Result<Outcome, Failure> {
    match args.filename.as_slice() {
        [] => directories::run(global, args, output),
        _ => application::run(global, args, output),
    }
}

/// One part of what is printed: what it is of, and what became of that.
struct Part {
    /// The directory, as it was named; none where there is one part only.
    title: Option<String>,
    rendered: Result<Rendered, Vec<Diagnostic>>,
}

/// Prints the objects of all parts in their order, then what there is to say of each.
fn print(parts: &[Part], format: ObjectFormat, output: &Output) -> Result<Outcome, Failure> {
    let good = || {
        parts
            .iter()
            .filter_map(|part| Some((part, part.rendered.as_ref().ok()?)))
    };
    match format {
        ObjectFormat::Json => {
            let objects = good().flat_map(|(_, rendered)| rendered.objects());
            output.json(&objects.map(Object::value).collect::<Vec<_>>())?;
        }
        ObjectFormat::Yaml => output.print(&yaml(good()))?,
    }
    let mut outcome = Outcome::Good;
    for part in parts {
        let tell = |problem: &Diagnostic| match &part.title {
            Some(title) => output.of(title, problem),
            None => output.diagnostic(problem),
        };
        match &part.rendered {
            Ok(rendered) => {
                granted(&rendered.report()).iter().for_each(tell);
                rendered.warnings().for_each(tell);
            }
            Err(problems) => {
                outcome = Outcome::NothingDone;
                problems.iter().for_each(tell);
            }
        }
    }
    Ok(outcome)
}

/// One stream of documents; with several parts, each under a comment that names it.
fn yaml<'a>(parts: impl Iterator<Item = (&'a Part, &'a Rendered)>) -> String {
    let mut text = String::new();
    for (part, rendered) in parts {
        let objects: Vec<&Value> = rendered.objects().map(Object::value).collect();
        if objects.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("---\n");
        }
        if let Some(title) = &part.title {
            text.push_str(&format!("# Source: {title}\n"));
        }
        text.push_str(&gantry_yaml::emit_all(objects));
    }
    text
}

/// What renderers were handed from outside, for people.
pub(crate) fn granted(sources: &[SourceReport]) -> Vec<Diagnostic> {
    let all = sources.iter().flat_map(|source| &source.granted);
    let told = all.map(|granted| Diagnostic {
        severity: Severity::Info,
        ..Diagnostic::error("granted", format!("uses {granted}"))
    });
    told.collect()
}

/// What the command line says of renderers.
fn manual(args: &RenderArgs) -> Manual {
    Manual {
        renderer: args.renderer.clone(),
        parameters: args.param.clone(),
    }
}

/// What the command line says of the cluster.
fn cluster(args: &RenderArgs) -> ClusterFacts {
    ClusterFacts {
        kube_version: args.kube_version.clone().unwrap_or_default(),
        ..ClusterFacts::default()
    }
}
