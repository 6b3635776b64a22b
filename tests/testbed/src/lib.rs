//! Real Kubernetes control planes without containers: etcd, kube-apiserver and, where workloads
//! must become ready, kube-controller-manager, kube-scheduler and kwok, as plain processes on
//! loopback. Several clusters run side by side, on free ports, each in a folder of its own.
//! Beside them, real Git repositories over file, http and ssh, files over http(s), and a real OCI
//! registry; an identity provider; a proxy that makes an API server fail, and one that makes any server go away.

mod axe;
mod binaries;
mod certificates;
mod cluster;
mod detached;
mod dial;
mod fault_proxy;
mod file_server;
mod git;
mod git_http;
mod git_ssh;
mod github;
mod identity;
mod kubeconfig;
mod kubelet;
mod ports;
mod process;
mod registry;
mod tunnel;

use std::path::{Path, PathBuf};

pub use axe::{AXE_VERSION, axe};
pub use binaries::{ARGOCD_VERSION, Binaries, VERSION};
pub use certificates::ClientCertificate;
pub use cluster::{Cluster, Parts};
pub use detached::{down, up};
pub use dial::{Dial, Mode};
pub use fault_proxy::{FaultProxy, Faults};
pub use file_server::{Asked, FileServer};
pub use git::GitRepository;
pub use git_http::GitHttpServer;
pub use git_ssh::GitSshServer;
pub use github::GithubApi;
pub use identity::{IdentityClient, IdentityProvider};
pub use kubelet::Kubelet;
pub use ports::free_port;
pub use registry::Registry;
pub use tunnel::Tunnel;

/// Why a testbed could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TestbedError {
    /// A file or a process could not be handled.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The go command failed.
    #[error("go build of {package} failed: {output}")]
    Build {
        /// The Go package.
        package: String,
        /// The last lines it wrote.
        output: String,
    },
    /// A program did not become ready.
    #[error("{program} of cluster {cluster} did not become ready in {seconds} s; its log: {log}")]
    NotReady {
        /// The program.
        program: String,
        /// The cluster.
        cluster: String,
        /// How long it was waited for.
        seconds: u64,
        /// The log's last lines.
        log: String,
    },
    /// A program ended by itself before it was ready.
    #[error("{program} of cluster {cluster} ended before it was ready; its log: {log}")]
    Ended {
        /// The program.
        program: String,
        /// The cluster.
        cluster: String,
        /// The log's last lines.
        log: String,
    },
    /// A certificate could not be made.
    #[error("cannot make certificates: {0}")]
    Certificates(#[from] rcgen::Error),
}

impl TestbedError {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// Clusters that live as long as this value. Dropping it stops them and removes their folder.
#[derive(Debug)]
pub struct Testbed {
    clusters: Vec<Cluster>,
    folder: tempfile::TempDir,
    kubectl: PathBuf,
}

impl Testbed {
    /// Starts clusters of these names, all at once, and waits until each is ready.
    ///
    /// # Errors
    /// What kept one from starting; none is left running then.
    pub fn start(names: &[&str], parts: Parts) -> Result<Self, TestbedError> {
        let binaries = Binaries::find_or_build()?;
        let folder = tempfile::tempdir().map_err(TestbedError::io("a temporary folder"))?;
        let started: Vec<Result<Cluster, TestbedError>> = std::thread::scope(|scope| {
            let start = |name: &&str| {
                let (name, folder) = ((*name).to_owned(), folder.path().join(name));
                let binaries = &binaries;
                scope.spawn(move || Cluster::start(&name, &folder, parts, binaries))
            };
            let threads: Vec<_> = names.iter().map(start).collect();
            let gone = || TestbedError::io("a thread")(std::io::Error::other("it panicked"));
            threads
                .into_iter()
                .map(|t| t.join().unwrap_or_else(|_| Err(gone())))
                .collect()
        });
        let clusters = started.into_iter().collect::<Result<Vec<_>, _>>()?;
        kubeconfig::write(&folder.path().join("kubeconfig"), &clusters)?;
        Ok(Self {
            clusters,
            folder,
            kubectl: binaries.path("kubectl"),
        })
    }

    /// A kubeconfig with a context for each cluster, named as the cluster.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// A folder for the test's own files, removed with the testbed.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The clusters, in the order in which they were named.
    pub fn clusters(&mut self) -> &mut [Cluster] {
        &mut self.clusters
    }

    /// One of them.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.name == name)
    }

    /// A `kubectl` command against one of the clusters.
    pub fn kubectl(&self, context: &str) -> std::process::Command {
        let mut command = std::process::Command::new(&self.kubectl);
        command
            .arg("--kubeconfig")
            .arg(self.kubeconfig())
            .args(["--context", context]);
        command
    }
}
