//! What is written: the first keys, passwords, tokens, ended sessions.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_model::Object;
use gantry_store::{Kind, StoreError};
use serde_json::{Map, Value, json};

use crate::access::Access;
use crate::account::{ADMIN, TokenInfo, prefix};
use crate::error::{AccessError, Refused};
use crate::password;
use crate::project::subject;
use crate::random;
use crate::state::{REVOKED, SECRET, SIGNING_KEY, fields_of};
use crate::token::{Claims, seconds};

/// Where the first password of `admin` is left on a hub, as Argo CD does.
const INITIAL: &str = "argocd-initial-admin-secret";
/// Characters of a generated password: Argo CD's own.
const INITIAL_LENGTH: usize = 16;
/// Characters of the key that signs tokens.
const KEY_LENGTH: usize = 43;

impl Access {
    /// Reads what there is, and makes what is missing: the key that signs tokens, and the password of
    /// `admin`. That is given back where it was made now; with `leave`, it also lies in
    /// `argocd-initial-admin-secret`.
    ///
    /// # Errors
    /// When the home cannot be read or written.
    pub async fn prepare(&self, leave: bool) -> Result<Option<String>, AccessError> {
        self.know_all().await?;
        self.passwords.warm().await;
        let known = self.secret().await?.map(|secret| fields_of(&secret));
        let has = |key: &str| {
            known
                .as_ref()
                .is_some_and(|k| k.get(key).is_some_and(|v| !v.is_empty()))
        };
        let mut fields = BTreeMap::new();
        if !has(SIGNING_KEY) {
            fields.insert(SIGNING_KEY.to_owned(), random(KEY_LENGTH)?);
        }
        let mut initial = None;
        if !has("admin.password") && self.account(ADMIN)?.is_enabled {
            let password = random(INITIAL_LENGTH)?;
            fields.extend(self.password_fields(ADMIN, &password).await?);
            initial = Some(password);
        }
        if fields.is_empty() {
            return Ok(None);
        }
        match self.write(fields).await {
            // Another replica was first: its keys count.
            Err(AccessError::Store(StoreError::Conflict { .. } | StoreError::Exists { .. })) => {
                if let Some(secret) = self.secret().await? {
                    self.know(Kind::Secret, secret);
                }
                return Ok(None);
            }
            done => done?,
        }
        if leave && let Some(password) = &initial {
            self.leave(password).await?;
        }
        Ok(initial)
    }

    async fn secret(&self) -> Result<Option<Object>, StoreError> {
        self.home
            .get(Kind::Secret, self.home.namespace(), SECRET)
            .await
    }

