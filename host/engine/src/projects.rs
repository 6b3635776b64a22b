//! What projects say of their applications.

use std::collections::BTreeMap;
use std::sync::Arc;

use gantry_model::application::{Application, Destination};
use gantry_model::cluster::{Author, ClusterScope};
use gantry_model::project::{AppProject, DestinationCluster, OrphanRules, ProjectRules};
use gantry_model::settings::Impersonation;
use gantry_model::{Diagnostic, ObjectRef};
use gantry_sync::Permit;

/// The project that an application without one belongs to. Where it does not exist, it permits all.
const DEFAULT: &str = "default";

/// The rules of all projects.
#[derive(Debug, Default)]
pub struct Projects {
    rules: BTreeMap<String, Result<Arc<ProjectRules>, Diagnostic>>,
    /// Whether there are no others: an application of another project is an error then.
    are_all: bool,
    /// The namespace of the control plane; empty where those of its applications are.
    controller: String,
    /// Whether applications are written as the accounts that their projects name.
    impersonation: Option<Impersonation>,
}

/// What one application may have, on the cluster of its destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permission {
    /// None: all.
    rules: Option<Arc<ProjectRules>>,
    cluster: DestinationCluster,
    /// What of the cluster anybody may have.
    scope: ClusterScope,
}

impl Projects {
    /// Reads the rules of some projects, as a command finds them in files. An application of a project
    /// that is not among them may use everything.
    ///
    /// # Errors
    /// A rule that cannot be read.
    pub fn of(projects: &[AppProject]) -> Result<Self, Diagnostic> {
        let rules = projects.iter().map(|project| {
            let rules = Arc::new(ProjectRules::of(project)?);
            Ok((project.name.clone(), Ok(rules)))
        });
        Ok(Self {
            rules: rules.collect::<Result<_, Diagnostic>>()?,
            ..Self::default()
        })
    }

    /// Reads the rules of all projects that there are, for a control plane in a namespace. What cannot be
    /// read is an error of the applications of that project.
    pub fn all(projects: &[AppProject], controller: &str) -> Self {
        let rules = projects.iter().map(|project| {
            (
                project.name.clone(),
                ProjectRules::of(project).map(Arc::new),
            )
        });
        Self {
            rules: rules.collect(),
            are_all: true,
            controller: controller.to_owned(),
            impersonation: None,
        }
    }

    /// Has applications written as the accounts that their projects name, or not.
    pub fn impersonate(&mut self, impersonation: Option<Impersonation>) {
        self.impersonation = impersonation;
    }

    /// Whether [`Self::author`] may be anybody else than whoever is logged in.
    pub(crate) fn has_authors(&self) -> bool {
        self.impersonation.is_some()
    }

    /// As whom an application is written to its cluster; none: as whoever is logged in. As in Argo CD, that is who deletes
    /// an application whose project names no account.
    pub(crate) fn author(
        &self,
        application: &Application,
        cluster: &DestinationCluster,
        is_deletion: bool,
    ) -> Option<Author> {
        let Impersonation { enforced } = self.impersonation?;
        let namespace = &application.destination.namespace;
        let home = match application.namespace.as_str() {
            "" => &self.controller,
            namespace => namespace,
        };
        let user = match self.rules_of(&application.project) {
            Ok(Some(rules)) => rules.user_for(cluster, namespace, home),
            Ok(None) => Ok(None),
            Err(problem) => Err(problem.to_string()),
        };
        match user {
            Ok(Some(user)) => Some(Author::User(user)),
            Ok(None) if !enforced || is_deletion => None,
            Ok(None) => Some(Author::Nobody(format!(
                "no matching service account found for destination server {} and namespace {namespace} in \
                 destinationServiceAccounts of project {}",
                cluster.server, application.project
            ))),
            Err(why) => Some(Author::Nobody(format!(
                "failed to derive service account to impersonate: {why}"
            ))),
        }
    }

    /// Notes a project whose manifest cannot be read.
    pub fn note_broken(&mut self, name: &str, problem: Diagnostic) {
        self.rules.insert(name.to_owned(), Err(problem));
    }

