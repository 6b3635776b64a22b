//! `ApplicationSet`, without what its generators ask of Git hosts.

use super::application::APPLICATION_SPEC;
use super::hosts::{PULL_REQUEST, SCM_PROVIDER};
use super::status::{HEALTH, RESOURCE};
use super::types::{Field, TEXT_MAP, TEXTS, Type, opt, req};
use Type::{
    AnyMapping, Anything, Boolean, Integer, IntegerOrText, ListOf, MapOf, Object, OneOf, Text,
};

pub(super) const APPLICATION_SET: &[Field] = &[
    opt("apiVersion", Text),
    opt("kind", Text),
    req("metadata", AnyMapping),
    req("spec", APPLICATION_SET_SPEC),
    opt("status", APPLICATION_SET_STATUS).ignored(),
];

const APPLICATION_SET_SPEC: Type = Object(&[
    opt("applyNestedSelectors", Boolean),
    req("generators", ListOf(&GENERATOR)),
    opt("goTemplate", Boolean),
    opt("goTemplateOptions", TEXTS),
    opt(
        "ignoreApplicationDifferences",
        ListOf(&IGNORE_APPLICATION_DIFFERENCE),
    ),
    opt(
        "preservedFields",
        Object(&[opt("annotations", TEXTS), opt("labels", TEXTS)]),
    ),
    opt("strategy", STRATEGY),
    opt("syncPolicy", SET_SYNC_POLICY),
    req("template", TEMPLATE),
    opt("templatePatch", Text),
]);

/// An Application with placeholders; generators may each bring one too.
pub(super) const TEMPLATE: Type = Object(&[
    req("metadata", TEMPLATE_METADATA),
    req("spec", APPLICATION_SPEC),
]);

const TEMPLATE_METADATA: Type = Object(&[
    opt("annotations", TEXT_MAP),
    opt("finalizers", TEXTS),
    opt("labels", TEXT_MAP),
    opt("name", Text),
    opt("namespace", Text),
]);

const GENERATOR: Type = Object(&generator(MATRIX, MERGE));

/// A generator inside `matrix` or `merge`. The CRD ends here: what is nested once more is free.
const NESTED_GENERATOR: Type = Object(&generator(Anything, Anything));

const fn generator(matrix: Type, merge: Type) -> [Field; 11] {
    [
        opt("clusterDecisionResource", CLUSTER_DECISION_RESOURCE),
        opt("clusters", CLUSTERS),
        opt("git", GIT),
        opt("list", LIST),
        opt("matrix", matrix),
        opt("merge", merge),
        opt("oci", GIT),
        opt("plugin", PLUGIN_GENERATOR),
        opt("pullRequest", PULL_REQUEST),
        opt("scmProvider", SCM_PROVIDER),
        opt("selector", LABEL_SELECTOR),
    ]
}

const MATRIX: Type = Object(&[
    req("generators", ListOf(&NESTED_GENERATOR)),
    opt("template", TEMPLATE),
]);

const MERGE: Type = Object(&[
    req("generators", ListOf(&NESTED_GENERATOR)),
    req("mergeKeys", TEXTS),
    opt("template", TEMPLATE),
]);

const LABEL_SELECTOR: Type = Object(&[
    opt(
        "matchExpressions",
        ListOf(&Object(&[
            req("key", Text),
            req("operator", Text),
            opt("values", TEXTS),
        ])),
    ),
    opt("matchLabels", TEXT_MAP),
]);

const CLUSTER_DECISION_RESOURCE: Type = Object(&[
    req("configMapRef", Text),
    opt("labelSelector", LABEL_SELECTOR),
    opt("name", Text),
    opt("requeueAfterSeconds", Integer),
    opt("template", TEMPLATE),
    opt("values", TEXT_MAP),
]);

const CLUSTERS: Type = Object(&[
    opt("flatList", Boolean),
    opt("selector", LABEL_SELECTOR),
    opt("template", TEMPLATE),
    opt("values", TEXT_MAP),
]);

const PATH_ITEM: Type = Object(&[opt("exclude", Boolean), req("path", Text)]);

const GIT: Type = Object(&[
    opt("directories", ListOf(&PATH_ITEM)),
    opt("files", ListOf(&PATH_ITEM)),
    opt("pathParamPrefix", Text),
    req("repoURL", Text),
    opt("requeueAfterSeconds", Integer),
    req("revision", Text),
    opt("template", TEMPLATE),
    opt("values", TEXT_MAP),
]);

const LIST: Type = Object(&[
    opt("elements", ListOf(&Anything)),
    opt("elementsYaml", Text),
    opt("template", TEMPLATE),
]);

const PLUGIN_GENERATOR: Type = Object(&[
    req("configMapRef", Object(&[req("name", Text)])),
    opt("input", Object(&[opt("parameters", MapOf(&Anything))])),
    opt("requeueAfterSeconds", Integer),
    opt("template", TEMPLATE),
    opt("values", TEXT_MAP),
]);

const IGNORE_APPLICATION_DIFFERENCE: Type = Object(&[
    opt("jqPathExpressions", TEXTS),
    opt("jsonPointers", TEXTS),
    opt("name", Text),
]);

const STEP: Type = Object(&[
    opt(
        "matchExpressions",
        ListOf(&Object(&[
            opt("key", Text),
            opt("operator", Text),
            opt("values", TEXTS),
        ])),
    ),
    opt("maxUpdate", IntegerOrText),
]);

const STRATEGY: Type = Object(&[
    opt("deletionOrder", Text),
    opt("rollingSync", Object(&[opt("steps", ListOf(&STEP))])),
    opt("type", Text),
]);

const SET_SYNC_POLICY: Type = Object(&[
    opt(
        "applicationsSync",
        OneOf(&["create-only", "create-update", "create-delete", "sync"]),
    ),
    opt("preserveResourcesOnDeletion", Boolean),
]);

const APPLICATION_STATE: Type = Object(&[
    req("application", Text),
    opt("lastTransitionTime", Text),
    req("message", Text),
    req("status", Text),
    req("step", Text),
    req("targetRevisions", TEXTS),
]);

const SET_CONDITION: Type = Object(&[
    opt("lastTransitionTime", Text),
    req("message", Text),
    req("reason", Text),
    req("status", Text),
    req("type", Text),
]);

const APPLICATION_SET_STATUS: Type = Object(&[
    opt("applicationStatus", ListOf(&APPLICATION_STATE)),
    opt("conditions", ListOf(&SET_CONDITION)),
    opt("health", HEALTH),
    opt("resources", ListOf(&RESOURCE)),
    opt("resourcesCount", Integer),
]);
