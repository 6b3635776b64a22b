//! Tokens of a project's roles. Which are good stands in the project's `status.jwtTokensByRole`, as Argo CD writes
//! it, and in `spec.roles[].jwtTokens`, where older versions leave them: a token is in both, or in one of them.

use std::sync::Arc;

use gantry_access::Access;
use gantry_model::{Diagnostic, Object};
use gantry_store::Kind;
use serde_json::{Value, json};

use super::role::find;
use super::{Projects, failed, show};
use crate::args::{NewToken, RoleArgs};
use crate::failure::Failure;

/// Where the key of a control plane lies that signs tokens.
const OWN_SECRET: &str = "argocd-secret";
const SIGNING_KEY: &str = "server.secretkey";

impl Projects<'_> {
    pub(super) async fn create_token(&self, new: &NewToken) -> Result<(), Failure> {
        let role = &new.role;
        let project = self.get(&role.project).await?;
        let mut value = project.value().clone();
        find(&mut value, &role.name)?;
        if all(&value, &role.name)
            .iter()
            .any(|token| token["id"] == new.id.as_str())
        {
            let message = format!(
                "role '{}' has a token with the id '{}' already",
                role.name, new.id
            );
            return Err(Diagnostic::error("token", message)
                .help("give another --id")
                .into());
        }
        let access = self.access().await?;
        let lasts = new.expires_in.filter(|lasts| !lasts.is_zero());
        let made = access.project_token(&role.project, &role.name, &new.id, lasts);
        let (token, entry) = made.map_err(|error| Diagnostic::error("token", error.to_string()))?;
        let entry = json!(entry);
        let mut items = in_status(&value, &role.name);
        items.push(entry.clone());
        self.write(&project, &role.name, (items, None)).await?;
        if new.token_only {
            return self.output.print(&format!("{token}\n"));
        }
        let subject = format!("proj:{}:{}", role.project, role.name);
        self.output
            .print(&show::new_token(&subject, &entry, &token))
    }

    pub(super) async fn list_tokens(&self, role: &RoleArgs, unixtime: bool) -> Result<(), Failure> {
        let mut value = self.get(&role.project).await?.into_value();
        find(&mut value, &role.name)?;
        let tokens = all(&value, &role.name);
        if tokens.is_empty() {
            let none = format!("No tokens for {}.{}\n", role.project, role.name);
            return self.output.print(&none);
        }
        self.output.print(&show::tokens(&tokens, unixtime))
    }

    pub(super) async fn delete_token(&self, role: &RoleArgs, token: &str) -> Result<(), Failure> {
        let project = self.get(&role.project).await?;
        let mut value = project.value().clone();
        find(&mut value, &role.name)?;
        let changed = without(&value, &role.name, token).ok_or_else(|| {
            let message = format!("role '{}' has no token {token:?}", role.name);
            Diagnostic::error("token", message).help("see `gantry proj role list-tokens`")
        })?;
        self.write(&project, &role.name, changed).await?;
        self.output.print(&format!(
            "project {}: token {token} of role '{}' is taken back\n",
            role.project, role.name
        ))
    }

    /// What signs tokens, with the key of the control plane.
    async fn access(&self) -> Result<Access, Failure> {
        let namespace = self.home.namespace();
        let secret = self.home.get(Kind::Secret, namespace, OWN_SECRET).await;
        let secret = secret.map_err(|error| failed(&error))?;
        let has_key = |secret: &Object| {
            let parts = ["data", "stringData"].into_iter();
            let mut texts = parts.map(|part| &secret.value()[part][SIGNING_KEY]);
            texts.any(|text| text.as_str().is_some_and(|text| !text.is_empty()))
        };
        // Its first start makes more than the key: the password of `admin`, which nobody would read here.
        if !secret.as_ref().is_some_and(has_key) {
            let message =
                "no control plane has run on this home yet: there is no key to sign tokens with";
            let problem = Diagnostic::error("token", message);
            return Err(problem.help("start `gantry serve` once").into());
        }
        let access = Access::new(Arc::clone(&self.home));
        let first = access.prepare(true).await;
        first.map_err(|error| Diagnostic::error("home", error.to_string()))?;
        Ok(access)
    }

    /// Writes the tokens of a role: those of the status, and those of the spec where they have changed.
    async fn write(
        &self,
        project: &Object,
        role: &str,
        (items, older): (Vec<Value>, Option<Vec<Value>>),
    ) -> Result<(), Failure> {
        let mut patch = json!({
            "metadata": {"resourceVersion": project.resource_version()},
            "status": {"jwtTokensByRole": {role: {"items": items}}},
        });
        if let Some(older) = older {
            let mut roles = project.value()["spec"]["roles"].clone();
            let all = roles.as_array_mut().into_iter().flatten();
            for known in all.filter(|known| known["name"] == role) {
                known["jwtTokens"] = json!(older);
            }
            patch["spec"] = json!({ "roles": roles });
        }
        let (namespace, name) = (self.home.namespace(), project.name());
        let written = self
            .home
            .patch(Kind::Project, namespace, name, &patch)
            .await;
        written.map(drop).map_err(|error| failed(&error))
    }
}

