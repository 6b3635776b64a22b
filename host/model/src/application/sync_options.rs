//! `spec.syncPolicy.syncOptions`: strings such as `CreateNamespace=true`.

use crate::cluster::Propagation;
use crate::diagnostic::Diagnostic;

/// Whether something is done: always, never, or when a person has said yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// `true`: as Argo CD does without the option.
    #[default]
    Yes,
    /// `false`.
    No,
    /// `confirm`.
    Confirm,
}

/// The options of one application, with Argo CD's defaults. Those without effect yet are read, so
/// that whoever gives them effect finds them here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncOptions {
    /// Create the destination's namespace when it is not there.
    pub create_namespace: bool,
    /// Take over fields that other managers own: Argo CD's server-side apply always does. Gantry
    /// applies on the server either way, and without the option reports the conflict.
    pub server_side_apply: bool,
    /// Delete what is no longer in the source, if the sync prunes.
    pub prune: Confirmation,
    /// Delete the objects with their application.
    pub delete: Confirmation,
    /// What happens to the dependents of what is pruned.
    pub propagation: Propagation,
    /// Prune after everything else.
    pub prune_last: bool,
    /// Replace instead of apply.
    pub replace: bool,
    /// Delete and create anew.
    pub force: bool,
    /// Apply only what differs.
    pub apply_out_of_sync_only: bool,
    /// No dry run of kinds that are not served yet.
    pub skip_dry_run_on_missing_resource: bool,
    /// Leave fields alone that `ignoreDifferences` names.
    pub respect_ignore_differences: bool,
    /// Let the server check fields against the schema.
    pub validate: bool,
    /// Fail when another application has the object.
    pub fail_on_shared_resource: bool,
    /// Take over the fields that a client-side apply has left.
    pub client_side_apply_migration: bool,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            create_namespace: false,
            server_side_apply: false,
            prune: Confirmation::Yes,
            delete: Confirmation::Yes,
            propagation: Propagation::Foreground,
            prune_last: false,
            replace: false,
            force: false,
            apply_out_of_sync_only: false,
            skip_dry_run_on_missing_resource: false,
            respect_ignore_differences: false,
            validate: true,
            fail_on_shared_resource: false,
            client_side_apply_migration: true,
        }
    }
}

const FLAG: &[&str] = &["true", "false"];
const CONFIRMATION: &[&str] = &["true", "false", "confirm"];

/// One row: what an option may say, and which of that Gantry heeds.
struct Known {
    name: &'static str,
    values: &'static [&'static str],
    /// The values that Gantry acts by; the others have no effect yet.
    heeded: &'static [&'static str],
    set: fn(&mut SyncOptions, &str),
}

/// A flag whose one effective value has no effect yet: the other is what Gantry does anyway.
const fn flag(
    name: &'static str,
    heeded: &'static [&'static str],
    set: fn(&mut SyncOptions, &str),
) -> Known {
    Known {
        name,
        values: FLAG,
        heeded,
        set,
    }
}

/// Every option that Argo CD's `sync-options.md` documents.
const KNOWN: &[Known] = &[
    flag("CreateNamespace", FLAG, |o, v| {
        o.create_namespace = v == "true";
    }),
    // Gantry applies on the server only: `false` cannot be had.
    flag("ServerSideApply", &["true"], |o, v| {
        o.server_side_apply = v == "true";
    }),
    Known {
        name: "PrunePropagationPolicy",
        values: &["foreground", "background", "orphan"],
        heeded: &["foreground", "background", "orphan"],
        set: |o, v| o.propagation = propagation(v),
    },
    Known {
        name: "Prune",
        values: CONFIRMATION,
        heeded: CONFIRMATION,
        set: |o, v| o.prune = confirmation(v),
    },
    Known {
        name: "Delete",
        values: CONFIRMATION,
        heeded: CONFIRMATION,
        set: |o, v| o.delete = confirmation(v),
    },
    flag("PruneLast", FLAG, |o, v| o.prune_last = v == "true"),
    flag("Replace", FLAG, |o, v| o.replace = v == "true"),
    flag("Force", FLAG, |o, v| o.force = v == "true"),
    flag("ApplyOutOfSyncOnly", FLAG, |o, v| {
        o.apply_out_of_sync_only = v == "true";
    }),
    flag("SkipDryRunOnMissingResource", FLAG, |o, v| {
        o.skip_dry_run_on_missing_resource = v == "true";
    }),
    flag("RespectIgnoreDifferences", FLAG, |o, v| {
        o.respect_ignore_differences = v == "true";
    }),
    flag("Validate", FLAG, |o, v| o.validate = v == "true"),
    flag("FailOnSharedResource", FLAG, |o, v| {
        o.fail_on_shared_resource = v == "true";
    }),
    flag("ClientSideApplyMigration", FLAG, |o, v| {
        o.client_side_apply_migration = v == "true";
    }),
];

fn propagation(value: &str) -> Propagation {
    match value {
        "background" => Propagation::Background,
        "orphan" => Propagation::Orphan,
        _ => Propagation::Foreground,
    }
}

fn confirmation(value: &str) -> Confirmation {
    match value {
        "false" => Confirmation::No,
        "confirm" => Confirmation::Confirm,
        _ => Confirmation::Yes,
    }
}

impl SyncOptions {
    /// Reads the strings of a manifest. Argo CD passes over what it does not know, and so does
    /// this, but not in silence: `field` is where the list stands.
    pub fn parse(options: &[String], field: &str) -> (Self, Vec<Diagnostic>) {
        let mut parsed = Self::default();
        let mut warnings = Vec::new();
        for (index, option) in options.iter().enumerate() {
            if let Some(warning) = parsed.read(option) {
                warnings.push(warning.field(format!("{field}[{index}]")));
            }
        }
        (parsed, warnings)
    }

    /// Reads one option; says what is to be said about it.
    fn read(&mut self, option: &str) -> Option<Diagnostic> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
            let message =
                format!("sync option `{option}` is none that Argo CD knows; it is ignored");
            let warning = Diagnostic::warning("unknown-sync-option", message);
            let meant = KNOWN
                .iter()
                .find(|k| k.name.eq_ignore_ascii_case(name.trim()));
            return Some(match meant {
                Some(known) => warning.help(format!("did you mean `{}`?", known.name)),
                None => warning,
            });
        };
        if !known.values.contains(&value) {
            let values = known.values.join("`, `");
            let message = format!("sync option `{option}` is ignored: `{name}` takes `{values}`");
            return Some(Diagnostic::warning("invalid-sync-option", message));
        }
        (known.set)(self, value);
        (!known.heeded.contains(&value)).then(|| {
            let message = format!("sync option `{option}` has no effect yet");
            Diagnostic::warning("no-effect-yet", message)
        })
    }
}
