//! The applications of a home: read, asked for, changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use gantry_model::{Diagnostic, Object, limits};
use gantry_store::{Home, Kind, StoreError};
use serde_json::{Value, json};

use super::names::{Filter, Name, selector};
use crate::args::app::{AppNamespace, OneApp, SomeApps};
use crate::home;
use gantry_api::app::{View, manifest};

/// The applications of one control plane.
#[derive(Clone)]
pub(super) struct Apps {
    pub(super) home: Arc<dyn Home>,
    /// Where that is, as people name it.
    pub(super) place: String,
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

    /// The same, if it is in a project: one of another project is as one that is not there, as to Argo CD.
    pub(super) async fn one_of(
        &self,
        app: &OneApp,
        project: Option<&str>,
    ) -> Result<(Name, Object), Diagnostic> {
        let (name, object) = self.one(app).await?;
        let is_there = project.is_none_or(|project| View(object.value()).project() == project);
        if is_there {
            return Ok((name, object));
        }
        let (kind, name) = ("Application", name.to_string());
        Err(told(&StoreError::Gone { kind, name }))
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
    ) -> Result<Edited, Vec<Diagnostic>> {
        let mut last = None;
        for _ in 0..limits::APP_CHANGE_TRIES_MAX {
            let now = self.get(name).await.map_err(|error| vec![error])?;
            let mut value = now.value().clone();
            edit(&mut value).map_err(|error| vec![error])?;
            if value == *now.value() {
                return Ok(Edited::Unchanged);
            }
            let warnings = brought(now.value(), &value)?;
            let object = Object::new(value, None);
            let object =
                object.map_err(|error| vec![Diagnostic::error("manifest", error.to_string())])?;
            match self.home.replace(&object).await {
                Err(error @ StoreError::Conflict { .. }) => last = Some(error),
                Err(error) => return Err(vec![told(&error)]),
                Ok(_) => return Ok(Edited::Changed { warnings }),
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
    Changed {
        /// What the user should know of it, and was not so before.
        warnings: Vec<Diagnostic>,
    },
    Unchanged,
}

/// Checks an application that is changed; what there is to tell of it, and was not before.
fn brought(before: &Value, after: &Value) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let (_, mut warnings) = manifest::check(after)?;
    if let Ok((_, known)) = manifest::check(before) {
        warnings.retain(|warning| !known.contains(warning));
    }
    Ok(warnings)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::brought;

    #[test]
    fn a_change_is_told_of_what_it_brings() {
        let app = |fields: Value| {
            let mut app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "shop"}, "spec": {"project": "default", "destination": {"name": "c"},
                "source": {"repoURL": "r", "path": "."}}});
            gantry_model::merge_patch::apply(&mut app["spec"], &fields);
            app
        };
        let (plain, unknown) = (app(json!({})), app(json!({"foo": 1})));
        let told = |before: &Value, after: &Value| {
            let warnings = brought(before, after).map_err(|problems| problems.len());
            warnings.map(|all| {
                all.into_iter()
                    .filter_map(|one| one.field)
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(told(&plain, &unknown), Ok(vec!["spec.foo".to_owned()]));
        assert_eq!(told(&unknown, &unknown), Ok(Vec::new()));
        assert_eq!(told(&unknown, &plain), Ok(Vec::new()));
        assert_eq!(told(&json!({}), &plain), Ok(Vec::new()));
        assert_eq!(told(&plain, &app(json!({"source": 7}))), Err(1));
    }
}