    async fn leave(&self, password: &str) -> Result<(), AccessError> {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": INITIAL, "namespace": self.home.namespace()},
            "data": {"password": STANDARD.encode(password)},
        });
        match self.home.create(&object(secret)?).await {
            Ok(_) | Err(StoreError::Exists { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets fields of `argocd-secret`, which is made where there is none.
    async fn write(&self, fields: BTreeMap<String, String>) -> Result<(), AccessError> {
        let encoded = fields
            .iter()
            .map(|(key, value)| (key.clone(), json!(STANDARD.encode(value))));
        let mut data: Map<String, Value> = encoded.collect();
        for key in self.forgotten() {
            data.insert(key, Value::Null);
        }
        let namespace = self.home.namespace();
        let written = match self.secret().await? {
            Some(found) => {
                // Keys that are made once must not be made twice.
                let version = found.resource_version();
                let patch = json!({"data": data, "metadata": {"resourceVersion": version}});
                self.home
                    .patch(Kind::Secret, namespace, SECRET, &patch)
                    .await?
            }
            None => {
                data.retain(|_, value| !value.is_null());
                let labels = json!({"app.kubernetes.io/name": SECRET, "app.kubernetes.io/part-of": "argocd"});
                let secret = json!({
                    "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
                    "metadata": {"name": SECRET, "namespace": namespace, "labels": labels},
                });
                self.home.create(&object(secret)?).await?
            }
        };
        self.know(Kind::Secret, written);
        Ok(())
    }

    async fn password_fields(
        &self,
        account: &str,
        password: &str,
    ) -> Result<[(String, String); 2], AccessError> {
        let failed = || AccessError::Invalid("the password cannot be hashed".to_owned());
        let hash = self.passwords.hash(password).await.ok_or_else(failed)?;
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let prefix = prefix(account);
        Ok([
            (format!("{prefix}.password"), hash),
            (format!("{prefix}.passwordMtime"), now),
        ])
    }

    /// Sets a password, of which `own` is that of whoever asks: they must show it again.
    ///
    /// # Errors
    /// A wrong password of theirs; a new one that `passwordPattern` does not take; no such account.
    pub async fn update_password(
        &self,
        asker: &str,
        own: &str,
        account: &str,
        new: &str,
    ) -> Result<(), AccessError> {
        let state = self.state();
        let asks = state
            .accounts
            .get(asker)
            .map(|a| a.hash.as_str())
            .filter(|h| !h.is_empty());
        if !self.passwords.fits(own, asks).await {
            return Err(AccessError::Denied(
                "current password does not match".to_owned(),
            ));
        }
        if !self.account(account)?.may_login {
            return Err(AccessError::Invalid(format!(
                "account '{account}' does not have login capability"
            )));
        }
        password::check(new, &state.password_pattern)?;
        let fields = self.password_fields(account, new).await?;
        self.write(fields.into()).await
    }

    /// Gives out an API token of an account. It is shown now, and never again.
    ///
    /// # Errors
    /// An account that may not have any; an id that is taken.
    pub async fn create_token(
        &self,
        account: &str,
        id: &str,
        lasts: Option<Duration>,
    ) -> Result<String, AccessError> {
        let known = self.account(account)?;
        if !known.may_have_tokens {
            return Err(AccessError::Invalid(format!(
                "account '{account}' does not have apiKey capability"
            )));
        }
        if known.tokens.iter().any(|token| token.id == id) {
            return Err(AccessError::Invalid(format!(
                "account already has token with id '{id}'"
            )));
        }
        let (token, info) = self.token(format!("{account}:apiKey"), id, lasts)?;
        let tokens = known
            .tokens
            .into_iter()
            .chain(std::iter::once(info))
            .collect();
        self.write_tokens(account, tokens).await?;
        Ok(token)
    }

    /// Takes an API token back.
    ///
    /// # Errors
    /// [`AccessError::NotFound`].
    pub async fn delete_token(&self, account: &str, id: &str) -> Result<(), AccessError> {
        let mut tokens = self.account(account)?.tokens;
        let before = tokens.len();
        tokens.retain(|token| token.id != id);
        if tokens.len() == before {
            return Err(AccessError::NotFound(format!(
                "token with id '{id}' does not exist"
            )));
        }
        self.write_tokens(account, tokens).await
    }

    async fn write_tokens(&self, account: &str, tokens: Vec<TokenInfo>) -> Result<(), AccessError> {
        let text = json!(tokens).to_string();
        self.write(BTreeMap::from([(
            format!("{}.tokens", prefix(account)),
            text,
        )]))
        .await
    }

    /// Signs a token of a project's role. It is good once its entry is in the project
    /// (`status.jwtTokensByRole`), which is left to the caller.
    ///
    /// # Errors
    /// When there is no key to sign it with.
    pub fn project_token(
        &self,
        project: &str,
        role: &str,
        id: &str,
        lasts: Option<Duration>,
    ) -> Result<(String, TokenInfo), AccessError> {
        self.token(subject(project, role), id, lasts)
    }

    fn token(
        &self,
        subject: String,
        id: &str,
        lasts: Option<Duration>,
    ) -> Result<(String, TokenInfo), AccessError> {
        let id = if id.is_empty() {
            random(32)?
        } else {
            id.to_owned()
        };
        let claims = Claims::new(subject, id.clone(), lasts);
        let failed = || AccessError::Invalid(format!("{SECRET} has no {SIGNING_KEY}"));
        let token = self.state().sign(&claims).ok_or_else(failed)?;
        let info = TokenInfo {
            id,
            issued_at: claims.iat,
            expires_at: claims.exp.unwrap_or_default(),
        };
        Ok((token, info))
    }

    /// Takes in that a project was written by whoever gave out a token of it.
    pub fn project_written(&self, project: Object) {
        self.know(Kind::Project, project);
    }

    /// Ends a session: its token is worth nothing from now on, here and at other replicas.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub async fn logout(&self, token: &str) -> Result<(), Refused> {
        let state = self.state();
        let own = state.claims(token).map(|claims| {
            // Its renewed token ends later.
            let lasts = i64::try_from(state.session.as_secs()).unwrap_or(i64::MAX);
            let later = seconds(SystemTime::now()).saturating_add(lasts);
            let until = claims.exp.unwrap_or(i64::MAX).max(later);
            (claims.jti, until)
        });
        let Some((id, until)) = own.or_else(|| self.sso_ended(token)) else {
            return Ok(());
        };
        let field = (format!("{REVOKED}{id}"), until.to_string());
        let written = self.write(BTreeMap::from([field])).await;
        written.map_err(|error| Refused(format!("the session is not ended: {error}")))
    }
}

fn random(length: usize) -> Result<String, AccessError> {
    random::text(length)
        .ok_or_else(|| AccessError::Invalid("the system has no randomness".to_owned()))
}

fn object(value: Value) -> Result<Object, AccessError> {
    Object::new(value, None).map_err(|error| AccessError::Invalid(error.to_string()))
}
