//! An ID token, and whether it is good.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gantry_model::{Digest, limits};
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};

use super::known::Known;
use super::settings::Settings;

/// What a token says of somebody.
pub(super) type Claims = Map<String, Value>;

/// Why a token is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("it is no token")]
    Malformed,
    #[error("it is signed by an algorithm that is not taken")]
    Algorithm,
    #[error("none of the provider's keys has signed it")]
    Key,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for others: its audience is none of those that are allowed")]
    Audience,
    #[error("it has expired")]
    Expired,
    #[error("it is not good yet")]
    Early,
    #[error("it has no subject")]
    Subject,
    #[error("it is another login's")]
    Nonce,
}

/// The issuer that a token names. Nothing of it is proven.
pub(crate) fn claimed_issuer(token: &str) -> Option<String> {
    if token.len() > limits::TOKEN_MAX_BYTES {
        return None;
    }
    let claims = part(token.split('.').nth(1)?)?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

fn part(text: &str) -> Option<Claims> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Stands for a token among those that were ended: its signature can be written in several ways, and what is
/// signed cannot.
pub(super) fn id(token: &str) -> String {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    Digest::of_texts([signed]).hex()
}

/// Reads a token: only what the provider has signed, for us, and that is good now.
pub(super) fn verify(
    token: &str,
    known: &Known,
    settings: &Settings,
    now: i64,
) -> Result<Claims, Wrong> {
    if token.len() > limits::TOKEN_MAX_BYTES {
        return Err(Wrong::Malformed);
    }
    let claims = signed(token, known)?;
    let is = |name: &str, text: &str| claims.get(name).is_some_and(|value| value == text);
    if !is("iss", &settings.shown.issuer) {
        return Err(Wrong::Issuer);
    }
    let is_allowed = |value: &Value| settings.audiences.iter().any(|own| value == own.as_str());
    let is_for_us = match claims.get("aud") {
        None | Some(Value::Null) => settings.may_lack_audience,
        Some(Value::Array(all)) => all.iter().any(is_allowed),
        Some(one) => is_allowed(one),
    };
    if !is_for_us {
        return Err(Wrong::Audience);
    }
    let expires = time(&claims, "exp")?.ok_or(Wrong::Expired)?;
    if expires + limits::SSO_SKEW_SECS <= now {
        return Err(Wrong::Expired);
    }
    if time(&claims, "nbf")?.is_some_and(|from| from > now + limits::SSO_SKEW_SECS) {
        return Err(Wrong::Early);
    }
    if claims
        .get("sub")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err(Wrong::Subject);
    }
    Ok(claims)
}

/// What a token says, if one of the provider's keys has signed it.
fn signed(token: &str, known: &Known) -> Result<Claims, Wrong> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, _, _] = parts[..] else {
        return Err(Wrong::Malformed);
    };
    let head = part(head).ok_or(Wrong::Malformed)?;
    let text = |name: &str| head.get(name).and_then(Value::as_str);
    let algorithm = text("alg").ok_or(Wrong::Malformed)?;
    let algorithm: Algorithm = algorithm.parse().map_err(|_| Wrong::Algorithm)?;
    if !known.algorithms.contains(&algorithm) {
        return Err(Wrong::Algorithm);
    }
    // What must be understood is not; and a message that somebody has logged out proves no login.
    let kind = text("typ").unwrap_or_default();
    if head.contains_key("crit") || kind.eq_ignore_ascii_case("logout+jwt") {
        return Err(Wrong::Malformed);
    }
    let mut rules = Validation::new(algorithm);
    // All of the rest is looked at by `verify`.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let mut keys = known.keys(text("kid"), algorithm);
    keys.find_map(|key| jsonwebtoken::decode::<Claims>(token, &key.key, &rules).ok())
        .map(|read| read.claims)
        .ok_or(Wrong::Key)
}

/// A time of a claim: seconds, of which some have fractions. Anything else is no time, and not as good as none.
pub(super) fn time(claims: &Claims, name: &str) -> Result<Option<i64>, Wrong> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let fraction = || value.as_f64().map(|seconds| seconds as i64);
            let seconds = value.as_i64().or_else(fraction);
            // Far from where sums with it would overflow.
            let is_sane = |seconds: &i64| (0..=1 << 40).contains(seconds);
            seconds.filter(is_sane).map(Some).ok_or(Wrong::Malformed)
        }
    }
}

/// The texts of some claims: Argo CD's `scopes`.
pub(super) fn groups(claims: &Claims, scopes: &[String]) -> Vec<String> {
    let mut groups = Vec::new();
    for claim in scopes.iter().filter_map(|name| claims.get(name)) {
        match claim {
            Value::String(one) => groups.push(one.clone()),
            Value::Array(all) => {
                groups.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
    groups
}

/// Whom a token is about: the user behind Dex where that says so, else its subject.
pub(super) fn subject(claims: &Claims) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let federated = claims.get("federated_claims");
    match text(federated.and_then(|claims| claims.get("user_id"))) {
        empty if empty.is_empty() => text(claims.get("sub")),
        user => user,
    }
}
