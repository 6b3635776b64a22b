//! Events on their way into the hub: one after the other beside everything else, and lost where too many wait.

use std::sync::{Arc, OnceLock};

use gantry_model::cluster::{ListOptions, Resource};
use gantry_model::{Cluster, ClusterError, Gvk, Object, limits};
use serde_json::Value;
use tokio::sync::mpsc::{self, Sender};

use super::write;
use crate::event::Subject;

/// The way, which opens with the first event.
#[derive(Clone, Default)]
pub(super) struct Telling(Arc<OnceLock<Sender<Value>>>);

impl Telling {
    /// Never waits.
    pub(super) fn tell(&self, cluster: &Arc<dyn Cluster>, event: Value) {
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let way = self.0.get_or_init(|| {
            let (way, mut waiting) = mpsc::channel(limits::EVENTS_WAITING_MAX);
            let cluster = Arc::clone(cluster);
            tokio::spawn(async move {
                let mut was_taken = true;
                while let Some(event) = waiting.recv().await {
                    let taken = create(&*cluster, event).await;
                    if let (Err(error), true) = (&taken, was_taken) {
                        tracing::warn!(%error, "events of applications are not taken");
                    }
                    was_taken = taken.is_ok();
                }
            });
            way
        });
        if way.try_send(event).is_err() {
            tracing::debug!("an event of an application is lost: too many wait");
        }
    }
}

async fn create(cluster: &dyn Cluster, event: Value) -> Result<(), ClusterError> {
    let object = Object::new(event, None)
        .map_err(|error| ClusterError::Other(format!("the event of an application: {error}")))?;
    cluster
        .create(&resource(), &object, write(false))
        .await
        .map(drop)
}

/// Those of an application.
pub(super) async fn of(
    cluster: &dyn Cluster,
    subject: &Subject,
) -> Result<Vec<Value>, ClusterError> {
    let fields = format!(
        "involvedObject.name={},involvedObject.uid={},involvedObject.namespace={}",
        subject.name, subject.uid, subject.namespace
    );
    let options = ListOptions {
        namespace: Some(&subject.namespace),
        fields: &fields,
        ..ListOptions::default()
    };
    let found = cluster.list_matching(&resource(), options).await?;
    Ok(found.into_iter().map(Object::into_value).collect())
}

fn resource() -> Resource {
    Resource {
        gvk: Gvk::parse("v1", "Event"),
        plural: "events".to_owned(),
        namespaced: true,
        listable: true,
    }
}
