//! What a control plane counts, under Argo CD's names where Argo CD has one, with `gantry_` for
//! `argocd_`.
//!
//! No clock and no I/O: whoever measures says how long it took, whoever serves asks for the text.

mod series;
mod text;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub use series::{Counters, Gauges, Histograms};
pub use text::{Exposition, Family, Kind};

/// The content type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Seconds: below Argo CD's smallest bucket is where most of ours end.
const RECONCILE_SECONDS: &[f64] = &[0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
const GIT_SECONDS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0];

/// One application, as `gantry_app_info` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppInfo {
    /// Namespace of the application's manifest.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Project.
    pub project: String,
    /// Whether it is synced without being asked.
    pub autosync_enabled: bool,
    /// Repository of its first source, without a password.
    pub repo: String,
    /// URL of the destination.
    pub dest_server: String,
    /// Namespace of the destination.
    pub dest_namespace: String,
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub sync_status: String,
    /// `Healthy`, `Degraded` and so on.
    pub health_status: String,
    /// The operation that runs: `sync`, `delete` or empty.
    pub operation: String,
}

/// All that a control plane counts. Shared by reference between threads.
#[derive(Debug)]
pub struct Metrics {
    apps: Mutex<BTreeMap<(String, String), AppInfo>>,
    /// `gantry_app_reconcile`: seconds of one look at an application; namespace and server of the
    /// destination.
    pub app_reconcile: Histograms<2>,
    /// `gantry_app_sync_total`: namespace, name, project, server, phase it ended in, dry run.
    pub app_sync: Counters<6>,
    /// `gantry_git_request_total`: repository, and `fetch` or `ls-remote`.
    pub git_requests: Counters<2>,
    /// `gantry_git_request_duration_seconds`: the same.
    pub git_seconds: Histograms<2>,
    /// `gantry_cluster_connection_status`: server and Kubernetes version; 1 while it answers.
    pub cluster_connection: Gauges<2>,
    /// `gantry_cluster_objects`: server.
    pub cluster_objects: Gauges<1>,
    /// `gantry_queue_depth`: queue.
    pub queue_depth: Gauges<1>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            apps: Mutex::default(),
            app_reconcile: Histograms::new(
                "gantry_app_reconcile",
                "Seconds of one look at an application.",
                ["namespace", "dest_server"],
                RECONCILE_SECONDS,
            ),
            app_sync: Counters::new(
                "gantry_app_sync_total",
                "Syncs of an application, by how they ended.",
                [
                    "namespace",
                    "name",
                    "project",
                    "dest_server",
                    "phase",
                    "dry_run",
                ],
            ),
            git_requests: Counters::new(
                "gantry_git_request_total",
                "Requests to Git servers.",
                ["repo", "request_type"],
            ),
            git_seconds: Histograms::new(
                "gantry_git_request_duration_seconds",
                "Seconds of requests to Git servers.",
                ["repo", "request_type"],
                GIT_SECONDS,
            ),
            cluster_connection: Gauges::new(
                "gantry_cluster_connection_status",
                "Whether a cluster answers.",
                ["server", "k8s_version"],
            ),
            cluster_objects: Gauges::new(
                "gantry_cluster_objects",
                "Objects of a cluster that are kept in memory.",
                ["server"],
            ),
            queue_depth: Gauges::new("gantry_queue_depth", "What waits to be done.", ["name"]),
        }
    }
}

impl Metrics {
    /// Takes an application's state in the place of what was known of it.
    pub fn set_app(&self, app: AppInfo) {
        let key = (app.namespace.clone(), app.name.clone());
        self.apps().insert(key, app);
    }

    /// Forgets an application, and what was counted of it.
    pub fn remove_app(&self, namespace: &str, name: &str) {
        self.apps().remove(&(namespace.to_owned(), name.to_owned()));
        self.app_sync
            .retain(|labels| labels[0] != namespace || labels[1] != name);
    }

    /// Forgets a cluster.
    pub fn remove_cluster(&self, server: &str) {
        self.cluster_connection.retain(|labels| labels[0] != server);
        self.cluster_objects.retain(|labels| labels[0] != server);
        self.app_reconcile.retain(|labels| labels[1] != server);
    }

    /// Writes all of it.
    pub fn write(&self, to: &mut Exposition) {
        self.write_apps(to);
        self.app_reconcile.write(to);
        self.app_sync.write(to);
        self.git_requests.write(to);
        self.git_seconds.write(to);
        self.cluster_connection.write(to);
        self.cluster_objects.write(to);
        self.queue_depth.write(to);
    }

    fn write_apps(&self, to: &mut Exposition) {
        let mut family = to.family(
            "gantry_app_info",
            Kind::Gauge,
            "What an application is, and how it is.",
        );
        for app in self.apps().values() {
            let autosync = if app.autosync_enabled {
                "true"
            } else {
                "false"
            };
            let labels = [
                ("namespace", app.namespace.as_str()),
                ("name", &app.name),
                ("project", &app.project),
                ("autosync_enabled", autosync),
                ("repo", &app.repo),
                ("dest_server", &app.dest_server),
                ("dest_namespace", &app.dest_namespace),
                ("sync_status", &app.sync_status),
                ("health_status", &app.health_status),
                ("operation", &app.operation),
            ];
            family.sample(&labels, 1.0);
        }
    }

    fn apps(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), AppInfo>> {
        // Each change is one insert or removal: what a panic elsewhere left is whole.
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{AppInfo, Exposition, Metrics};

    fn text(metrics: &Metrics) -> String {
        let mut exposition = Exposition::default();
        metrics.write(&mut exposition);
        exposition.into_text()
    }

    #[test]
    fn an_application_is_there_once_and_goes_with_its_counters() {
        let metrics = Metrics::default();
        let mut app = AppInfo {
            namespace: "argocd".into(),
            name: "web".into(),
            sync_status: "OutOfSync".into(),
            ..AppInfo::default()
        };
        metrics.set_app(app.clone());
        app.sync_status = "Synced".into();
        metrics.set_app(app);
        let labels = ["argocd", "web", "default", "", "Succeeded", "false"];
        metrics.app_sync.add(labels, 2.0);
        let labels = ["argocd", "other", "default", "", "Failed", "false"];
        metrics.app_sync.add(labels, 1.0);

        let all = text(&metrics);
        let of_web = |text: &str| text.matches("name=\"web\"").count();
        assert_eq!(of_web(&all), 2, "{all}");
        assert!(all.contains("sync_status=\"Synced\""), "{all}");
        assert!(
            all.contains(
                "gantry_app_sync_total{namespace=\"argocd\",name=\"web\",project=\"default\",\
                 dest_server=\"\",phase=\"Succeeded\",dry_run=\"false\"} 2\n"
            ),
            "{all}"
        );

        metrics.remove_app("argocd", "web");
        let all = text(&metrics);
        assert_eq!(of_web(&all), 0, "{all}");
        assert!(all.contains("name=\"other\""), "{all}");
    }

    #[test]
    fn a_cluster_goes_with_all_that_is_said_of_it() {
        let metrics = Metrics::default();
        for server in ["https://one", "https://two"] {
            metrics.cluster_connection.set([server, "1.34"], 1.0);
            metrics.cluster_objects.set([server], 12.0);
            metrics.app_reconcile.observe(["argocd", server], 0.2);
        }
        metrics.remove_cluster("https://one");
        let all = text(&metrics);
        assert!(!all.contains("https://one"), "{all}");
        assert!(all.contains("gantry_cluster_objects{server=\"https://two\"} 12\n"));
    }
}
