//! The provider: asked when something is to be known, and not more often than that.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use gantry_model::limits;
use http::{Method, Request, StatusCode, header};
use tokio::sync::{Mutex, Semaphore};

use super::ask::{Ask, Trust};
use super::known::{Known, Metadata, keys};
use super::users::Users;

/// What came of the last look.
#[derive(Debug, Default)]
struct Looks {
    /// Why nothing is known, and since when.
    failed: Option<(Instant, String)>,
    /// When a key was looked for that was not known.
    keys: Option<Instant>,
}

/// An identity provider, and what is known of it.
pub(crate) struct Provider {
    pub(super) issuer: String,
    pub(super) trust: Trust,
    ask: Arc<dyn Ask>,
    known: RwLock<Option<Arc<Known>>>,
    looks: Mutex<Looks>,
    at_once: Semaphore,
    pub(super) users: Users,
}

impl Provider {
    pub(super) fn new(issuer: String, trust: Trust, ask: Arc<dyn Ask>) -> Self {
        Self {
            issuer,
            trust,
            ask,
            known: RwLock::default(),
            looks: Mutex::default(),
            at_once: Semaphore::new(limits::SSO_ASKED_AT_ONCE_MAX),
            users: Users::default(),
        }
    }

    /// What is known now, without asking.
    pub(super) fn known(&self) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// What is known, asked for where nothing is, or where it is old. Of many who need it, one asks.
    pub(super) async fn learn(&self) -> Result<Arc<Known>, String> {
        let fresh = Duration::from_secs(limits::SSO_KNOWN_SECS);
        if let Some(known) = self.known() {
            if known.since.elapsed() < fresh {
                return Ok(known);
            }
            // What is old still holds where somebody asks already.
            let Ok(mut looks) = self.looks.try_lock() else {
                return Ok(known);
            };
            return Ok(self.look(&mut looks).await.unwrap_or(known));
        }
        let mut looks = self.looks.lock().await;
        match self.known() {
            Some(known) => Ok(known),
            None => self.look(&mut looks).await,
        }
    }

    /// Looks for a key that is not among those that are known; somebody else may have, meanwhile.
    pub(super) async fn learn_keys(&self, seen: &Arc<Known>) -> Arc<Known> {
        let mut looks = self.looks.lock().await;
        let known = self.known().unwrap_or_else(|| Arc::clone(seen));
        if !Arc::ptr_eq(&known, seen) {
            return known;
        }
        let pause = Duration::from_secs(limits::SSO_KEYS_PAUSE_SECS);
        if looks.keys.is_some_and(|last| last.elapsed() < pause) {
            return known;
        }
        looks.keys = Some(Instant::now());
        self.look(&mut looks).await.unwrap_or(known)
    }

    async fn look(&self, looks: &mut Looks) -> Result<Arc<Known>, String> {
        let pause = Duration::from_secs(limits::SSO_RETRY_SECS);
        if let Some((since, why)) = &looks.failed
            && since.elapsed() < pause
        {
            return Err(why.clone());
        }
        match self.ask_all().await {
            Ok(known) => {
                looks.failed = None;
                let known = Arc::new(known);
                let mut kept = self.known.write().unwrap_or_else(PoisonError::into_inner);
                *kept = Some(Arc::clone(&known));
                tracing::info!(issuer = self.issuer, "the identity provider is known");
                Ok(known)
            }
            Err(why) => {
                tracing::warn!(
                    issuer = self.issuer,
                    why,
                    "the identity provider is not known"
                );
                looks.failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }

    async fn ask_all(&self) -> Result<Known, String> {
        let issuer = self.issuer.trim_end_matches('/');
        let place = format!("{issuer}/.well-known/openid-configuration");
        let metadata = Metadata::read(&self.get(&place, None).await?.1, &self.issuer)?;
        let keys = keys(&self.get(&metadata.jwks_uri, None).await?.1)?;
        Ok(Known::new(metadata, keys))
    }

    /// Gets a document, and says of which type it is.
    pub(super) async fn get(
        &self,
        place: &str,
        token: Option<&str>,
    ) -> Result<(String, Vec<u8>), String> {
        let mut request = Request::builder()
            .method(Method::GET)
            .uri(place)
            .header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(Vec::new())
            .map_err(|error| format!("{place} cannot be asked: {error}"))?;
        let answer = self.send(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(format!("{place} answers {}", answer.status()));
        }
        let kind = answer.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        Ok((kind.to_ascii_lowercase(), answer.into_body()))
    }

    /// Sends a request; of many, some at once.
    pub(super) async fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, String> {
        let _place = self.at_once.acquire().await.map_err(|e| e.to_string())?;
        self.ask.ask(request, &self.trust).await
    }
}
