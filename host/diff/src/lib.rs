//! Comparing: what differs between a live object and the desired one, what of it counts, and whose it
//! is. Pure: no I/O, no clock.
//!
//! - [`is_in_sync`]: in step for certain, by `managedFields` alone.
//! - [`compare`]: the whole comparison without a server, as gitops-engine does it; [`predict`] and
//!   [`predict_apply`] foresee what an apply makes of a live object; [`compare_predicted`] takes the
//!   server's word for that.
//! - [`without_refused`]: what a server refuses beside the desired object, taken out.
//! - [`Ignore`]: `ignoreDifferences`; [`adopt_ignored`] for `RespectIgnoreDifferences`.
//! - [`view`]: one difference as text, and field by field with its owner; [`mask`] hides Secrets.
//! - [`managed`]: who owns what, and how to take over objects that another tool has applied.
//!
//! `DIFFERENCES.md` has what differs from Argo CD, and why.

#[cfg(test)]
mod arbitrary;
mod canonical;
mod compare;
mod defaults;
mod ignore;
mod items;
pub mod managed;
pub mod mask;
mod normalize;
mod options;
mod owned;
mod predict;
mod quantity;
mod refused;
mod shape;
mod structured;
mod table;
pub mod view;

pub use compare::{Options, Verdict, compare, compare_predicted};
pub use ignore::{Ignore, IgnoreStatus, SystemRules, adopt_ignored};
pub use options::{COMPARE_OPTIONS, CompareOptions, ignores_extraneous};
pub use owned::{is_in_sync, same_claim};
pub use predict::{last_applied, predict};
pub use refused::{Mended, without_refused};
pub use structured::predict_apply;
