//! `gantry proj role`, but for its tokens.

use gantry_access::RoleTokens;
use gantry_model::Diagnostic;
use serde_json::{Value, json};

use super::edit::{entries, refuse};
use super::{Projects, show};
use crate::args::{GroupArgs, ListFormat, PolicyArgs, RoleArgs, RoleCommand};
use crate::failure::Failure;

const ROLES: &str = "roles";

impl Projects<'_> {
    pub(super) async fn role(&self, command: &RoleCommand) -> Result<(), Failure> {
        match command {
            RoleCommand::List { project, output } => self.roles(project, *output).await,
            RoleCommand::Get(role) => self.show_role(role).await,
            RoleCommand::Create { role, description } => {
                let change = |project: &mut Value| create(project, &role.name, description);
                self.change(&role.project, change).await
            }
            RoleCommand::Delete(role) => {
                let change = |project: &mut Value| delete(project, &role.name);
                self.change(&role.project, change).await
            }
            RoleCommand::AddPolicy(args) => self.policy(args, true).await,
            RoleCommand::RemovePolicy(args) => self.policy(args, false).await,
            RoleCommand::AddGroup(args) => self.group(args, true).await,
            RoleCommand::RemoveGroup(args) => self.group(args, false).await,
            RoleCommand::CreateToken(new) => self.create_token(new).await,
            RoleCommand::ListTokens { role, unixtime } => self.list_tokens(role, *unixtime).await,
            RoleCommand::DeleteToken { role, token } => self.delete_token(role, token).await,
        }
    }

    async fn policy(&self, args: &PolicyArgs, adds: bool) -> Result<(), Failure> {
        let policy = policy(args)?;
        let change =
            |project: &mut Value| entry(project, &args.role.name, ("policies", &policy), adds);
        self.change(&args.role.project, change).await
    }

    async fn group(&self, args: &GroupArgs, adds: bool) -> Result<(), Failure> {
        if args.group.trim().is_empty() || args.group.contains(['\n', '\r', '\t', ',']) {
            let message = format!("{:?} is no name of a group", args.group);
            return Err(refuse(message, ROLES).into());
        }
        let change =
            |project: &mut Value| entry(project, &args.role.name, ("groups", &args.group), adds);
        self.change(&args.role.project, change).await
    }

    async fn roles(&self, name: &str, format: ListFormat) -> Result<(), Failure> {
        let project = self.get(name).await?;
        let roles = &project.value()["spec"][ROLES];
        let none = json!([]);
        let roles = if roles.is_array() { roles } else { &none };
        match format {
            ListFormat::Json => self.output.json(roles),
            ListFormat::Yaml => self.output.yaml(roles),
            ListFormat::Table => self.output.print(&show::roles(roles)),
            ListFormat::Name => self.output.print(&show::role_names(roles)),
        }
    }

    async fn show_role(&self, role: &RoleArgs) -> Result<(), Failure> {
        let project = self.get(&role.project).await?;
        let tokens = RoleTokens::of(&project, &role.name).all();
        let found = known(project.value(), &role.name)?;
        self.output.print(&show::role(found, &tokens))
    }
}

/// A role of a project.
pub(super) fn known<'a>(project: &'a Value, role: &str) -> Result<&'a Value, Diagnostic> {
    let roles = project["spec"][ROLES].as_array().into_iter().flatten();
    let mut found = roles.filter(|known| known["name"] == role && known.is_object());
    found.next().ok_or_else(|| {
        let name = project["metadata"]["name"].as_str().unwrap_or_default();
        let message = format!("project '{name}' has no role '{role}'");
        refuse(message, ROLES).help("see `gantry proj role list`")
    })
}

/// The same, to be changed.
fn find<'a>(project: &'a mut Value, role: &str) -> Result<&'a mut Value, Diagnostic> {
    known(project, role)?;
    let mut roles = entries(project, ROLES)?.iter_mut();
    let found = roles.find(|known| known["name"] == role && known.is_object());
    found.ok_or_else(|| refuse(format!("there is no role '{role}'"), ROLES))
}

fn create(project: &mut Value, role: &str, description: &str) -> Result<String, Diagnostic> {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let is_name = role.chars().all(|c| is_word(c) || "-_".contains(c))
        && role.starts_with(is_word)
        && role.ends_with(is_word);
    if !is_name {
        let message =
            format!("{role:?} is no name of a role: letters, digits, and `-` and `_` between");
        return Err(refuse(message, ROLES));
    }
    let roles = entries(project, ROLES)?;
    if roles.iter().any(|known| known["name"] == role) {
        return Err(refuse(format!("role '{role}' is there already"), ROLES));
    }
    let mut new = json!({"name": role});
    if !description.is_empty() {
        new["description"] = json!(description);
    }
    roles.push(new);
    Ok(format!("role '{role}' is created"))
}

