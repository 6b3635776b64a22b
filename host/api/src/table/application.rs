//! `application.ApplicationService`.

use super::{delete, get, post, put, route, stream};
use crate::route::{Body, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[
    get("application.ApplicationService/List", "/api/v1/applications"),
    get("application.ApplicationService/ListResourceEvents", "/api/v1/applications/{name}/events"),
    stream("application.ApplicationService/Watch", "/api/v1/stream/applications"),
    post("application.ApplicationService/Create", "/api/v1/applications", Body::Field("application")),
    get("application.ApplicationService/Get", "/api/v1/applications/{name}"),
    get("application.ApplicationService/GetApplicationSyncWindows", "/api/v1/applications/{name}/syncwindows"),
    get("application.ApplicationService/RevisionMetadata", "/api/v1/applications/{name}/revisions/{revision}/metadata"),
    get("application.ApplicationService/RevisionChartDetails", "/api/v1/applications/{name}/revisions/{revision}/chartdetails"),
    get("application.ApplicationService/GetManifests", "/api/v1/applications/{name}/manifests"),
    put("application.ApplicationService/Update", "/api/v1/applications/{application.metadata.name}", Body::Field("application")),
    put("application.ApplicationService/UpdateSpec", "/api/v1/applications/{name}/spec", Body::Field("spec")),
    route(Verb::Patch, "application.ApplicationService/Patch", "/api/v1/applications/{name}", Body::Whole),
    delete("application.ApplicationService/Delete", "/api/v1/applications/{name}"),
    post("application.ApplicationService/Sync", "/api/v1/applications/{name}/sync", Body::Whole),
    get("application.ApplicationService/ManagedResources", "/api/v1/applications/{applicationName}/managed-resources"),
    get("application.ApplicationService/ServerSideDiff", "/api/v1/applications/{appName}/server-side-diff"),
    get("application.ApplicationService/ResourceTree", "/api/v1/applications/{applicationName}/resource-tree"),
    stream("application.ApplicationService/WatchResourceTree", "/api/v1/stream/applications/{applicationName}/resource-tree"),
    post("application.ApplicationService/Rollback", "/api/v1/applications/{name}/rollback", Body::Whole),
    delete("application.ApplicationService/TerminateOperation", "/api/v1/applications/{name}/operation"),
    get("application.ApplicationService/GetResource", "/api/v1/applications/{name}/resource"),
    post("application.ApplicationService/PatchResource", "/api/v1/applications/{name}/resource", Body::Field("patch")),
    delete("application.ApplicationService/DeleteResource", "/api/v1/applications/{name}/resource"),
    get("application.ApplicationService/ListResourceActions", "/api/v1/applications/{name}/resource/actions"),
    post("application.ApplicationService/RunResourceAction", "/api/v1/applications/{name}/resource/actions", Body::Field("action")),
    post("application.ApplicationService/RunResourceActionV2", "/api/v1/applications/{name}/resource/actions/v2", Body::Whole),
    stream("application.ApplicationService/PodLogs", "/api/v1/applications/{name}/pods/{podName}/logs"),
    stream("application.ApplicationService/PodLogs", "/api/v1/applications/{name}/logs"),
    get("application.ApplicationService/ListLinks", "/api/v1/applications/{name}/links"),
    get("application.ApplicationService/ListResourceLinks", "/api/v1/applications/{name}/resource/links"),
];
