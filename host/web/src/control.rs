//! What the pages ask.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use gantry_access::{Access, Caller, Refused, Session};
use gantry_api::{Answers, Api, Fault};
use serde_json::Value;

/// The API and its access, as far as pages need them.
#[async_trait]
pub trait Control: Send + Sync {
    /// As [`Access::login`].
    async fn login(&self, user: &str, password: &str, from: IpAddr) -> Result<Session, Refused>;
    /// As [`Access::caller`].
    fn caller(&self, token: Option<&str>) -> Result<Caller, Refused>;
    /// As [`Access::logout`].
    async fn logout(&self, token: &str) -> Result<(), Refused>;
    /// As [`Api::call`].
    async fn call(&self, caller: &Caller, method: &str, request: Value) -> Result<Value, Fault>;
    /// As [`Api::stream`].
    async fn stream(&self, caller: &Caller, method: &str, request: Value)
    -> Result<Answers, Fault>;
}

/// The real ones.
pub struct Joined {
    /// What is asked.
    pub api: Arc<Api>,
    /// Who asks.
    pub access: Arc<Access>,
}

#[async_trait]
impl Control for Joined {
    async fn login(&self, user: &str, password: &str, from: IpAddr) -> Result<Session, Refused> {
        self.access.login(user, password, from).await
    }

    fn caller(&self, token: Option<&str>) -> Result<Caller, Refused> {
        self.access.caller(token)
    }

    async fn logout(&self, token: &str) -> Result<(), Refused> {
        self.access.logout(token).await
    }

    async fn call(&self, caller: &Caller, method: &str, request: Value) -> Result<Value, Fault> {
        self.api.call(caller, method, request).await
    }

    async fn stream(
        &self,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Answers, Fault> {
        self.api.stream(caller, method, request).await
    }
}
