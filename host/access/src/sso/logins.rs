//! What the groups of a user are asked for with, kept where other replicas find it, and this one after a restart:
//! the access token of their last login. It lies in Secrets of the home, sealed with what is derived from the key that
//! signs tokens: who can read that key is let in by everybody anyway.

use gantry_model::secrets::{Secret, texts};
use gantry_model::{Digest, limits};
use gantry_store::Kind;
use serde::{Deserialize, Serialize};

use super::sealed;
use crate::access::Access;
use crate::error::AccessError;
use crate::written::{Changes, Fields};

/// What the names of the Secrets begin with; a hexadecimal digit follows, so that each has a part of the users.
pub(crate) const LOGINS: &str = "gantry-sso-logins-";
/// What the key is for.
const PURPOSE: &[u8] = b"access token";

/// A login.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) access: Secret,
    /// Until when it counts, in seconds since the Unix epoch.
    pub(super) until: i64,
}

/// The same, to be sealed. Whose it is stands in it: an entry counts for nobody else.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    access: String,
    until: i64,
}

/// Under which key a user has an entry.
fn key(issuer: &str, subject: &str) -> String {
    Digest::of_texts([issuer, subject]).hex()
}

/// The Secret that has it.
fn place(key: &str) -> String {
    format!("{LOGINS}{}", &key[..1])
}

fn open(text: &str, signing: &[u8], now: i64) -> Option<Entry> {
    let entry: Entry = sealed::open(text, signing, PURPOSE)?;
    (entry.until > now).then_some(entry)
}

/// One more, and none that is over, or that nobody can read any more.
fn with(
    known: &Fields,
    key: &str,
    sealed: &str,
    is_over: impl Fn(&str) -> bool,
) -> Result<Changes, AccessError> {
    let over = known.iter().filter(|(_, text)| is_over(text));
    let mut changes: Changes = over.map(|(key, _)| (key.clone(), None)).collect();
    let left = known
        .iter()
        .filter(|(known, _)| *known != key && !changes.contains_key(*known));
    let left: usize = left.map(|(key, text)| key.len() + text.len()).sum();
    if left + key.len() + sealed.len() > limits::SSO_LOGINS_MAX_BYTES {
        let message = format!("{} is full: too many are logged in", place(key));
        return Err(AccessError::Invalid(message));
    }
    changes.insert(key.to_owned(), Some(sealed.to_owned()));
    Ok(changes)
}

impl Access {
    /// Keeps a login.
    pub(super) async fn keep_login(
        &self,
        issuer: &str,
        subject: &str,
        login: &Login,
        now: i64,
    ) -> Result<(), AccessError> {
        let key = key(issuer, subject);
        let entry = Entry {
            key: key.clone(),
            access: login.access.expose().to_owned(),
            until: login.until,
        };
        let state = self.state();
        let sealed = sealed::seal(&entry, state.key(), PURPOSE);
        let sealed = sealed.ok_or_else(|| AccessError::Invalid("there is no key".to_owned()))?;
        let is_over = |text: &str| open(text, state.key(), now).is_none();
        let place = place(&key);
        let kept = self.change(&place, |known| with(known, &key, &sealed, is_over));
        kept.await.map(drop)
    }

    /// The last login of a user that was kept, while it counts.
    pub(super) async fn kept_login(&self, issuer: &str, subject: &str, now: i64) -> Option<Login> {
        let key = key(issuer, subject);
        let namespace = self.home.namespace();
        let place = place(&key);
        let found = self.home.get(Kind::Secret, namespace, &place).await;
        let found = found
            .inspect_err(|error| tracing::warn!(%error, "the login of a user is not looked up"));
        let fields = texts(&found.ok()??);
        let entry = open(fields.get(&key)?, self.state().key(), now)?;
        (entry.key == key).then(|| Login {
            access: Secret::from(entry.access),
            until: entry.until,
        })
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::limits;

    use super::{Entry, PURPOSE, key, open, place, with};
    use crate::sso::sealed;
    use crate::written::Fields;

    #[test]
    fn what_is_over_goes_and_what_is_not_stays_bounded() {
        let known = Fields::from([
            ("old".to_owned(), "over".to_owned()),
            ("new".to_owned(), "good".to_owned()),
        ]);
        let is_over = |text: &str| text == "over";
        let changes = with(&known, "0", "sealed", is_over).expect("fits");
        assert_eq!(changes.get("old"), Some(&None));
        assert_eq!(changes.get("0"), Some(&Some("sealed".to_owned())));
        assert!(!changes.contains_key("new"));
        let full = "x".repeat(limits::SSO_LOGINS_MAX_BYTES - 5);
        for (name, text, fits) in [
            ("a", &*full, false),
            ("0", &*full, true),
            ("a", "over", true),
        ] {
            let known = Fields::from([(name.to_owned(), text.to_owned())]);
            assert_eq!(with(&known, "0", "sealed", is_over).is_ok(), fits, "{name}");
        }
        assert!(with(&Fields::new(), "0", &"x".repeat(full.len() + 10), is_over).is_err());
    }

    #[test]
    fn an_entry_is_read_with_its_key_alone_and_while_it_counts() {
        let entry = Entry {
            key: key("https://id.example", "user-1"),
            access: "token".to_owned(),
            until: 10,
        };
        let text = sealed::seal(&entry, b"key", PURPOSE).expect("sealed");
        assert!(!text.contains("token"));
        let opened = |signing: &[u8], now: i64| open(&text, signing, now).map(|entry| entry.access);
        assert_eq!(opened(b"key", 9).as_deref(), Some("token"));
        assert_eq!(opened(b"key", 10), None);
        assert_eq!(opened(b"other", 9), None);
        let other = sealed::open::<Entry>(&text, b"key", b"login");
        assert!(
            other.is_none(),
            "what is sealed for one purpose is good for no other"
        );
        assert_ne!(
            key("https://id.example", "user-1"),
            key("https://id.example", "user-2")
        );
        assert!(place(&entry.key).len() == "gantry-sso-logins-".len() + 1);
    }
}
