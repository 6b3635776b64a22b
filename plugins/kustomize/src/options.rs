//! How a build is run, beside the kustomization itself.

/// In which order the objects come when the kustomization has no `sortOptions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// kustomize's own order of kinds: the command line's default.
    #[default]
    Legacy,
    /// As the files have them.
    None,
}

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictor {
    /// Those in its own directory and below.
    #[default]
    RootOnly,
    /// Those of the whole tree.
    None,
}

/// Options of a build.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The order of the objects.
    pub reorder: Reorder,
    /// The files that may be read.
    pub load_restrictor: LoadRestrictor,
    /// Label every object `app.kubernetes.io/managed-by: kustomize-…`.
    pub add_managed_by_label: bool,
    /// The target cluster's version, for Helm charts that give none.
    pub kube_version: String,
    /// Kinds that the target cluster serves, for Helm charts that give none.
    pub api_versions: Vec<String>,
}
