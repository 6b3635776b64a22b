//! A login at the provider, from the link on our page to the token: the code flow of OpenID Connect with PKCE.

use std::sync::Arc;
use std::time::SystemTime;

use futures::future::BoxFuture;
use gantry_model::limits;
use gantry_model::secrets::Secret;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, ExtraTokenFields, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::SsoError;
use super::identity::{self, Claims, Wrong};
use super::known::{Known, Metadata};
use super::logins::Login;
use super::provider::Provider;
use super::sealed::Pending;
use super::settings::Settings;
use crate::access::{Access, Session};
use crate::random;
use crate::token::seconds;

/// A login that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where the browser goes.
    pub location: String,
    /// What it brings back, as a cookie.
    pub cookie: String,
    /// Whether the browser will come back over TLS.
    pub is_tls: bool,
}

/// A login that has ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The token of the provider.
    pub session: Session,
    /// Where the browser goes.
    pub location: String,
    /// Whether it comes over TLS.
    pub is_tls: bool,
}

/// What the provider sends a browser back with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Returned<'a> {
    /// `code`.
    pub code: &'a str,
    /// `state`.
    pub state: &'a str,
    /// `iss`, where the provider says it.
    pub issuer: &'a str,
    /// `error`.
    pub error: &'a str,
    /// Our cookie.
    pub cookie: &'a str,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct IdToken {
    #[serde(default)]
    id_token: Secretly,
}

impl ExtraTokenFields for IdToken {}

/// A text that is read and not shown.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Secretly(String);

impl std::fmt::Debug for Secretly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;
type Flow = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointMaybeSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
>;

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unasked(String);

/// The library's way to the provider.
struct Sender<'p>(&'p Provider);

impl<'c> AsyncHttpClient<'c> for Sender<'_> {
    type Error = Unasked;
    type Future = BoxFuture<'c, Result<HttpResponse, Unasked>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { self.0.send(request).await.map_err(Unasked) })
    }
}

impl Access {
    /// Begins a login for a browser that came to `host` and wants to go to `place` then.
    ///
    /// # Errors
    /// [`SsoError`]: there is no single sign-on, or the provider cannot be asked; `place` is none of ours.
    pub async fn sso_begin(&self, host: &str, place: &str) -> Result<Begun, SsoError> {
        let (settings, provider) = self.sso().ok_or(SsoError::Off)?;
        let place = settings.urls.place(place).ok_or(SsoError::Foreign)?;
        let callback = settings.urls.callback(host).ok_or(SsoError::Off)?;
        let known = provider.learn().await;
        let known = known.map_err(|_| SsoError::Unreachable(settings.shown.name.clone()))?;
        let flow = flow(&settings, &known.metadata, callback.as_str())?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = random::text(32).ok_or(SsoError::Failed)?;
        let nonce = random::text(32).ok_or(SsoError::Failed)?;
        let mut request = flow
            .authorize_url(|| CsrfToken::new(state.clone()))
            .map_err(|error| failed(&format!("it names no place to log in: {error}")))?
            .add_scopes(settings.scopes().into_iter().map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", nonce.clone());
        if !settings.shown.claims.is_empty() {
            let wanted = json!({"id_token": settings.shown.claims}).to_string();
            request = request.add_extra_param("claims", wanted);
        }
        if !settings.domain_hint.is_empty() {
            request = request.add_extra_param("domain_hint", settings.domain_hint.clone());
        }
        let (location, _) = request.url();
        let pending = Pending {
            state,
            nonce,
            verifier: verifier.secret().to_owned(),
            callback: callback.to_string(),
            place,
            since: seconds(SystemTime::now()),
        };
        let cookie = pending.seal(self.state().key()).ok_or(SsoError::Failed)?;
        Ok(Begun {
            location: location.into(),
            cookie,
            is_tls: callback.scheme() == "https",
        })
    }

    /// Ends a login: the code is changed for a token, and that must be good, and of this very login.
    ///
    /// # Errors
    /// [`SsoError`].
    pub async fn sso_finish(&self, returned: Returned<'_>) -> Result<Finished, SsoError> {
        let (settings, provider) = self.sso().ok_or(SsoError::Off)?;
        let now = seconds(SystemTime::now());
        let pending = Pending::open(returned.cookie, self.state().key());
        let pending = pending.filter(|pending| {
            let is_fresh = pending.since + limits::SSO_LOGIN_SECS > now;
            is_fresh && is_same(&pending.state, returned.state)
        });
        let pending = pending.ok_or(SsoError::Stale)?;
        if !returned.error.is_empty() {
            tracing::warn!(
                error = plain(returned.error),
                "the identity provider refuses a login"
            );
            return Err(SsoError::Denied);
        }
        if !returned.issuer.is_empty() && returned.issuer != settings.shown.issuer {
            return Err(failed("another identity provider answers (RFC 9207)"));
        }
        let known = provider.learn().await;
        let known = known.map_err(|_| SsoError::Unreachable(settings.shown.name.clone()))?;
        let tokens = tokens(
            &settings,
            &provider,
            &known.metadata,
            &pending,
            returned.code,
        )
        .await?;
        let token = tokens.extra_fields().id_token.0.clone();
        let claims = self.verify(&settings, &provider, known, &token, now).await;
        let claims = claims.map_err(|wrong| failed(&format!("its token is not good: {wrong}")))?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&pending.nonce) {
            return Err(failed(&format!("its token is not good: {}", Wrong::Nonce)));
        }
        let expires = identity::time(&claims, "exp").ok().flatten().unwrap_or(now);
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if settings.user_info.is_some() {
            let login = Login {
                access: Secret::from(tokens.access_token().secret().to_owned()),
                until: expires,
            };
            let welcomed = self.welcome(&provider, &settings, (&claims, &token), login, now);
            welcomed.await.map_err(|why| failed(&why))?;
        }
        tracing::info!(
            subject,
            issuer = settings.shown.issuer,
            "logged in by single sign-on"
        );
        Ok(Finished {
            session: Session {
                token,
                expires_in_secs: u64::try_from(expires - now).unwrap_or_default(),
            },
            location: pending.place,
            is_tls: pending.callback.starts_with("https:"),
        })
    }

