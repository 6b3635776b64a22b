//! How much of a deletion is done.

use crate::phase::Phase;

/// How much of a deletion is done: all by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The application's objects go; else only its hooks have their turn.
    pub objects: bool,
    /// Its PreDelete hooks.
    pub before: HookExtent,
    /// Its PostDelete hooks.
    pub after: HookExtent,
}

/// What is done with the hooks of one phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookExtent {
    /// They run.
    pub run: bool,
    /// They are removed afterwards, as their delete policies say.
    pub remove: bool,
}

impl Default for Extent {
    fn default() -> Self {
        let all = HookExtent {
            run: true,
            remove: true,
        };
        Self {
            objects: true,
            before: all,
            after: all,
        }
    }
}

impl Extent {
    /// What is done with the hooks of a phase.
    pub(crate) fn of(self, phase: Phase) -> HookExtent {
        match phase {
            Phase::PreDelete => self.before,
            _ => self.after,
        }
    }
}