    /// The rules for applications of a project; none where all is permitted.
    ///
    /// # Errors
    /// When the project does not exist, or its rules cannot be read.
    pub fn rules_of(&self, project: &str) -> Result<Option<Arc<ProjectRules>>, Diagnostic> {
        match self.rules.get(project) {
            Some(rules) => rules.clone().map(Some),
            None if self.are_all && project != DEFAULT => {
                let message =
                    format!("Application referencing project {project} which does not exist");
                Err(Diagnostic::error("no-project", message)
                    .field("spec.project")
                    .help("create the AppProject, or name another"))
            }
            None => Ok(None),
        }
    }

    /// The hosts that a project's rules spell out.
    pub(crate) fn hosts(&self, project: &str) -> Vec<String> {
        let rules = self.rules.get(project);
        let rules = rules.and_then(|rules| rules.as_ref().ok());
        rules.map(|rules| rules.sources.hosts()).unwrap_or_default()
    }

    /// Whether a project's applications may use a repository.
    ///
    /// # Errors
    /// Which rule of which project forbids it.
    pub fn permit(&self, project: &str, url: &str) -> Result<(), String> {
        let rules = self.rules_of(project);
        let rules = rules.map_err(|problem| problem.to_string())?;
        rules.map_or(Ok(()), |rules| rules.sources.permit(url))
    }

    /// The field of a project that wants commits to be signed, if one does.
    pub(crate) fn wants_signatures(&self, project: &str) -> Option<&'static str> {
        self.rules_of(project).ok()??.wants_signatures
    }

    /// What an application may have on a cluster.
    ///
    /// # Errors
    /// When it may not belong to its project, or not go there.
    pub(crate) fn permission(
        &self,
        application: &Application,
        cluster: DestinationCluster,
    ) -> Result<Permission, Diagnostic> {
        let permission = self.of_objects(application, cluster)?;
        let (Some(rules), destination) = (&permission.rules, &application.destination) else {
            return Ok(permission);
        };
        let permitted = rules.permits_destination(destination, &permission.cluster);
        permitted.map_err(|reason| {
            Diagnostic::error("destination-not-permitted", reason)
                .field(field_of(destination))
                .help("use another destination, or ask for another rule in the project's destinations")
        })?;
        Ok(permission)
    }

    /// The same, whether or not it may go there: what it has there it may want to take away.
    ///
    /// # Errors
    /// When it may not belong to its project.
    pub(crate) fn of_objects(
        &self,
        application: &Application,
        cluster: DestinationCluster,
    ) -> Result<Permission, Diagnostic> {
        let rules = self.rules_of(&application.project)?;
        let (namespace, controller) = (&application.namespace, &self.controller);
        let may_belong = |rules: &Arc<ProjectRules>| {
            rules.permits_namespace_of_application(namespace, controller)
        };
        if !rules.as_ref().is_none_or(may_belong) {
            let (name, project) = (&application.name, &application.project);
            let message = format!(
                "application '{name}' in namespace '{namespace}' is not permitted to use project '{project}'"
            );
            return Err(Diagnostic::error("namespace-not-permitted", message)
                .field("metadata.namespace")
                .help("ask for the namespace in the project's sourceNamespaces"));
        }
        Ok(Permission {
            rules,
            cluster,
            scope: ClusterScope::default(),
        })
    }
}

/// The field that says which cluster.
fn field_of(destination: &Destination) -> &'static str {
    if destination.name.is_empty() {
        "spec.destination.server"
    } else {
        "spec.destination.name"
    }
}

impl Permission {
    #[cfg(test)]
    pub(crate) fn new(rules: Option<Arc<ProjectRules>>, cluster: DestinationCluster) -> Self {
        Self {
            rules,
            cluster,
            scope: ClusterScope::default(),
        }
    }

    /// What the project wants to know of objects that no application has.
    pub(crate) fn orphans(&self) -> Option<&OrphanRules> {
        self.rules.as_ref()?.orphans.as_ref()
    }
}

impl Permission {
    /// The same, where not all of the cluster may be used.
    pub(crate) fn within(self, scope: ClusterScope) -> Self {
        Self { scope, ..self }
    }
}

