//! One suite for both homes: a file, and a real API server with the CRDs that are installed.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

#[path = "homes/definitions.rs"]
mod definitions;
#[path = "homes/suite.rs"]
mod suite;

use std::sync::Arc;

use gantry_cluster::Clusters;
use gantry_model::Cluster;
use gantry_store::{Home, HubHome, SqliteHome};
use gantry_testbed::{Parts, Testbed};

#[test]
fn a_file_is_a_home() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || -> Arc<dyn Home> {
        let file = folder.path().join("gantry.db");
        Arc::new(SqliteHome::open(&file, "argocd").expect("a home"))
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(suite::run(open));
}

#[test]
fn a_hub_is_a_home() {
    let testbed = Testbed::start(&["hub"], Parts::Api).expect("a cluster");
    let clusters = Clusters::load(Some(&testbed.kubeconfig()), None).expect("a kubeconfig");
    let cluster: Arc<dyn Cluster> = clusters.by_name("hub").expect("its context");
    let open = |patterns: &[&str]| -> Arc<dyn Home> {
        let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
        Arc::new(HubHome::new(Arc::clone(&cluster), "argocd", &patterns).expect("a home"))
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        suite::without_definitions(&*open(&[])).await;
        definitions::install(&*cluster).await;
        suite::run(|| open(&[])).await;
        suite::cve_2023_22736_applications_elsewhere_are_none(&*cluster, &open).await;
        definitions::nothing_is_pruned(&*cluster).await;
    });
}
