//! The applications of a home: read, asked for, changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use gantry_model::{Diagnostic, Object, limits};
use gantry_store::{Home, Kind, StoreError};
use serde_json::{Value, json};

use super::names::{Filter, Name, selector};
use crate::args::app::{AppNamespace, OneApp, SomeApps};
use crate::home;
use gantry_api::app::View;

/// The applications of one control plane.
#[derive(Clone)]
pub(super) struct Apps {
    pub(super) home: Arc<dyn Home>,
}

/// An error of a home, for the user.
pub(super) fn told(error: &StoreError) -> Diagnostic {
    let diagnostic = home::problem(error);
    match error {
        StoreError::Gone { .. } => diagnostic.help("see `gantry app list`"),
        _ => diagnostic,
    }
}

impl Apps {
    /// The name of one application.
    pub(super) fn name(&self, text: &str, namespace: &AppNamespace) -> Result<Name, Diagnostic> {
        Name::parse(
            text,
            namespace.app_namespace.as_deref(),
            self.home.namespace(),
        )
    }

    /// One application.
    pub(super) async fn get(&self, name: &Name) -> Result<Object, Diagnostic> {
        let found = self
            .home
            .get(Kind::Application, &name.namespace, &name.name)
            .await;
        found.map_err(|error| told(&error))?.ok_or_else(|| {
            told(&StoreError::Gone {
                kind: "Application",
                name: name.to_string(),
            })
        })
    }

    /// Those of the applications that tracking annotations name which there are.
    pub(super) async fn of_trackings(
        &self,
        trackings: BTreeSet<&str>,
    ) -> Result<BTreeSet<String>, Diagnostic> {
        let mut there = BTreeSet::new();
        for tracking in trackings {
            // A namespace has no underscore.
            let named = tracking.split_once('_');
            let (namespace, name) = named.unwrap_or((self.home.namespace(), tracking));
            let found = self.home.get(Kind::Application, namespace, name).await;
            if found.map_err(|error| told(&error))?.is_some() {
                there.insert(tracking.to_owned());
            }
        }
        Ok(there)
    }

    /// The application of a command line.
    pub(super) async fn one(&self, app: &OneApp) -> Result<(Name, Object), Diagnostic> {
        let name = self.name(&app.name, &app.namespace)?;
        let object = self.get(&name).await?;
        Ok((name, object))
    }

    /// All that fit, by namespace and name.
    pub(super) async fn list(&self, filter: &Filter<'_>) -> Result<Vec<Object>, Diagnostic> {
        let found = self.home.list(Kind::Application).await;
        let mut found = found.map_err(|error| told(&error))?;
        found.retain(|object| filter.fits(View(object.value())));
        Ok(found)
    }

    /// The applications of a command line: one at least.
    pub(super) async fn some(
        &self,
        apps: &SomeApps,
        projects: &[String],
    ) -> Result<Vec<Name>, Diagnostic> {
        if apps.selector.is_none() && projects.is_empty() {
            if apps.names.is_empty() {
                return Err(
                    Diagnostic::error("no-applications", "no application is named")
                        .help("name one, or choose some with --selector"),
                );
            }
            let names = apps
                .names
                .iter()
                .map(|name| self.name(name, &apps.namespace));
            return names.collect();
        }
        let filter = Filter {
            selector: apps.selector.as_deref().map(selector).transpose()?,
            projects,
            namespace: apps.namespace.app_namespace.as_deref(),
            ..Filter::default()
        };
        let found = self.list(&filter).await?;
        if found.is_empty() {
            let message = "no application fits --selector and --project";
            return Err(Diagnostic::error("no-applications", message).help("see `gantry app list`"));
        }
        Ok(found.iter().map(Name::of).collect())
    }

    /// Changes some fields of an application as it is: `patch` is asked what, and again whenever somebody
    /// else was faster.
    pub(super) async fn change(
        &self,
        name: &Name,
        patch: impl Fn(View<'_>) -> Result<Value, Diagnostic>,
    ) -> Result<Object, Diagnostic> {
        let mut last = None;
        for _ in 0..limits::APP_CHANGE_TRIES_MAX {
            let now = self.get(name).await?;
            let mut patch = patch(View(now.value()))?;
            patch["metadata"]["resourceVersion"] = now.resource_version().into();
            let (namespace, name) = (&name.namespace, &name.name);
            match self
                .home
                .patch(Kind::Application, namespace, name, &patch)
                .await
            {
                Err(error @ StoreError::Conflict { .. }) => last = Some(error),
                done => return done.map_err(|error| told(&error)),
            }
        }
        Err(last.map_or_else(
            || Diagnostic::error("home", "nothing was tried"),
            |error| told(&error),
        ))
    }

    /// Replaces an application by what `edit` makes of it, as [`Apps::change`].
    pub(super) async fn edit(
        &self,
        name: &Name,
        edit: impl Fn(&mut Value) -> Result<(), Diagnostic>,
        check: impl Fn(&Value) -> Result<(), Vec<Diagnostic>>,
    ) -> Result<Edited, Vec<Diagnostic>> {
        let mut last = None;
        for _ in 0..limits::APP_CHANGE_TRIES_MAX {
            let now = self.get(name).await.map_err(|error| vec![error])?;
            let mut value = now.value().clone();
            edit(&mut value).map_err(|error| vec![error])?;
            if value == *now.value() {
                return Ok(Edited::Unchanged);
            }
            check(&value)?;
            let object = Object::new(value, None);
            let object =
                object.map_err(|error| vec![Diagnostic::error("manifest", error.to_string())])?;
            match self.home.replace(&object).await {
                Err(error @ StoreError::Conflict { .. }) => last = Some(error),
                Err(error) => return Err(vec![told(&error)]),
                Ok(_) => return Ok(Edited::Changed),
            }
        }
        Err(last.iter().map(told).collect())
    }

    /// Asks for an operation, which nobody else may have done before.
    pub(super) async fn begin(
        &self,
        name: &Name,
        operation: impl Fn(View<'_>) -> Result<Value, Diagnostic>,
    ) -> Result<Object, Diagnostic> {
        let patch = |app: View<'_>| {
            let operation = operation(app)?;
            Ok(json!({"operation": operation, "status": {"operationState": null}}))
        };
        self.change(name, patch).await
    }
}

/// What became of an edit.
pub(super) enum Edited {
    Changed,
    Unchanged,
}

/// Who asks for an operation: the user of this machine.
pub(super) fn user() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter();
    let found = names.filter_map(|name| std::env::var(name).ok());
    found
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
}
