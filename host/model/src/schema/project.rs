//! `AppProject`. What no room enforces yet says so.

use super::application::DESTINATION;
use super::types::{Field, TEXTS, Type, opt, req};
use Type::{AnyMapping, Boolean, Integer, ListOf, MapOf, Object, Text, TextUpTo};

pub(super) const PROJECT: &[Field] = &[
    opt("apiVersion", Text),
    opt("kind", Text),
    req("metadata", AnyMapping),
    req("spec", PROJECT_SPEC),
    opt("status", PROJECT_STATUS).ignored(),
];

const UNCHECKED: &str = "signatures cannot be checked yet; so that nothing unsigned is let in, what the project's \
                         applications have in Git is refused while it is set";

const PROJECT_SPEC: Type = Object(&[
    opt("clusterResourceBlacklist", ListOf(&CLUSTER_KIND)),
    opt("clusterResourceWhitelist", ListOf(&CLUSTER_KIND)),
    opt("description", TextUpTo(255)),
    opt("destinationServiceAccounts", ListOf(&SERVICE_ACCOUNT)).needless(
        "only a control plane writes as these accounts, and only with the setting \
         `application.sync.impersonation.enabled` of argocd-cm",
    ),
    opt("destinations", ListOf(&DESTINATION)),
    opt("namespaceResourceBlacklist", ListOf(&GROUP_KIND)),
    opt("namespaceResourceWhitelist", ListOf(&GROUP_KIND)),
    opt("orphanedResources", ORPHANED_RESOURCES),
    opt("permitOnlyProjectScopedClusters", Boolean),
    opt("roles", ListOf(&ROLE)),
    opt("signatureKeys", ListOf(&SIGNATURE_KEY)).needless(UNCHECKED),
    opt("sourceIntegrity", SOURCE_INTEGRITY).needless(UNCHECKED),
    opt("sourceNamespaces", TEXTS),
    opt("sourceRepos", TEXTS),
    opt("syncWindows", ListOf(&SYNC_WINDOW)),
]);

const GROUP_KIND: Type = Object(&[req("group", Text), req("kind", Text)]);

const CLUSTER_KIND: Type = Object(&[req("group", Text), req("kind", Text), opt("name", Text)]);

const SERVICE_ACCOUNT: Type = Object(&[
    req("defaultServiceAccount", Text),
    opt("namespace", Text),
    req("server", Text),
]);

const ORPHANED_RESOURCE: Type = Object(&[opt("group", Text), opt("kind", Text), opt("name", Text)]);

const ORPHANED_RESOURCES: Type = Object(&[
    opt("ignore", ListOf(&ORPHANED_RESOURCE)),
    opt("warn", Boolean),
]);

const JWT_TOKEN: Type = Object(&[opt("exp", Integer), req("iat", Integer), opt("id", Text)]);

const ROLE: Type = Object(&[
    opt("description", Text),
    opt("groups", TEXTS),
    opt("jwtTokens", ListOf(&JWT_TOKEN)),
    req("name", Text),
    opt("policies", TEXTS),
]);

const SIGNATURE_KEY: Type = Object(&[req("keyID", Text)]);

const GPG: Type = Object(&[req("keys", TEXTS), req("mode", Text)]);

const INTEGRITY_POLICY: Type = Object(&[
    req("gpg", GPG),
    req("repos", ListOf(&Object(&[req("url", Text)]))),
]);

const SOURCE_INTEGRITY: Type = Object(&[req(
    "git",
    Object(&[req("policies", ListOf(&INTEGRITY_POLICY))]),
)]);

const SYNC_WINDOW: Type = Object(&[
    opt("andOperator", Boolean),
    opt("applications", TEXTS),
    opt("clusters", TEXTS),
    opt("description", Text),
    opt("duration", Text),
    opt("kind", Text),
    opt("manualSync", Boolean),
    opt("namespaces", TEXTS),
    opt("schedule", Text),
    opt("syncOverrun", Boolean),
    opt("timeZone", Text),
]);

const PROJECT_STATUS: Type = Object(&[opt(
    "jwtTokensByRole",
    MapOf(&Object(&[opt("items", ListOf(&JWT_TOKEN))])),
)]);
