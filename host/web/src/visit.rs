//! One request, taken apart.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use gantry_access::Caller;
use gantry_api::{Answers, Fault, while_so};
use http::{HeaderMap, Method, Request, header};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::control::Control;
use crate::csrf;

/// The cookie of a choice between dark and light.
pub(crate) const THEME: &str = "gantry.theme";

/// Names and values of a query or a form, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=b&c=d`.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first value of a name, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// A value as it was typed: a text of several lines.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether a box is ticked.
    pub(crate) fn is(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All values of a name that are not empty.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.0.iter().filter(|(known, _)| known == name);
        named
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What was asked.
pub(crate) struct Visit {
    pub(crate) method: Method,
    /// The path as it came.
    pub(crate) path: String,
    /// Its parts, decoded.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Fields,
    pub(crate) form: Fields,
    pub(crate) headers: HeaderMap,
    /// The host that the browser asked, with its port.
    pub(crate) host: String,
    session: Option<String>,
    pub(crate) from: IpAddr,
    pub(crate) is_tls: bool,
    pub(crate) now: Timestamp,
}

impl Visit {
    /// Takes a request apart.
    pub(crate) fn read(request: &Request<Bytes>, from: IpAddr, is_tls: bool) -> Self {
        let path = request.uri().path().to_owned();
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        Self {
            method: request.method().clone(),
            parts: path
                .split('/')
                .filter(|part| !part.is_empty())
                .map(decode)
                .collect(),
            path,
            query: Fields::read(request.uri().query().unwrap_or_default().as_bytes()),
            form: Fields::read(request.body()),
            headers: request.headers().clone(),
            host: host(request.headers()),
            session: gantry_access::session_of(cookies(request.headers())),
            from,
            is_tls,
            now: Timestamp::now(),
        }
    }

    /// A cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let mut pairs = cookies(&self.headers).flat_map(|line| line.split(';'));
        pairs.find_map(|pair| {
            let (known, value) = pair.trim().split_once('=')?;
            (known == name && !value.is_empty()).then_some(value)
        })
    }

    /// The session that comes with it.
    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// `dark`, `light`, or nothing: as the system has it.
    pub(crate) fn theme(&self) -> &'static str {
        match self.cookie(THEME) {
            Some("dark") => "dark",
            Some("light") => "light",
            _ => "",
        }
    }

    /// Where it came to, with the query: a place to go back to.
    pub(crate) fn place(&self) -> String {
        let pairs: Vec<(&str, &str)> = self.query.iter().collect();
        crate::link::place(&self.path, &pairs)
    }
}

/// The lines of cookies that a request brings.
pub(crate) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|line| line.to_str().ok())
}

fn host(headers: &HeaderMap) -> String {
    let given = headers.get(header::HOST);
    let given = given.and_then(|host| host.to_str().ok());
    given.unwrap_or_default().to_owned()
}

/// A request of somebody who is let in.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) control: Arc<dyn Control>,
    pub(crate) visit: Arc<Visit>,
    pub(crate) caller: Caller,
}

impl Guest {
    /// Asks the API.
    pub(crate) async fn ask(&self, method: &str, request: Value) -> Result<Value, Fault> {
        self.control.call(&self.caller, method, request).await
    }

    /// Asks the API for something that a page can do without.
    pub(crate) async fn try_ask(&self, method: &str, request: Value) -> Value {
        let answer = self.ask(method, request).await;
        answer
            .inspect_err(|fault| tracing::debug!(method, %fault, "a part of a page is left out"))
            .unwrap_or_default()
    }

    /// Asks the API for a stream.
    pub(crate) async fn stream(&self, method: &str, request: Value) -> Result<Answers, Fault> {
        let answers = self.control.stream(&self.caller, method, request).await?;
        let (control, visit) = (Arc::clone(&self.control), Arc::clone(&self.visit));
        // It ends with the session that it was begun with; the browser asks again with its newest.
        Ok(while_so(answers, move || {
            control.caller(visit.session()).is_ok()
        }))
    }

    /// What its forms carry. A session's id stays when its token is renewed.
    pub(crate) fn csrf(&self) -> String {
        match self.caller.token_id.as_str() {
            "" => csrf::token(self.visit.session().unwrap_or_default()),
            id => csrf::token(id),
        }
    }

    /// A field of the query.
    pub(crate) fn query(&self, name: &str) -> &str {
        self.visit.query.get(name)
    }
}
