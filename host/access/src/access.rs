//! The whole of it, behind one door.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures::StreamExt;
use gantry_model::{Object, limits};
use gantry_store::{Change, Home, Kind};

use crate::account::Account;
use crate::caller::Caller;
use crate::error::{AccessError, Refused};
use crate::guard::{Guard, Waits};
use crate::password::Passwords;
use crate::policy::Request;
use crate::random;
use crate::sso::{Ask, Provider, claimed_issuer};
use crate::state::{Kept, State};
use crate::token::{Claims, OWN};

/// A token, and how long it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What the client shows from now on.
    pub token: String,
    /// Seconds until it expires.
    pub expires_in_secs: u64,
}

/// Accounts, sessions and permissions of one control plane.
pub struct Access {
    pub(crate) home: Arc<dyn Home>,
    kept: Mutex<Kept>,
    state: RwLock<Arc<State>>,
    pub(crate) guard: Guard,
    pub(crate) passwords: Passwords,
    pub(crate) writes: tokio::sync::Mutex<()>,
    pub(crate) ask: Option<Arc<dyn Ask>>,
    pub(crate) provider: Mutex<Option<Arc<Provider>>>,
}

/// What of the home matters.
const KINDS: [Kind; 3] = [Kind::ConfigMap, Kind::Secret, Kind::Project];

/// The same for a wrong name, a wrong password, and too many of them.
const WRONG: &str = "Invalid username or password";
/// For whoever comes when too many wait for their turn.
pub(crate) const BUSY: &str = "too many passwords are looked at now: try again in a moment";

impl Access {
    /// Those of a home. Nobody is known before [`Access::prepare`].
    pub fn new(home: Arc<dyn Home>) -> Self {
        Self {
            home,
            state: RwLock::new(Arc::new(State::read(&Kept::default()).0)),
            kept: Mutex::default(),
            guard: Guard::default(),
            passwords: Passwords::default(),
            writes: tokio::sync::Mutex::default(),
            ask: None,
            provider: Mutex::default(),
        }
    }

    /// Follows the home for ever: a change of accounts or permissions counts at once.
    pub async fn run(&self) {
        let all = KINDS.map(|kind| self.follow(kind));
        futures::future::join_all(all).await;
    }

    async fn follow(&self, kind: Kind) {
        loop {
            let mut changes = self.home.watch(kind);
            while let Some(change) = changes.next().await {
                match change {
                    Ok(change) => self.take(kind, change),
                    Err(error) => tracing::warn!(kind = kind.name(), %error, "not watched"),
                }
            }
            tokio::time::sleep(Duration::from_millis(limits::WATCH_BACKOFF_START_MS)).await;
        }
    }

    /// Takes in what was changed.
    pub(crate) fn take(&self, kind: Kind, change: Change) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.take(kind, self.home.namespace(), change) {
            return;
        }
        self.read(&kept);
    }

    /// Reads all that is known anew.
    fn read(&self, kept: &Kept) {
        let (state, told) = State::read(kept);
        for problem in told {
            tracing::warn!("{problem}");
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    /// Takes in all that there is.
    pub(crate) async fn know_all(&self) -> Result<(), AccessError> {
        let mut found = Vec::new();
        for kind in KINDS {
            found.extend(self.home.list(kind).await?.into_iter().map(|o| (kind, o)));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, object) in found {
            kept.take(
                kind,
                self.home.namespace(),
                Change::Present(Box::new(object)),
            );
        }
        self.read(&kept);
        Ok(())
    }

    /// The same of an object that this process has written or read itself: the watch may tell later.
    pub(crate) fn know(&self, kind: Kind, object: Object) {
        self.take(kind, Change::Present(Box::new(object)));
    }

    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets a user in by a password. Slow by intent: the hash sets the pace.
    ///
    /// # Errors
    /// The same for a wrong name, a wrong password, and one that failed too often: it does not tell which
    /// accounts there are.
    pub async fn login(
        &self,
        user: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<Session, Refused> {
        let wrong = || Refused(WRONG.to_owned());
        if user.len().max(password.len()) > limits::CREDENTIAL_MAX_BYTES {
            return Err(wrong());
        }
        let busy = || Refused(BUSY.to_owned());
        if self.guard.refuses(from, Instant::now()) {
            tracing::warn!(%from, waits = true, "a login failed");
            return Err(wrong());
        }
        let turn = self.passwords.turn().await.ok_or_else(busy)?;
        // As it is after the wait.
        let state = self.state();
        let account = state.accounts.get(user);
        let usable = account.filter(|a| a.is_enabled && a.may_login && !a.hash.is_empty());
        let name = account.map(|account| account.name.as_str());
        let hash = usable.map(|account| account.hash.as_str());
        // Counted when their turn comes and before they are compared, or many at once would all be compared
        // before the first of them counts.
        let waits = self.guard.begin(name, Some(from), Instant::now());
        // Compared whatever is known of the name: the time it takes tells nothing of it.
        let fits = waits != Err(Waits::Address) && self.passwords.fits(&turn, password, hash).await;
        // It may have been changed while it was compared.
        let now = self.state();
        let is_still = now.accounts.get(user).map(|account| account.hash.as_str()) == hash;
        if !fits || waits.is_err() || !is_still {
            tracing::warn!(%from, waits = waits.is_err(), "a login failed");
            return Err(wrong());
        }
        self.guard.succeeded(user, Some(from));
        let lasts = state.session;
        let id = random::text(32).ok_or_else(wrong)?;
        let claims = Claims::new(format!("{user}:login"), id, Some(lasts));
        let token = state.sign(&claims).ok_or_else(wrong)?;
        tracing::info!(user, "logged in");
        Ok(Session {
            token,
            expires_in_secs: lasts.as_secs(),
        })
    }

    /// Whose a token is; none is the anonymous caller, where such are let in. A bad token is never anonymous.
    ///
    /// # Errors
    /// What is not signed by us, has expired, was revoked or is meant for others.
    pub fn caller(&self, token: Option<&str>) -> Result<Caller, Refused> {
        let refused = |why: &str| Refused(why.to_owned());
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            let nobody = self.state().anonymous();
            return nobody.ok_or_else(|| refused("no session information"));
        };
        match claimed_issuer(token) {
            // Who says that they are of somebody else is judged by that one's keys alone.
            Some(issuer) if issuer != OWN => self.sso_caller(token).map_err(|why| refused(&why)),
            _ => {
                let own = self.state().caller(token);
                own.ok_or_else(|| refused("invalid session: log in again"))
            }
        }
    }

    /// Whether a caller may do something, by Argo CD's words: resource `applications`, action `sync`, object
    /// `project/name` or `project/namespace/name`.
    pub fn allows(&self, caller: &Caller, resource: &str, action: &str, object: &str) -> bool {
        let request = Request {
            resource,
            action,
            object,
        };
        self.state().enforcer.allows(caller, request)
    }

    /// All accounts, by name.
    pub fn accounts(&self) -> Vec<Account> {
        self.state().accounts.values().cloned().collect()
    }

    /// One account.
    ///
    /// # Errors
    /// [`AccessError::NotFound`].
    pub fn account(&self, name: &str) -> Result<Account, AccessError> {
        let missing = || AccessError::NotFound(format!("account '{name}' does not exist"));
        self.state().accounts.get(name).cloned().ok_or_else(missing)
    }
}
