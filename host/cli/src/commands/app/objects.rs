//! `gantry app patch-resource` and `delete-resource`, and which objects such commands mean.

use gantry_engine::Engine;
use gantry_model::application::Application;
use gantry_model::cluster::{DeleteOptions, PatchKind, Propagation};
use gantry_model::{Diagnostic, Gvk, Object, ObjectRef};

use super::Desk;
use super::surroundings::Rendering;
use crate::Outcome;
use crate::args::app::{
    DeleteResourceArgs, ObjectFlags, ObjectPatchType, OneApp, PatchResourceArgs,
};
use crate::failure::Failure;
use gantry_api::app::View;

/// Live objects of an application, and where they are asked for.
pub(super) struct Found {
    pub(super) engine: Engine,
    pub(super) application: Application,
    pub(super) objects: Vec<Object>,
}

impl Desk<'_> {
    /// The objects that the application itself has and that fit, as they are now: one at least, and one
    /// only unless all that fit are asked for.
    pub(super) async fn own(
        &self,
        app: &OneApp,
        kind: Option<&str>,
        flags: &ObjectFlags,
        all: bool,
    ) -> Result<Found, Failure> {
        let (_, object) = self.apps.one_of(app, flags.project.as_deref()).await?;
        let Rendering {
            engine,
            application,
        } = self.rendering(&object).await?;
        let mut objects = Vec::new();
        for reference in fitting(View(object.value()), kind, flags) {
            let live = engine.live_object(&application, &reference).await;
            objects.extend(live.map_err(|error| error.diagnostics())?);
        }
        let problem = match objects.as_slice() {
            [] => "no object of the application fits, or none that does is there",
            [_, _, ..] if !all => "several objects fit",
            _ => {
                return Ok(Found {
                    engine,
                    application,
                    objects,
                });
            }
        };
        let help = match objects.as_slice() {
            [] => "see `gantry app resources`".to_owned(),
            several => {
                let names = several.iter().map(|object| object.reference().to_string());
                let names = names.collect::<Vec<_>>().join(", ");
                format!("name one with --resource-name, or add --all: {names}")
            }
        };
        Err(Diagnostic::error("object", problem).help(help).into())
    }

    pub(super) async fn patch_resource(
        &self,
        args: &PatchResourceArgs,
    ) -> Result<Outcome, Failure> {
        let documents =
            gantry_yaml::parse(&args.patch).map_err(|error| error.diagnostic("--patch"))?;
        let [document] = documents.as_slice() else {
            let message = "--patch: it must be one document";
            return Err(Diagnostic::error("patch", message).into());
        };
        let kind = match args.patch_type {
            ObjectPatchType::Json => PatchKind::Json,
            ObjectPatchType::Merge => PatchKind::Merge,
            ObjectPatchType::Strategic => PatchKind::Strategic,
        };
        let found = self
            .own(&args.app, Some(&args.kind), &args.object, args.all)
            .await?;
        for object in &found.objects {
            let reference = object.reference();
            let patched =
                found
                    .engine
                    .patch_object(&found.application, &reference, kind, &document.value);
            patched.await.map_err(|error| error.diagnostics())?;
            self.output.print(&format!("{reference} patched\n"))?;
        }
        Ok(Outcome::Good)
    }

    pub(super) async fn delete_resource(
        &self,
        args: &DeleteResourceArgs,
    ) -> Result<Outcome, Failure> {
        let found = self
            .own(&args.app, Some(&args.kind), &args.object, args.all)
            .await?;
        for object in &found.objects {
            let reference = object.reference();
            let options = DeleteOptions {
                uid: object.uid(),
                propagation: if args.orphan {
                    Propagation::Orphan
                } else {
                    Propagation::Foreground
                },
                grace_secs: args.force.then_some(0),
                ..DeleteOptions::default()
            };
            let deleted = found
                .engine
                .delete_object(&found.application, &reference, options);
            deleted.await.map_err(|error| error.diagnostics())?;
            self.output.print(&format!("{reference} deleted\n"))?;
        }
        Ok(Outcome::Good)
    }
}

/// The objects that an application is known to have, which fit.
fn fitting(app: View<'_>, kind: Option<&str>, flags: &ObjectFlags) -> Vec<ObjectRef> {
    let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|w| w == text);
    let known = app.list("/status/resources").iter().map(View);
    let fitting = known.filter(|r| {
        kind.is_none_or(|kind| kind == r.text("/kind"))
            && is(&flags.group, r.text("/group"))
            && is(&flags.namespace, r.text("/namespace"))
            && is(&flags.resource_name, r.text("/name"))
    });
    fitting.map(reference).collect()
}

/// What an entry of `status.resources` names.
pub(super) fn reference(resource: View<'_>) -> ObjectRef {
    ObjectRef {
        gvk: Gvk {
            group: resource.text("/group").to_owned(),
            version: resource.text("/version").to_owned(),
            kind: resource.text("/kind").to_owned(),
        },
        namespace: resource.text("/namespace").to_owned(),
        name: resource.text("/name").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fitting;
    use crate::args::app::ObjectFlags;
    use gantry_api::app::View;

    #[test]
    fn objects_are_chosen_by_what_is_said_of_them() {
        let app = json!({"status": {"resources": [
            {"version": "v1", "kind": "ConfigMap", "namespace": "a", "name": "x"},
            {"version": "v1", "kind": "ConfigMap", "namespace": "b", "name": "x"},
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "a", "name": "web"},
        ]}});
        let flags =
            |group: Option<&str>, namespace: Option<&str>, name: Option<&str>| ObjectFlags {
                group: group.map(str::to_owned),
                namespace: namespace.map(str::to_owned),
                resource_name: name.map(str::to_owned),
                project: None,
            };
        for (kind, flags, expected) in [
            (None, flags(None, None, None), "a/x b/x a/web"),
            (Some("ConfigMap"), flags(None, None, None), "a/x b/x"),
            (Some("ConfigMap"), flags(None, Some("b"), Some("x")), "b/x"),
            (None, flags(Some("apps"), None, None), "a/web"),
            (None, flags(Some(""), None, None), "a/x b/x"),
            (Some("configmap"), flags(None, None, None), ""),
        ] {
            let found = fitting(View(&app), kind, &flags);
            let names = found.iter().map(|o| format!("{}/{}", o.namespace, o.name));
            assert_eq!(names.collect::<Vec<_>>().join(" "), expected, "{flags:?}");
        }
    }
}
