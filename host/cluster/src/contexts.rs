//! The contexts of a kubeconfig, each of which may become a connection of its own.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::config::{Kubeconfig, NamedCluster};

use crate::cluster::KubeCluster;
use crate::config::{ClusterConfig, ConfigError};
use crate::kubeconfig;
use crate::source::Source;

/// The contexts of one kubeconfig. Nothing is connected before it is asked for.
#[derive(Clone)]
pub struct Contexts {
    kubeconfig: Arc<Kubeconfig>,
    current: Option<String>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The name of the kubeconfig's `clusters` entry.
    pub cluster: String,
    /// The server's URL.
    pub server: String,
}

impl Contexts {
    /// Reads a kubeconfig as [`crate::Clusters::load`] does; `context` is current then, if given.
    ///
    /// # Errors
    /// A file that cannot be read, or a context that does not exist.
    pub fn load(file: Option<&Path>, context: Option<&str>) -> Result<Self, ConfigError> {
        let kubeconfig = Arc::new(kubeconfig::load(file)?);
        let current = kubeconfig.current_context.clone();
        let mut contexts = Self {
            kubeconfig,
            current: current.filter(|name| !name.is_empty()),
        };
        if let Some(name) = context {
            contexts.find(name)?;
            contexts.current = Some(name.to_owned());
        }
        Ok(contexts)
    }

    /// The current one, if there is any and it exists.
    pub fn current(&self) -> Option<Context> {
        let name = self.current.as_deref()?;
        self.find(name).ok()
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Context> {
        let mut all: Vec<Context> = self
            .kubeconfig
            .contexts
            .iter()
            .filter_map(|named| {
                let cluster = named.context.as_ref()?.cluster.clone();
                Some(Context {
                    name: named.name.clone(),
                    server: kubeconfig::server(&self.kubeconfig, &cluster).to_owned(),
                    cluster,
                })
            })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// A connection of its own to the cluster of a context, with its credentials.
    ///
    /// # Errors
    /// When there is no such context.
    pub fn connect(&self, name: &str) -> Result<KubeCluster, ConfigError> {
        let found = self.find(name)?;
        let source = Source::Context {
            kubeconfig: Arc::clone(&self.kubeconfig),
            context: found.name.clone(),
        };
        Ok(KubeCluster::new(&found.name, &found.server, source))
    }

    /// How the server of a context is reached and trusted, without the credentials.
    ///
    /// # Errors
    /// When there is no such context, or its certificate cannot be read.
    pub fn address(&self, name: &str) -> Result<ClusterConfig, ConfigError> {
        let found = self.find(name)?;
        let mut clusters = self.kubeconfig.clusters.iter();
        let named = clusters.find(|c| c.name == found.cluster);
        let cluster = named.and_then(|named| named.cluster.clone());
        let cluster = cluster.unwrap_or_default();
        let ca_data = named.map(authority).transpose()?.unwrap_or_default();
        let insecure = cluster.insecure_skip_tls_verify.unwrap_or_default();
        Ok(ClusterConfig {
            name: found.name,
            server: found.server,
            // A server that is not checked needs no authority, and Argo CD refuses both.
            ca_data: if insecure { Vec::new() } else { ca_data },
            insecure,
            server_name: cluster.tls_server_name.unwrap_or_default(),
            proxy_url: cluster.proxy_url.unwrap_or_default(),
            ..ClusterConfig::default()
        })
    }

    fn find(&self, name: &str) -> Result<Context, ConfigError> {
        let all = self.all();
        let names: Vec<&str> = all.iter().map(|context| context.name.as_str()).collect();
        let known = match names.as_slice() {
            [] => "the kubeconfig has none".to_owned(),
            names => format!("known are {}", names.join(", ")),
        };
        let found = all.iter().find(|context| context.name == name);
        found.cloned().ok_or_else(|| ConfigError::UnknownContext {
            name: name.to_owned(),
            known,
        })
    }
}

/// The certificates of a cluster's authority, from the file or from the kubeconfig itself.
fn authority(named: &NamedCluster) -> Result<Vec<u8>, ConfigError> {
    let Some(cluster) = &named.cluster else {
        return Ok(Vec::new());
    };
    if let Some(data) = &cluster.certificate_authority_data {
        let decoded = BASE64_STANDARD.decode(data.trim());
        return decoded.map_err(|_| ConfigError::Read {
            path: format!("cluster {:?}", named.name),
            reason: "certificate-authority-data is no base64".to_owned(),
        });
    }
    match &cluster.certificate_authority {
        None => Ok(Vec::new()),
        Some(path) => std::fs::read(path).map_err(|error| ConfigError::Read {
            path: path.clone(),
            reason: error.to_string(),
        }),
    }
}
