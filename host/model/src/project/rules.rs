//! What a project permits its applications, ready to be asked.

use serde_json::Value;

use super::destination_rules::{DestinationCluster, DestinationRules};
use super::kind_rules::KindRules;
use super::orphans::OrphanRules;
use super::patterns::NamePattern;
use super::service_accounts::ServiceAccounts;
use super::spec::ProjectSpec;
use super::window::SyncWindow;
use super::{AppProject, SourceRules};
use crate::application::Destination;
use crate::diagnostic::Diagnostic;
use crate::manifest::convert;
use crate::object::ObjectRef;
use crate::schema::without_nulls;

/// The rules of one project.
#[derive(Clone, Debug)]
pub struct ProjectRules {
    /// The project.
    pub name: String,
    /// `sourceRepos`.
    pub sources: SourceRules,
    /// `syncWindows`, in their order.
    pub windows: Vec<SyncWindow>,
    /// `orphanedResources`, if it is set.
    pub orphans: Option<OrphanRules>,
    /// `roles`, as they are written.
    pub roles: Vec<Value>,
    /// The field that wants commits to be signed, if one does.
    pub wants_signatures: Option<&'static str>,
    namespaces: Vec<NamePattern>,
    destinations: DestinationRules,
    kinds: KindRules,
    accounts: ServiceAccounts,
}

impl ProjectRules {
    /// Reads a project's rules.
    ///
    /// # Errors
    /// The first rule that cannot be read: to leave it out could permit what it forbids.
    pub fn of(project: &AppProject) -> Result<Self, Diagnostic> {
        let spec: ProjectSpec = convert(&without_nulls(&project.spec), "spec")?;
        let bad = |(field, text, problem): (String, String, crate::glob::BadGlob)| {
            let message = format!(
                "project {}: {text:?} is no pattern: {problem}",
                project.name
            );
            Diagnostic::error("bad-pattern", message).field(field)
        };
        let destinations =
            DestinationRules::parse(&spec.destinations, spec.permit_only_project_scoped_clusters);
        let orphans = spec.orphaned_resources.as_ref().map(OrphanRules::parse);
        Ok(Self {
            name: project.name.clone(),
            sources: SourceRules::of(project)?,
            windows: windows(&project.name, &spec)?,
            orphans: orphans.transpose().map_err(bad)?,
            namespaces: namespaces(&project.name, &spec)?,
            destinations: destinations.map_err(bad)?,
            kinds: KindRules::parse(&spec).map_err(bad)?,
            accounts: ServiceAccounts::parse(&spec.destination_service_accounts),
            wants_signatures: wants_signatures(&spec),
            roles: spec.roles,
        })
    }

    /// Whether applications may go to a destination, whose cluster is known.
    ///
    /// # Errors
    /// Which rule forbids it, in Argo CD's words.
    pub fn permits_destination(
        &self,
        destination: &Destination,
        cluster: &DestinationCluster,
    ) -> Result<(), String> {
        let (project, namespace) = (&self.name, &destination.namespace);
        let permitted = self.destinations.permit(project, cluster, namespace);
        permitted.map_err(|rule| {
            let server = if destination.name.is_empty() {
                &cluster.server
            } else {
                &cluster.name
            };
            format!(
                "application destination server '{server}' and namespace '{namespace}' do not match any of \
                 the allowed destinations in project '{project}': {rule}"
            )
        })
    }

    /// The user as whom its applications are written to a cluster, if rules say so (`destinationServiceAccounts`). An
    /// account without a namespace is one of the destination's, or where there is none of `home`, the application's.
    ///
    /// # Errors
    /// In Argo CD's words, why the rules do not say.
    pub fn user_for(
        &self,
        cluster: &DestinationCluster,
        namespace: &str,
        home: &str,
    ) -> Result<Option<String>, String> {
        let home = if namespace.is_empty() {
            home
        } else {
            namespace
        };
        self.accounts.user(&cluster.server, namespace, home)
    }

    /// Whether applications may have an object of a kind.
    ///
    /// # Errors
    /// Which rule forbids it, in Argo CD's words.
    pub fn permits_kind(
        &self,
        group: &str,
        kind: &str,
        name: &str,
        is_namespaced: bool,
    ) -> Result<(), String> {
        let permitted = self.kinds.permit(group, kind, name, is_namespaced);
        permitted.map_err(|rule| {
            let project = &self.name;
            format!("resource {group}:{kind} is not permitted in project {project}: {rule}")
        })
    }

    /// Whether applications may have an object on a cluster: by its kind, and by its namespace, which
    /// need not be the destination's.
    ///
    /// # Errors
    /// Which rule forbids it, in Argo CD's words.
    pub fn permits_object(
        &self,
        object: &ObjectRef,
        is_namespaced: bool,
        cluster: &DestinationCluster,
    ) -> Result<(), String> {
        let gvk = &object.gvk;
        self.permits_kind(&gvk.group, &gvk.kind, &object.name, is_namespaced)?;
        if !is_namespaced {
            return Ok(());
        }
        let (namespace, project) = (&object.namespace, &self.name);
        let permitted = self.destinations.permit(project, cluster, namespace);
        permitted.map_err(|rule| {
            format!("namespace {namespace} is not permitted in project '{project}': {rule}")
        })
    }

    /// Whether an application in a namespace may belong to the project. Those of the control plane's own
    /// namespace always may.
    pub fn permits_namespace_of_application(&self, namespace: &str, controller: &str) -> bool {
        namespace.is_empty()
            || namespace == controller
            || self.namespaces.iter().any(|p| p.matches(namespace))
    }
}

fn wants_signatures(spec: &ProjectSpec) -> Option<&'static str> {
    let policies = spec.source_integrity.pointer("/git/policies");
    let has_policies = policies
        .and_then(Value::as_array)
        .is_some_and(|all| !all.is_empty());
    if !spec.signature_keys.is_empty() {
        Some("signatureKeys")
    } else {
        has_policies.then_some("sourceIntegrity")
    }
}

fn windows(project: &str, spec: &ProjectSpec) -> Result<Vec<SyncWindow>, Diagnostic> {
    let windows = spec.sync_windows.iter().enumerate();
    let read = windows.map(|(index, window)| {
        SyncWindow::parse(window).map_err(|(field, problem)| {
            let message =
                format!("project {project}: a sync window's {field} cannot be read: {problem}");
            Diagnostic::error("bad-sync-window", message)
                .field(format!("spec.syncWindows[{index}].{field}"))
        })
    });
    read.collect()
}

fn namespaces(project: &str, spec: &ProjectSpec) -> Result<Vec<NamePattern>, Diagnostic> {
    let texts = spec.source_namespaces.iter().enumerate();
    let read = texts.map(|(index, text)| {
        NamePattern::parse(text).map_err(|problem| {
            let message = format!("project {project}: {text:?} is no pattern: {problem}");
            Diagnostic::error("bad-pattern", message)
                .field(format!("spec.sourceNamespaces[{index}]"))
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests;
