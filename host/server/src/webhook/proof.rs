//! What proves that a webhook comes from who has the secret. Nothing here takes longer for a better
//! guess.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_model::WebhookSecrets;
use gantry_model::secrets::Secret;
use http::{HeaderMap, header};
use ring::hmac;

use super::provider::Provider;

/// What a webhook has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It knows the secret.
    Given,
    /// There is no secret.
    NotAsked,
}

/// Why it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("it has no header {0}")]
    Missing(&'static str),
    #[error("its header {0} is not as that header is")]
    Malformed(&'static str),
    #[error("its header {0} does not fit the secret")]
    Wrong(&'static str),
}

const AUTHORIZATION: &str = "authorization";

/// Checks a webhook.
pub(super) fn of(
    provider: Provider,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &WebhookSecrets,
) -> Result<Proof, Refused> {
    let signed = |name, secret: &Option<Secret>| match secret {
        None => Ok(Proof::NotAsked),
        Some(secret) => signature(headers, name, body, secret),
    };
    match provider {
        Provider::GitHub => signed("x-hub-signature-256", &secrets.github),
        Provider::Gitea => signed("x-gitea-signature", &secrets.gogs),
        Provider::Gogs => signed("x-gogs-signature", &secrets.gogs),
        Provider::BitbucketServer => signed("x-hub-signature", &secrets.bitbucket_server),
        Provider::GitLab => match &secrets.gitlab {
            None => Ok(Proof::NotAsked),
            Some(secret) => token(headers, "x-gitlab-token", secret),
        },
        Provider::Bitbucket => {
            let by_signature = signed("x-hub-signature", &secrets.bitbucket)?;
            match &secrets.bitbucket_uuid {
                None => Ok(by_signature),
                Some(uuid) => token(headers, "x-hook-uuid", uuid),
            }
        }
        Provider::AzureDevOps => match &secrets.azure_devops {
            None => Ok(Proof::NotAsked),
            Some((user, password)) => basic(headers, user, password),
        },
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a [u8], Refused> {
    let value = headers.get(name).ok_or(Refused::Missing(name))?;
    Ok(value.as_bytes())
}

/// HMAC-SHA256 of the body in hexadecimal, with or without `sha256=` before it.
fn signature(
    headers: &HeaderMap,
    name: &'static str,
    body: &[u8],
    secret: &Secret,
) -> Result<Proof, Refused> {
    let given = text(headers, name)?;
    let given = given.strip_prefix(b"sha256=").unwrap_or(given);
    let given = unhex(given).ok_or(Refused::Malformed(name))?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let fits = hmac::verify(&key, body, &given);
    fits.map(|()| Proof::Given)
        .map_err(|_| Refused::Wrong(name))
}

/// The secret itself.
fn token(headers: &HeaderMap, name: &'static str, secret: &Secret) -> Result<Proof, Refused> {
    let given = text(headers, name)?;
    if same(given, secret.expose().as_bytes()) {
        Ok(Proof::Given)
    } else {
        Err(Refused::Wrong(name))
    }
}

/// User and password.
fn basic(headers: &HeaderMap, user: &str, password: &Secret) -> Result<Proof, Refused> {
    let given = headers.get(header::AUTHORIZATION);
    let given = given.ok_or(Refused::Missing(AUTHORIZATION))?;
    let given = given.to_str().ok().and_then(|given| {
        let (scheme, given) = given.split_once(' ')?;
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        BASE64_STANDARD
            .decode(given.trim())
            .ok()
            .filter(|_| is_basic)
    });
    let given = given.ok_or(Refused::Malformed(AUTHORIZATION))?;
    let wanted = format!("{user}:{}", password.expose());
    if same(&given, wanted.as_bytes()) {
        Ok(Proof::Given)
    } else {
        Err(Refused::Wrong(AUTHORIZATION))
    }
}

/// Whether two texts are the same, told by their codes under a key that the sender does not know: so
/// neither length nor beginning shows in the time it takes.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, wanted);
    let code = hmac::sign(&key, wanted);
    hmac::verify(&key, given, code.as_ref()).is_ok()
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |c: u8| char::from(c).to_digit(16).map(|digit| digit as u8);
    let pairs = text.chunks_exact(2);
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}
