//! Whether a registry answers and takes the login, of no repository in particular: as `docker login` asks.

use std::io::Read;

use gantry_model::limits;
use gantry_oci::Credentials;
use reqwest::blocking::{Client, Response};
use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::ChartRegistry;
use crate::client::Clients;
use crate::error::ChartError;
use crate::http::failed;
use crate::location::{Login, shown};

/// Where Docker's own registry is.
const DOCKER: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// How a registry wants to be asked.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    /// With a token, which that address gives out.
    Token {
        realm: String,
        service: String,
    },
}

impl ChartRegistry<'_> {
    /// Asks `/v2/`. Without a login it is enough that the registry gives out tokens: what they are worth is told by
    /// each repository.
    pub(crate) fn ping(&self, clients: &Clients) -> Result<(), ChartError> {
        let client = clients
            .of(self.access)
            .map_err(|reason| ChartError::Access {
                url: self.shown(),
                reason,
            })?;
        let url = self.api()?;
        let login = self.login()?;
        if let Login::Bearer(_) = login {
            return judged(&ask(&client, &url, &login)?, true);
        }
        let first = ask(&client, &url, &Login::None)?;
        if first.status() != StatusCode::UNAUTHORIZED {
            return judged(&first, false);
        }
        match (challenge(&first), login) {
            (Some(Challenge::Token { .. }), Login::None) => Ok(()),
            (Some(Challenge::Token { realm, service }), login) => {
                let token = self.token(&client, &url, (&realm, &service), &login)?;
                judged(&ask(&client, &url, &Login::Bearer(token))?, true)
            }
            (Some(Challenge::Basic), login) if !login.is_none() => {
                judged(&ask(&client, &url, &login)?, true)
            }
            _ => judged(&first, false),
        }
    }

    /// The address of the registry's API.
    fn api(&self) -> Result<Url, ChartError> {
        let host = self.path.split('/').next().unwrap_or_default();
        let host = if host == DOCKER.0 { DOCKER.1 } else { host };
        let scheme = if self.is_plain() { "http" } else { "https" };
        Url::parse(&format!("{scheme}://{host}/v2/")).map_err(|error| ChartError::Url {
            url: self.shown(),
            reason: error.to_string(),
        })
    }

    fn login(&self) -> Result<Login, ChartError> {
        let credentials = self.credentials();
        if let Credentials::Token(token) = credentials {
            return Ok(Login::Bearer(token));
        }
        let host = self.path.split('/').next().unwrap_or_default();
        let login = credentials
            .login(host)
            .map_err(|error| self.failed(error))?;
        Ok(
            login.map_or(Login::None, |(username, password)| Login::Basic {
                username,
                password,
            }),
        )
    }

    /// A token for the registry itself.
    fn token(
        &self,
        client: &Client,
        registry: &Url,
        (realm, service): (&str, &str),
        login: &Login,
    ) -> Result<String, ChartError> {
        let bad = |reason: &str| ChartError::Access {
            url: shown(registry),
            reason: reason.to_owned(),
        };
        let mut url = Url::parse(realm).map_err(|_| bad("its tokens come from what is no URL"))?;
        if registry.scheme() == "https" && url.scheme() != "https" {
            return Err(bad("its tokens come from a server without TLS"));
        }
        let permitted = self
            .access
            .reach
            .permit_name(url.host_str().unwrap_or_default());
        permitted.map_err(|reason| bad(&reason))?;
        if !service.is_empty() {
            url.query_pairs_mut().append_pair("service", service);
        }
        let answer = ask(client, &url, login)?;
        judged(&answer, true)?;
        let mut text = Vec::new();
        let read = answer
            .take(limits::REGISTRY_TOKEN_MAX_BYTES)
            .read_to_end(&mut text);
        read.map_err(|error| bad(&format!("its token cannot be read: {error}")))?;
        let answer: Value = serde_json::from_slice(&text).unwrap_or_default();
        let token = ["token", "access_token"]
            .iter()
            .find_map(|key| answer[*key].as_str());
        token
            .map(str::to_owned)
            .ok_or_else(|| bad("what gives out its tokens gave none"))
    }
}

fn ask(client: &Client, url: &Url, login: &Login) -> Result<Response, ChartError> {
    let sent = login.add_to(client.get(url.clone())).send();
    sent.map_err(|error| failed(url, &error))
}

/// What an answer says of the registry.
fn judged(answer: &Response, with_login: bool) -> Result<(), ChartError> {
    let url = shown(answer.url());
    match answer.status() {
        status if status.is_success() => Ok(()),
        StatusCode::UNAUTHORIZED => {
            let reason = if with_login {
                "the login is not taken (401)"
            } else {
                "the registry wants a login (401), and there is none"
            };
            Err(ChartError::Unauthorized {
                url,
                reason: reason.to_owned(),
            })
        }
        StatusCode::FORBIDDEN => Err(ChartError::Forbidden { url }),
        status => Err(ChartError::Status {
            url,
            status: status.to_string(),
        }),
    }
}

fn challenge(answer: &Response) -> Option<Challenge> {
    let all = answer.headers().get_all(WWW_AUTHENTICATE).iter();
    let mut all = all.filter_map(|header| read(header.to_str().ok()?));
    all.next()
}

/// `Bearer realm="https://…",service="…"`, or `Basic …`.
fn read(header: &str) -> Option<Challenge> {
    let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let value = |wanted: &str| {
        let mut left = rest;
        while let Some((key, after)) = left.split_once('=') {
            let key = key.trim_matches([' ', ',']);
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => after.split_once(',').unwrap_or((after, "")),
            };
            if key.eq_ignore_ascii_case(wanted) {
                return value.to_owned();
            }
            left = after;
        }
        String::new()
    };
    Some(Challenge::Token {
        realm: value("realm"),
        service: value("service"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Challenge, read};

    #[test]
    fn challenges_are_understood() {
        let token = |realm: &str, service: &str| {
            Some(Challenge::Token {
                realm: realm.to_owned(),
                service: service.to_owned(),
            })
        };
        for (header, expected) in [
            (r#"Basic realm="r""#, Some(Challenge::Basic)),
            ("basic", Some(Challenge::Basic)),
            (
                r#"Bearer realm="https://a.example/token?x=1,2",service="s",scope="a:b:pull,push""#,
                token("https://a.example/token?x=1,2", "s"),
            ),
            (r#"bearer scope="a", Realm="r""#, token("r", "")),
            ("Bearer realm=r,service=s", token("r", "s")),
            ("Bearer", token("", "")),
            (r#"Bearer realm="r"#, token("r", "")),
            ("Negotiate", None),
            ("", None),
        ] {
            assert_eq!(read(header), expected, "{header}");
        }
    }
}
