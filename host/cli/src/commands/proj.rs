//! `gantry proj`: the projects of a control plane.

mod create;
mod edit;
mod fields;
mod role;
mod show;
mod token;
mod trust;

use std::sync::Arc;
use std::time::SystemTime;

use gantry_control::windows::Windows;
use gantry_model::manifest::{Manifest, Parsed, read_manifest};
use gantry_model::project::ProjectRules;
use gantry_model::secrets::texts;
use gantry_model::settings::Impersonation;
use gantry_model::{Diagnostic, Object};
use gantry_store::{Home, Kind, StoreError};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{
    Global, KindArgs, ListFormat, ListType, ProjArgs, ProjCommand, ProjectFields, WindowsCommand,
};
use crate::commands::editor::{self, Written};
use crate::failure::Failure;
use crate::output::Output;
use crate::{home, setup};

/// The project that applications without one belong to.
const DEFAULT: &str = "default";
/// The ConfigMap of Argo CD's settings.
const SETTINGS: &str = "argocd-cm";
/// What of a project has an effect where applications are written as others.
const ACCOUNTS: &str = "spec.destinationServiceAccounts";

pub(crate) fn run(global: &Global, args: &ProjArgs, output: &Output) -> Result<Outcome, Failure> {
    setup::runtime()?.block_on(async {
        let projects = Projects {
            home: home::open(global, &args.home)?,
            output,
        };
        projects.run(&args.command).await?;
        Ok(Outcome::Good)
    })
}

/// The projects of a home.
struct Projects<'a> {
    home: Arc<dyn Home>,
    output: &'a Output,
}

