//! `gantry serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::HomeArgs;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    /// Address for the pages, the API (/api), webhooks (/api/webhook) and health (/healthz, /readyz)
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address for metrics (/metrics), which name all applications and clusters to anybody, over plain HTTP
    /// [default: they are not served]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Certificate to serve with, a PEM file; read anew when it changes [default: one of its own, in the
    /// data folder]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Plain HTTP, for behind a proxy that does TLS; also `server.insecure` in the ConfigMap argocd-cmd-params-cm
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) insecure: bool,
    /// Time between two looks at each repository, whatever webhooks tell; up to half as much is added, so that
    /// not all are asked at once
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, default_value = "2m")]
    pub(crate) refresh_interval: Duration,
    /// Name of this replica, where several share the clusters of one hub [default: $HOSTNAME, in a pod its name]
    #[arg(long, value_name = "NAME", requires = "hub", env = "POD_NAME")]
    pub(crate) replica: Option<String>,
}
