//! What the files behind `-f` hold: applications, and Secrets with credentials.

mod settings;

use std::path::Path;
use std::sync::Arc;

use gantry_cluster::ClusterConfig;
use gantry_diff::SystemRules;
use gantry_engine::cluster_config;
use gantry_model::application::{Application, Source};
use gantry_model::manifest::{Manifest, Parsed, read_manifest};
use gantry_model::project::AppProject;
use gantry_model::secrets::{Repositories, Trust};
use gantry_model::{Diagnostic, Object, Position, Span, field_pointer};
use gantry_yaml::Document;

use crate::args;
use crate::failure::Failure;
use crate::files::{self, ManifestFile};
use crate::output::Output;

/// All that was read.
pub(crate) struct Inputs {
    pub(crate) applications: Vec<Named>,
    pub(crate) credentials: Credentials,
    pub(crate) projects: Vec<AppProject>,
    /// What is ignored in all applications.
    pub(crate) ignored: SystemRules,
    /// Whether something could not be read: told already, and the rest goes on.
    pub(crate) had_problems: bool,
}

/// An application, and where its manifest stands.
pub(crate) struct Named {
    pub(crate) application: Application,
    /// None where it comes from no file.
    place: Option<Place>,
}

/// Where an object stands in a file.
#[derive(Clone)]
pub(crate) struct Place {
    file: Arc<ManifestFile>,
    document: Document,
    /// JSON pointer of the manifest in its document; empty unless it is an item of a `List`.
    item: String,
}

/// Clusters and repository credentials from Secrets.
#[derive(Default)]
pub(crate) struct Credentials {
    pub(crate) clusters: Vec<ClusterConfig>,
    pub(crate) repositories: Vec<gantry_model::secrets::RepositorySecret>,
    /// Which servers are believed.
    pub(crate) trust: Trust,
}

impl Inputs {
    /// Reads the files and keeps the applications that were asked for.
    pub(crate) fn read(args: &args::Inputs, output: &Output) -> Result<Self, Failure> {
        let (files, problems) = files::read(&args.filename);
        let mut inputs = Self {
            applications: Vec::new(),
            credentials: Credentials::default(),
            projects: Vec::new(),
            ignored: SystemRules::default(),
            had_problems: !problems.is_empty(),
        };
        problems
            .iter()
            .for_each(|problem| output.diagnostic(problem));
        for file in files {
            inputs.take(&Arc::new(file), output);
        }
        for named in &mut inputs.applications {
            // As a control plane tracks: what is in its own namespace by name alone.
            if named.application.namespace == args.plane.hub_namespace {
                named.application.namespace.clear();
            }
        }
        if !args.apps.is_empty() {
            inputs
                .applications
                .retain(|named| args.apps.contains(&named.application.name));
        }
        inputs.revise(args, output);
        if inputs.applications.is_empty() {
            return Err(nothing(args, inputs.had_problems));
        }
        Ok(inputs)
    }

    /// Puts the revisions of the command line in the place of the manifests'. An application that
    /// they cannot be for is told and left out.
    fn revise(&mut self, args: &args::Inputs, output: &Output) {
        let mut had_problems = false;
        self.applications
            .retain_mut(|named| match revise(&mut named.application.sources, args) {
                Ok(()) => true,
                Err(problem) => {
                    had_problems = true;
                    let problem = named.placed(vec![problem]).remove(0);
                    output.of_application(&named.application.name, &problem);
                    false
                }
            });
        self.had_problems |= had_problems;
    }

    /// One application of a control plane's home, with what stands beside it there. What is wrong beside
    /// it is told, and left out.
    pub(crate) fn of_home(application: Application, beside: &[Object], output: &Output) -> Self {
        let mut inputs = Self {
            applications: vec![Named {
                application,
                place: None,
            }],
            credentials: Credentials::default(),
            projects: Vec::new(),
            ignored: SystemRules::default(),
            had_problems: false,
        };
        for object in beside {
            if let Some(data) = settings::of(object.value()) {
                inputs.ignored = settings::read(&data).0;
                continue;
            }
            if inputs.credentials.trust.take(object.value()) {
                continue;
            }
            match read_manifest(object.value()) {
                Ok(read) => inputs.keep(read.value, None),
                Err(problems) => {
                    let title = object.reference().to_string();
                    problems
                        .iter()
                        .for_each(|problem| output.of(&title, problem));
                }
            }
        }
        inputs
    }

