//! Whose reading of YAML is meant.

/// Who reads a text. What they agree on is most of YAML; a file that is read by another than the
/// one it was written for must still mean what it meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `sigs.k8s.io/yaml`: what the API server, kubectl and Argo CD read manifests with.
    #[default]
    Kubernetes,
    /// kyaml (`go.yaml.in/yaml/v3`): what kustomize reads resources and patches with. `yes`, `no`,
    /// `on` and `off` are strings, unquoted times become RFC 3339, a key may stand only once, a
    /// mapping's own keys win over those it merges wherever `<<` stands, and name, namespace and
    /// annotations of a document are strings as they are written.
    Kustomize,
}
