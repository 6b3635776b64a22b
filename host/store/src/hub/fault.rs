//! A hub's answers, in the words of a home.

use gantry_model::ClusterError;

use crate::error::StoreError;
use crate::home::Kind;

/// What was asked, for messages.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) cluster: String,
    pub(super) verb: &'static str,
    pub(super) kind: Kind,
    /// `namespace/name`; without a name for all of them.
    pub(super) name: String,
}

impl Asked {
    pub(super) fn exists(&self) -> StoreError {
        let (kind, name) = (self.kind.name(), self.name.clone());
        StoreError::Exists { kind, name }
    }

    pub(super) fn fault(&self, error: ClusterError) -> StoreError {
        let (kind, name) = (self.kind.name(), self.name.clone());
        match error {
            ClusterError::AlreadyExists { .. } => StoreError::Exists { kind, name },
            ClusterError::NotFound(_) => StoreError::Gone { kind, name },
            ClusterError::Modified { .. } => StoreError::Conflict { kind, name },
            error => {
                let place = match name.split_once('/') {
                    Some(("", "")) => "s in all namespaces".to_owned(),
                    Some((namespace, "")) => format!("s in {namespace}"),
                    _ => format!(" {name}"),
                };
                let what = format!("cannot {} {kind}{place} in {}", self.verb, self.cluster);
                StoreError::Hub { what, error }
            }
        }
    }
}
