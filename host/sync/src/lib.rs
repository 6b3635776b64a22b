//! One sync: what is wanted against what is there, in the right order, until it is healthy.
//!
//! The planner (`desired`, `plan`, `owned`, `order`) is pure: no I/O, no clock. The driver
//! ([`Sync`]) asks a [`Cluster`](gantry_model::Cluster) and a [`Judge`], and leaves a [`Report`]
//! that says what became of every object.
//!
//! From a call to its result: [`Sync::run`] → `desired` (normalise, track) → `live` (what is there)
//! → `plan` (waves and kinds) → `apply` → `wait` (health) → [`Report`]. [`Sync::diff`] takes the
//! first three steps and then asks the server by dry-run.

mod annotations;
mod apply;
mod desired;
mod diff;
mod identity;
mod judge;
mod limiter;
mod live;
mod mask;
mod order;
mod owned;
mod plan;
mod report;
mod run;
mod wait;

pub use desired::Desired;
pub use diff::{Difference, Differences};
pub use identity::{Key, TRACKING_ID, tracking_id};
pub use judge::{Judge, Verdict};
pub use limiter::Limiter;
pub use plan::{Plan, Step, plan};
pub use report::{Action, Report, Row, SyncStatus};
pub use run::{FIELD_MANAGER, Observer, Options, Prune, Sync, Target};
