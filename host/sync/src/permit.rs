//! What an application may have: asked before the first write, and before anything is deleted.

use gantry_model::{Diagnostic, Object, ObjectRef};

use crate::desired::{Desired, Wanted, about};
use crate::live::Leftover;
use crate::report::{Action, Row};
use crate::run::Sync;

/// Says which objects an application may have.
pub trait Permit: Send + std::marker::Sync {
    /// Whether it may have an object, whose namespace is decided.
    ///
    /// # Errors
    /// What forbids it, as a sentence.
    fn permit(&self, object: &ObjectRef, is_namespaced: bool) -> Result<(), String>;

    /// The only namespaces of the cluster that may be read; none where all may.
    fn namespaces(&self) -> Option<&[String]> {
        None
    }

    /// Whether kinds without namespaces may be read.
    fn has_cluster_scoped(&self) -> bool {
        true
    }
}

/// Permits all.
impl Permit for () {
    fn permit(&self, _object: &ObjectRef, _is_namespaced: bool) -> Result<(), String> {
        Ok(())
    }
}

impl Sync<'_> {
    /// Moves what is not permitted to the rows that end a sync before its first write; of a part of an
    /// application, only what belongs to that part.
    pub(crate) fn forbid(&self, desired: &mut Desired) {
        let selection = &self.options.selection;
        for wanted in std::mem::take(&mut desired.wanted) {
            let is_meant = selection.is_all() || !wanted.hook && selection.has(&wanted.object);
            match self.forbidden(&wanted) {
                Some(row) if is_meant => desired.rows.push(row),
                _ => desired.wanted.push(wanted),
            }
        }
    }

    /// The row of an object that is not permitted.
    fn forbidden(&self, wanted: &Wanted) -> Option<Row> {
        let object = &wanted.object;
        let permitted = self.permit.permit(&object.reference(), wanted.namespaced);
        let why = permitted.err()?;
        let row = Row {
            phase: wanted.phase,
            hook: wanted.hook,
            ..Row::new(object, Action::Failed)
        };
        Some(row.message(why))
    }

    /// Why a live object must not be deleted, if so.
    pub(crate) fn forbids_deletion(&self, object: &Object) -> Option<String> {
        let is_namespaced = !object.namespace().is_empty();
        let permitted = self.permit.permit(&object.reference(), is_namespaced);
        permitted.err()
    }

    /// Leftovers that are not permitted stay, and do not count: they may be of the time of another rule.
    pub(crate) fn leave_forbidden(&self, leftover: &mut Leftover) {
        for object in std::mem::take(&mut leftover.objects) {
            let Some(why) = self.forbids_deletion(&object) else {
                leftover.objects.push(object);
                continue;
            };
            let message = format!(
                "{} is no longer in Git, and stays: {why}",
                object.reference()
            );
            let warning = Diagnostic::warning("not-permitted", message)
                .help("delete it by hand, or permit it in the project");
            leftover.warnings.push(about(&object, warning));
        }
    }
}
