//! Tokens: JWTs that this control plane has signed itself (HS256, with `server.secretkey`), in Argo CD's
//! shape: issuer and audience `argocd`, subject `NAME:login`, `NAME:apiKey` or `proj:PROJECT:ROLE`.

use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who signs, and for whom.
pub(crate) const OWN: &str = "argocd";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    /// API tokens that Argo CD has given out have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aud: Option<Value>,
    pub(crate) sub: String,
    pub(crate) jti: String,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<i64>,
}

impl Claims {
    /// Those of a new token; without a time it is good for ever.
    pub(crate) fn new(subject: String, id: String, lasts: Option<Duration>) -> Self {
        let now = seconds(SystemTime::now());
        Self {
            iss: OWN.to_owned(),
            aud: Some(json!(OWN)),
            sub: subject,
            jti: id,
            iat: now,
            nbf: now,
            exp: lasts.map(|lasts| {
                now.saturating_add(i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX))
            }),
        }
    }

    /// Whether it is of a login with a password, and not a token that was given out.
    pub(crate) fn is_session(&self) -> bool {
        match self.sub.split_once(':') {
            None | Some((_, "login")) => !self.jti.is_empty(),
            Some(_) => false,
        }
    }

    pub(crate) fn sign(&self, key: &[u8]) -> Option<String> {
        let header = Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, self, &EncodingKey::from_secret(key)).ok()
    }

    /// Reads a token: only what we have signed, for us, and that is good now. The algorithm is ours to name,
    /// and not the token's.
    pub(crate) fn read(token: &str, key: &[u8]) -> Option<Self> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[OWN]);
        rules.set_audience(&[OWN]);
        rules.set_required_spec_claims(&["iss", "sub"]);
        rules.validate_exp = true;
        rules.validate_nbf = true;
        // Clocks of replicas differ a little; what has expired has expired.
        rules.leeway = 0;
        let read = jsonwebtoken::decode(token, &DecodingKey::from_secret(key), &rules);
        read.ok().map(|read| read.claims)
    }
}

pub(crate) fn seconds(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jsonwebtoken::{Algorithm, EncodingKey, Header};

    use super::Claims;

    const KEY: &[u8] = b"a key of the control plane";

    fn claims() -> Claims {
        Claims::new(
            "admin:login".to_owned(),
            "id".to_owned(),
            Some(Duration::from_secs(60)),
        )
    }

    fn read(change: impl FnOnce(&mut Claims)) -> Option<Claims> {
        let mut claims = claims();
        change(&mut claims);
        Claims::read(&claims.sign(KEY)?, KEY)
    }

    #[test]
    fn what_was_signed_is_read() {
        assert_eq!(read(|_| ()).expect("good").sub, "admin:login");
        assert!(read(|c| c.exp = None).is_some(), "good for ever");
        assert!(read(|c| c.exp = Some(c.iat - 1)).is_none(), "expired");
        assert!(read(|c| c.nbf += 100).is_none(), "not yet");
        assert!(read(|c| c.iss = "other".to_owned()).is_none(), "of others");
        assert!(Claims::read(&claims().sign(b"another").expect("signed"), KEY).is_none());
        assert!(Claims::read("not.a.token", KEY).is_none());
    }

    #[test]
    fn cve_2023_22482_the_audience_is_verified() {
        assert!(read(|c| c.aud = Some("another".into())).is_none());
        assert!(read(|c| c.aud = Some(vec!["another"].into())).is_none());
    }

    #[test]
    fn the_algorithm_is_not_the_tokens_to_choose() {
        let sign = |algorithm| {
            let key = EncodingKey::from_secret(KEY);
            jsonwebtoken::encode(&Header::new(algorithm), &claims(), &key).expect("signed")
        };
        assert!(Claims::read(&sign(Algorithm::HS512), KEY).is_none());
        let body = sign(Algorithm::HS256);
        let body = body.split('.').nth(1).expect("a body");
        // {"alg":"none","typ":"JWT"}
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        assert!(Claims::read(&none, KEY).is_none());
    }
}
