//! Which application goes where.

use gantry_model::Object;

use crate::annotations;

/// Which application goes where.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The application's name, as the tracking annotation has it.
    pub application: &'a str,
    /// The namespace of objects that have none.
    pub namespace: &'a str,
    /// `SkipDryRunOnMissingResource=true`: kinds may appear while the sync runs.
    pub kinds_may_come: bool,
}

impl Target<'_> {
    /// Whether an object's kind may be one that the server does not serve yet.
    pub(crate) fn may_lack_kind(&self, object: &Object) -> bool {
        let own = annotations::option(object, "SkipDryRunOnMissingResource");
        own.map_or(self.kinds_may_come, |value| value == "true")
    }
}
