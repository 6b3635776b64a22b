//! Sessions that go on while somebody is there.

use std::time::{Duration, SystemTime};

use gantry_model::limits;

use crate::access::{Access, Session};
use crate::caller::Login;
use crate::token::{Claims, seconds};

impl Access {
    /// A token for the time after the one that is shown, which is good and near its end: the same session, which
    /// one logout ends. None for tokens that scripts have, and long before the end.
    pub fn renewed(&self, token: &str) -> Option<Session> {
        let state = self.state();
        if state.caller(token)?.login != Login::Password {
            return None;
        }
        let claims = state.claims(token)?;
        let now = seconds(SystemTime::now());
        let left = claims.exp?.saturating_sub(now);
        if left >= i64::try_from(limits::SESSION_RENEW_SECS).unwrap_or_default() {
            return None;
        }
        let lasts: Duration = state.session;
        let next = Claims::new(claims.sub, claims.jti, Some(lasts));
        Some(Session {
            token: state.sign(&next)?,
            expires_in_secs: lasts.as_secs(),
        })
    }
}
