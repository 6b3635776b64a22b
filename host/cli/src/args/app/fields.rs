//! Fields of an application as flags, by Argo CD's names.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::sync::duration;

/// All of them.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct FieldArgs {
    // Before the headings of the others, which go on until the next one.
    /// Fetch and render it first: what is wrong is told now, and nothing is written [default: true]
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) validate: Option<bool>,
    #[command(flatten)]
    pub(crate) source: OfSource,
    #[command(flatten)]
    pub(crate) policy: PolicyFields,
}

/// Those of one source.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct OfSource {
    #[command(flatten)]
    pub(crate) place: SourceFields,
    #[command(flatten)]
    pub(crate) helm: HelmFields,
    #[command(flatten)]
    pub(crate) kustomize: KustomizeFields,
    #[command(flatten)]
    pub(crate) directory: DirectoryFields,
    #[command(flatten)]
    pub(crate) plugin: PluginFields,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Source")]
pub(crate) struct SourceFields {
    /// Repository URL
    #[arg(long, value_name = "URL")]
    pub(crate) repo: Option<String>,
    /// Directory in the repository
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Chart of a Helm repository or registry
    #[arg(long = "helm-chart", alias = "chart", value_name = "NAME")]
    pub(crate) chart: Option<String>,
    /// Branch, tag or commit [default: HEAD]; of a chart its version; or a range of versions, as 1.*
    #[arg(long, value_name = "REVISION")]
    pub(crate) revision: Option<String>,
    /// The name by which other sources use this one
    #[arg(long = "ref", value_name = "NAME")]
    pub(crate) reference: Option<String>,
    /// The source's name; for an application with several sources, also which one is meant
    #[arg(long, value_name = "NAME")]
    pub(crate) source_name: Option<String>,
    /// Has no effect, in argocd neither
    #[arg(long, value_name = "NAME", hide = true)]
    pub(crate) env: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Helm")]
pub(crate) struct HelmFields {
    /// Parameter of the chart
    #[arg(short, long = "parameter", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Values file; takes the place of those that are there
    #[arg(long = "values", value_name = "FILE")]
    pub(crate) value_files: Vec<String>,
    /// Leave values files out that are missing
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) ignore_missing_value_files: Option<bool>,
    /// File or http(s) URL whose text becomes the application's own values
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) values_literal_file: Option<String>,
    /// Name of the release [default: the application's]
    #[arg(long, value_name = "NAME")]
    pub(crate) release_name: Option<String>,
    /// Version of Helm; has no effect
    #[arg(long, value_name = "VERSION")]
    pub(crate) helm_version: Option<String>,
    /// Send the repository's credentials to other hosts too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) helm_pass_credentials: Option<bool>,
    /// Value, as `helm --set`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) helm_set: Vec<String>,
    /// Value that is a string, as `helm --set-string`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) helm_set_string: Vec<String>,
    /// Value from a file of the repository, as `helm --set-file`
    #[arg(long, value_name = "KEY=PATH")]
    pub(crate) helm_set_file: Vec<String>,
    /// Leave the chart's CRDs out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) helm_skip_crds: Option<bool>,
    /// Do not hold the values against the chart's schema
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) helm_skip_schema_validation: Option<bool>,
    /// Leave the chart's tests out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) helm_skip_tests: Option<bool>,
    /// Namespace that the chart is told [default: the destination's]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) helm_namespace: Option<String>,
    /// Kubernetes version that the chart is told [default: the cluster's]
    #[arg(long, value_name = "VERSION")]
    pub(crate) helm_kube_version: Option<String>,
    /// Kind that the chart is told, as [GROUP/]VERSION/KIND [default: the cluster's]
    #[arg(long, value_name = "KIND")]
    pub(crate) helm_api_versions: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Kustomize")]
