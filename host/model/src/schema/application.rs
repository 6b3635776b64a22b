//! `Application`: what is asked for, and the operation that asks for a sync.

use super::source::{DIRECTORY, HELM, KUSTOMIZE, NAME_VALUE, PLUGIN, SOURCE, SOURCES};
use super::status::APPLICATION_STATUS;
use super::types::{Field, TEXT_MAP, TEXTS, Type, opt, req};
use Type::{AnyMapping, Boolean, Integer, ListOf, Object, PathBelowRoot, Text};

pub(super) const APPLICATION: &[Field] = &[
    opt("apiVersion", Text),
    opt("kind", Text),
    req("metadata", AnyMapping),
    opt("operation", OPERATION).no_effect(),
    req("spec", APPLICATION_SPEC),
    opt("status", APPLICATION_STATUS).ignored(),
];

pub(super) const APPLICATION_SPEC: Type = Object(&[
    req("destination", DESTINATION),
    opt("ignoreDifferences", ListOf(&IGNORE_DIFFERENCE)),
    opt("info", ListOf(&NAME_VALUE)).no_effect(),
    req("project", Text),
    opt("revisionHistoryLimit", Integer),
    opt("source", SOURCE),
    opt("sourceHydrator", SOURCE_HYDRATOR)
        .unsupported("write the hydrated branch and path as `spec.source`"),
    opt("sources", SOURCES),
    opt("syncPolicy", SYNC_POLICY),
]);

pub(super) const DESTINATION: Type = Object(&[
    opt("name", Text),
    opt("namespace", Text),
    opt("server", Text),
]);

pub(super) const IGNORE_DIFFERENCE: Type = Object(&[
    opt("group", Text),
    opt("jqPathExpressions", TEXTS),
    opt("jsonPointers", TEXTS),
    req("kind", Text),
    opt("managedFieldsManagers", TEXTS),
    opt("name", Text),
    opt("namespace", Text),
]);

const DRY_SOURCE: Type = Object(&[
    opt("directory", DIRECTORY),
    opt("helm", HELM),
    opt("kustomize", KUSTOMIZE),
    req("path", Text),
    opt("plugin", PLUGIN),
    req("repoURL", Text),
    req("targetRevision", Text),
]);

const SYNC_SOURCE: Type = Object(&[
    req("path", PathBelowRoot),
    opt("repoURL", Text),
    req("targetBranch", Text),
]);

pub(super) const SOURCE_HYDRATOR: Type = Object(&[
    req("drySource", DRY_SOURCE),
    opt("hydrateTo", Object(&[req("targetBranch", Text)])),
    req("syncSource", SYNC_SOURCE),
]);

const AUTOMATED: Type = Object(&[
    opt("allowEmpty", Boolean),
    opt("enabled", Boolean),
    opt("prune", Boolean),
    opt("selfHeal", Boolean),
]);

pub(super) const NAMESPACE_METADATA: Type =
    Object(&[opt("annotations", TEXT_MAP), opt("labels", TEXT_MAP)]);

const BACKOFF: Type = Object(&[
    opt("duration", Text),
    opt("factor", Integer),
    opt("maxDuration", Text),
]);

const RETRY: Type = Object(&[
    opt("backoff", BACKOFF),
    opt("limit", Integer),
    opt("refresh", Boolean),
]);

const SYNC_POLICY: Type = Object(&[
    opt("automated", AUTOMATED),
    opt("managedNamespaceMetadata", NAMESPACE_METADATA),
    opt("retry", RETRY),
    // Each option has its own support level: `application::SyncOptions`.
    opt("syncOptions", TEXTS),
]);

pub(super) const INITIATED_BY: Type = Object(&[opt("automated", Boolean), opt("username", Text)]);

const SYNC_RESOURCE: Type = Object(&[
    opt("group", Text),
    req("kind", Text),
    req("name", Text),
    opt("namespace", Text),
]);

const FORCE: Type = Object(&[opt("force", Boolean)]);

const SYNC_OPERATION: Type = Object(&[
    opt("autoHealAttemptsCount", Integer),
    opt("dryRun", Boolean),
    opt("manifests", TEXTS),
    opt("prune", Boolean),
    opt("resources", ListOf(&SYNC_RESOURCE)),
    opt("revision", Text),
    opt("revisions", TEXTS),
    opt("source", SOURCE),
    opt("sources", SOURCES),
    opt("syncOptions", TEXTS),
    opt(
        "syncStrategy",
        Object(&[opt("apply", FORCE), opt("hook", FORCE)]),
    ),
]);

pub(super) const OPERATION: Type = Object(&[
    opt("info", ListOf(&NAME_VALUE)),
    opt("initiatedBy", INITIATED_BY),
    opt("retry", RETRY),
    opt("sync", SYNC_OPERATION),
]);
