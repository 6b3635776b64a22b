//! One sync: what is wanted against what is there, in the right order, until it is healthy.
//!
//! The planner (`desired`, `hook`, `plan`, `order`) is pure: no I/O, no clock. The driver
//! ([`Sync`]) asks a [`Cluster`](gantry_model::Cluster) and a [`Judge`], and leaves a [`Report`]
//! that says what became of every object.
//!
//! From a call to its result: [`Sync::run`] → `desired` (normalise, track, hooks) → `live` (what is
//! there) → `plan` (phases, waves and kinds) → `check` (by dry-run) → `step` after step (`prune`,
//! `hooks`, `write`, `wait` for health) → [`Report`]. [`Sync::tidy`] then removes what hooks leave
//! behind. [`Sync::delete_application`] takes all of it away again, [`Sync::assess`] says how it is,
//! [`Sync::inspect`] also what it owns (`tree`). [`Sync::diff`] takes the first three steps and then asks the server by dry-run.

mod actions;
mod aggregated;
mod annotations;
mod assess;
mod check;
mod deletion;
mod desired;
mod diff;
mod gone;
mod hook;
mod hooks;
mod identity;
mod images;
mod inspect;
mod judge;
mod limiter;
mod live;
mod memory;
mod mend;
mod namespace;
mod operation;
mod options;
mod order;
mod permit;
mod phase;
mod plan;
mod prune;
mod report;
mod run;
mod selection;
mod settings;
mod shared;
mod step;
mod takeover;
mod target;
mod tree;
mod undeclared;
mod urls;
mod wait;
mod works;
mod write;

pub use actions::{ActionError, Edit, ResourceAction, Told, act, resource_actions};
pub use assess::{Assessed, Assessment, Summary};
pub use deletion::{Extent, HookExtent};
pub use desired::{Desired, Wanted};
pub use diff::{Difference, Differences};
pub use hook::{deletion_phases, is_hook};
pub use identity::{Key, TRACKING_ID, owner, tracking_id};
pub use images::images;
pub use inspect::{Inspected, State};
pub use judge::{Judge, Verdict};
pub use limiter::Limiter;
pub use memory::Memory;
pub use operation::Operation;
pub use options::{Options, Prune};
pub use permit::Permit;
pub use phase::Phase;
pub use plan::{Order, Step, Task, Work, plan};
pub use report::{Action, Report, Row, SyncStatus};
pub use run::{Ended, FIELD_MANAGER, Observer, Sync, until_allowed};
pub use selection::{Pattern, PatternError, Selection};
pub use target::Target;
pub use tokio_util::sync::CancellationToken;
pub use tree::Node;
pub use urls::external_urls;
