//! `gantry app manifests`: the objects of an application, as they are rendered or as they are.

use futures::StreamExt;
use gantry_diff::mask::{self, Sensitive};
use gantry_engine::AppError;
use gantry_model::{Cluster, Diagnostic, Gvk, Object, limits};
use serde_json::Value;

use super::Desk;
use super::diff::at;
use super::surroundings::local;
use crate::Outcome;
use crate::args::ObjectFormat;
use crate::args::app::{ManifestsArgs, ManifestsOf};
use crate::failure::Failure;
use gantry_api::app::View;

impl Desk<'_> {
    pub(super) async fn manifests(&self, args: &ManifestsArgs) -> Result<Outcome, Failure> {
        let (_, object) = self.apps.one(&args.app).await?;
        let values = match args.source {
            ManifestsOf::Git => self.rendered(&object, args).await?,
            ManifestsOf::Live => self.live(&object).await?,
        };
        match args.output {
            ObjectFormat::Json => self.output.json(&values)?,
            ObjectFormat::Yaml => self.output.print(&gantry_yaml::emit_all(&values))?,
        }
        Ok(Outcome::Good)
    }

    async fn rendered(&self, object: &Object, args: &ManifestsArgs) -> Result<Vec<Value>, Failure> {
        let mut rendering = self.rendering(&at(object, &args.revisions)?).await?;
        let (directory, root) = (args.local.as_deref(), args.local_repo_root.as_deref());
        let given = local(directory, root, &mut rendering.application)?;
        let prepared = self.prepare(&rendering, given).await?;
        let rules = rendering.engine.ignored();
        let objects = prepared.rendered.objects().cloned();
        let hidden = |object| hidden(object, &rules.sensitive);
        Ok(objects.map(hidden).collect())
    }

    /// Those that the control plane has seen, as they are now.
    async fn live(&self, object: &Object) -> Result<Vec<Value>, Failure> {
        let rendering = self.rendering(object).await?;
        let cluster = rendering.engine.connect(&rendering.application);
        let cluster = cluster.map_err(|error| AppError::from(error).diagnostics())?;
        let app = View(object.value());
        let wanted = app.list("/status/resources").iter().map(View);
        let read = futures::stream::iter(wanted.map(|resource| one(&*cluster, resource)));
        let read: Vec<Result<Option<Object>, Diagnostic>> = read
            .buffered(limits::APPLICATIONS_IN_FLIGHT_MAX)
            .collect()
            .await;
        let found: Vec<Option<Object>> = read.into_iter().collect::<Result<_, _>>()?;
        let rules = rendering.engine.ignored();
        let hidden = |object| hidden(object, &rules.sensitive);
        Ok(found.into_iter().flatten().map(hidden).collect())
    }
}

async fn one(cluster: &dyn Cluster, resource: View<'_>) -> Result<Option<Object>, Diagnostic> {
    let gvk = Gvk {
        group: resource.text("/group").to_owned(),
        version: resource.text("/version").to_owned(),
        kind: resource.text("/kind").to_owned(),
    };
    let (namespace, name) = (resource.text("/namespace"), resource.text("/name"));
    let read = async {
        match cluster.resource(&gvk).await? {
            Some(resource) => cluster.get(&resource, namespace, name).await,
            None => Ok(None),
        }
    };
    read.await
        .map_err(|error| Diagnostic::error("cluster", format!("{} {name}: {error}", gvk.kind)))
}

/// An object for people: without the values of a Secret.
pub(super) fn hidden(object: Object, sensitive: &Sensitive) -> Value {
    let mut value = object.into_value();
    mask::secrets(None, Some(&mut value), sensitive);
    value
}

#[cfg(test)]
mod tests {
    use gantry_diff::mask::Sensitive;
    use gantry_model::Object;
    use serde_json::json;

    use super::hidden;

    #[test]
    fn values_of_secrets_are_hidden() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "c2VjcmV0"}, "stringData": {"b": "secret"},
            "metadata": {"annotations": {"x": "y", "token": "secret", "kubectl.kubernetes.io/last-applied-configuration": "secret"}}});
        let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
        let sensitive = Sensitive::read("token");
        let shown = |value: serde_json::Value| {
            hidden(Object::new(value, None).expect("an object"), &sensitive)
        };
        assert_eq!(shown(other.clone()), other);
        let expected = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "***"}, "stringData": {"b": "***"},
            "metadata": {"annotations": {"x": "y", "token": "***", "kubectl.kubernetes.io/last-applied-configuration": "***"}}});
        assert_eq!(shown(secret), expected);
    }
}
