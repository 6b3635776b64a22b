//! The two generators of an ApplicationSet that ask Git hosts: `pullRequest` and `scmProvider`.

use super::application_set::TEMPLATE;
use super::types::{TEXT_MAP, TEXTS, Type, opt, req};
use Type::{Boolean, Integer, ListOf, Object, Text};

const SECRET_REF: Type = Object(&[req("key", Text), req("secretName", Text)]);
const CA_REF: Type = Object(&[req("configMapName", Text), req("key", Text)]);
const BASIC_AUTH: Type = Object(&[req("passwordRef", SECRET_REF), req("username", Text)]);
const BEARER_TOKEN: Type = Object(&[req("tokenRef", SECRET_REF)]);

pub(super) const PULL_REQUEST: Type = Object(&[
    opt("azuredevops", PULL_AZURE_DEVOPS),
    opt("bitbucket", PULL_BITBUCKET),
    opt("bitbucketServer", PULL_BITBUCKET_SERVER),
    opt("continueOnRepoNotFoundError", Boolean),
    opt("filters", ListOf(&PULL_FILTER)),
    opt("gitea", PULL_GITEA),
    opt("github", PULL_GITHUB),
    opt("gitlab", PULL_GITLAB),
    opt("requeueAfterSeconds", Integer),
    opt("template", TEMPLATE),
    opt("values", TEXT_MAP),
]);

const PULL_AZURE_DEVOPS: Type = Object(&[
    opt("api", Text),
    opt("labels", TEXTS),
    req("organization", Text),
    req("project", Text),
    req("repo", Text),
    opt("tokenRef", SECRET_REF),
]);

const PULL_BITBUCKET: Type = Object(&[
    opt("api", Text),
    opt("basicAuth", BASIC_AUTH),
    opt("bearerToken", BEARER_TOKEN),
    req("owner", Text),
    req("repo", Text),
]);

const PULL_BITBUCKET_SERVER: Type = Object(&[
    req("api", Text),
    opt("basicAuth", BASIC_AUTH),
    opt("bearerToken", BEARER_TOKEN),
    opt("caRef", CA_REF),
    opt("insecure", Boolean),
    req("project", Text),
    req("repo", Text),
]);

const PULL_FILTER: Type = Object(&[
    opt("branchMatch", Text),
    opt("targetBranchMatch", Text),
    opt("titleMatch", Text),
]);

const PULL_GITEA: Type = Object(&[
    req("api", Text),
    opt("insecure", Boolean),
    opt("labels", TEXTS),
    req("owner", Text),
    req("repo", Text),
    opt("tokenRef", SECRET_REF),
]);

const PULL_GITHUB: Type = Object(&[
    opt("api", Text),
    opt("appSecretName", Text),
    opt("labels", TEXTS),
    req("owner", Text),
    req("repo", Text),
    opt("tokenRef", SECRET_REF),
]);

const PULL_GITLAB: Type = Object(&[
    opt("api", Text),
    opt("caRef", CA_REF),
    opt("insecure", Boolean),
    opt("labels", TEXTS),
    req("project", Text),
    opt("pullRequestState", Text),
    opt("tokenRef", SECRET_REF),
]);

pub(super) const SCM_PROVIDER: Type = Object(&[
    opt("awsCodeCommit", SCM_CODE_COMMIT),
    opt("azureDevOps", SCM_AZURE_DEVOPS),
    opt("bitbucket", SCM_BITBUCKET),
    opt("bitbucketServer", SCM_BITBUCKET_SERVER),
    opt("cloneProtocol", Text),
    opt("filters", ListOf(&SCM_FILTER)),
    opt("gitea", SCM_GITEA),
    opt("github", SCM_GITHUB),
    opt("gitlab", SCM_GITLAB),
    opt("requeueAfterSeconds", Integer),
    opt("template", TEMPLATE),
    opt("values", TEXT_MAP),
]);

const TAG_FILTER: Type = Object(&[req("key", Text), opt("value", Text)]);

const SCM_CODE_COMMIT: Type = Object(&[
    opt("allBranches", Boolean),
    opt("region", Text),
    opt("role", Text),
    opt("tagFilters", ListOf(&TAG_FILTER)),
]);

const SCM_AZURE_DEVOPS: Type = Object(&[
    req("accessTokenRef", SECRET_REF),
    opt("allBranches", Boolean),
    opt("api", Text),
    req("organization", Text),
    req("teamProject", Text),
]);

const SCM_BITBUCKET: Type = Object(&[
    opt("allBranches", Boolean),
    req("appPasswordRef", SECRET_REF),
    req("owner", Text),
    req("user", Text),
]);

const SCM_BITBUCKET_SERVER: Type = Object(&[
    opt("allBranches", Boolean),
    req("api", Text),
    opt("basicAuth", BASIC_AUTH),
    opt("bearerToken", BEARER_TOKEN),
    opt("caRef", CA_REF),
    opt("insecure", Boolean),
    req("project", Text),
]);

const SCM_FILTER: Type = Object(&[
    opt("branchMatch", Text),
    opt("labelMatch", Text),
    opt("pathsDoNotExist", TEXTS),
    opt("pathsExist", TEXTS),
    opt("repositoryMatch", Text),
]);

const SCM_GITEA: Type = Object(&[
    opt("allBranches", Boolean),
    req("api", Text),
    opt("excludeArchivedRepos", Boolean),
    opt("insecure", Boolean),
    req("owner", Text),
    opt("tokenRef", SECRET_REF),
]);

const SCM_GITHUB: Type = Object(&[
    opt("allBranches", Boolean),
    opt("api", Text),
    opt("appSecretName", Text),
    opt("excludeArchivedRepos", Boolean),
    req("organization", Text),
    opt("tokenRef", SECRET_REF),
]);

const SCM_GITLAB: Type = Object(&[
    opt("allBranches", Boolean),
    opt("api", Text),
    opt("caRef", CA_REF),
    req("group", Text),
    opt("includeArchivedRepos", Boolean),
    opt("includeSharedProjects", Boolean),
    opt("includeSubgroups", Boolean),
    opt("insecure", Boolean),
    opt("tokenRef", SECRET_REF),
    opt("topic", Text),
]);
