//! The sync options of single objects (`argocd.argoproj.io/sync-options`), which go before the
//! application's.

use gantry_model::{Diagnostic, Object};

use crate::annotations;
use crate::desired::Wanted;
use crate::run::Sync;

/// How one object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Replace it as a whole instead of applying.
    pub(crate) replace: bool,
    /// Delete it and make it anew where it cannot be changed.
    pub(crate) force: bool,
    /// Take over fields that other managers own.
    pub(crate) force_conflicts: bool,
    /// Misspelt fields are errors.
    pub(crate) validate: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            replace: false,
            force: false,
            force_conflicts: false,
            validate: true,
        }
    }
}

impl Sync<'_> {
    /// How an object is written. A hook is ours alone: it is applied, whoever else owns its fields.
    pub(crate) fn settings(&self, wanted: &Wanted) -> Settings {
        let object = &wanted.object;
        let options = &self.options;
        let own = |name| annotations::option(object, name);
        let flag = |name, of_all: bool| own(name).map_or(of_all, |value| value == "true");
        Settings {
            replace: !wanted.hook && flag("Replace", options.replace),
            force: !wanted.hook && flag("Force", options.force),
            // Argo CD's `ServerSideApply=true` takes fields over, as `kubectl --force-conflicts`.
            force_conflicts: wanted.hook
                || options.force_conflicts
                || own("ServerSideApply") == Some("true"),
            validate: own("Validate").map_or(options.validate, |value| value != "false"),
        }
    }
}

/// Every option that an object may carry, with the values that have their effect here.
const KNOWN: &[(&str, &[&str])] = &[
    ("Delete", &["true", "false", "confirm"]),
    ("Force", &["true", "false"]),
    ("Prune", &["true", "false", "confirm"]),
    ("PruneLast", &["true", "false"]),
    ("Replace", &["true", "false"]),
    ("ServerSideApply", &["true"]),
    ("SkipDryRunOnMissingResource", &["true", "false"]),
    ("Validate", &["true", "false"]),
];

/// Options that only an application has.
const OF_APPLICATIONS: &[&str] = &[
    "ApplyOutOfSyncOnly",
    "ClientSideApplyMigration",
    "CreateNamespace",
    "FailOnSharedResource",
    "PrunePropagationPolicy",
    "RespectIgnoreDifferences",
];

/// Warnings of options that are none, or have no effect.
pub(crate) fn unknown(object: &Object) -> Vec<Diagnostic> {
    let told = |option: &str| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, values)) if values.contains(&value) => None,
            Some((_, values)) => Some(Diagnostic::warning(
                "invalid-sync-option",
                format!(
                    "sync option `{option}` is ignored: `{name}` takes `{}` here",
                    values.join("`, `")
                ),
            )),
            None if OF_APPLICATIONS.contains(&name) => Some(Diagnostic::warning(
                "invalid-sync-option",
                format!(
                    "sync option `{option}` is ignored: applications have it, single objects do not"
                ),
            )),
            None => Some(Diagnostic::warning(
                "unknown-sync-option",
                format!("sync option `{option}` is none that Argo CD knows; it is ignored"),
            )),
        }
    };
    annotations::options(object).filter_map(told).collect()
}
