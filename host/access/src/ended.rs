//! Sessions that were ended before their time. They are kept in a Secret of their own, where all replicas find
//! them, each under a digest of what stands for its token: that may be any text.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use gantry_model::{Digest, limits};

use crate::access::Access;
use crate::error::{AccessError, Refused};
use crate::token::seconds;
use crate::written::{Changes, Fields};

/// The Secret.
pub(crate) const ENDED: &str = "gantry-ended-sessions";

/// Those that are known.
#[derive(Debug, Default)]
pub(crate) struct Ended(BTreeSet<String>);

impl Ended {
    pub(crate) fn read(fields: &BTreeMap<String, String>) -> Self {
        Self(fields.keys().cloned().collect())
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&key(id))
    }
}

fn key(id: &str) -> String {
    Digest::of_texts([id]).hex()
}

/// One more, until when it would have been good; those that are over by now need not be known.
fn with(known: &Fields, id: &str, until: i64, now: i64) -> Result<Changes, AccessError> {
    let is_over = |until: &String| until.parse().is_ok_and(|until: i64| until < now);
    let over = known.iter().filter(|(_, until)| is_over(until));
    let mut changes: Changes = over.map(|(key, _)| (key.clone(), None)).collect();
    let left = known.len() - changes.len();
    if left >= limits::SESSIONS_ENDED_MAX && !known.contains_key(&key(id)) {
        return Err(AccessError::Invalid(format!(
            "{left} sessions were ended before their time, and no more can be kept: it ends by itself"
        )));
    }
    changes.insert(key(id), Some(until.to_string()));
    Ok(changes)
}

impl Access {
    /// Ends a session: its token is worth nothing from now on, here and at other replicas. API tokens are no
    /// sessions: they are good until they are taken back.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub async fn logout(&self, token: &str) -> Result<(), Refused> {
        let state = self.state();
        let own = state.claims(token).filter(|claims| claims.is_session());
        let own = own.map(|claims| {
            // Its renewed token ends later.
            let lasts = i64::try_from(state.session.as_secs()).unwrap_or(i64::MAX);
            let later = seconds(SystemTime::now()).saturating_add(lasts);
            let until = claims.exp.unwrap_or(i64::MAX).max(later);
            (claims.jti, until)
        });
        let Some((id, until)) = own.or_else(|| self.sso_ended(token)) else {
            return Ok(());
        };
        let now = seconds(SystemTime::now());
        let written = self.change(ENDED, |known| with(known, &id, until, now));
        written
            .await
            .map(drop)
            .map_err(|error| Refused(format!("the session is not ended: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::limits;

    use super::{Ended, key, with};
    use crate::written::Fields;

    #[test]
    fn what_is_over_goes_and_what_is_not_stays_bounded() {
        let entry = |id: &str, until: i64| (key(id), until.to_string());
        let full: Fields = (0..limits::SESSIONS_ENDED_MAX)
            .map(|n| entry(&n.to_string(), 50))
            .collect();
        let few = Fields::from([entry("old", 10), entry("new", 50)]);
        for (name, known, now, expected) in [
            ("the first", Fields::new(), 20, Some(1)),
            ("one is over", few.clone(), 20, Some(2)),
            ("none is over", few, 10, Some(1)),
            ("full", full.clone(), 20, None),
            (
                "full, and all are over",
                full.clone(),
                60,
                Some(limits::SESSIONS_ENDED_MAX + 1),
            ),
        ] {
            let changes = with(&known, "id", 100, now);
            assert_eq!(
                changes.ok().map(|changes| changes.len()),
                expected,
                "{name}"
            );
        }
        assert!(with(&full, "7", 100, 20).is_ok(), "it is there already");
    }

    #[test]
    fn any_text_is_an_id() {
        for id in ["", "a/b: c", "ä\n", &"x".repeat(10_000)] {
            let changes = with(&Fields::new(), id, 9, 1).expect("fits");
            let fields = changes
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?)));
            let fields: Fields = fields.collect();
            let is_key =
                |key: &String| key.len() <= 253 && key.bytes().all(|b| b.is_ascii_alphanumeric());
            assert!(fields.keys().all(is_key));
            assert!(Ended::read(&fields).has(id) && !Ended::read(&fields).has("other"));
        }
    }
}