/// Its tokens are worth nothing without it, and a later role of that name shall not have them.
fn delete(project: &mut Value, role: &str) -> Result<String, Diagnostic> {
    find(project, role)?;
    entries(project, ROLES)?.retain(|known| known["name"] != role);
    let tokens = project.pointer_mut("/status/jwtTokensByRole");
    if let Some(tokens) = tokens.and_then(Value::as_object_mut) {
        tokens.remove(role);
    }
    Ok(format!("role '{role}' is deleted"))
}

/// Adds a text to a list of a role, or takes it away.
fn entry(
    project: &mut Value,
    role: &str,
    (list, text): (&str, &str),
    adds: bool,
) -> Result<String, Diagnostic> {
    let found = find(project, role)?;
    if !found[list].is_array() {
        found[list] = json!([]);
    }
    let all = found[list].as_array_mut();
    let all = all.ok_or_else(|| refuse("it is no list".to_owned(), ROLES))?;
    let is_there = all.iter().any(|known| known == text);
    match (adds, is_there) {
        (true, true) => Err(refuse(format!("{text:?} is there already"), ROLES)),
        (false, false) => Err(refuse(format!("{text:?} is not there"), ROLES)),
        (true, false) => {
            all.push(json!(text));
            Ok(format!("{text:?} is added to role '{role}'"))
        }
        (false, true) => {
            all.retain(|known| known != text);
            Ok(format!("{text:?} is removed from role '{role}'"))
        }
    }
}

/// The line of a policy, as Argo CD writes it.
fn policy(args: &PolicyArgs) -> Result<String, Diagnostic> {
    let (project, role) = (&args.role.project, &args.role.name);
    for text in [&args.action, &args.object] {
        if text.trim().is_empty() || text.contains([',', '"', '\n', '\r']) {
            return Err(refuse(format!("{text:?} cannot stand in a policy"), ROLES));
        }
    }
    let word = |value: Option<clap::builder::PossibleValue>| {
        value.map(|value| value.get_name().to_owned())
    };
    let resource = word(clap::ValueEnum::to_possible_value(&args.resource));
    let permission = word(clap::ValueEnum::to_possible_value(&args.permission));
    Ok(format!(
        "p, proj:{project}:{role}, {}, {}, {project}/{}, {}",
        resource.unwrap_or_default(),
        args.action,
        args.object,
        permission.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::{create, delete, entry, policy};
    use crate::args::PolicyArgs;

    #[derive(Parser)]
    struct Policy {
        #[command(flatten)]
        args: PolicyArgs,
    }

    #[test]
    fn a_policy_is_argo_cds_line() {
        let line = |flags: &str| {
            let words = ["add-policy", "shop", "ci"].into_iter();
            let words = words.chain(flags.split_whitespace());
            let args = Policy::try_parse_from(words).map_err(|error| error.to_string())?;
            policy(&args.args).map_err(|problem| problem.message)
        };
        for (flags, expected) in [
            (
                "-a sync -o web",
                "p, proj:shop:ci, applications, sync, shop/web, allow",
            ),
            (
                "-a get -o * -p deny -r logs",
                "p, proj:shop:ci, logs, get, shop/*, deny",
            ),
        ] {
            assert_eq!(line(flags), Ok(expected.to_owned()));
        }
        for flags in [
            "-a sync",
            "-a a,b -o x",
            "-a get -o x -r accounts",
            "-a get -o x -p maybe",
        ] {
            assert!(line(flags).is_err(), "{flags}");
        }
    }

    #[test]
    fn roles_come_and_go_with_what_they_have() {
        let mut project = json!({"metadata": {"name": "shop"},
            "status": {"jwtTokensByRole": {"ci": {"items": [{"iat": 1}]}, "other": {"items": []}}}});
        for (name, is_name) in [
            ("ci", true),
            ("ci", false),
            ("a b", false),
            ("-a", false),
            ("", false),
        ] {
            assert_eq!(create(&mut project, name, "d").is_ok(), is_name, "{name}");
        }
        let mut change = |list: &str, text: &str, adds: bool| {
            entry(&mut project, "ci", (list, text), adds).is_ok()
        };
        assert!(change("groups", "team", true));
        assert!(!change("groups", "team", true), "there already");
        assert!(change("policies", "p", true));
        assert!(change("groups", "team", false));
        assert!(!change("groups", "team", false), "gone already");
        let role = json!({"name": "ci", "description": "d", "groups": [], "policies": ["p"]});
        assert_eq!(project["spec"]["roles"], json!([role]));
        assert!(entry(&mut project, "none", ("groups", "g"), true).is_err());
        assert!(delete(&mut project, "none").is_err());
        assert!(delete(&mut project, "ci").is_ok());
        assert_eq!(project["spec"]["roles"], json!([]));
        assert_eq!(
            project["status"],
            json!({"jwtTokensByRole": {"other": {"items": []}}})
        );
    }
}
