//! A control plane for tests, that answers as it is told and keeps what it was asked.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use gantry_access::{Caller, Login, Refused, SESSION_COOKIE, Session};
use gantry_api::{Answers, Code, Fault};
use http::{Request, StatusCode, header};
use serde_json::Value;

use crate::answer::{Body, Response};
use crate::control::Control;
use crate::csrf;
use crate::web::Web;

/// The session that is let in.
const SESSION: &str = "a-session";

type Answer = fn(&str, &Value) -> Result<Value, Fault>;

/// Methods are named by their last part.
pub(crate) struct Stub {
    answer: Answer,
    asked: Mutex<Vec<(String, Value)>>,
}

/// What a page says, and with which status.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Stub {
    pub(crate) fn new(answer: Answer) -> Arc<Self> {
        let asked = Mutex::default();
        Arc::new(Self { answer, asked })
    }

    fn asked(&self) -> MutexGuard<'_, Vec<(String, Value)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that a method was asked.
    pub(crate) fn all(&self, method: &str) -> Vec<Value> {
        let asked = self.asked();
        let found = asked.iter().filter(|(name, _)| name == method);
        found.map(|(_, request)| request.clone()).collect()
    }

    /// What a method was asked last.
    pub(crate) fn last(&self, method: &str) -> Option<Value> {
        self.all(method).pop()
    }

    /// Opens a page.
    pub(crate) async fn open(self: &Arc<Self>, place: &str) -> Page {
        self.send(Request::get(place), String::new()).await
    }

    /// Sends a form.
    pub(crate) async fn post(self: &Arc<Self>, place: &str, fields: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair(csrf::FIELD, &csrf::token(SESSION))
            .extend_pairs(fields)
            .finish();
        self.send(Request::post(place), form).await
    }

    async fn send(self: &Arc<Self>, request: http::request::Builder, body: String) -> Page {
        let request = request
            .header(header::COOKIE, format!("{SESSION_COOKIE}={SESSION}"))
            .body(Bytes::from(body))
            .expect("a request");
        let web = Web::new(Arc::<Self>::clone(self));
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let Response { status, body, .. } = web.answer(&request, from, false).await;
        let Body::Whole(bytes) = body else {
            panic!("a page, not a stream")
        };
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Page { status, text }
    }
}

#[async_trait]
impl Control for Stub {
    async fn login(&self, _: &str, _: &str, _: IpAddr) -> Result<Session, Refused> {
        Err(Refused("nobody logs in here".to_owned()))
    }

    fn caller(&self, token: Option<&str>) -> Result<Caller, Refused> {
        if token != Some(SESSION) {
            return Err(Refused("no session information".to_owned()));
        }
        Ok(Caller::named("admin", Login::Password, String::new()))
    }

    async fn logout(&self, _: &str) -> Result<(), Refused> {
        Ok(())
    }

    async fn call(&self, _: &Caller, method: &str, request: Value) -> Result<Value, Fault> {
        let method = method.rsplit('/').next().unwrap_or_default();
        let answer = (self.answer)(method, &request);
        self.asked().push((method.to_owned(), request));
        answer
    }

    async fn stream(&self, _: &Caller, method: &str, _: Value) -> Result<Answers, Fault> {
        let message = format!("there is no stream {method}");
        Err(Fault::new(Code::Unimplemented, message))
    }
}
