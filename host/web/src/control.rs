//! What the pages ask.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use gantry_access::{Access, Begun, Caller, Finished, Refused, Returned, Session, SsoError};
use gantry_api::{Answers, Api, Fault};
use serde_json::Value;

/// The API and its access, as far as pages need them.
#[async_trait]
pub trait Control: Send + Sync {
    /// As [`Access::login`].
    async fn login(&self, user: &str, password: &str, from: IpAddr) -> Result<Session, Refused>;
    /// As [`Access::caller`].
    fn caller(&self, token: Option<&str>) -> Result<Caller, Refused>;
    /// As [`Access::renewed`].
    fn renewed(&self, _token: &str) -> Option<Session> {
        None
    }
    /// As [`Access::logout`].
    async fn logout(&self, token: &str) -> Result<(), Refused>;
    /// As [`Access::meet`].
    async fn meet(&self, _token: Option<&str>) {}
    /// As [`Access::sso_begin`].
    async fn sso_begin(&self, _host: &str, _place: &str) -> Result<Begun, SsoError> {
        Err(SsoError::Off)
    }
    /// As [`Access::sso_finish`].
    async fn sso_finish(&self, _returned: Returned<'_>) -> Result<Finished, SsoError> {
        Err(SsoError::Off)
    }
    /// As [`Access::sso_logout`].
    fn sso_logout(&self, _token: &str, _host: &str) -> Option<String> {
        None
    }
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

    fn renewed(&self, token: &str) -> Option<Session> {
        self.access.renewed(token)
    }

    async fn logout(&self, token: &str) -> Result<(), Refused> {
        self.access.logout(token).await
    }

    async fn meet(&self, token: Option<&str>) {
        self.access.meet(token).await;
    }

    async fn sso_begin(&self, host: &str, place: &str) -> Result<Begun, SsoError> {
        self.access.sso_begin(host, place).await
    }

    async fn sso_finish(&self, returned: Returned<'_>) -> Result<Finished, SsoError> {
        self.access.sso_finish(returned).await
    }

    fn sso_logout(&self, token: &str, host: &str) -> Option<String> {
        self.access.sso_logout(token, host)
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
