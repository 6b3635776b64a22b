//! What is in the home: applications as a control plane leaves them, projects with roles, accounts and
//! permissions.

use std::path::Path;

use gantry_model::Object;
use gantry_store::{Home, SqliteHome};
use serde_json::{Value, json};

use crate::Failure;

/// The file of the home in its folder.
pub(super) const FILE: &str = "gantry.db";
/// The namespace of the control plane.
pub(super) const NAMESPACE: &str = "argocd";
/// Projects; the applications are in all of them in turn.
pub(super) const PROJECTS: usize = 100;
/// Objects that an application's status lists.
const RESOURCES: usize = 8;
/// Syncs that its history has.
const SYNCS: usize = 5;
/// The password of all accounts.
pub(super) const PASSWORD: &str = "correct horse battery";

/// The name of an application.
pub(super) fn name(index: usize) -> String {
    format!("app-{index:05}")
}

fn application(index: usize) -> Value {
    let (name, project) = (name(index), project_name(index % PROJECTS));
    let (sync, health) = match index % 10 {
        0 => ("OutOfSync", "Degraded"),
        1 => ("OutOfSync", "Progressing"),
        _ => ("Synced", "Healthy"),
    };
    let source = json!({"repoURL": format!("https://git.example/team-{}/deploy.git", index % 40),
        "path": format!("apps/{name}/overlays/production"), "targetRevision": "main"});
    let destination = json!({"server": format!("https://cluster-{:02}.example:6443", index % 20), "namespace": format!("team-{:02}", index % 50)});
    let revision = format!("{index:040x}");
    let kinds = [
        ("apps", "Deployment"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("networking.k8s.io", "Ingress"),
    ];
    let resource = |at: usize| {
        let (group, kind) = kinds.get(at % kinds.len()).copied().unwrap_or_default();
        json!({"group": group, "version": "v1", "kind": kind, "namespace": destination["namespace"],
            "name": format!("{name}-{at}"), "status": sync, "health": {"status": health}})
    };
    let resources: Vec<Value> = (0..RESOURCES).map(resource).collect();
    let results: Vec<Value> = resources
        .iter()
        .map(|resource| {
            let mut result = resource.clone();
            result["hookPhase"] = "Running".into();
            result["syncPhase"] = "Sync".into();
            result["status"] = "Synced".into();
            result["message"] = "serverside-applied".into();
            result
        })
        .collect();
    let history: Vec<Value> = (0..SYNCS)
        .map(|id| {
            json!({"id": id, "revision": revision, "source": source,
            "deployStartedAt": "2026-01-01T00:00:00Z", "deployedAt": "2026-01-01T00:00:05Z",
            "initiatedBy": {"automated": true}})
        })
        .collect();
    let done = json!({"phase": "Succeeded", "message": "successfully synced (all tasks run)",
        "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:05Z",
        "operation": {"sync": {"revision": revision}, "initiatedBy": {"automated": true}},
        "syncResult": {"revision": revision, "source": source, "resources": results}});
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"team": format!("team-{}", index % 40), "tier": "web"},
            "annotations": {"notifications.argoproj.io/subscribe.on-sync-failed.slack": "team"}},
        "spec": {"project": project, "source": source, "destination": destination,
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}}},
        "status": {"sync": {"status": sync, "revision": revision, "comparedTo": {"source": source, "destination": destination}},
            "health": {"status": health}, "sourceType": "Kustomize", "reconciledAt": "2026-01-01T00:00:06Z",
            "summary": {"images": [format!("registry.example/{name}:1.0")]},
            "resources": resources, "history": history, "operationState": done}})
}

fn project_name(index: usize) -> String {
    format!("project-{index:02}")
}

/// A project with three roles, of which `dev` has one through its group in four of ten projects.
fn project(index: usize) -> Value {
    let name = project_name(index);
    let role = |role: &str, group: &str, actions: &[&str]| {
        let policies: Vec<String> = actions
            .iter()
            .map(|action| format!("p, proj:{name}:{role}, applications, {action}, {name}/*, allow"))
            .collect();
        json!({"name": role, "policies": policies, "groups": [group]})
    };
    let group = if index % 10 < 4 { "team-dev" } else { "others" };
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}], "roles": [
            role("read", group, &["get"]), role("work", "leads", &["get", "sync", "action/*"]),
            role("own", "owners", &["*"])]}})
}

/// Permissions of somebody limited: globs, denials, roles of roles, and two hundred lines about others.
fn policies() -> String {
    let mut lines = vec![
        "g, dev, role:dev".to_owned(),
        "g, dev, team-dev".to_owned(),
        "g, role:dev, role:viewer".to_owned(),
        "p, role:dev, applications, get, project-*5/app-*, allow".to_owned(),
        "p, role:dev, applications, {get,sync}, project-[67]?/app-?????, allow".to_owned(),
        "p, role:viewer, applications, get, project-9*/*, allow".to_owned(),
        "p, role:viewer, applications, get, */app-*13, deny".to_owned(),
        "p, role:dev, projects, get, *, allow".to_owned(),
    ];
    lines.extend((0..200).map(|other| {
        format!(
            "p, role:other-{other}, applications, *, project-{:02}/*, allow",
            other % PROJECTS
        )
    }));
    lines.join("\n")
}

fn settings() -> [Value; 3] {
    let config = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}, "data": data});
    let accounts = json!({"accounts.dev": "login, apiKey", "accounts.ops": "login", "accounts.victim": "login"});
    [
        config("argocd-cm", accounts),
        config(
            "argocd-rbac-cm",
            json!({"policy.csv": policies() + "\ng, ops, role:admin\ng, victim, role:dev"}),
        ),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret", "namespace": NAMESPACE}, "data": {}}),
    ]
}

/// Fills a home; the password of each account is [`PASSWORD`].
pub(super) async fn fill(folder: &Path, applications: usize) -> Result<(), Failure> {
    let home = SqliteHome::open(&folder.join(FILE), NAMESPACE)?;
    let hash = bcrypt::hash(PASSWORD, gantry_model::limits::PASSWORD_HASH_COST)?;
    let [accounts, permissions, mut secret] = settings();
    // The plain texts, as `kubectl` takes them.
    secret["stringData"] = json!({"accounts.dev.password": hash, "accounts.ops.password": hash, "accounts.victim.password": hash});
    for value in [accounts, permissions, secret]
        .into_iter()
        .chain((0..PROJECTS).map(project))
        .chain((0..applications).map(application))
    {
        home.create(&Object::new(value, None)?).await?;
    }
    Ok(())
}
