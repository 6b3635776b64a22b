//! The two kinds of leases, as objects of `coordination.k8s.io/v1`, and the requests about them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gantry_model::cluster::{
    DeleteOptions, ListOptions, PatchKind, Propagation, Resource, WriteOptions,
};
use gantry_model::digest::Digest;
use gantry_model::limits::{LEASE_DURATION_MS, LEASE_RENEW_DEADLINE_MS, LEASE_REQUEST_TIMEOUT_MS};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::{Value, json};

/// On leases of replicas.
const REPLICA: &str = "gantry.dev/replica";
/// On those that give their clusters away.
const LEAVING: &str = "gantry.dev/leaving";
/// Label of claims, and the annotation with the cluster's name.
const CLUSTER: &str = "gantry.dev/cluster";

const OPTIONS: WriteOptions<'static> = WriteOptions {
    field_manager: "gantry",
    dry_run: false,
    validate: true,
};

/// The lease of one replica.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    /// Who it is: never used again once it is lost.
    pub(super) identity: String,
    /// What its clusters are chosen by: the same when it starts again.
    pub(super) id: String,
    pub(super) version: String,
    pub(super) uid: String,
    pub(super) is_leaving: bool,
}

/// The claim on one cluster.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) cluster: String,
    /// The identity that has it, or empty.
    pub(super) holder: String,
    pub(super) version: String,
    transitions: i64,
}

/// All leases of the control plane, in its namespace of the hub.
#[derive(Clone)]
pub(super) struct Leases {
    hub: Arc<dyn Cluster>,
    namespace: String,
    resource: Resource,
}

impl Leases {
    pub(super) fn new(hub: Arc<dyn Cluster>, namespace: String) -> Self {
        let resource = Resource {
            gvk: Gvk::parse("coordination.k8s.io/v1", "Lease"),
            plural: "leases".to_owned(),
            namespaced: true,
            listable: true,
        };
        Self {
            hub,
            namespace,
            resource,
        }
    }

    /// All replicas that have a lease.
    pub(super) async fn replicas(&self) -> Result<Vec<Replica>, ClusterError> {
        let objects = self.list(REPLICA).await?;
        Ok(objects.iter().filter_map(read_replica).collect())
    }

    /// All claims that there are.
    pub(super) async fn claims(&self) -> Result<Vec<Claim>, ClusterError> {
        let objects = self.list(CLUSTER).await?;
        Ok(objects.iter().filter_map(read_claim).collect())
    }

