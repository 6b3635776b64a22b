//! The keys of Argo CD's Secrets, in the terms of the schema table.

use crate::schema::{Field, TEXT_MAP, TEXTS, Type, opt, req};
use Type::{AnyMapping, Boolean, FlagText, Object, Text};

/// Keys of a cluster Secret. `config` is JSON in a string, of type [`CONFIG`].
pub(super) const CLUSTER: &[Field] = &[
    opt("clusterResources", FlagText),
    opt("config", Text),
    opt("name", Text),
    opt("namespaces", Text),
    opt("project", Text),
    req("server", Text),
    opt("shard", Text).needless("replicas share the clusters by hashing"),
];

pub(super) const CONFIG: Type = Object(&[
    opt("awsAuthConfig", AnyMapping)
        .unsupported("use `execProviderConfig` with `aws eks get-token`, or a `bearerToken`"),
    opt("bearerToken", Text),
    opt("disableCompression", Boolean).needless("answers are never compressed"),
    opt("execProviderConfig", EXEC_PROVIDER),
    opt("password", Text),
    opt("proxyUrl", Text),
    opt("tlsClientConfig", TLS_CLIENT),
    opt("username", Text),
]);

const EXEC_PROVIDER: Type = Object(&[
    opt("apiVersion", Text),
    opt("args", TEXTS),
    req("command", Text),
    opt("config", Type::Anything).no_effect(),
    opt("env", TEXT_MAP),
    opt("installHint", Text).no_effect(),
    opt("provideClusterInfo", Boolean).no_effect(),
]);

const TLS_CLIENT: Type = Object(&[
    opt("caData", Text),
    opt("certData", Text),
    opt("insecure", Boolean),
    opt("keyData", Text),
    opt("serverName", Text),
]);

/// Keys of a repository Secret.
pub(super) const REPOSITORY: &[Field] = &[
    opt("azureActiveDirectoryEndpoint", Text).no_effect(),
    opt("azureServicePrincipalClientID", Text).no_effect(),
    opt("azureServicePrincipalClientId", Text).no_effect(),
    opt("azureServicePrincipalClientSecret", Text).no_effect(),
    opt("azureServicePrincipalTenantID", Text).no_effect(),
    opt("azureServicePrincipalTenantId", Text).no_effect(),
    opt("bearerToken", Text),
    // Every fetch takes one commit only, whatever the depth.
    opt("depth", Text),
    opt("enableLfs", FlagText).no_effect(),
    opt("enableOCI", FlagText),
    opt("forceHttpBasicAuth", FlagText).no_effect(),
    opt("gcpServiceAccountKey", Text).no_effect(),
    opt("githubAppEnterpriseBaseUrl", Text).no_effect(),
    opt("githubAppID", Text).no_effect(),
    opt("githubAppInstallationID", Text).no_effect(),
    opt("githubAppPrivateKey", Text).no_effect(),
    opt("insecure", FlagText),
    opt("insecureIgnoreHostKey", FlagText),
    opt("insecureOCIForceHttp", FlagText),
    opt("name", Text),
    opt("noProxy", Text).no_effect(),
    opt("password", Text),
    opt("project", Text),
    opt("proxy", Text),
    opt("sshPrivateKey", Text),
    opt("tlsClientCertData", Text).no_effect(),
    opt("tlsClientCertKey", Text).no_effect(),
    opt("type", Text),
    req("url", Text),
    opt("useAzureWorkloadIdentity", FlagText).no_effect(),
    opt("username", Text),
    opt("webhookManifestCacheWarmDisabled", FlagText).no_effect(),
];

/// Keys that Argo CD reads in repository Secrets only, not in templates of credentials.
pub(super) const REPOSITORY_ONLY: &[&str] = &[
    "depth",
    "enableLfs",
    "insecure",
    "insecureIgnoreHostKey",
    "name",
    "project",
    "webhookManifestCacheWarmDisabled",
];

/// Keys without effect yet for charts, which Git is fetched with.
pub(super) const GIT_ONLY: &[&str] = &[
    "forceHttpBasicAuth",
    "githubAppEnterpriseBaseUrl",
    "githubAppID",
    "githubAppInstallationID",
    "githubAppPrivateKey",
];

/// Keys without effect yet for Git, which charts are fetched with.
pub(super) const CHARTS_ONLY: &[&str] = &["noProxy", "tlsClientCertData", "tlsClientCertKey"];
