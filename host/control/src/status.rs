//! `status` of an application, in Argo CD's shape. Pure: what was found and what was there before give
//! what is to be written.

mod conditions;
mod events;
mod health;
mod outcome;
mod picture;

pub(crate) use conditions::{Condition, put_among};
pub(crate) use events::{changes, ended, started};
pub(crate) use health::health_of;
pub(crate) use outcome::{OperationState, attempt_of, history_entry, resource_result};
pub(crate) use picture::Picture;