pub(crate) struct KustomizeFields {
    /// Prefix of names
    #[arg(long = "nameprefix", value_name = "TEXT")]
    pub(crate) name_prefix: Option<String>,
    /// Suffix of names
    #[arg(long = "namesuffix", value_name = "TEXT")]
    pub(crate) name_suffix: Option<String>,
    /// Version of kustomize
    #[arg(long, value_name = "VERSION")]
    pub(crate) kustomize_version: Option<String>,
    /// Image, as node:8.15.0, mysql=mariadb or alpine@sha256:…
    #[arg(long = "kustomize-image", value_name = "IMAGE")]
    pub(crate) images: Vec<String>,
    /// Replicas of an object
    #[arg(long = "kustomize-replica", value_name = "NAME=COUNT")]
    pub(crate) replicas: Vec<String>,
    /// Label of all objects
    #[arg(long = "kustomize-common-label", value_name = "KEY=VALUE")]
    pub(crate) common_labels: Vec<String>,
    /// Annotation of all objects
    #[arg(long = "kustomize-common-annotation", value_name = "KEY=VALUE")]
    pub(crate) common_annotations: Vec<String>,
    /// Leave the labels out of selectors
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) kustomize_label_without_selector: Option<bool>,
    /// Put the labels into templates too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) kustomize_label_include_templates: Option<bool>,
    /// Labels take the place of those that are there
    #[arg(long = "kustomize-force-common-label", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) force_common_labels: Option<bool>,
    /// Annotations take the place of those that are there
    #[arg(long = "kustomize-force-common-annotation", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) force_common_annotations: Option<bool>,
    /// Namespace of all objects
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) kustomize_namespace: Option<String>,
    /// Kubernetes version that charts are told
    #[arg(long, value_name = "VERSION")]
    pub(crate) kustomize_kube_version: Option<String>,
    /// Kind that charts are told
    #[arg(long, value_name = "KIND")]
    pub(crate) kustomize_api_versions: Vec<String>,
    /// Leave components out that are missing
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) ignore_missing_components: Option<bool>,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Directory")]
pub(crate) struct DirectoryFields {
    /// Take the directories below it too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) directory_recurse: Option<bool>,
    /// Leave these files out
    #[arg(long, value_name = "GLOB")]
    pub(crate) directory_exclude: Option<String>,
    /// Only these files
    #[arg(long, value_name = "GLOB")]
    pub(crate) directory_include: Option<String>,
    /// Top-level argument of Jsonnet that is a string
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) jsonnet_tla_str: Vec<String>,
    /// Top-level argument of Jsonnet that is code
    #[arg(long, value_name = "NAME=CODE")]
    pub(crate) jsonnet_tla_code: Vec<String>,
    /// External variable of Jsonnet that is a string
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) jsonnet_ext_var_str: Vec<String>,
    /// External variable of Jsonnet that is code
    #[arg(long, value_name = "NAME=CODE")]
    pub(crate) jsonnet_ext_var_code: Vec<String>,
    /// Directory of Jsonnet libraries, from the root of the repository
    #[arg(long, value_name = "PATH")]
    pub(crate) jsonnet_libs: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Plugin")]
pub(crate) struct PluginFields {
    /// Renderer plugin
    #[arg(
        long = "config-management-plugin",
        alias = "plugin",
        value_name = "NAME"
    )]
    pub(crate) plugin: Option<String>,
    /// Environment entry of the plugin
    #[arg(long = "plugin-env", value_name = "NAME=VALUE")]
    pub(crate) plugin_envs: Vec<String>,
    /// Parameter of the plugin: a string, or a list or mapping of strings as JSON
    #[arg(long = "plugin-param", value_name = "NAME=VALUE")]
    pub(crate) plugin_parameters: Vec<String>,
}

/// The heading of [`PolicyFields`].
pub(super) const POLICY: &str = "Destination and policy";

#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = POLICY)]
pub(crate) struct PolicyFields {
    /// Cluster, by the URL of its API server
    #[arg(long, value_name = "URL")]
    pub(crate) dest_server: Option<String>,
    /// Cluster, by its name
    #[arg(long, value_name = "NAME")]
    pub(crate) dest_name: Option<String>,
    /// Namespace of objects that have none
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) dest_namespace: Option<String>,
    /// Project of the application [default of a new one: default]
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Entries of the history that are kept [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) revision_history_limit: Option<i64>,
    /// Who syncs
    #[arg(long, value_enum)]
    pub(crate) sync_policy: Option<SyncPolicyKind>,
    /// Have the control plane prune
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) auto_prune: Option<bool>,
    /// Have the control plane undo what others change in the cluster
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) self_heal: Option<bool>,
    /// Let the control plane prune the last object too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) allow_empty: Option<bool>,
    /// Sync option, as Prune=false; with a leading `!` it is taken away
    #[arg(long = "sync-option", value_name = "[!]OPTION")]
    pub(crate) sync_options: Vec<String>,
    /// Try a sync that failed again so many times; 0 takes the retries away
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) sync_retry_limit: Option<i64>,
    /// Pause before the first retry [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "sync_retry_limit")]
    pub(crate) sync_retry_backoff_duration: Option<Duration>,
    /// How many times as long each pause is as the one before [default: 2]
    #[arg(long, value_name = "N", requires = "sync_retry_limit")]
    pub(crate) sync_retry_backoff_factor: Option<u32>,
    /// No pause is longer [default: 3m]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "sync_retry_limit")]
    pub(crate) sync_retry_backoff_max_duration: Option<Duration>,
    /// With each retry take the newest commit of the revision
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) sync_retry_refresh: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SyncPolicyKind {
    /// You; also `manual`
    #[value(alias = "manual")]
    None,
    /// The control plane by itself; also `auto`
    #[value(aliases = ["auto", "automatic"])]
    Automated,
}
