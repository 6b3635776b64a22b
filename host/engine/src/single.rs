//! Single live objects of an application: changed, deleted, and what their kinds' actions do with them. What
//! its project forbids is not done.

use std::sync::Arc;

use gantry_model::application::Application;
use gantry_model::cluster::{ApplyOptions, DeleteOptions, PatchKind, Resource, WriteOptions};
use gantry_model::{Cluster, ClusterError, Diagnostic, Gvk, Object, ObjectRef};
use gantry_sync::{Edit, FIELD_MANAGER, Permit as _, Told, act};
use serde_json::Value;

use crate::engine::Engine;
use crate::error::AppError;

/// Who owns the fields that were changed so: nobody who applies from Git.
const EDITOR: &str = "gantry-edit";
const WRITE: WriteOptions<'static> = WriteOptions {
    field_manager: EDITOR,
    dry_run: false,
    validate: true,
};

impl Engine {
    /// One object of an application as it is now, or none.
    ///
    /// # Errors
    /// When its cluster cannot be asked.
    pub async fn live_object(
        &self,
        application: &Application,
        object: &ObjectRef,
    ) -> Result<Option<Object>, AppError> {
        let cluster = self.connect(application)?;
        let Some(resource) = cluster.resource(&object.gvk).await? else {
            return Ok(None);
        };
        let (namespace, name) = (&object.namespace, &object.name);
        Ok(cluster.get(&resource, namespace, name).await?)
    }

    /// Changes one object.
    ///
    /// # Errors
    /// What its project or its API server refuses.
    pub async fn patch_object(
        &self,
        application: &Application,
        object: &ObjectRef,
        kind: PatchKind,
        patch: &Value,
    ) -> Result<Object, AppError> {
        let (cluster, resource) = self.permitted(application, object).await?;
        Ok(cluster.patch(&resource, object, kind, patch, WRITE).await?)
    }

    /// Deletes one object, if it is there.
    ///
    /// # Errors
    /// What its project or its API server refuses.
    pub async fn delete_object(
        &self,
        application: &Application,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), AppError> {
        let (cluster, resource) = self.permitted(application, object).await?;
        Ok(cluster.delete(&resource, object, options).await?)
    }

    /// One object as it is now, and as its API server says, by dry run, that an apply would make it.
    ///
    /// # Errors
    /// What its project or its API server refuses.
    pub async fn foresee_object(
        &self,
        application: &Application,
        object: &Object,
    ) -> Result<(Option<Object>, Object), AppError> {
        let own = object.reference();
        let (cluster, resource) = self.permitted(application, &own).await?;
        let live = cluster.get(&resource, &own.namespace, &own.name).await?;
        let options = ApplyOptions {
            field_manager: FIELD_MANAGER,
            force_conflicts: true,
            dry_run: true,
            validate: true,
        };
        let after = cluster.apply(&resource, object, options).await?;
        Ok((live, after))
    }

    /// Runs an action of an object's kind; the objects that it has changed or made.
    ///
    /// # Errors
    /// The object has no such action now; what its project or its API server refuses.
    pub async fn act(
        &self,
        application: &Application,
        object: &Object,
        action: &str,
        told: Told<'_>,
    ) -> Result<Vec<ObjectRef>, AppError> {
        let edits = act(object, action, told).map_err(|error| {
            let about = object.reference();
            Diagnostic::error("action", format!("{about}: {error}"))
        })?;
        let mut done = Vec::new();
        for edit in edits {
            let target = match &edit {
                Edit::Patch(_) | Edit::PatchStatus(_) => object.reference(),
                Edit::Create(value) => made(value)?.reference(),
            };
            let (cluster, resource) = self.permitted(application, &target).await?;
            match edit {
                Edit::Patch(body) => {
                    let kind = PatchKind::Merge;
                    cluster
                        .patch(&resource, &target, kind, &body, WRITE)
                        .await?;
                }
                Edit::PatchStatus(mut body) => {
                    // What it says is of the state that was read.
                    body["metadata"]["resourceVersion"] = object.resource_version().into();
                    let kind = PatchKind::MergeStatus;
                    cluster
                        .patch(&resource, &target, kind, &body, WRITE)
                        .await?;
                }
                Edit::Create(value) => {
                    cluster.create(&resource, &made(&value)?, WRITE).await?;
                }
            }
            if !done.contains(&target) {
                done.push(target);
            }
        }
        Ok(done)
    }

    /// The cluster and the kind of an object that the application's project lets it have.
    async fn permitted(
        &self,
        application: &Application,
        object: &ObjectRef,
    ) -> Result<(Arc<dyn Cluster>, Resource), AppError> {
        let cluster = self.connect(application)?;
        let resource = resource(&*cluster, &object.gvk).await?;
        let permission = self.permission(application)?;
        let permitted = permission.permit(object, resource.namespaced);
        permitted.map_err(|why| Diagnostic::error("not-permitted", why))?;
        Ok((cluster, resource))
    }
}

async fn resource(cluster: &dyn Cluster, gvk: &Gvk) -> Result<Resource, AppError> {
    let found = cluster.resource(gvk).await?;
    Ok(found.ok_or_else(|| ClusterError::UnknownKind(gvk.clone()))?)
}

fn made(value: &Value) -> Result<Object, AppError> {
    Object::new(value.clone(), None).map_err(|error| AppError::Internal(error.to_string()))
}