impl Projects<'_> {
    async fn run(&self, command: &ProjCommand) -> Result<(), Failure> {
        match command {
            ProjCommand::List { output } => self.list(*output).await,
            ProjCommand::Get { project, output } => self.show(project, *output).await,
            ProjCommand::Create(new) => self.create(new).await,
            ProjCommand::Delete { projects } => self.delete(projects).await,
            ProjCommand::AddSource { project, url } => {
                self.add(project, "sourceRepos", json!(url), url).await
            }
            ProjCommand::RemoveSource { project, url } => {
                let fits = |entry: &Value| entry == url;
                self.remove(project, "sourceRepos", url, fits).await
            }
            ProjCommand::AddSourceNamespace { project, namespace } => {
                let entry = json!(namespace);
                self.add(project, "sourceNamespaces", entry, namespace)
                    .await
            }
            ProjCommand::RemoveSourceNamespace { project, namespace } => {
                let fits = |entry: &Value| entry == namespace;
                self.remove(project, "sourceNamespaces", namespace, fits)
                    .await
            }
            ProjCommand::AddDestination {
                project,
                server,
                namespace,
                name,
            } => {
                let cluster = if *name { "name" } else { "server" };
                let entry = json!({cluster: server, "namespace": namespace});
                let title = format!("{server},{namespace}");
                self.add(project, "destinations", entry, &title).await
            }
            ProjCommand::RemoveDestination {
                project,
                server,
                namespace,
            } => {
                let fits = |entry: &Value| {
                    (entry["server"] == *server || entry["name"] == *server)
                        && entry["namespace"] == *namespace
                };
                let title = format!("{server},{namespace}");
                self.remove(project, "destinations", &title, fits).await
            }
            ProjCommand::Trust(command) => self.trust(command).await,
            ProjCommand::AllowClusterResource(args) => self.kind(args, "cluster", true).await,
            ProjCommand::DenyClusterResource(args) => self.kind(args, "cluster", false).await,
            ProjCommand::AllowNamespaceResource(args) => self.kind(args, "namespace", true).await,
            ProjCommand::DenyNamespaceResource(args) => self.kind(args, "namespace", false).await,
            ProjCommand::Set { project, fields } => self.set(project, fields).await,
            ProjCommand::Edit { project } => self.edit(project).await,
            ProjCommand::AddOrphanedIgnore(args) => {
                let ignore = |project: &mut Value| fields::ignore(project, args);
                self.change(&args.project, ignore).await
            }
            ProjCommand::RemoveOrphanedIgnore(args) => {
                let heed = |project: &mut Value| fields::heed(project, args);
                self.change(&args.project, heed).await
            }
            ProjCommand::Role(command) => self.role(command).await,
            ProjCommand::Windows(command) => self.windows(command).await,
        }
    }

    async fn windows(&self, command: &WindowsCommand) -> Result<(), Failure> {
        let manual = |id: usize, enabled: bool| {
            move |project: &mut Value| {
                edit::at(project, id)?["manualSync"] = json!(enabled);
                let word = if enabled { "enabled" } else { "disabled" };
                Ok(format!("manual sync is {word} for window {id}"))
            }
        };
        match command {
            WindowsCommand::List { project, output } => self.list_windows(project, *output).await,
            WindowsCommand::Add(new) => {
                let entry = edit::window(new)?;
                self.add(&new.project, "syncWindows", entry, "the window")
                    .await
            }
            WindowsCommand::Update(change) => {
                let update = |project: &mut Value| edit::change_window(project, change);
                self.change(&change.project, update).await
            }
            WindowsCommand::Delete { project, id } => {
                let delete = |project: &mut Value| {
                    edit::at(project, *id)?;
                    edit::entries(project, "syncWindows")?.remove(*id);
                    Ok(format!("window {id} is deleted"))
                };
                self.change(project, delete).await
            }
            WindowsCommand::EnableManualSync { project, id } => {
                self.change(project, manual(*id, true)).await
            }
            WindowsCommand::DisableManualSync { project, id } => {
                self.change(project, manual(*id, false)).await
            }
        }
    }

    async fn set(&self, name: &str, given: &ProjectFields) -> Result<(), Failure> {
        if *given == ProjectFields::default() {
            return Err(Diagnostic::error("flag", "there is nothing to set")
                .help("name a field: see `gantry proj set --help`")
                .into());
        }
        let set = |project: &mut Value| {
            fields::set(project, given)?;
            Ok("is changed".to_owned())
        };
        self.change(name, set).await
    }

    async fn edit(&self, name: &str) -> Result<(), Failure> {
        let was = self.get(name).await?.into_value();
        let Some(text) = editor::edit(&gantry_yaml::emit(&was["spec"]))? else {
            return self.output.print(&format!("project {name}: unchanged\n"));
        };
        let written = self.written(name, &was["spec"], &text).await;
        if written.is_err() {
            text.keep()?;
        }
        written
    }

    async fn written(&self, name: &str, was: &Value, text: &Written) -> Result<(), Failure> {
        let document = text.document()?;
        let change = |project: &mut Value| {
            if project["spec"] != *was {
                let message = "somebody else has changed the project meanwhile";
                return Err(editor::problem(message));
            }
            project["spec"] = document.value.clone();
            Ok("is changed".to_owned())
        };
        self.change(name, change).await
    }

    async fn add(
        &self,
        project: &str,
        list: &str,
        entry: Value,
        title: &str,
    ) -> Result<(), Failure> {
        let add = |project: &mut Value| edit::add(project, list, entry, title);
        self.change(project, add).await
    }

    async fn remove(
        &self,
        project: &str,
        list: &str,
        title: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<(), Failure> {
        let remove = |project: &mut Value| edit::remove(project, list, title, fits);
        self.change(project, remove).await
    }

    async fn kind(&self, args: &KindArgs, scope: &str, allow: bool) -> Result<(), Failure> {
        let usual = match scope {
            "cluster" => ListType::Allow,
            _ => ListType::Deny,
        };
        let list = (scope, args.list.unwrap_or(usual));
        let kind = (args.group.as_str(), args.kind.as_str());
        let change = |project: &mut Value| edit::kind(project, kind, list, allow);
        self.change(&args.project, change).await
    }

    /// Changes a project, if what comes of it is one.
    async fn change(
        &self,
        name: &str,
        change: impl FnOnce(&mut Value) -> Result<String, Diagnostic>,
    ) -> Result<(), Failure> {
        let mut value = self.get(name).await?.into_value();
        let told = change(&mut value)?;
        let project = self.checked(value).await?;
        self.home.replace(&project).await.map_err(|e| failed(&e))?;
        self.output.print(&format!("project {name}: {told}\n"))
    }

    /// A manifest that is a project without a mistake. What of it has no effect is told: a rule that nobody
    /// enforces looks like one that holds.
    async fn checked(&self, value: Value) -> Result<Object, Failure> {
        let read = rules(&value)?;
        let project = Object::new(value, None).map_err(Failure::internal)?;
        let namespace = self.home.namespace();
        let settings = self.home.get(Kind::ConfigMap, namespace, SETTINGS).await;
        let settings = settings.map_err(|error| failed(&error))?;
        let impersonates = settings.is_some_and(|map| Impersonation::read(&texts(&map)).is_some());
        let title = format!("project {}", project.name());
        for warning in without_effect(read.warnings, impersonates) {
            self.output.of(&title, &warning);
        }
        Ok(project)
    }

    async fn get(&self, name: &str) -> Result<Object, Failure> {
        let found = self.home.get(Kind::Project, self.home.namespace(), name);
        let found = found.await.map_err(|error| failed(&error))?;
        found.ok_or_else(|| {
            let message = format!("there is no project {name:?}");
            let help = "`gantry proj list` shows those that there are";
            Diagnostic::error("no-project", message).help(help).into()
        })
    }

    async fn list(&self, format: ListFormat) -> Result<(), Failure> {
        let projects = self
            .home
            .list(Kind::Project)
            .await
            .map_err(|e| failed(&e))?;
        let values: Vec<&Value> = projects.iter().map(Object::value).collect();
        match format {
            ListFormat::Table => self.output.print(&show::list(&projects)),
            ListFormat::Json => self.output.json(&values),
            ListFormat::Yaml => self.output.yaml(&values),
            ListFormat::Name => {
                let names: String = projects.iter().map(|p| format!("{}\n", p.name())).collect();
                self.output.print(&names)
            }
        }
    }

    async fn show(&self, name: &str, format: ListFormat) -> Result<(), Failure> {
        let project = self.get(name).await?;
        match format {
            ListFormat::Table => self.output.print(&show::one(&project)),
            ListFormat::Json => self.output.json(project.value()),
            ListFormat::Yaml => self.output.yaml(project.value()),
            ListFormat::Name => self.output.print(&format!("{name}\n")),
        }
    }

    async fn list_windows(&self, name: &str, format: ListFormat) -> Result<(), Failure> {
        let project = self.get(name).await?;
        let windows = &project.value()["spec"]["syncWindows"];
        match format {
            ListFormat::Json => return self.output.json(windows),
            ListFormat::Yaml => return self.output.yaml(windows),
            ListFormat::Table | ListFormat::Name => {}
        }
        let now = SystemTime::now().try_into().map_err(Failure::internal)?;
        let open = rules(project.value())?.value.open(now);
        self.output.print(&show::windows(&project, &open))
    }

    /// As Argo CD: not the default project, and none that applications belong to.
    async fn delete(&self, names: &[String]) -> Result<(), Failure> {
        for name in names {
            if name == DEFAULT {
                let message = "name 'default' is reserved and cannot be deleted";
                return Err(Diagnostic::error("default-project", message).into());
            }
            self.get(name).await?;
            let applications = self.home.list(Kind::Application).await;
            let applications = applications.map_err(|e| failed(&e))?;
            let users = applications
                .iter()
                .filter(|a| a.value().pointer("/spec/project") == Some(&json!(name)));
            let users = users.count();
            if users > 0 {
                let message = format!("project {name:?} is referenced by {users} applications");
                return Err(Diagnostic::error("project-in-use", message)
                    .help("delete them, or give them another project")
                    .into());
            }
            let namespace = self.home.namespace();
            let deleted = self.home.delete(Kind::Project, namespace, name).await;
            deleted.map_err(|error| failed(&error))?;
            self.output.print(&format!("project {name} is deleted\n"))?;
        }
        Ok(())
    }
}

