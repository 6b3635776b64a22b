//! `application.ApplicationService`.

mod actions;
mod counts;
mod delete;
mod get;
mod list;
mod listed;
mod logs;
mod logs_merge;
mod operate;
mod patch;
mod project;
mod resource;
mod state;
mod watch;
mod write;

use serde_json::Value;

use crate::api::Answers;
use crate::desk::Call;
use crate::fault::Fault;

pub(crate) use list::list;
pub use listed::Listed;

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "List" => Ok(list::list(call).await?.into_value()),
        "Get" => get::get(call).await,
        "Create" => write::create(call).await,
        "Update" => write::update(call).await,
        "UpdateSpec" => write::update_spec(call).await,
        "Patch" => patch::patch(call).await,
        "Delete" => delete::delete(call).await,
        "Sync" => operate::sync(call).await,
        "Rollback" => operate::rollback(call).await,
        "TerminateOperation" => operate::terminate(call).await,
        "ManagedResources" => state::managed(call).await,
        "ResourceTree" => state::tree(call).await,
        "GetManifests" => state::manifests(call).await,
        "GetResource" => resource::get(call).await,
        "PatchResource" => resource::patch(call).await,
        "DeleteResource" => resource::delete(call).await,
        "ListResourceEvents" => resource::events(call).await,
        "ListLinks" => state::no_links(call).await,
        "ListResourceLinks" => resource::no_links(call).await,
        "ListResourceActions" => actions::list(call).await,
        "RunResourceAction" | "RunResourceActionV2" => actions::run(call).await,
        "ServerSideDiff" => state::pass(call, name, "appName").await,
        "GetApplicationSyncWindows"
        | "RevisionMetadata"
        | "RevisionChartDetails"
        | "GetOCIMetadata" => state::pass(call, name, "name").await,
        _ => Err(unserved(name)),
    }
}

pub(crate) async fn stream(call: Call<'_>, name: &str) -> Result<Answers, Fault> {
    match name {
        "Watch" => watch::watch(call).await,
        "WatchResourceTree" => state::watch_tree(call).await,
        "PodLogs" => logs::logs(call).await,
        _ => Err(unserved(name)),
    }
}

fn unserved(name: &str) -> Fault {
    Fault::unserved(&format!("application.ApplicationService/{name}"))
}
