//! Roles of projects (`AppProject.spec.roles`): their policies may speak of their own project only.

use gantry_model::Object;
use serde_json::Value;

use crate::pattern::MatchMode;
use crate::policy::Policy;

/// Resources whose objects are named `PROJECT/…`: those that a role of a project may be given.
pub(crate) const RESOURCES: [&str; 6] = [
    "applications",
    "applicationsets",
    "clusters",
    "exec",
    "logs",
    "repositories",
];

/// The subject of a role.
pub(crate) fn subject(project: &str, role: &str) -> String {
    format!("proj:{project}:{role}")
}

/// What a project's roles may do, and what cannot be used of them.
pub(crate) fn read(project: &Object) -> (Policy, Vec<String>) {
    let name = project.name();
    let (mut policy, mut told) = (Policy::default(), Vec::new());
    let roles = project.value().pointer("/spec/roles");
    for role in roles.and_then(Value::as_array).into_iter().flatten() {
        let own = subject(name, role["name"].as_str().unwrap_or_default());
        let get = format!("p, {own}, projects, get, {name}, allow");
        policy.add(&get, MatchMode::Glob);
        for line in texts(&role["policies"]) {
            let added = match check(line, name, &own) {
                Ok(()) => policy.add(line, MatchMode::Glob).pop(),
                Err(why) => Some(why),
            };
            told.extend(added.map(|why| format!("project {name}, policy `{line}`: {why}")));
        }
        for group in texts(&role["groups"]) {
            policy.grant(group, &own);
        }
    }
    (policy, told)
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Argo CD's rules for a policy of a project.
fn check(line: &str, project: &str, own: &str) -> Result<(), String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let ["p", subject, resource, action, object, _effect] = fields[..] else {
        return Err("it has the form `p, SUBJECT, RESOURCE, ACTION, OBJECT, EFFECT`".to_owned());
    };
    if subject != own {
        return Err(format!("its subject must be `{own}`"));
    }
    if !RESOURCES.contains(&resource) {
        return Err(format!(
            "its resource must be one of {}",
            RESOURCES.join(", ")
        ));
    }
    if action.is_empty() {
        return Err("it has no action".to_owned());
    }
    let rest = object
        .strip_prefix(project)
        .and_then(|rest| rest.strip_prefix('/'));
    if rest.is_none_or(str::is_empty) {
        return Err(format!("its object must begin with `{project}/`"));
    }
    Ok(())
}
