//! How to read and write, beside what.

use crate::object::Object;

/// How to apply an object.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions<'a> {
    /// Who owns the fields (`fieldManager`).
    pub field_manager: &'a str,
    /// Take over fields that another manager owns.
    pub force_conflicts: bool,
    /// Ask the server what would happen, change nothing (`dryRun=All`).
    pub dry_run: bool,
    /// A misspelt or doubled field is an error (`fieldValidation=Strict`), not a field that is
    /// silently dropped (`Ignore`, Argo CD's `Validate=false`).
    pub validate: bool,
}

/// How to create, replace or patch an object.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions<'a> {
    /// Who owns the fields (`fieldManager`).
    pub field_manager: &'a str,
    /// Ask the server what would happen, change nothing (`dryRun=All`).
    pub dry_run: bool,
    /// As [`ApplyOptions::validate`].
    pub validate: bool,
}

/// What a patch is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// A JSON merge patch (RFC 7396): a null takes a field away, a list replaces the whole list.
    Merge,
    /// A list of operations (RFC 6902). One that got no answer is not sent again: what it adds
    /// would be there twice.
    Json,
    /// A strategic merge patch, which knows the lists of built-in kinds; custom resources have none.
    Strategic,
    /// A merge patch of the subresource `status`.
    MergeStatus,
}

/// What happens to dependents on deletion (`propagationPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// Dependents first.
    #[default]
    Foreground,
    /// The object first, dependents by the garbage collector.
    Background,
    /// Dependents stay.
    Orphan,
}

/// How to delete an object.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeleteOptions<'a> {
    /// Only the object with this `uid`; any, when empty.
    pub uid: &'a str,
    /// What happens to dependents.
    pub propagation: Propagation,
    /// Ask the server what would happen, change nothing (`dryRun=All`).
    pub dry_run: bool,
    /// Time the object gets to end by itself (`gracePeriodSeconds`); the kind's own when none.
    pub grace_secs: Option<u32>,
}

/// Which objects of a kind to list, and what of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOptions<'a> {
    /// In one namespace, or in all.
    pub namespace: Option<&'a str>,
    /// A label selector, as `kubectl -l` takes it; all, when empty.
    pub labels: &'a str,
    /// A field selector, of the fields that the server knows one by; all, when empty.
    pub fields: &'a str,
    /// `metadata` only, for kinds of which nothing else is asked.
    pub metadata_only: bool,
    /// Objects in one page (`limit`), where the usual number is too many or too few.
    pub limit: Option<u32>,
}

/// A part of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The objects, in the server's order.
    pub objects: Vec<Object>,
    /// The server lost the place, and the list begins again: the pages before this one are void.
    pub anew: bool,
}

/// Which part of a container's log.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogOptions<'a> {
    /// The container; empty for the only one.
    pub container: &'a str,
    /// Stay, and give what comes.
    pub follow: bool,
    /// Of the container that ran before.
    pub previous: bool,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// Only so many last lines.
    pub tail_lines: Option<u64>,
    /// Only lines of so many last seconds.
    pub since_secs: Option<u64>,
    /// Only lines from that time on, as RFC 3339 has it; empty for all.
    pub since_time: &'a str,
}
