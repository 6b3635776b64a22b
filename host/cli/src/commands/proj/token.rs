//! Tokens of a project's roles.

use std::sync::Arc;

use gantry_access::{Access, RoleTokens};
use gantry_model::{Diagnostic, Object};
use gantry_store::Kind;
use serde_json::{Value, json};

use super::role::known;
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
        known(project.value(), &role.name)?;
        let mut tokens = RoleTokens::of(&project, &role.name);
        if tokens.has(&new.id) {
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
        tokens.add(entry.clone());
        self.write(&project, &tokens).await?;
        if new.token_only {
            return self.output.print(&format!("{token}\n"));
        }
        let subject = format!("proj:{}:{}", role.project, role.name);
        self.output
            .print(&show::new_token(&subject, &entry, &token))
    }

    pub(super) async fn list_tokens(&self, role: &RoleArgs, unixtime: bool) -> Result<(), Failure> {
        let project = self.get(&role.project).await?;
        known(project.value(), &role.name)?;
        let tokens = RoleTokens::of(&project, &role.name).all();
        if tokens.is_empty() {
            let none = format!("No tokens for {}.{}\n", role.project, role.name);
            return self.output.print(&none);
        }
        self.output.print(&show::tokens(&tokens, unixtime))
    }

    pub(super) async fn delete_token(&self, role: &RoleArgs, token: &str) -> Result<(), Failure> {
        let project = self.get(&role.project).await?;
        known(project.value(), &role.name)?;
        let mut tokens = RoleTokens::of(&project, &role.name);
        if !tokens.remove(|known| is_it(known, token)) {
            let message = format!("role '{}' has no token {token:?}", role.name);
            let problem = Diagnostic::error("token", message);
            return Err(problem.help("see `gantry proj role list-tokens`").into());
        }
        self.write(&project, &tokens).await?;
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

    async fn write(&self, project: &Object, tokens: &RoleTokens) -> Result<(), Failure> {
        let (namespace, name) = (self.home.namespace(), project.name());
        let patch = tokens.patch(project);
        let written = self
            .home
            .patch(Kind::Project, namespace, name, &patch)
            .await;
        written.map(drop).map_err(|error| failed(&error))
    }
}

/// Whether a token is named by its id, or by when it was given out.
fn is_it(known: &Value, token: &str) -> bool {
    let issued_at: Option<i64> = token.parse().ok();
    known["id"] == token || issued_at.is_some_and(|issued_at| known["iat"] == issued_at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_it;

    #[test]
    fn a_token_is_named_by_its_id_or_its_time() {
        let known = json!({"id": "ci", "iat": 7});
        for (named, expected) in [("ci", true), ("7", true), ("70", false), ("", false)] {
            assert_eq!(is_it(&known, named), expected, "{named}");
        }
    }
}
