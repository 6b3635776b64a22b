//! Directories: each as an application of its own name would be rendered.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use gantry_engine::{Material, Rendered, Workshop};
use gantry_model::application::{Application, Source};
use gantry_model::{Destination, Diagnostic, SourceTree};
use gantry_source::{DirTree, enclosing_work_tree};

use super::{Part, cluster, manual, print};
use crate::Outcome;
use crate::args::{Global, RenderArgs};
use crate::failure::Failure;
use crate::inputs::Credentials;
use crate::output::Output;
use crate::setup;

pub(super) fn run(global: &Global, args: &RenderArgs, output: &Output) -> Result<Outcome, Failure> {
    let workshop = setup::workshop(global, &Credentials::default(), &[])?;
    let roots = Roots::default();
    let title = |directory: &Path| {
        let is_one_of_several = args.directories.len() > 1;
        is_one_of_several.then(|| directory.display().to_string())
    };
    let parts = in_parallel(&args.directories, |directory| Part {
        title: title(directory),
        rendered: one(&workshop, &roots, args, directory),
    });
    print(&parts, args.output, output)
}

/// The trees that directories lie in: one for each root, however many directories it has.
#[derive(Default)]
struct Roots(Mutex<HashMap<PathBuf, Arc<DirTree>>>);

impl Roots {
    fn open(&self, root: PathBuf) -> Result<Arc<dyn SourceTree>, Diagnostic> {
        let mut roots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = roots.get(&root) {
            return Ok(Arc::<DirTree>::clone(tree));
        }
        let tree = Arc::new(DirTree::open(&root).map_err(|error| error.diagnostic())?);
        roots.insert(root, Arc::clone(&tree));
        Ok(tree)
    }
}

/// Does the same for all, on all cores; the results are in the order given.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        return;
                    };
                    let result = work(item);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn one(
    workshop: &Workshop,
    roots: &Roots,
    args: &RenderArgs,
    directory: &Path,
) -> Result<Rendered, Vec<Diagnostic>> {
    let prepared = prepare(roots, args, directory);
    let (application, material) = prepared.map_err(|problem| vec![problem])?;
    let rendered = workshop.render(&application, &[material], &cluster(args), &manual(args));
    rendered.map_err(|error| error.diagnostics())
}

fn prepare(
    roots: &Roots,
    args: &RenderArgs,
    directory: &Path,
) -> Result<(Application, Material), Diagnostic> {
    let directory = real(directory)?;
    let root = match &args.root {
        Some(root) => real(root)?,
        None => enclosing_work_tree(&directory).unwrap_or_else(|| directory.clone()),
    };
    let below = below(&root, &directory)?;
    let tree = roots.open(root)?;
    let application = application(args, &directory);
    Ok((application, Material::directory(tree, below)))
}

/// What an application of that directory would be.
fn application(args: &RenderArgs, directory: &Path) -> Application {
    let own_name = || {
        let name = directory.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    Application {
        name: args.name.clone().unwrap_or_else(own_name),
        project: "default".to_owned(),
        sources: vec![Source {
            field: "spec.source".to_owned(),
            ..Source::default()
        }],
        destination: Destination {
            namespace: args.namespace.clone().unwrap_or_default(),
            ..Destination::default()
        },
        ..Application::default()
    }
}

/// Without links, and with all names from the root.
pub(in crate::commands) fn real(path: &Path) -> Result<PathBuf, Diagnostic> {
    path.canonicalize().map_err(|error| {
        Diagnostic::error("directory", format!("{}: {error}", path.display()))
            .help("name a directory that can be read")
    })
}

/// The path of a directory in a root that contains it.
pub(in crate::commands) fn below(root: &Path, directory: &Path) -> Result<String, Diagnostic> {
    let below = directory.strip_prefix(root).map_err(|_| {
        let message = format!("{} is not inside {}", directory.display(), root.display());
        Diagnostic::error("root", message).help("--root must contain DIR")
    })?;
    Ok(below.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::in_parallel;

    #[test]
    fn results_are_in_the_order_given() {
        let items: Vec<usize> = (0..500).collect();
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(in_parallel(&items, |item| item * 2), doubled);
        assert!(in_parallel(&[] as &[usize], |item| *item).is_empty());
    }
}
