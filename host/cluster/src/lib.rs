//! Clusters over the network: the only room that names kube.
//!
//! [`Clusters`] finds the cluster that a destination means, in a kubeconfig or among those that
//! cluster Secrets brought; [`KubeCluster`] is one of them, as the sync engine's port
//! [`gantry_model::Cluster`]. Whoever keeps clusters of their own takes single ones: of a
//! [`ClusterConfig`], of one of the [`Contexts`], or of the pod this runs in. kube reads kubeconfigs and holds credentials; the requests are made
//! here, so that objects stay the JSON that the server sent, parsed once, and every refusal keeps
//! what the server said about it.

mod answer;
mod certificate;
mod cluster;
mod clusters;
mod config;
mod connection;
mod contexts;
mod dial;
mod discovery;
mod events;
mod exec;
mod failure;
mod identity;
mod kubeconfig;
mod lanes;
mod lines;
mod list;
mod logs;
mod naming;
mod outage;
mod random;
mod reason;
mod request;
mod retry;
mod scrub;
mod source;
mod url;
mod watch;
mod write;

pub use cluster::KubeCluster;
pub use clusters::{Clusters, IN_CLUSTER_NAME, IN_CLUSTER_SERVER};
pub use config::{ClusterConfig, ConfigError, ExecConfig};
pub use contexts::{Context, Contexts};
pub use url::normalise as normalise_server;
