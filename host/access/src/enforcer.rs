//! Whether a caller may do something: the policies of `argocd-rbac-cm`, and those of the project that the
//! request is about.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use gantry_model::limits;

use crate::account::ADMIN;
use crate::caller::{Caller, Login};
use crate::pattern::MatchMode;
use crate::policy::{BUILT_IN, Policy, Request};
use crate::project::RESOURCES;

/// The roles of subjects.
type RolesOf = HashMap<String, Arc<BTreeSet<String>>>;

/// All that is said of permissions.
#[derive(Debug, Default)]
pub(crate) struct Enforcer {
    policy: Policy,
    default_role: String,
    projects: HashMap<String, Arc<Policy>>,
    /// Names of our own that `policy.csv` speaks of, too.
    own: BTreeSet<String>,
    /// The roles of subjects that were asked for before: without a project, and in each.
    roles: RwLock<RolesOf>,
    in_projects: RwLock<HashMap<String, RolesOf>>,
}

/// Names that stand for something of this control plane's own.
fn is_own(name: &str) -> bool {
    name == ADMIN || name.starts_with("role:") || name.starts_with("proj:")
}

impl Enforcer {
    /// Reads `argocd-rbac-cm`; what cannot be read is told.
    pub(crate) fn read(data: &dyn Fn(&str) -> String, csv: &str) -> (Self, Vec<String>) {
        let mut told = Vec::new();
        let mode = match data("policy.matchMode").as_str() {
            "" | "glob" => MatchMode::Glob,
            "regex" => MatchMode::Regex,
            other => {
                told.push(format!(
                    "policy.matchMode: `{other}` is neither `glob` nor `regex`: read as `glob`"
                ));
                MatchMode::Glob
            }
        };
        let mut policy = Policy::default();
        policy.add(BUILT_IN, MatchMode::Glob);
        let bad = policy.add(csv, mode);
        let mut given = Policy::default();
        given.add(csv, mode);
        let own = policy
            .subjects()
            .filter(|name| is_own(name) && given.names(name));
        let own = own.map(str::to_owned).collect();
        told.extend(bad.into_iter().map(|why| format!("policy.csv, {why}")));
        let enforcer = Self {
            policy,
            default_role: data("policy.default"),
            own,
            ..Self::default()
        };
        (enforcer, told)
    }

    /// The same with the policies of projects.
    pub(crate) fn with_projects(self, projects: HashMap<String, Arc<Policy>>) -> Self {
        Self { projects, ..self }
    }

    pub(crate) fn allows(&self, caller: &Caller, request: Request<'_>) -> bool {
        let project = self.project_of(request);
        if let Some((name, policy)) = project
            && caller.login == Login::Project
        {
            // A token of one project says nothing about another one.
            let own = caller.subject.strip_prefix("proj:");
            let own = own.and_then(|rest| rest.split(':').next());
            return own == Some(name) && self.is_granted(&caller.subject, Some(policy), request);
        }
        let policy = project.map(|(_, policy)| policy);
        if !self.default_role.is_empty() && self.is_granted(&self.default_role, None, request) {
            return true;
        }
        let may_be = |name: &str| match caller.login {
            // The built-in policy speaks of our own `admin` and roles: an identity provider makes nobody
            // one of these by giving out their names.
            Login::Sso { .. } => !is_own(name) || self.own.contains(name),
            _ => true,
        };
        let subject = caller.subject.as_str();
        if !subject.is_empty() && may_be(subject) && self.is_granted(subject, policy, request) {
            return true;
        }
        let counts = |group: &&String| {
            let is_named = self.policy.names(group) || policy.is_some_and(|p| p.names(group));
            is_named && may_be(group)
        };
        let mut groups = caller.groups.iter().filter(counts);
        groups.any(|group| self.is_granted(group, policy, request))
    }

    fn is_granted(&self, subject: &str, project: Option<&Policy>, request: Request<'_>) -> bool {
        let Some(project) = project else {
            let roles = self.roles_of(subject);
            return self.policy.verdict(&*roles, request).is_yes();
        };
        // It is the one that the request is about.
        let name = self.project_of(request).map_or("", |(name, _)| name);
        let roles = self.roles_in(subject, name, project);
        let verdict = self.policy.verdict(&*roles, request);
        verdict.and(project.verdict(&*roles, request)).is_yes()
    }

    fn roles_of(&self, subject: &str) -> Arc<BTreeSet<String>> {
        let known = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(roles) = known.get(subject) {
            return Arc::clone(roles);
        }
        drop(known);
        let roles = Arc::new(self.policy.all_roles(subject, None));
        let mut known = self.roles.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= limits::ACCESS_SUBJECTS_KNOWN_MAX {
            known.clear();
        }
        known.insert(subject.to_owned(), Arc::clone(&roles));
        roles
    }

    /// The same with those that a project grants. A list of thousands asks for each of its rows.
    fn roles_in(&self, subject: &str, name: &str, project: &Policy) -> Arc<BTreeSet<String>> {
        let known = self.in_projects.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        if let Some(roles) = known.get(name).and_then(|of| of.get(subject)) {
            return Arc::clone(roles);
        }
        drop(known);
        let roles = Arc::new(self.policy.all_roles(subject, Some(project)));
        let known = self.in_projects.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        let of = known.entry(name.to_owned()).or_default();
        if of.len() >= limits::ACCESS_SUBJECTS_IN_PROJECT_MAX {
            of.clear();
        }
        of.insert(subject.to_owned(), Arc::clone(&roles));
        roles
    }

    /// The project that a request is about, if it has a policy of its own.
    fn project_of<'a>(&self, request: Request<'a>) -> Option<(&'a str, &Policy)> {
        let name = if request.resource == "projects" {
            request.object
        } else if RESOURCES.contains(&request.resource) {
            request.object.split_once('/')?.0
        } else {
            return None;
        };
        self.projects.get(name).map(|policy| (name, &**policy))
    }
}
