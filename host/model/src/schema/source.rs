//! Where an application's manifests come from: `source`, and its blocks for each tool.

use super::types::{Field, TEXT_MAP, TEXTS, Type, all_optional, opt, req};
use Type::{AnyMapping, Boolean, IntegerOrText, ListOf, MapOf, Object, Text};

/// `name` and `value`, both required: environment entries, info entries.
pub(super) const NAME_VALUE: Type = Object(&[req("name", Text), req("value", Text)]);

const JSONNET_VARIABLE: Type =
    Object(&[opt("code", Boolean), req("name", Text), req("value", Text)]);

const JSONNET: Type = Object(&[
    opt("extVars", ListOf(&JSONNET_VARIABLE)),
    opt("libs", TEXTS),
    opt("tlas", ListOf(&JSONNET_VARIABLE)),
]);

pub(super) const DIRECTORY: Type = Object(&[
    opt("disableExtensionFilter", Boolean),
    opt("exclude", Text),
    opt("include", Text),
    opt("jsonnet", JSONNET).unsupported("render the Jsonnet files with a plugin"),
    opt("recurse", Boolean),
]);

const HELM_FILE_PARAMETER: Type = Object(&[opt("name", Text), opt("path", Text)]);

const HELM_PARAMETER: Type = Object(&[
    opt("forceString", Boolean),
    opt("name", Text),
    opt("value", Text),
]);

pub(super) const HELM: Type = Object(&[
    opt("apiVersions", TEXTS),
    opt("fileParameters", ListOf(&HELM_FILE_PARAMETER)),
    opt("ignoreMissingValueFiles", Boolean),
    opt("kubeVersion", Text),
    opt("namespace", Text),
    opt("parameters", ListOf(&HELM_PARAMETER)),
    opt("passCredentials", Boolean),
    opt("releaseName", Text),
    opt("skipCrds", Boolean),
    opt("skipSchemaValidation", Boolean),
    opt("skipTests", Boolean),
    opt("valueFiles", TEXTS),
    opt("values", Text),
    opt("valuesObject", AnyMapping),
    opt("version", Text),
]);

const PATCH_TARGET: Type = Object(&[
    opt("annotationSelector", Text),
    opt("group", Text),
    opt("kind", Text),
    opt("labelSelector", Text),
    opt("name", Text),
    opt("namespace", Text),
    opt("version", Text),
]);

const PATCH: Type = Object(&[
    opt("options", MapOf(&Boolean)),
    opt("patch", Text),
    opt("path", Text),
    opt("target", PATCH_TARGET),
]);

const REPLICA: Type = Object(&[req("count", IntegerOrText), req("name", Text)]);

pub(super) const KUSTOMIZE: Type = Object(&[
    opt("apiVersions", TEXTS),
    opt("commonAnnotations", TEXT_MAP),
    opt("commonAnnotationsEnvsubst", Boolean),
    opt("commonLabels", TEXT_MAP),
    opt("components", TEXTS),
    opt("forceCommonAnnotations", Boolean),
    opt("forceCommonLabels", Boolean),
    opt("ignoreMissingComponents", Boolean),
    opt("images", TEXTS),
    opt("kubeVersion", Text),
    opt("labelIncludeTemplates", Boolean),
    opt("labelWithoutSelector", Boolean),
    opt("namePrefix", Text),
    opt("nameSuffix", Text),
    opt("namespace", Text),
    opt("patches", ListOf(&PATCH)),
    opt("replicas", ListOf(&REPLICA)),
    opt("version", Text),
]);

const PLUGIN_PARAMETER: Type = Object(&[
    opt("array", TEXTS),
    opt("map", TEXT_MAP),
    opt("name", Text),
    opt("string", Text),
]);

pub(super) const PLUGIN: Type = Object(&[
    opt("env", ListOf(&NAME_VALUE)),
    opt("name", Text),
    opt("parameters", ListOf(&PLUGIN_PARAMETER)),
]);

pub(super) const SOURCE: Type = Object(&SOURCE_FIELDS);

const SOURCE_FIELDS: [Field; 11] = [
    opt("chart", Text),
    opt("directory", DIRECTORY),
    opt("helm", HELM),
    opt("kustomize", KUSTOMIZE),
    opt("name", Text),
    opt("path", Text),
    opt("plugin", PLUGIN),
    opt("ref", Text),
    req("repoURL", Text),
    opt("tagPrefix", Text),
    opt("targetRevision", Text),
];

/// The same in a file over a source, which need not say which source it is.
pub(super) const OVERRIDE: Type = Object(&all_optional(SOURCE_FIELDS));

pub(super) const SOURCES: Type = ListOf(&SOURCE);
