//! Calls.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use gantry_access::{Access, Caller};
use gantry_store::Home;
use serde_json::Value;
use tokio::task::AbortHandle;

use crate::application::Listed;
use crate::ask::Ask;
use crate::desk::{Call, Desk};
use crate::ending::while_so;
use crate::fault::{Code, Fault};
use crate::inside::Inside;
use crate::{
    account, application, cluster, empty, plugins, project, repository, session, settings, version,
};

/// The method that [`Api::list`] answers.
pub const LIST: &str = "application.ApplicationService/List";

/// A stream of answers.
pub type Answers = BoxStream<'static, Result<Value, Fault>>;

/// Where a call comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who is at the other end of the connection.
    pub address: IpAddr,
    /// The token that was shown.
    pub token: Option<String>,
}

impl Default for Origin {
    /// From within this process.
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            token: None,
        }
    }
}

/// The API of one control plane.
pub struct Api {
    desk: Arc<Desk>,
    follower: AbortHandle,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl Api {
    /// Joins the parts, and begins to follow the applications of the home. It must be called on a runtime.
    pub fn new(home: Arc<dyn Home>, access: Arc<Access>, inside: Arc<dyn Inside>) -> Self {
        let desk = Arc::new(Desk::new(home, access, inside));
        let following = tokio::spawn({
            let (home, apps) = (Arc::clone(&desk.home), Arc::clone(&desk.apps));
            async move { apps.follow(&*home).await }
        });
        Self {
            desk,
            follower: following.abort_handle(),
        }
    }

    /// Who calls a method, by the token that they show. Some methods are for everyone: there a token that is
    /// missing or bad makes somebody of whom nothing is known, and who may do nothing else.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`], in the same words whatever is wrong with the token.
    pub fn caller(&self, method: &str, token: Option<&str>) -> Result<Caller, Fault> {
        match self.desk.access.caller(token) {
            Ok(caller) => Ok(caller),
            Err(_) if is_open(method) => Ok(Caller::nobody()),
            Err(refused) => Err(Fault::new(Code::Unauthenticated, refused.to_string())),
        }
    }

    /// Asks an identity provider for what is needed to judge a token: [`Api::caller`] never waits.
    pub async fn meet(&self, token: Option<&str>) {
        self.desk.access.meet(token).await;
    }

    /// A token for the time after the one that is shown, if that is near its end: what browsers are to show from
    /// then on, and for how many seconds.
    pub fn renewed(&self, token: &str) -> Option<(String, u64)> {
        let session = self.desk.access.renewed(token)?;
        Some((session.token, session.expires_in_secs))
    }

    /// The time until [`Api::renewed`] gives a token in the place of this one, where it does not yet, and will.
    pub fn renewable_in(&self, token: &str) -> Option<Duration> {
        self.desk.access.renewable_in(token)
    }

    /// Calls a method that answers once.
    ///
    /// # Errors
    /// What the caller may not, what does not exist, what failed.
    pub async fn call(
        &self,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Value, Fault> {
        self.call_from(&Origin::default(), caller, method, request)
            .await
    }

    /// The same, from somewhere: logins are counted by address, and a logout ends the token that was shown.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn call_from(
        &self,
        origin: &Origin,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Value, Fault> {
        let call = Call {
            desk: &self.desk,
            caller,
            origin,
            ask: Ask(&request),
        };
        match method.split_once('/') {
            Some(("application.ApplicationService", name)) => application::call(call, name).await,
            Some(("version.VersionService", name)) => version::call(name),
            Some(("session.SessionService", name)) => session::call(call, name).await,
            Some(("account.AccountService", name)) => account::call(call, name).await,
            Some(("cluster.SettingsService", name)) => settings::call(call, name).await,
            Some(("cluster.ClusterService", name)) => cluster::call(call, name).await,
            Some(("project.ProjectService", name)) => project::call(call, name).await,
            Some(("repository.RepositoryService", name)) => repository::call(call, name).await,
            Some(("repocreds.RepoCredsService", name)) => repository::templates(call, name).await,
            Some(("certificate.CertificateService" | "gpgkey.GPGKeyService", _)) => {
                empty::call(method)
            }
            Some(("gantry.PluginService", "List")) => plugins::list(call, method).await,
            _ => Err(Fault::unserved(method)),
        }
    }

    /// `application.ApplicationService/List`, told item by item.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn list(&self, caller: &Caller, request: &Value) -> Result<Listed, Fault> {
        let origin = Origin::default();
        application::list(Call {
            desk: &self.desk,
            caller,
            origin: &origin,
            ask: Ask(request),
        })
        .await
    }

    /// The same as [`Api::stream`], from somewhere: it ends as soon as the token that was shown is worth nothing.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn stream_from(
        &self,
        origin: &Origin,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Answers, Fault> {
        let answers = self.stream(caller, method, request).await?;
        let (access, token) = (Arc::clone(&self.desk.access), origin.token.clone());
        Ok(while_so(answers, move || {
            access.caller(token.as_deref()).is_ok()
        }))
    }

    /// Calls a method that answers with a stream, for as long as it is read.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn stream(
        &self,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Answers, Fault> {
        let origin = Origin::default();
        let call = Call {
            desk: &self.desk,
            caller,
            origin: &origin,
            ask: Ask(&request),
        };
        match method.split_once('/') {
            Some(("application.ApplicationService", name)) => application::stream(call, name).await,
            _ => Err(Fault::unserved(method)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
impl Api {
    /// As if the home had told of an application.
    pub(crate) fn event_for_tests(&self, application: Value) {
        let object = gantry_model::Object::new(application, None);
        self.desk.apps.put(object.expect("an object"));
    }

    /// Waits until lists know an application.
    pub(crate) async fn seen_for_tests(&self, object: &gantry_model::Object) {
        self.desk.apps.seen(object).await;
    }
}

/// Whether a method is for those who have not logged in, too.
fn is_open(method: &str) -> bool {
    matches!(
        method,
        "version.VersionService/Version"
            | "session.SessionService/Create"
            | "session.SessionService/GetUserInfo"
            | "cluster.SettingsService/Get"
    )
}
