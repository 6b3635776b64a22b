//! Opens what a control plane works on: a hub's namespace, or the file in the data folder.

use std::sync::Arc;

use gantry_cluster::{IN_CLUSTER_NAME, KubeCluster};
use gantry_model::Diagnostic;
use gantry_store::{Home, HubHome, SqliteHome, StoreError};

use crate::args::{Global, HomeArgs};
use crate::failure::Failure;
use crate::setup;

/// The file of the data folder that holds a control plane's objects, and histories.
pub(crate) const FILE: &str = "gantry.db";

/// The home that the options name. Nothing is asked of a hub yet.
pub(crate) fn open(global: &Global, args: &HomeArgs) -> Result<Arc<dyn Home>, Failure> {
    let Some(hub) = &args.hub else {
        let file = setup::data(global)?.join(FILE);
        let home = SqliteHome::open(&file, &args.hub_namespace);
        return Ok(Arc::new(home.map_err(|error| problem(&error))?));
    };
    let in_pod = (hub == IN_CLUSTER_NAME).then(KubeCluster::in_pod);
    let cluster = match in_pod.flatten() {
        Some(cluster) => Arc::new(cluster),
        None => setup::clusters(global)?.by_name(hub).map_err(|error| {
            Diagnostic::error("hub", error.to_string()).help("check --hub and --kubeconfig")
        })?,
    };
    let home = HubHome::new(cluster, &args.hub_namespace, &args.application_namespaces);
    Ok(Arc::new(home.map_err(|error| problem(&error))?))
}

/// The home that the options name, for people.
pub(crate) fn place(global: &Global, args: &HomeArgs) -> Result<String, Failure> {
    match &args.hub {
        Some(hub) => Ok(format!("the hub {hub} (namespace {})", args.hub_namespace)),
        None => Ok(setup::data(global)?.display().to_string()),
    }
}

/// What a home could not do, for the user.
pub(crate) fn problem(error: &StoreError) -> Diagnostic {
    let diagnostic = Diagnostic::error("home", error.to_string());
    match error {
        StoreError::Hub { error, .. } => match error {
            gantry_model::ClusterError::UnknownKind(_) => {
                diagnostic.help("`gantry install --apply` brings the CustomResourceDefinitions")
            }
            gantry_model::ClusterError::Forbidden(_) => {
                diagnostic.help("`gantry install` shows the roles that a control plane needs")
            }
            _ => diagnostic,
        },
        _ => diagnostic,
    }
}
