//! How to sync.

use std::time::Duration;

use gantry_model::application::{Confirmation, NamespaceMetadata};
use gantry_model::cluster::Propagation;
use gantry_model::limits;

use crate::deletion::Extent;
use crate::selection::Selection;

/// What happens to objects that are no longer wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// They stay, since nobody asked for more.
    #[default]
    Leave,
    /// They are deleted.
    Delete,
    /// They are deleted, once somebody has confirmed it.
    Confirm,
    /// They stay, since the application's sync options say so; those go whose own say otherwise.
    Forbid {
        /// Somebody asked for more.
        asked: bool,
    },
}

/// How to sync.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which objects; all others stay as they are, and hooks do not run.
    pub selection: Selection,
    /// What happens to what is no longer wanted.
    pub prune: Prune,
    /// Prune after everything else of the phase Sync.
    pub prune_last: bool,
    /// Ask the server what would happen, change nothing.
    pub dry_run: bool,
    /// Take over fields that other managers own.
    pub force_conflicts: bool,
    /// Field managers whose fields become ours.
    pub take_over: Vec<String>,
    /// The field manager whose fields become ours on objects that ask for server-side apply
    /// themselves (`ClientSideApplyMigration`).
    pub migrate: Option<String>,
    /// Leave the fields alone that `ignoreDifferences` names.
    pub respect_ignore_differences: bool,
    /// Whether the server is asked what differs, where the live object alone does not show it.
    pub server_side_diff: bool,
    /// What only a mutating webhook changes is a difference.
    pub include_mutation_webhook: bool,
    /// Leave objects alone that differ only in what is ignored.
    pub out_of_sync_only: bool,
    /// Replace objects as a whole instead of applying them (`kubectl replace`).
    pub replace: bool,
    /// Delete objects and make them anew where they cannot be changed.
    pub force: bool,
    /// Let the server refuse fields that a kind does not have.
    pub validate: bool,
    /// Touch nothing when another application has one of the objects.
    pub fail_on_shared: bool,
    /// Objects with `Prune=confirm` may be pruned: somebody has said yes.
    pub prune_confirmed: bool,
    /// Whether the application's objects are deleted with it; an object's own option goes before.
    pub delete: Confirmation,
    /// Objects with `Delete=confirm` may be deleted: somebody has said yes.
    pub delete_confirmed: bool,
    /// How much of a deletion is done.
    pub extent: Extent,
    /// Make the destination's namespace when it does not exist.
    pub create_namespace: bool,
    /// What that namespace gets.
    pub namespace_metadata: NamespaceMetadata,
    /// Wait until all is healthy.
    pub wait: bool,
    /// Time for everything, the wait for health included.
    pub timeout: Duration,
    /// What happens to the dependents of what is pruned or deleted.
    pub propagation: Propagation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            prune: Prune::Leave,
            prune_last: false,
            dry_run: false,
            force_conflicts: false,
            take_over: Vec::new(),
            migrate: None,
            respect_ignore_differences: false,
            server_side_diff: true,
            include_mutation_webhook: false,
            out_of_sync_only: false,
            replace: false,
            force: false,
            validate: true,
            fail_on_shared: false,
            prune_confirmed: false,
            delete: Confirmation::Yes,
            delete_confirmed: false,
            extent: Extent::default(),
            create_namespace: false,
            namespace_metadata: NamespaceMetadata::default(),
            wait: true,
            timeout: Duration::from_secs(limits::SYNC_TIMEOUT_SECS),
            propagation: Propagation::Foreground,
        }
    }
}
