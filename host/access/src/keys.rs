//! What is written: the first keys, passwords, tokens.

use std::time::{Duration, Instant, SystemTime};

use gantry_model::{Object, limits};
use gantry_store::Kind;
use serde_json::json;

use crate::access::{Access, BUSY};
use crate::account::{ADMIN, TokenInfo, prefix};
use crate::error::AccessError;
use crate::password::{self, Turn};
use crate::project::subject;
use crate::random;
use crate::state::{SECRET, SIGNING_KEY};
use crate::token::Claims;
use crate::written::{Changes, Fields};

/// Where the first password of `admin` is left on a hub, as Argo CD does.
const INITIAL: &str = "argocd-initial-admin-secret";
/// Its entry there.
const INITIAL_PASSWORD: &str = "password";
/// The hash of it.
const ADMIN_PASSWORD: &str = "admin.password";
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
        let known = self.write(|_| Ok(Changes::new())).await?;
        let mut fields = Changes::new();
        if is_missing(&known, SIGNING_KEY) {
            fields.insert(SIGNING_KEY.to_owned(), Some(random(KEY_LENGTH)?));
        }
        let mut initial = None;
        if is_missing(&known, ADMIN_PASSWORD) && self.account(ADMIN)?.is_enabled {
            let password = self.initial(leave).await?;
            let turn = self.turn().await?;
            fields.extend(self.password_fields(ADMIN, &password, &turn).await?);
            initial = Some(password);
        }
        // What another replica was first with counts, each with what belongs to it.
        let written = self.write(|known| {
            let mut changes = fields.clone();
            if !is_missing(known, SIGNING_KEY) {
                changes.remove(SIGNING_KEY);
            }
            if !is_missing(known, ADMIN_PASSWORD) {
                changes.retain(|key, _| key == SIGNING_KEY);
            }
            Ok(changes)
        });
        let written = written.await?;
        let own = fields.get(ADMIN_PASSWORD).and_then(Option::as_ref);
        Ok(initial.filter(|_| written.get(ADMIN_PASSWORD) == own))
    }

    /// The password of `admin` before there is any. On a hub it is left first: one that counts and that nobody
    /// could read would let nobody in. What another replica, or a start that broke off, has left counts.
    async fn initial(&self, leave: bool) -> Result<String, AccessError> {
        let password = random(INITIAL_LENGTH)?;
        if !leave {
            return Ok(password);
        }
        let left = self.change(INITIAL, |known| {
            let mut changes = Changes::new();
            if is_missing(known, INITIAL_PASSWORD) {
                changes.insert(INITIAL_PASSWORD.to_owned(), Some(password.clone()));
            }
            Ok(changes)
        });
        Ok(left.await?.remove(INITIAL_PASSWORD).unwrap_or(password))
    }

    /// Changes entries of `argocd-secret`.
    async fn write(
        &self,
        change: impl Fn(&Fields) -> Result<Changes, AccessError>,
    ) -> Result<Fields, AccessError> {
        self.change(SECRET, change).await
    }

    async fn turn(&self) -> Result<Turn<'_>, AccessError> {
        let busy = || AccessError::Busy(BUSY.to_owned());
        self.passwords.turn().await.ok_or_else(busy)
    }

    async fn password_fields(
        &self,
        account: &str,
        password: &str,
        turn: &Turn<'_>,
    ) -> Result<[(String, Option<String>); 2], AccessError> {
        let failed = || AccessError::Invalid("the password cannot be hashed".to_owned());
        let hash = self
            .passwords
            .hash(turn, password)
            .await
            .ok_or_else(failed)?;
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let prefix = prefix(account);
        Ok([
            (format!("{prefix}.password"), Some(hash)),
            (format!("{prefix}.passwordMtime"), Some(now)),
        ])
    }

    /// Sets a password, of which `own` is that of whoever asks: they must show it again.
    ///
    /// # Errors
    /// A wrong password of theirs, or one that failed too often before; a new one that `passwordPattern` does not take; no such account.
    pub async fn update_password(
        &self,
        asker: &str,
        own: &str,
        account: &str,
        new: &str,
    ) -> Result<(), AccessError> {
        let denied = || AccessError::Denied("current password does not match".to_owned());
        if own.len().max(new.len()) > limits::CREDENTIAL_MAX_BYTES {
            return Err(denied());
        }
        let turn = self.turn().await?;
        let state = self.state();
        let asks = state.accounts.get(asker);
        let hash = asks.map(|a| a.hash.as_str()).filter(|h| !h.is_empty());
        // Who has somebody's session has not their password, and does not find it here.
        let name = asks.map(|account| account.name.as_str());
        let waits = self.guard.begin(name, None, Instant::now());
        if !self.passwords.fits(&turn, own, hash).await || waits.is_err() {
            return Err(denied());
        }
        self.guard.succeeded(asker, None);
        if !self.account(account)?.may_login {
            return Err(AccessError::Invalid(format!(
                "account '{account}' does not have login capability"
            )));
        }
        password::check(new, &state.password_pattern)?;
        let fields = self.password_fields(account, new, &turn).await?;
        drop(turn);
        self.write(|_| Ok(Changes::from(fields.clone()))).await?;
        Ok(())
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
        let (token, info) = self.token(format!("{account}:apiKey"), id, lasts)?;
        self.write_tokens(account, |tokens| {
            if tokens.iter().any(|token| token.id == info.id) {
                return Err(AccessError::Invalid(format!(
                    "account already has token with id '{id}'"
                )));
            }
            tokens.push(info.clone());
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// Takes an API token back.
    ///
    /// # Errors
    /// [`AccessError::NotFound`].
    pub async fn delete_token(&self, account: &str, id: &str) -> Result<(), AccessError> {
        self.account(account)?;
        self.write_tokens(account, |tokens| {
            let before = tokens.len();
            tokens.retain(|token| token.id != id);
            if tokens.len() == before {
                return Err(AccessError::NotFound(format!(
                    "token with id '{id}' does not exist"
                )));
            }
            Ok(())
        })
        .await
    }

    /// Changes the tokens of an account as they are. A list that cannot be read is left as it is.
    async fn write_tokens(
        &self,
        account: &str,
        change: impl Fn(&mut Vec<TokenInfo>) -> Result<(), AccessError>,
    ) -> Result<(), AccessError> {
        let key = format!("{}.tokens", prefix(account));
        let written = self.write(|known| {
            let text = known.get(&key).map_or("", |text| text.trim());
            let read = match text {
                "" => Ok(Vec::new()),
                text => serde_json::from_str(text),
            };
            let mut tokens = read.map_err(|error| {
                AccessError::Invalid(format!("{key} of {SECRET} cannot be read: {error}"))
            })?;
            change(&mut tokens)?;
            Ok(Changes::from([(
                key.clone(),
                Some(json!(tokens).to_string()),
            )]))
        });
        written.await.map(drop)
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
}

fn is_missing(known: &Fields, key: &str) -> bool {
    known.get(key).is_none_or(String::is_empty)
}

fn random(length: usize) -> Result<String, AccessError> {
    random::text(length)
        .ok_or_else(|| AccessError::Invalid("the system has no randomness".to_owned()))
}
