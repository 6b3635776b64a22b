//! What all services share: the home, who may what, and the applications in memory.

use std::sync::Arc;

use gantry_access::{Access, Caller};
use gantry_model::{Object, limits};
use gantry_store::{Event, Home, Kind, Reason, StoreError};
use serde_json::Value;

use crate::api::Origin;
use crate::app::{Name, View, or};
use crate::apps::Apps;
use crate::ask::Ask;
use crate::fault::{Code, Fault};
use crate::inside::Inside;
use crate::trees::Trees;

/// What stands behind all calls.
pub(crate) struct Desk {
    pub(crate) home: Arc<dyn Home>,
    pub(crate) access: Arc<Access>,
    pub(crate) inside: Arc<dyn Inside>,
    pub(crate) apps: Arc<Apps>,
    pub(crate) trees: Trees,
}

/// One call.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) desk: &'a Arc<Desk>,
    pub(crate) caller: &'a Caller,
    pub(crate) origin: &'a Origin,
    pub(crate) ask: Ask<'a>,
}

impl Desk {
    pub(crate) fn new(home: Arc<dyn Home>, access: Arc<Access>, inside: Arc<dyn Inside>) -> Self {
        let apps = Arc::new(Apps::new(home.namespace()));
        Self {
            home,
            access,
            inside,
            apps,
            trees: Trees::default(),
        }
    }

    /// The same of an application of which only this is known.
    pub(crate) fn named(&self, project: &str, namespace: &str, name: &str) -> String {
        named(self.home.namespace(), project, namespace, name)
    }

    /// Whether somebody may see all of that of an application, whatever project it is in by now.
    pub(crate) fn may_see(&self, caller: &Caller, app: &Object, resources: &[&str]) -> bool {
        let now = self.apps.rbac_name(&Name::of(app));
        let name = now.unwrap_or_else(|| self.rbac_name(View(app.value())));
        let mut resources = resources.iter();
        resources.all(|resource| self.access.allows(caller, resource, "get", &name))
    }

    /// An application's name in policies.
    pub(crate) fn rbac_name(&self, app: View<'_>) -> String {
        rbac_name(self.home.namespace(), app)
    }
}

/// `PROJECT/NAME`, and `PROJECT/NAMESPACE/NAME` of those that are not in the home's own namespace.
pub(crate) fn rbac_name(home: &str, app: View<'_>) -> String {
    named(home, app.project(), app.namespace(), app.name())
}

fn named(home: &str, project: &str, namespace: &str, name: &str) -> String {
    if namespace.is_empty() || namespace == home {
        format!("{project}/{name}")
    } else {
        format!("{project}/{namespace}/{name}")
    }
}

impl Call<'_> {
    /// Whether the caller may.
    pub(crate) fn may(&self, resource: &str, action: &str, object: &str) -> bool {
        self.desk
            .access
            .allows(self.caller, resource, action, object)
    }

    /// Refuses what the caller may not. For objects that the caller has named in full: the refusal names
    /// them again.
    pub(crate) fn must(&self, resource: &str, action: &str, object: &str) -> Result<(), Fault> {
        if self.may(resource, action, object) {
            return Ok(());
        }
        let message = format!(
            "permission denied: {resource}, {action}, {object}, sub: {}",
            self.caller.subject
        );
        Err(Fault::new(Code::PermissionDenied, message))
    }

    /// The name of the application that the request is about; `key` has it.
    pub(crate) fn app_name(&self, key: &str) -> Name {
        let namespace = match self.ask.text("appNamespace") {
            "" => self.desk.home.namespace(),
            namespace => namespace,
        };
        Name {
            namespace: namespace.to_owned(),
            name: self.ask.text(key).to_owned(),
        }
    }

    /// The project that the request names, if it does.
    pub(crate) fn project(&self) -> Result<&str, Fault> {
        let mut all = self.ask.texts("projects");
        all.extend(self.ask.texts("project"));
        match all.as_slice() {
            [] => Ok(""),
            [one] => Ok(one),
            _ => Err(Fault::new(
                Code::InvalidArgument,
                "multiple projects are given; one application is in one",
            )),
        }
    }

    /// The application that the request is about, for an action. Who may not gets the same answer for one
    /// that exists and one that does not; where the project is given and permitted, that there is none.
    pub(crate) async fn app(&self, key: &str, action: &str) -> Result<Object, Fault> {
        self.app_of(&self.app_name(key), self.project()?, action)
            .await
    }

    /// The same for a name that is known already.
    pub(crate) async fn app_of(
        &self,
        name: &Name,
        project: &str,
        action: &str,
    ) -> Result<Object, Fault> {
        let home = self.desk.home.namespace();
        let is_known = !project.is_empty() && {
            let object = named(home, project, &name.namespace, &name.name);
            self.may("applications", action, &object)
        };
        // Read in any case: how long an answer takes must not tell what exists.
        let found = if name.name.is_empty() {
            Ok(None)
        } else {
            self.desk
                .home
                .get(Kind::Application, &name.namespace, &name.name)
                .await
        };
        let denied = || Fault::new(Code::PermissionDenied, "permission denied");
        let missing = || {
            let message = format!("applications.argoproj.io \"{}\" not found", name.name);
            Fault::new(Code::NotFound, message)
        };
        if !project.is_empty() && !is_known {
            return Err(denied());
        }
        let refusal = || if is_known { missing() } else { denied() };
        let object = match found {
            Ok(Some(object)) => object,
            Ok(None) => return Err(refusal()),
            Err(error) => {
                tracing::warn!(application = %name, %error, "not read");
                return Err(refusal());
            }
        };
        let app = View(object.value());
        let allowed = self.may("applications", action, &self.desk.rbac_name(app));
        if !allowed || (!project.is_empty() && app.project() != project) {
            return Err(refusal());
        }
        Ok(object)
    }

    /// Tells whoever asks later what the caller did with an application.
    pub(crate) fn note(&self, app: &Object, reason: Reason, did: &str) {
        let event = Event::by(reason, self.who(), did);
        self.desk.home.note(app, event);
    }

    /// Who asks, for the history.
    pub(crate) fn who(&self) -> &str {
        or(&self.caller.name, &self.caller.subject)
    }

    /// Changes some fields of an application as it is: `patch` is asked what, and again whenever somebody
    /// else was faster. Answers what it is then.
    pub(crate) async fn change(
        &self,
        name: &Name,
        patch: impl Fn(View<'_>) -> Result<Value, Fault>,
    ) -> Result<Object, Fault> {
        let home = &self.desk.home;
        let mut last = None;
        for _ in 0..limits::APP_CHANGE_TRIES_MAX {
            let now = home
                .get(Kind::Application, &name.namespace, &name.name)
                .await?
                .ok_or_else(|| {
                    Fault::new(Code::NotFound, "the application was deleted meanwhile")
                })?;
            let mut patch = patch(View(now.value()))?;
            patch["metadata"]["resourceVersion"] = now.resource_version().into();
            match home
                .patch(Kind::Application, &name.namespace, &name.name, &patch)
                .await
            {
                Err(error @ StoreError::Conflict { .. }) => last = Some(error),
                Err(error) => return Err(error.into()),
                Ok(object) => {
                    self.desk.apps.seen(&object).await;
                    return Ok(object);
                }
            }
        }
        Err(last.map_or_else(
            || Fault::new(Code::Aborted, "nothing was tried"),
            Fault::from,
        ))
    }
}
