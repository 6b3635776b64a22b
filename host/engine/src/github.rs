//! GitHub Apps: GitHub gives a token for their installations to whoever has their key, and takes that as a password
//! for an hour.

mod ask;
mod signed;

use std::time::{Duration, SystemTime};

use gantry_charts::{ChartAccess, Exchange};
use gantry_model::limits;
use gantry_model::secrets::{GithubApp, RepositorySecret, Secret};
use gantry_source::SourceError;

use crate::memo::Memo;

/// Who is behind a token, for Git.
pub(crate) const USER: &str = "x-access-token";
const PUBLIC_API: &str = "https://api.github.com";

/// Tokens of apps, as long as they are good; each is asked for once, however many want it.
#[derive(Debug, Default)]
pub(crate) struct GithubApps {
    web: Exchange,
    tokens: Memo<Wish, Result<Token, Refusal>>,
    installations: Memo<Wish, Result<u64, Refusal>>,
}

/// An app that a token is wanted of, and the way to GitHub.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wish {
    app: GithubApp,
    /// Whose installation it is, where the app does not say which.
    owner: String,
    proxy: Secret,
    no_proxy: String,
    insecure: bool,
    tls_client_cert: String,
    tls_client_key: Secret,
    /// What is trusted there, PEM.
    certificates: String,
}

#[derive(Clone, Debug)]
struct Token {
    text: Secret,
    /// When it is no longer good.
    end: SystemTime,
}

/// Why there is no token. The app's key is not in it.
#[derive(Clone, Debug)]
struct Refusal {
    reason: String,
    /// It is what GitHub says of this app, and not that it says nothing.
    is_final: bool,
}

impl Wish {
    /// What a repository's Secret asks for; none where there is something else to log in with, or no use for a token.
    pub(crate) fn of(
        secret: &RepositorySecret,
        url: &str,
        certificates: impl FnOnce(&str) -> String,
    ) -> Option<Self> {
        let credentials = &secret.credentials;
        let app = credentials.github_app.clone()?;
        let has_other = !credentials.password.is_empty()
            || !credentials.bearer_token.is_empty()
            || !credentials.ssh_private_key.is_empty();
        if !GithubApp::serves(url) || has_other {
            return None;
        }
        let owner = if app.installation == 0 {
            owner(url)
        } else {
            String::new()
        };
        let mut wish = Self {
            app,
            owner,
            proxy: secret.proxy.clone(),
            no_proxy: secret.no_proxy.clone(),
            insecure: secret.insecure,
            tls_client_cert: credentials.tls_client_cert.clone(),
            tls_client_key: credentials.tls_client_key.clone(),
            certificates: String::new(),
        };
        wish.certificates = certificates(wish.base());
        Some(wish)
    }

    fn base(&self) -> &str {
        match self.app.base_url.as_str() {
            "" => PUBLIC_API,
            base => base,
        }
    }

    fn access(&self) -> ChartAccess {
        ChartAccess {
            tls_ca: self.certificates.clone(),
            tls_client_cert: self.tls_client_cert.clone(),
            tls_client_key: self.tls_client_key.expose().to_owned(),
            insecure: self.insecure,
            proxy: self.proxy.expose().to_owned(),
            no_proxy: self.no_proxy.clone(),
            ..ChartAccess::default()
        }
    }
}

impl GithubApps {
    /// A token that is good for some minutes at least.
    ///
    /// # Errors
    /// Why there is none, with the Secret and the app; for a repository, by its URL without a password.
    pub(crate) fn token(&self, wish: &Wish, shown: &str) -> Result<Secret, SourceError> {
        let found = self.tokens.get(
            wish.clone(),
            |token| Some(token.as_ref().map_or_else(Refusal::kept, Token::left)),
            || self.ask(wish),
        );
        found.map(|token| token.text).map_err(|refusal| {
            let (app, secret) = (wish.app.id, &wish.app.secret);
            let reason = format!("GitHub App {app} of Secret {secret}: {}", refusal.reason);
            let url = shown.to_owned();
            if refusal.is_final {
                SourceError::Unauthorized { url, reason }
            } else {
                SourceError::Unreachable { url, reason }
            }
        })
    }

    /// A token was refused, though it should be good: another one is asked for next time.
    pub(crate) fn forget(&self, wish: &Wish) {
        self.tokens.forget_if(|known, _| known == wish);
    }

    pub(crate) fn drop_unused(&self, age: Duration) {
        self.tokens.drop_unused(age);
        self.installations.drop_unused(age);
    }

    fn ask(&self, wish: &Wish) -> Result<Token, Refusal> {
        let installation = match wish.app.installation {
            0 => self.installation(wish)?,
            given => given,
        };
        let token = ask::token(&self.web, wish, installation);
        if token.is_err() {
            // It may have been installed anew.
            self.installations.forget_if(|known, _| known == wish);
        }
        token
    }

    fn installation(&self, wish: &Wish) -> Result<u64, Refusal> {
        let keep = Duration::from_secs(limits::GITHUB_INSTALLATION_KEPT_SECS);
        self.installations.get(
            wish.clone(),
            |found| Some(found.as_ref().map_or_else(Refusal::kept, |_| keep)),
            || ask::installation(&self.web, wish),
        )
    }
}

impl Token {
    /// How old it may be.
    fn left(&self) -> Duration {
        // It is looked at anew each time: near its end nothing is left of it, whatever its age.
        let spare = Duration::from_secs(limits::GITHUB_TOKEN_SPARE_SECS);
        let left = self.end.duration_since(SystemTime::now());
        if left.is_ok_and(|left| left > spare) {
            Duration::from_secs(limits::GITHUB_TOKEN_MAX_SECS).saturating_sub(spare)
        } else {
            Duration::ZERO
        }
    }
}

impl Refusal {
    fn kept(&self) -> Duration {
        Duration::from_secs(limits::GITHUB_ERROR_KEPT_SECS)
    }

    fn of_app(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_final: true,
        }
    }

    fn of_way(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_final: false,
        }
    }
}

/// Whose repository it is: the first part of the path, in lower case.
fn owner(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let mut parts = rest.split('/').skip(1).filter(|part| !part.is_empty());
    parts.next().unwrap_or_default().to_lowercase()
}
