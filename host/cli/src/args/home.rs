//! Which control plane's objects a command works on.

use clap::Args;

const NAMESPACE: &str = "argocd";
/// The heading of [`HomeArgs`].
const PLANE: &str = "Which control plane";

/// Which control plane the manifests of files are for.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlaneArgs {
    /// Namespace of the control plane that the manifests are for: its applications' objects are tracked by
    /// name alone, those of others by namespace and name
    #[arg(
        long,
        value_name = "NAMESPACE",
        env = "GANTRY_HUB_NAMESPACE",
        default_value = NAMESPACE
    )]
    pub(crate) hub_namespace: String,
}

impl Default for PlaneArgs {
    fn default() -> Self {
        Self {
            hub_namespace: NAMESPACE.to_owned(),
        }
    }
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct HomeArgs {
    /// Kubeconfig context of the hub: the cluster whose namespace holds the applications; `in-cluster` in a
    /// pod [default: none, they are kept in the data folder]
    #[arg(
        long,
        global = true,
        value_name = "CONTEXT",
        env = "GANTRY_HUB",
        help_heading = PLANE
    )]
    pub(crate) hub: Option<String>,
    /// Namespace of the control plane
    #[arg(
        long,
        global = true,
        value_name = "NAMESPACE",
        env = "GANTRY_HUB_NAMESPACE",
        default_value = NAMESPACE,
        help_heading = PLANE
    )]
    pub(crate) hub_namespace: String,
    /// Other namespaces of the hub with applications: globs, or regular expressions between two /
    #[arg(
        long,
        global = true,
        value_name = "PATTERN",
        value_delimiter = ',',
        env = "GANTRY_APPLICATION_NAMESPACES",
        help_heading = PLANE,
        requires = "hub"
    )]
    pub(crate) application_namespaces: Vec<String>,
}

impl HomeArgs {
    /// The same in another namespace, if one is named.
    pub(crate) fn in_namespace(&self, namespace: Option<&str>) -> Self {
        let mut home = self.clone();
        if let Some(namespace) = namespace {
            namespace.clone_into(&mut home.hub_namespace);
        }
        home
    }
}
