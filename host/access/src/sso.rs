//! Single sign-on: people whom an identity provider vouches for (OpenID Connect), by Argo CD's `oidc.config`.
//!
//! `settings` reads what is configured (`fields`, `urls`). A `provider` is asked for its addresses and keys when
//! they are needed (`known`), over a way that is handed in (`ask`). `login` is the way of a browser, with what it
//! must remember sealed in a cookie (`sealed`); `identity` judges a token, which is the session; `users` has
//! the groups of those whose token does not tell them, and `logins` what they are asked for with, for all replicas.

mod ask;
mod error;
mod fields;
mod identity;
mod known;
mod login;
mod logins;
mod provider;
mod sealed;
mod settings;
mod urls;
mod users;

use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use serde_json::Value;

pub use ask::{Ask, Trust};
pub use error::SsoError;
pub(crate) use identity::claimed_issuer;
pub use login::{Begun, Finished, Returned};
pub(crate) use logins::LOGINS;
pub(crate) use provider::Provider;
pub(crate) use settings::Settings;
pub use settings::SignOn;

use crate::access::Access;
use crate::caller::{Caller, Login};
use crate::token::seconds;

impl Access {
    /// The same, with a way to identity providers. Without one there is no single sign-on.
    #[must_use]
    pub fn asking(mut self, ask: Arc<dyn Ask>) -> Self {
        self.ask = Some(ask);
        self
    }

    /// What everybody may know of single sign-on, where there is any.
    pub fn sign_on(&self) -> Option<SignOn> {
        self.ask.as_ref()?;
        Some(self.state().sso.as_ref()?.shown.clone())
    }

    /// The settings, and the provider that they name: the same one for as long as they do.
    fn sso(&self) -> Option<(Arc<Settings>, Arc<Provider>)> {
        let settings = Arc::clone(self.state().sso.as_ref()?);
        let ask = self.ask.as_ref()?;
        let mut kept = self.provider.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |provider: &&Arc<Provider>| {
            provider.issuer == settings.shown.issuer && provider.trust == settings.trust
        };
        if let Some(provider) = kept.as_ref().filter(fits) {
            return Some((settings, Arc::clone(provider)));
        }
        let issuer = settings.shown.issuer.clone();
        let provider = Provider::new(issuer, settings.trust.clone(), Arc::clone(ask));
        let provider = Arc::new(provider);
        *kept = Some(Arc::clone(&provider));
        Some((settings, provider))
    }

    /// Asks the identity provider for what is needed to judge a token: [`Access::caller`] never waits. Nothing is
    /// asked for a token that is not of the provider, nor for what is known.
    pub async fn meet(&self, token: Option<&str>) {
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return;
        };
        let Some((settings, provider)) = self.sso() else {
            return;
        };
        if claimed_issuer(token).as_ref() != Some(&settings.shown.issuer) {
            return;
        }
        let Ok(known) = provider.learn().await else {
            return;
        };
        let now = seconds(SystemTime::now());
        let read = self.verify(&settings, &provider, Arc::clone(&known), token, now);
        let Ok(claims) = read.await else {
            return;
        };
        let learned = self.learn_groups(&provider, &known, &settings, (&claims, token), now);
        if let Err(why) = learned.await {
            tracing::warn!(why, "the groups of a user are not known");
        }
    }

    /// Whom a token of the provider is about.
    pub(crate) fn sso_caller(&self, token: &str) -> Result<Caller, String> {
        let (settings, provider) = self.sso().ok_or("single sign-on is not configured")?;
        let known = provider
            .known()
            .ok_or("the identity provider cannot be asked about this session now")?;
        let now = seconds(SystemTime::now());
        let invalid = "invalid session: log in again";
        let mut claims = identity::verify(token, &known, &settings, now).map_err(|wrong| {
            tracing::debug!(%wrong, "a token of the identity provider is refused");
            invalid
        })?;
        let state = self.state();
        let token_id = identity::id(token);
        if state.is_ended(&token_id) {
            return Err(invalid.to_owned());
        }
        if settings.user_info.is_some() {
            let subject = claims
                .get("sub")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let groups = provider.users.groups(subject, now).ok_or(invalid)?;
            claims.insert("groups".to_owned(), groups);
        }
        let subject = identity::subject(&claims);
        let email = claims.get("email").and_then(Value::as_str);
        Ok(Caller {
            name: email
                .filter(|email| !email.is_empty())
                .unwrap_or(&subject)
                .to_owned(),
            groups: identity::groups(&claims, &state.scopes),
            subject,
            login: Login::Sso {
                issuer: settings.shown.issuer.clone(),
            },
            token_id,
        })
    }

    /// What stands for a good token of the provider among those that were ended, and until when it is good.
    pub(crate) fn sso_ended(&self, token: &str) -> Option<(String, i64)> {
        let (settings, provider) = self.sso()?;
        let now = seconds(SystemTime::now());
        let claims = identity::verify(token, &*provider.known()?, &settings, now).ok()?;
        let until = identity::time(&claims, "exp").ok().flatten()?;
        let skew = gantry_model::limits::SSO_SKEW_SECS;
        Some((identity::id(token), until.saturating_add(skew)))
    }

    /// Where a browser goes to end the session at the provider, too: `logoutURL`. None for a token of our own.
    pub fn sso_logout(&self, token: &str, host: &str) -> Option<String> {
        let (settings, provider) = self.sso()?;
        let now = seconds(SystemTime::now());
        identity::verify(token, &*provider.known()?, &settings, now).ok()?;
        let back = settings.urls.base(host)?.as_str().trim_end_matches('/');
        let url = settings
            .logout_url
            .replace("{{token}}", token)
            .replace("{{logoutRedirectURL}}", back);
        (!url.is_empty()).then_some(url)
    }
}