    /// The claims of a token, if it is good; a key that is not known is looked for.
    pub(super) async fn verify(
        &self,
        settings: &Settings,
        provider: &Provider,
        known: Arc<Known>,
        token: &str,
        now: i64,
    ) -> Result<Claims, Wrong> {
        match identity::verify(token, &known, settings, now) {
            Err(Wrong::Key) => {
                let newer = provider.learn_keys(&known).await;
                identity::verify(token, &newer, settings, now)
            }
            read => read,
        }
    }
}

/// Whether two texts are one, in a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}

/// A word that a stranger sent, as far as it is one.
fn plain(text: &str) -> String {
    let is_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().filter(is_word).take(64).collect()
}

fn failed(why: &str) -> SsoError {
    tracing::warn!(why, "nobody comes in by single sign-on");
    SsoError::Failed
}

fn flow(settings: &Settings, metadata: &Metadata, callback: &str) -> Result<Flow, SsoError> {
    let unusable = |error: oauth2::url::ParseError| failed(&format!("it names no URL: {error}"));
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let login = some(&metadata.authorization_endpoint).map(AuthUrl::new);
    let token = some(&metadata.token_endpoint).map(TokenUrl::new);
    let mut flow = Client::new(ClientId::new(settings.shown.client_id.clone()))
        .set_auth_uri_option(login.transpose().map_err(unusable)?)
        .set_token_uri_option(token.transpose().map_err(unusable)?)
        .set_redirect_uri(RedirectUrl::new(callback.to_owned()).map_err(unusable)?);
    if let Some(secret) = &settings.secret {
        flow = flow.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
    }
    if metadata.wants_secret_in_body() {
        flow = flow.set_auth_type(AuthType::RequestBody);
    }
    Ok(flow)
}

async fn tokens(
    settings: &Settings,
    provider: &Provider,
    metadata: &Metadata,
    pending: &Pending,
    code: &str,
) -> Result<Tokens, SsoError> {
    let flow = flow(settings, metadata, &pending.callback)?;
    let request = flow
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|error| failed(&format!("it names no place for codes: {error}")))?
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()));
    request
        .request_async(&Sender(provider))
        .await
        .map_err(|error| match error {
            RequestTokenError::Request(Unasked(why)) => {
                tracing::warn!(why, "the identity provider is not asked about a code");
                SsoError::Unreachable(settings.shown.name.clone())
            }
            RequestTokenError::ServerResponse(refusal) => failed(&format!(
                "it does not take the code: {}",
                plain(refusal.error().as_ref())
            )),
            // Its text may have the token.
            RequestTokenError::Parse(error, _) => failed(&format!(
                "its answer to the code cannot be read: {}",
                error.path()
            )),
            RequestTokenError::Other(why) => failed(&format!("it does not take the code: {why}")),
        })
}