/// The windows of a project, all of whose rules can be read, and what of it has no effect.
fn rules(value: &Value) -> Result<Parsed<Windows>, Failure> {
    let read = read_manifest(value)?;
    let Manifest::Project(project) = read.value else {
        let message = "the manifest is of no AppProject";
        return Err(Diagnostic::error("no-project", message)
            .field("kind")
            .into());
    };
    let rules = ProjectRules::of(&project)?;
    Ok(Parsed {
        value: Windows::of(&rules)?,
        warnings: read.warnings,
    })
}

/// The warnings about a project that are true of this control plane.
fn without_effect(mut warnings: Vec<Diagnostic>, impersonates: bool) -> Vec<Diagnostic> {
    warnings.retain(|warning| !impersonates || warning.field.as_deref() != Some(ACCOUNTS));
    warnings
}

fn failed(error: &StoreError) -> Failure {
    Diagnostic::error("home", error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{rules, without_effect};

    #[test]
    fn what_nobody_enforces_is_told() {
        let project = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "shop", "namespace": "argocd"},
            "spec": {"signatureKeys": [{"keyID": "FACED0CC0FFEE123"}],
                "destinationServiceAccounts": [{"server": "*", "namespace": "*", "defaultServiceAccount": "web"}]}});
        for (impersonates, expected) in [
            (
                false,
                &["spec.destinationServiceAccounts", "spec.signatureKeys"][..],
            ),
            (true, &["spec.signatureKeys"]),
        ] {
            let read = rules(&project).expect("a project");
            let told = without_effect(read.warnings, impersonates);
            let fields: Vec<&str> = told.iter().filter_map(|one| one.field.as_deref()).collect();
            assert_eq!(fields, expected, "{impersonates}");
        }
    }
}
