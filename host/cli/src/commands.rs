//! One module for each command.

pub(crate) mod app;
mod ask;
pub(crate) mod cluster;
pub(crate) mod componentize;
pub(crate) mod delete;
pub(crate) mod diff;
mod editor;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod install;
mod objects;
pub(crate) mod plugin;
pub(crate) mod proj;
pub(crate) mod render;
pub(crate) mod repo;
pub(crate) mod serve;
pub(crate) mod sync;

use futures::StreamExt;
use gantry_model::limits;

use crate::inputs::Named;

/// Does the same for every application, several at once; the results are in the order of the
/// files, whatever is done first.
async fn each<'a, T, F>(applications: &'a [Named], work: impl Fn(&'a Named) -> F) -> Vec<T>
where
    F: Future<Output = T>,
{
    futures::stream::iter(applications.iter().map(work))
        .buffered(limits::APPLICATIONS_IN_FLIGHT_MAX)
        .collect()
        .await
}
