//! `gantry app resources`, and the trees of other commands: what there is right now, asked of the cluster.

use gantry_api::app::View;
use gantry_model::{Diagnostic, HealthStatus, Object, ObjectRef};
use gantry_sync::{Node, SyncStatus};

use super::Desk;
use super::objects::reference;
use super::surroundings::Rendering;
use crate::Outcome;
use crate::args::app::{ResourcesArgs, ResourcesFormat};
use crate::commands::get;
use crate::failure::Failure;
use crate::table::Table;

impl Desk<'_> {
    /// An application's objects, each with what it owns below it.
    pub(super) async fn tree(&self, object: &Object) -> Result<String, Failure> {
        let rendering = self.rendering(object).await?;
        Ok(get::tree(&self.nodes(object, &rendering).await?).to_string())
    }

    pub(super) async fn resources(&self, args: &ResourcesArgs) -> Result<Outcome, Failure> {
        let project = args.project.as_deref();
        let (_, object) = self.apps.one_of(&args.app, project).await?;
        if args.orphaned {
            return self.orphans(&object, args.output).await;
        }
        let rendering = self.rendering(&object).await?;
        let nodes = self.nodes(&object, &rendering).await?;
        match args.output {
            ResourcesFormat::Json => self.output.json(&nodes)?,
            ResourcesFormat::Yaml => self.output.yaml(&nodes)?,
            ResourcesFormat::Tree => self.output.print(&get::tree(&nodes).to_string())?,
            ResourcesFormat::Wide => self.output.print(&flat(&nodes))?,
        }
        Ok(Outcome::Good)
    }

    async fn orphans(&self, object: &Object, format: ResourcesFormat) -> Result<Outcome, Failure> {
        let Rendering {
            engine,
            application,
            ..
        } = self.rendering(object).await?;
        let found = engine.neighbours(&application).await;
        let found = found.map_err(|error| error.diagnostics())?;
        let mut orphans = Vec::new();
        match found {
            Some(neighbours) => {
                let there = self.apps.of_trackings(neighbours.applications()).await?;
                let recorded = View(object.value()).list("/status/resources").iter();
                let managed: Vec<ObjectRef> = recorded.map(|r| reference(View(r))).collect();
                orphans = neighbours.orphans(&managed, |tracking| there.contains(tracking));
            }
            None => {
                let project = &application.project;
                let message = format!("project {project} has no orphanedResources");
                self.output
                    .of_application(&application.name, &Diagnostic::warning("no-rule", message));
            }
        }
        match format {
            ResourcesFormat::Json => self.output.json(&orphans)?,
            ResourcesFormat::Yaml => self.output.yaml(&orphans)?,
            ResourcesFormat::Tree | ResourcesFormat::Wide => {
                self.output.print(&orphaned(&orphans))?;
            }
        }
        Ok(Outcome::Good)
    }
}

/// As `argocd` prints them.
fn orphaned(orphans: &[ObjectRef]) -> String {
    let mut table = Table::new(&["GROUP", "KIND", "NAMESPACE", "NAME", "ORPHANED"]);
    for orphan in orphans {
        table.row([
            orphan.gvk.group.clone(),
            orphan.gvk.kind.clone(),
            orphan.namespace.clone(),
            orphan.name.clone(),
            "Yes".to_owned(),
        ]);
    }
    table.to_string()
}

/// A row for each object, and who owns it.
fn flat(nodes: &[Node]) -> String {
    let mut table = Table::new(&[
        "GROUP",
        "KIND",
        "NAMESPACE",
        "NAME",
        "SYNC",
        "HEALTH",
        "OWNER",
    ]);
    rows(&mut table, nodes, "");
    table.to_string()
}

fn rows(table: &mut Table, nodes: &[Node], owner: &str) {
    for node in nodes {
        let object = &node.object;
        table.row([
            object.gvk.group.clone(),
            object.gvk.kind.clone(),
            object.namespace.clone(),
            object.name.clone(),
            node.sync.map_or("", SyncStatus::as_str).to_owned(),
            node.health.map_or("", HealthStatus::as_str).to_owned(),
            owner.to_owned(),
        ]);
        let owner = format!("{}/{}", object.gvk.kind, object.name);
        rows(table, &node.children, &owner);
    }
}