/// Every token of a role once.
pub(super) fn all(project: &Value, role: &str) -> Vec<Value> {
    let mut all = in_status(project, role);
    for token in in_spec(project, role) {
        let is_it = |known: &Value| known["iat"] == token["iat"] && known["id"] == token["id"];
        if !all.iter().any(is_it) {
            all.push(token);
        }
    }
    all
}

fn in_status(project: &Value, role: &str) -> Vec<Value> {
    let items = &project["status"]["jwtTokensByRole"][role]["items"];
    items.as_array().cloned().unwrap_or_default()
}

fn in_spec(project: &Value, role: &str) -> Vec<Value> {
    let roles = project["spec"]["roles"].as_array().into_iter().flatten();
    let of_role = roles.filter(|known| known["name"] == role);
    let lists = of_role.filter_map(|known| known["jwtTokens"].as_array());
    lists.flatten().cloned().collect()
}

/// The tokens of a role without one, which is named by its id or by when it was given out: those of the status, and
/// those of the spec where it was there. None where there is no such token.
fn without(project: &Value, role: &str, token: &str) -> Option<(Vec<Value>, Option<Vec<Value>>)> {
    let issued_at: Option<i64> = token.parse().ok();
    let is_it = |known: &Value| {
        known["id"] == token || issued_at.is_some_and(|issued_at| known["iat"] == issued_at)
    };
    let (mut items, mut older) = (in_status(project, role), in_spec(project, role));
    let before = (items.len(), older.len());
    items.retain(|known| !is_it(known));
    older.retain(|known| !is_it(known));
    if (items.len(), older.len()) == before {
        return None;
    }
    let older = (older.len() < before.1).then_some(older);
    Some((items, older))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{all, without};

    #[test]
    fn tokens_are_found_in_both_places_and_taken_from_both() {
        let (a, b, c) = (
            json!({"id": "a", "iat": 1}),
            json!({"id": "b", "iat": 2}),
            json!({"iat": 3}),
        );
        let project = json!({
            "spec": {"roles": [{"name": "other", "jwtTokens": [{"iat": 9}]}, {"name": "ci", "jwtTokens": [a, c]}]},
            "status": {"jwtTokensByRole": {"ci": {"items": [a, b]}}},
        });
        assert_eq!(all(&project, "ci"), [a.clone(), b.clone(), c.clone()]);
        assert!(all(&project, "none").is_empty());
        for (token, expected) in [
            ("a", Some((vec![b.clone()], Some(vec![c.clone()])))),
            ("2", Some((vec![a.clone()], None))),
            (
                "3",
                Some((vec![a.clone(), b.clone()], Some(vec![a.clone()]))),
            ),
            ("9", None),
            ("", None),
        ] {
            assert_eq!(without(&project, "ci", token), expected, "{token}");
        }
    }
}