impl Permit for Permission {
    fn namespaces(&self) -> Option<&[String]> {
        let own = self.scope.namespaces.as_slice();
        (!own.is_empty()).then_some(own)
    }

    fn has_cluster_scoped(&self) -> bool {
        self.scope.namespaces.is_empty() || self.scope.cluster_resources
    }

    fn permit(&self, object: &ObjectRef, is_namespaced: bool) -> Result<(), String> {
        self.scope.manages(object, is_namespaced)?;
        let permits =
            |rules: &Arc<ProjectRules>| rules.permits_object(object, is_namespaced, &self.cluster);
        self.rules.as_ref().map_or(Ok(()), permits)
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::cluster::{Author, ClusterScope};
    use gantry_model::settings::Impersonation;
    use std::collections::BTreeMap;

    use gantry_model::application::{Application, Destination};
    use gantry_model::project::{AppProject, DestinationCluster};
    use gantry_model::{Diagnostic, Gvk, ObjectRef};
    use gantry_sync::Permit as _;
    use serde_json::{Value, json};

    use super::Projects;

    fn project(name: &str, spec: Value) -> AppProject {
        AppProject {
            name: name.to_owned(),
            namespace: String::new(),
            annotations: BTreeMap::new(),
            spec,
        }
    }

    fn application(project: &str, namespace: &str, to: &str) -> Application {
        Application {
            name: "web".to_owned(),
            namespace: namespace.to_owned(),
            project: project.to_owned(),
            destination: Destination {
                name: "alpha".to_owned(),
                server: String::new(),
                namespace: to.to_owned(),
            },
            ..Application::default()
        }
    }

    fn alpha() -> DestinationCluster {
        DestinationCluster {
            name: "alpha".to_owned(),
            server: "https://alpha".to_owned(),
            project: String::new(),
        }
    }

    #[test]
    fn an_application_is_permitted_by_its_project() {
        let shop = || {
            project(
                "shop",
                json!({
                    "destinations": [{"name": "alpha", "namespace": "web"}],
                    "sourceNamespaces": ["team-*"],
                }),
            )
        };
        let broken = || project("bad", json!({"destinations": [{"name": "["}]}));
        let some = Projects::of(&[shop()]).expect("rules");
        let mut all = Projects::all(&[shop(), broken()], "gantry");
        all.note_broken("worse", Diagnostic::error("unreadable", "it is no project"));
        let nowhere = "Application referencing project other which does not exist";
        let denied = "application destination server 'alpha' and namespace 'api' do not match any";
        let foreign =
            "application 'web' in namespace 'argocd' is not permitted to use project 'shop'";
        type Case<'a> = (
            &'a Projects,
            (&'a str, &'a str, &'a str),
            Result<(), &'a str>,
        );
        let cases: &[Case<'_>] = &[
            (&some, ("shop", "", "web"), Ok(())),
            (&some, ("shop", "argocd", "web"), Err(foreign)),
            (&some, ("shop", "team-a", "web"), Ok(())),
            (
                &some,
                ("shop", "elsewhere", "web"),
                Err("metadata.namespace"),
            ),
            (&some, ("shop", "", "api"), Err(denied)),
            (&some, ("shop", "", "api"), Err("spec.destination.name")),
            (&some, ("other", "", "api"), Ok(())),
            (&some, ("default", "anywhere", "api"), Ok(())),
            (&all, ("default", "gantry", "api"), Ok(())),
            (&all, ("other", "gantry", "api"), Err(nowhere)),
            (&all, ("shop", "gantry", "web"), Ok(())),
            (&all, ("shop", "argocd", "web"), Err(foreign)),
            (
                &all,
                ("bad", "gantry", "web"),
                Err("spec.destinations[0].name"),
            ),
            (&all, ("worse", "gantry", "web"), Err("it is no project")),
        ];
        for (projects, (project, namespace, to), expected) in cases {
            let found = projects.permission(&application(project, namespace, to), alpha());
            match (found, expected) {
                (Ok(_), Ok(())) => {}
                (Err(told), Err(words)) => {
                    assert!(told.to_string().contains(words), "{told}");
                }
                (found, _) => panic!("{project} {namespace} {to}: {found:?}"),
            }
        }
        assert!(Projects::of(&[broken()]).is_err());
        let url = "https://git.example/a";
        assert!(all.permit("other", url).is_err() && some.permit("other", url).is_ok());
    }

    #[test]
    fn its_objects_are_asked_about_one_by_one() {
        let spec = json!({"destinations": [{"server": "https://alpha", "namespace": "web"}]});
        let projects = Projects::of(&[project("shop", spec)]).expect("rules");
        let object = |namespace: &str| ObjectRef {
            gvk: Gvk::parse("v1", "ConfigMap"),
            namespace: namespace.to_owned(),
            name: "a".to_owned(),
        };
        let permission = projects.of_objects(&application("shop", "", "api"), alpha());
        let permission = permission.expect("it may belong");
        assert!(permission.permit(&object("web"), true).is_ok());
        assert!(permission.permit(&object("api"), true).is_err());
        assert!(permission.permit(&object(""), false).is_err());
        let scope = ClusterScope {
            cluster: "alpha".to_owned(),
            namespaces: vec!["db".to_owned()],
            cluster_resources: false,
        };
        let why = permission.within(scope).permit(&object("web"), true);
        assert!(why.is_err_and(|why| why.contains("is not managed")));
        let free = projects.of_objects(&application("default", "", "api"), alpha());
        assert!(free.expect("free").permit(&object(""), false).is_ok());
    }

    #[test]
    fn an_application_is_written_as_the_account_that_its_project_names() {
        let accounts = json!([
            {"server": "https://alpha", "namespace": "web", "defaultServiceAccount": "ops"},
            {"server": "https://alpha", "namespace": "", "defaultServiceAccount": "ops"},
            {"server": "*", "namespace": "bad", "defaultServiceAccount": "o*s"},
        ]);
        let shop = project("shop", json!({ "destinationServiceAccounts": accounts }));
        let user = |name: &str| Some(Author::User(format!("system:serviceaccount:{name}")));
        let on = |enforced| Some(Impersonation { enforced });
        let nobody = |why: &str| Some(Author::Nobody(why.to_owned()));
        let unmatched = |project: &str, namespace: &str| {
            nobody(&format!(
                "no matching service account found for destination server https://alpha and namespace {namespace} \
                 in destinationServiceAccounts of project {project}"
            ))
        };
        let bad = "failed to derive service account to impersonate: default service account contains invalid chars 'o*s'";
        for (impersonation, (name, namespace, to), expected) in [
            (None, ("shop", "", "web"), None),
            (on(true), ("shop", "", "web"), user("web:ops")),
            (on(false), ("shop", "", "web"), user("web:ops")),
            (on(true), ("shop", "", ""), user("gantry:ops")),
            (on(true), ("shop", "team", ""), user("team:ops")),
            (on(true), ("shop", "", "api"), unmatched("shop", "api")),
            (on(false), ("shop", "", "api"), None),
            (
                on(true),
                ("default", "", "web"),
                unmatched("default", "web"),
            ),
            (on(false), ("default", "", "web"), None),
            (on(false), ("shop", "", "bad"), nobody(bad)),
        ] {
            let mut projects = Projects::all(std::slice::from_ref(&shop), "gantry");
            projects.impersonate(impersonation);
            assert_eq!(projects.has_authors(), impersonation.is_some());
            let application = application(name, namespace, to);
            let found = projects.author(&application, &alpha(), false);
            assert_eq!(found, expected, "{impersonation:?} {name} {namespace} {to}");
            let is_unmatched = expected.as_ref().is_some_and(
                |author| matches!(author, Author::Nobody(why) if why.starts_with("no matching")),
            );
            let of_deletion = expected.filter(|_| !is_unmatched);
            assert_eq!(projects.author(&application, &alpha(), true), of_deletion);
        }
        let mut projects = Projects::all(&[], "gantry");
        projects.impersonate(on(false));
        let found = projects.author(&application("other", "", "web"), &alpha(), true);
        assert!(matches!(found, Some(Author::Nobody(why)) if why.contains("does not exist")));
    }
}