    fn take(&mut self, file: &Arc<ManifestFile>, output: &Output) {
        for (value, place) in objects(file) {
            if let Some(data) = settings::of(value) {
                let (ignored, problems) = settings::read(&data);
                self.ignored = ignored;
                problems
                    .into_iter()
                    .for_each(|problem| output.diagnostic(&place.of(problem)));
                continue;
            }
            if self.credentials.trust.take(value) {
                continue;
            }
            match read_manifest(value) {
                Ok(Parsed { value, warnings }) => {
                    for warning in warnings {
                        output.diagnostic(&place.of(warning));
                    }
                    self.keep(value, Some(place));
                }
                Err(problems) => {
                    self.had_problems = true;
                    for problem in problems {
                        output.diagnostic(&place.of(problem));
                    }
                }
            }
        }
    }

    fn keep(&mut self, manifest: Manifest, place: Option<Place>) {
        match manifest {
            Manifest::Application(application) => {
                self.applications.push(Named {
                    application: *application,
                    place,
                });
            }
            Manifest::ClusterSecret(secret) => {
                self.credentials.clusters.push(cluster_config(&secret));
            }
            Manifest::RepositorySecret(secret) => self.credentials.repositories.push(*secret),
            Manifest::Project(project) => self.projects.push(*project),
            // The model's warnings say what has no effect; other objects are not ours.
            Manifest::ApplicationSet(_) | Manifest::Other => {}
        }
    }
}

impl Named {
    /// The same problems, each with the place of its field in the application's manifest.
    pub(crate) fn placed(&self, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let place = |problem: Diagnostic| match &self.place {
            Some(place) if problem.span.is_none() && problem.field.is_some() => place.of(problem),
            _ => problem,
        };
        problems.into_iter().map(place).collect()
    }
}

impl Place {
    /// A problem of this document, with the line of its field, or of what should hold it.
    pub(crate) fn of(&self, problem: Diagnostic) -> Diagnostic {
        let field = problem.field.as_deref().map(field_pointer);
        let mut pointer = format!("{}{}", self.item, field.unwrap_or_default());
        let start = loop {
            if let Some(at) = self.document.locate(&self.file.text, &pointer) {
                break at;
            }
            match pointer.rfind('/') {
                Some(end) => pointer.truncate(end),
                None => {
                    break Position {
                        line: self.document.line,
                        column: 1,
                    };
                }
            }
        };
        problem.at(Span {
            path: self.file.name.clone(),
            start: Some(start),
        })
    }
}

/// The objects of a file, each with its place.
pub(crate) fn objects(file: &Arc<ManifestFile>) -> Vec<(&serde_json::Value, Place)> {
    let documents = file.documents.iter();
    let objects = documents.flat_map(|document| {
        items(document).into_iter().map(|(value, item)| {
            let place = Place {
                file: Arc::clone(file),
                document: document.clone(),
                item,
            };
            (value, place)
        })
    });
    objects.collect()
}

/// The document itself, or the items of a `List`, as `kubectl get -o yaml` writes one; each with
/// its JSON pointer in the document.
fn items(document: &Document) -> Vec<(&serde_json::Value, String)> {
    match gantry_yaml::list_items(&document.value) {
        None => vec![(&document.value, String::new())],
        Some(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| (item, format!("/items/{index}")))
                .collect()
        }
    }
}

fn revise(sources: &mut [Source], args: &args::Inputs) -> Result<(), Diagnostic> {
    let refuse = |message: &str, help: &str| {
        Diagnostic::error("revision", message)
            .field("spec.sources")
            .help(help)
    };
    if let Some(revision) = &args.revision {
        let [source] = sources else {
            let message = "--revision is for applications with one source";
            return Err(refuse(message, "use --revisions and --source-positions"));
        };
        source.target_revision.clone_from(revision);
    }
    if args.revisions.len() != args.source_positions.len() {
        let message = "--revisions and --source-positions do not have the same number of values";
        return Err(refuse(message, "give one position for each revision"));
    }
    let count = sources.len();
    for (revision, position) in args.revisions.iter().zip(&args.source_positions) {
        let index = position.checked_sub(1);
        let Some(source) = index.and_then(|index| sources.get_mut(index)) else {
            let message = format!("there is no source {position}: the application has {count}");
            return Err(refuse(&message, "positions are counted from 1"));
        };
        source.target_revision.clone_from(revision);
    }
    Ok(())
}

