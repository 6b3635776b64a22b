//! What Argo CD's controllers write into `status`. Formats are not checked here: a date is a
//! string.

use super::application::{
    DESTINATION, IGNORE_DIFFERENCE, INITIATED_BY, NAMESPACE_METADATA, OPERATION, SOURCE_HYDRATOR,
};
use super::source::{SOURCE, SOURCES};
use super::types::{TEXTS, Type, opt, req};
use Type::{Boolean, Integer, ListOf, Object, OneOf, Text};

const CONDITION: Type = Object(&[
    opt("lastTransitionTime", Text),
    req("message", Text),
    req("type", Text),
]);

pub(super) const HEALTH: Type = Object(&[
    opt("lastTransitionTime", Text),
    opt("message", Text),
    opt("status", Text),
]);

const HISTORY: Type = Object(&[
    opt("deployStartedAt", Text),
    req("deployedAt", Text),
    req("id", Integer),
    opt("initiatedBy", INITIATED_BY),
    opt("revision", Text),
    opt("revisions", TEXTS),
    opt("source", SOURCE),
    opt("sources", SOURCES),
]);

const RESULT: Type = Object(&[
    req("group", Text),
    opt("hookPhase", Text),
    opt("hookType", Text),
    opt("images", TEXTS),
    req("kind", Text),
    opt("message", Text),
    req("name", Text),
    req("namespace", Text),
    opt("status", Text),
    opt("syncPhase", Text),
    req("version", Text),
]);

const SYNC_RESULT: Type = Object(&[
    opt("managedNamespaceMetadata", NAMESPACE_METADATA),
    opt("resources", ListOf(&RESULT)),
    req("revision", Text),
    opt("revisions", TEXTS),
    opt("source", SOURCE),
    opt("sources", SOURCES),
]);

const OPERATION_STATE: Type = Object(&[
    opt("finishedAt", Text),
    opt("message", Text),
    req("operation", OPERATION),
    req("phase", Text),
    opt("retryCount", Integer),
    req("startedAt", Text),
    opt("syncResult", SYNC_RESULT),
]);

pub(super) const RESOURCE: Type = Object(&[
    opt("group", Text),
    opt("health", HEALTH),
    opt("hook", Boolean),
    opt("kind", Text),
    opt("name", Text),
    opt("namespace", Text),
    opt("requiresDeletionConfirmation", Boolean),
    opt("requiresPruning", Boolean),
    opt("status", Text),
    opt("syncWave", Integer),
    opt("version", Text),
]);

const HYDRATE_OPERATION: Type = Object(&[
    opt("drySHA", Text),
    opt("finishedAt", Text),
    opt("hydratedSHA", Text),
    req("message", Text),
    req("phase", OneOf(&["Hydrating", "Failed", "Hydrated"])),
    opt("sourceHydrator", SOURCE_HYDRATOR),
    opt("startedAt", Text),
]);

const HYDRATED: Type = Object(&[
    opt("drySHA", Text),
    opt("hydratedSHA", Text),
    opt("sourceHydrator", SOURCE_HYDRATOR),
]);

const HYDRATOR: Type = Object(&[
    opt("currentOperation", HYDRATE_OPERATION),
    opt("lastComparedDryRevision", Text),
    opt("lastSuccessfulOperation", HYDRATED),
]);

const SUMMARY: Type = Object(&[
    opt("externalURLs", TEXTS),
    opt("images", TEXTS),
    opt("isAppOfApps", Boolean),
]);

const COMPARED_TO: Type = Object(&[
    req("destination", DESTINATION),
    opt("ignoreDifferences", ListOf(&IGNORE_DIFFERENCE)),
    opt("source", SOURCE),
    opt("sources", SOURCES),
]);

const SYNC: Type = Object(&[
    opt("comparedTo", COMPARED_TO),
    opt("revision", Text),
    opt("revisions", TEXTS),
    req("status", Text),
]);

pub(super) const APPLICATION_STATUS: Type = Object(&[
    opt("conditions", ListOf(&CONDITION)),
    opt("controllerNamespace", Text),
    opt("health", HEALTH),
    opt("history", ListOf(&HISTORY)),
    opt("observedAt", Text),
    opt("operationState", OPERATION_STATE),
    opt("reconciledAt", Text),
    opt("resourceHealthSource", Text),
    opt("resources", ListOf(&RESOURCE)),
    opt("sourceHydrator", HYDRATOR),
    opt("sourceType", Text),
    opt("sourceTypes", TEXTS),
    opt("summary", SUMMARY),
    opt("sync", SYNC),
]);
