//! Which Secrets and ConfigMaps belong to a control plane: in a hub its namespace holds others too.

use gantry_model::Object;

use super::Kind;
use crate::error::StoreError;

/// The label of Secrets that are clusters, repositories and credentials.
pub(crate) const SECRET_TYPE: &str = "argocd.argoproj.io/secret-type";
/// The one Secret without it.
pub(crate) const OWN_SECRET: &str = "argocd-secret";
/// The first password of `admin`, which people read once and delete.
const INITIAL_SECRET: &str = "argocd-initial-admin-secret";
/// The certificate of the control plane's door.
const SERVER_TLS: &str = "argocd-server-tls";
/// The label, and its value, of Secrets that settings may refer to (`$SECRET:KEY`).
const PART_OF: (&str, &str) = ("app.kubernetes.io/part-of", "argocd");
/// Argo CD's settings.
const SETTINGS: [&str; 5] = [
    "argocd-cm",
    "argocd-cmd-params-cm",
    "argocd-rbac-cm",
    "argocd-ssh-known-hosts-cm",
    "argocd-tls-certs-cm",
];
/// How the names of Gantry's own settings begin.
const OWN_SETTINGS: &str = "gantry-";

/// What a control plane writes down for itself, in ConfigMaps: nobody's wish, and made anew where it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// How its clusters are.
    Clusters,
}

impl Noted {
    const ALL: [Self; 1] = [Self::Clusters];

    /// The ConfigMap's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clusters => "gantry-clusters",
        }
    }

    /// Whether an object is one of these.
    pub(crate) fn is(object: &Object) -> bool {
        let mut names = Self::ALL.iter().map(|noted| noted.name());
        object.kind() == "ConfigMap" && names.any(|name| name == object.name())
    }
}

/// Whether settings may refer to entries of a Secret, as `$SECRET:KEY`.
pub fn is_referred(secret: &Object) -> bool {
    secret.label(PART_OF.0) == Some(PART_OF.1)
}

impl Kind {
    /// Whether homes keep an object of this kind: all applications and projects; the Secrets and ConfigMaps
    /// that mean something to a control plane.
    pub fn keeps(self, object: &Object) -> bool {
        let name = object.name();
        match self {
            Self::Application | Self::Project => true,
            Self::Secret => {
                matches!(name, OWN_SECRET | INITIAL_SECRET | SERVER_TLS)
                    || object.label(SECRET_TYPE).is_some()
                    || is_referred(object)
            }
            Self::ConfigMap => SETTINGS.contains(&name) || name.starts_with(OWN_SETTINGS),
        }
    }

    /// The kind of an object that is to be written.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for what no home keeps, with what would make it one that is kept.
    pub(crate) fn to_keep(object: &Object) -> Result<Self, StoreError> {
        let invalid = |reason: String| {
            let what = object.reference().to_string();
            Err(StoreError::Invalid { what, reason })
        };
        let Some(kind) = Self::of(object) else {
            return invalid("objects of this kind are not kept here".to_owned());
        };
        match kind {
            _ if kind.keeps(object) => Ok(kind),
            Self::Secret => invalid(format!(
                "a control plane's Secrets have the label {SECRET_TYPE} or {}={}, or are named {OWN_SECRET} or \
                 {SERVER_TLS}",
                PART_OF.0, PART_OF.1
            )),
            _ => invalid(format!(
                "a control plane's ConfigMaps are {} and those named {OWN_SETTINGS}…",
                SETTINGS.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use gantry_model::Object;
    use serde_json::json;

    #[test]
    fn others_of_the_namespace_are_not_kept() {
        let none = json!({});
        let part = json!({"app.kubernetes.io/part-of": "argocd"});
        let cluster = json!({"argocd.argoproj.io/secret-type": "cluster"});
        for (kind, name, labels, kept) in [
            ("Secret", "spoke", &cluster, true),
            ("Secret", "spoke", &none, false),
            ("Secret", "argocd-secret", &none, true),
            ("Secret", "argocd-server-tls", &none, true),
            ("Secret", "dex-login", &part, true),
            ("Secret", "gantry-history-shop", &none, false),
            ("ConfigMap", "argocd-cm", &none, true),
            ("ConfigMap", "gantry-plugins", &none, true),
            ("ConfigMap", "kube-root-ca.crt", &cluster, false),
            ("Pod", "argocd-cm", &none, false),
        ] {
            let metadata = json!({"name": name, "namespace": "argocd", "labels": labels});
            let value = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
            let object = Object::new(value, None).expect("an object");
            assert_eq!(Kind::to_keep(&object).is_ok(), kept, "{kind} {name}");
        }
    }
}