fn nothing(args: &args::Inputs, had_problems: bool) -> Failure {
    if had_problems {
        return Failure::Problems(Vec::new());
    }
    let message = if args.apps.is_empty() {
        "the files hold no argoproj.io/v1alpha1 Application".to_owned()
    } else {
        format!(
            "the files hold no application named {}",
            args.apps.join(" or ")
        )
    };
    Diagnostic::error("no-applications", message)
        .help("check -f and --app")
        .into()
}

/// The one application of a file, or the one of that name, with all that stands beside it.
pub(crate) fn one_application(
    file: &Path,
    name: Option<&str>,
    plane: &args::PlaneArgs,
    output: &Output,
) -> Result<(Named, Inputs), Failure> {
    let args = args::Inputs {
        filename: vec![file.to_owned()],
        apps: name.into_iter().map(str::to_owned).collect(),
        plane: plane.clone(),
        ..args::Inputs::default()
    };
    let mut inputs = Inputs::read(&args, output)?;
    let mut applications = std::mem::take(&mut inputs.applications).into_iter();
    match (applications.next(), applications.next()) {
        (Some(named), None) => Ok((named, inputs)),
        _ => {
            let message = format!("{} holds several applications", file.display());
            Err(Diagnostic::error("several-applications", message)
                .help("this command takes one: name it with --app, or split the file")
                .into())
        }
    }
}

impl Credentials {
    /// How to reach repositories.
    pub(crate) fn repositories(&self) -> Repositories {
        Repositories::new(self.repositories.clone())
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::json;

    use super::Inputs;
    use crate::args;
    use crate::output::Output;

    #[test]
    fn config_maps_say_which_servers_are_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("all.yaml");
        let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  \
                    project: default\n  source: {repoURL: r, path: .}\n  destination: {name: c}\n---\n\
                    apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-ssh-known-hosts-cm}\ndata: \
                    {ssh_known_hosts: git ssh-rsa A}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: \
                    {name: argocd-tls-certs-cm}\ndata: {git.example.com: PEM}\n";
        std::fs::write(&file, text).expect("a file");
        let args = args::Inputs {
            filename: vec![file],
            ..args::Inputs::default()
        };
        let output = Output::new(args::Color::Never);
        let mut inputs = Inputs::read(&args, &output).expect("inputs");
        let application = inputs.applications.remove(0).application;
        let beside = [
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-ssh-known-hosts-cm"},
                "data": {"ssh_known_hosts": "git ssh-rsa A"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-tls-certs-cm"},
                "data": {"git.example.com": "PEM"}}),
        ];
        let beside = beside.map(|map| Object::new(map, None).expect("an object"));
        let of_home = Inputs::of_home(application, &beside, &output);
        for trust in [inputs.credentials.trust, of_home.credentials.trust] {
            assert_eq!(trust.known_hosts(), "git ssh-rsa A");
            assert_eq!(trust.certificates_for("https://git.example.com/a"), "PEM");
        }
    }

    #[test]
    fn the_namespace_of_the_control_plane_is_left_out_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("apps.yaml");
        let app = |namespace: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop{namespace}}}\n\
                 spec:\n  project: default\n  source: {{repoURL: r, path: .}}\n  destination: {{name: c}}\n"
            )
        };
        let namespaced = ["", ", namespace: argocd", ", namespace: gantry"].map(app);
        std::fs::write(&file, namespaced.join("---\n")).expect("a file");
        for (own, expected) in [
            ("argocd", ["", "", "gantry"]),
            ("gantry", ["", "argocd", ""]),
        ] {
            let args = args::Inputs {
                filename: vec![file.clone()],
                plane: args::PlaneArgs {
                    hub_namespace: own.to_owned(),
                },
                ..args::Inputs::default()
            };
            let inputs =
                Inputs::read(&args, &Output::new(args::Color::Never)).expect("applications");
            let found: Vec<&str> = inputs
                .applications
                .iter()
                .map(|named| named.application.namespace.as_str())
                .collect();
            assert_eq!(found, expected, "{own}");
        }
    }
}
