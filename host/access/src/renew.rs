//! Sessions that go on while somebody is there.

use std::time::{Duration, SystemTime};

use gantry_model::limits;

use crate::access::{Access, Session};
use crate::caller::Login;
use crate::state::State;
use crate::token::{Claims, seconds};

const RENEW: Duration = Duration::from_secs(limits::SESSION_RENEW_SECS);

// A browser that only has a page open is heard of when its connection ends, or the one after that.
const _: () = assert!(limits::SESSION_RENEW_SECS >= 2 * limits::SERVER_CONNECTION_MAX_SECS);

impl Access {
    /// A token for the time after the one that is shown, which is good and near its end: the same session, which
    /// one logout ends. None for tokens that scripts have, and long before the end.
    pub fn renewed(&self, token: &str) -> Option<Session> {
        let state = self.state();
        let (claims, left) = left(&state, token)?;
        if left >= RENEW {
            return None;
        }
        let lasts: Duration = state.session;
        let next = Claims::new(claims.sub, claims.jti, Some(lasts));
        Some(Session {
            token: state.sign(&next)?,
            expires_in_secs: lasts.as_secs(),
        })
    }

    /// The time until [`Access::renewed`] gives a token in the place of this one: none where it never does, and
    /// where it does already.
    pub fn renewable_in(&self, token: &str) -> Option<Duration> {
        let (_, left) = left(&self.state(), token)?;
        // One second more: then it is over, whichever way the seconds were rounded.
        Some(left.checked_sub(RENEW)? + Duration::from_secs(1))
    }
}

/// A session's token, and how long it is good.
fn left(state: &State, token: &str) -> Option<(Claims, Duration)> {
    if state.caller(token)?.login != Login::Password {
        return None;
    }
    let claims = state.claims(token)?;
    let left = claims.exp?.saturating_sub(seconds(SystemTime::now()));
    Some((claims, Duration::from_secs(u64::try_from(left).ok()?)))
}