    /// Makes the lease of a replica.
    pub(super) async fn enter(&self, identity: &str, id: &str) -> Result<(), ClusterError> {
        let metadata = json!({"labels": {REPLICA: "true"}, "annotations": {REPLICA: id}});
        let lease = self.lease(&replica_name(identity), metadata, replica_spec(identity))?;
        let limit = Duration::from_millis(LEASE_RENEW_DEADLINE_MS);
        let created = self.hub.create(&self.resource, &lease, OPTIONS);
        match within(limit, created).await {
            // The name is nobody else's: an earlier try made it.
            Ok(_) | Err(ClusterError::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Renews it. Nobody else writes to it, so that it needs no version; and it is not made anew when it
    /// is gone.
    pub(super) async fn renew(&self, identity: &str) -> Result<(), ClusterError> {
        let patch = json!({"spec": {"renewTime": now()}});
        let limit = Duration::from_millis(LEASE_RENEW_DEADLINE_MS);
        self.patch(identity, &patch, limit).await
    }

    /// Tells the others to count on this replica no longer.
    pub(super) async fn leave(&self, identity: &str) -> Result<(), ClusterError> {
        let patch = json!({"metadata": {"annotations": {LEAVING: "true"}}});
        self.patch(identity, &patch, request_timeout()).await
    }

    /// Deletes the lease of a replica that will never act again.
    pub(super) async fn remove(&self, identity: &str, uid: &str) -> Result<(), ClusterError> {
        let object = self.reference(&replica_name(identity));
        let options = DeleteOptions {
            uid,
            propagation: Propagation::Background,
            ..DeleteOptions::default()
        };
        let deleted = self.hub.delete(&self.resource, &object, options);
        within(request_timeout(), deleted).await
    }

    /// Takes a cluster of which there is no claim, or the one given: that version of it and no other.
    pub(super) async fn take(
        &self,
        cluster: &str,
        known: Option<&Claim>,
        identity: &str,
    ) -> Result<Claim, ClusterError> {
        let transitions = known.map_or(0, |claim| claim.transitions + 1);
        self.write(cluster, known, identity, transitions).await
    }

    /// Gives a cluster away.
    pub(super) async fn release(&self, claim: &Claim) -> Result<Claim, ClusterError> {
        let known = Some(claim);
        self.write(&claim.cluster, known, "", claim.transitions)
            .await
    }

    async fn write(
        &self,
        cluster: &str,
        known: Option<&Claim>,
        holder: &str,
        transitions: i64,
    ) -> Result<Claim, ClusterError> {
        let metadata = json!({"labels": {CLUSTER: "true"}, "annotations": {CLUSTER: cluster}});
        let mut spec = json!({"leaseTransitions": transitions, "renewTime": now()});
        if !holder.is_empty() {
            spec["holderIdentity"] = holder.into();
            spec["acquireTime"] = now().into();
        }
        let mut lease = self.lease(&claim_name(cluster), metadata, spec)?;
        let written = async {
            match known {
                None => self.hub.create(&self.resource, &lease, OPTIONS).await,
                Some(claim) => {
                    lease.set_resource_version(&claim.version);
                    self.hub.replace(&self.resource, &lease, OPTIONS).await
                }
            }
        };
        let written = within(request_timeout(), written).await?;
        let strange = || ClusterError::Other(format!("the claim on {cluster} came back changed"));
        let claim = read_claim(&written).filter(|claim| claim.holder == holder);
        claim.ok_or_else(strange)
    }

    async fn list(&self, label: &str) -> Result<Vec<Object>, ClusterError> {
        let options = ListOptions {
            namespace: Some(&self.namespace),
            labels: label,
            ..ListOptions::default()
        };
        let listed = self.hub.list_matching(&self.resource, options);
        within(request_timeout(), listed).await
    }

    async fn patch(
        &self,
        identity: &str,
        patch: &Value,
        limit: Duration,
    ) -> Result<(), ClusterError> {
        let object = self.reference(&replica_name(identity));
        let kind = PatchKind::Merge;
        let patched = self
            .hub
            .patch(&self.resource, &object, kind, patch, OPTIONS);
        within(limit, patched).await.map(drop)
    }

    fn lease(&self, name: &str, metadata: Value, spec: Value) -> Result<Object, ClusterError> {
        let (version, kind) = (self.resource.gvk.api_version(), &self.resource.gvk.kind);
        let mut lease =
            json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
        lease["metadata"]["name"] = name.into();
        lease["metadata"]["namespace"] = self.namespace.as_str().into();
        Object::new(lease, None).map_err(|error| ClusterError::Other(error.to_string()))
    }

    fn reference(&self, name: &str) -> ObjectRef {
        ObjectRef {
            gvk: self.resource.gvk.clone(),
            namespace: self.namespace.clone(),
            name: name.to_owned(),
        }
    }
}

fn request_timeout() -> Duration {
    Duration::from_millis(LEASE_REQUEST_TIMEOUT_MS)
}

/// A request that is given up after that time: whether it is carried out is then unknown.
async fn within<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, ClusterError>>,
) -> Result<T, ClusterError> {
    let late = |_| {
        let message = format!("no answer about a lease within {} ms", limit.as_millis());
        ClusterError::Transient(message)
    };
    tokio::time::timeout(limit, request).await.map_err(late)?
}

fn replica_name(identity: &str) -> String {
    format!("gantry-replica-{identity}")
}

fn claim_name(cluster: &str) -> String {
    let digest = Digest::of(cluster.as_bytes()).hex();
    format!("gantry-cluster-{}", digest.get(..32).unwrap_or(&digest))
}

fn replica_spec(identity: &str) -> Value {
    json!({
        "holderIdentity": identity,
        "leaseDurationSeconds": LEASE_DURATION_MS.div_ceil(1_000),
        "acquireTime": now(),
        "renewTime": now(),
    })
}

/// For people; no replica reads it.
fn now() -> String {
    humantime::format_rfc3339_micros(SystemTime::now()).to_string()
}

fn holder(lease: &Object) -> String {
    let holder = lease.value().pointer("/spec/holderIdentity");
    let holder = holder.and_then(Value::as_str);
    holder.unwrap_or_default().to_owned()
}

fn read_replica(lease: &Object) -> Option<Replica> {
    let identity = holder(lease);
    if lease.name() != replica_name(&identity) {
        return None;
    }
    Some(Replica {
        id: lease.annotation(REPLICA)?.to_owned(),
        version: lease.resource_version().to_owned(),
        uid: lease.uid().to_owned(),
        is_leaving: lease.annotation(LEAVING).is_some(),
        identity,
    })
}

fn read_claim(lease: &Object) -> Option<Claim> {
    let transitions = lease.value().pointer("/spec/leaseTransitions");
    Some(Claim {
        cluster: lease.annotation(CLUSTER)?.to_owned(),
        holder: holder(lease),
        version: lease.resource_version().to_owned(),
        transitions: transitions.and_then(Value::as_i64).unwrap_or_default(),
    })
}
