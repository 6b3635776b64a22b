//! Who a project's applications are applied as, and whose signatures their commits need.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Apply what goes to a destination as a service account of the cluster
    AddDestinationServiceAccount(ServiceAccountArgs),
    /// No longer apply what goes to a destination as a service account
    RemoveDestinationServiceAccount {
        /// Name of the project
        project: String,
        /// Server of the destination, as it was added
        server: String,
        /// Namespace of the destination, as it was added
        namespace: String,
        /// Service account, as it was added: NAME or NAMESPACE:NAME
        #[arg(value_name = "SERVICE_ACCOUNT")]
        account: String,
    },
    /// Add a GnuPG key that commits must be signed with
    AddSignatureKey {
        /// Name of the project
        project: String,
        /// The key's id, 16 hexadecimal digits, or its fingerprint, 40
        #[arg(value_name = "KEY-ID")]
        key: String,
    },
    /// Take a GnuPG key away that commits must be signed with
    RemoveSignatureKey {
        /// Name of the project
        project: String,
        /// The key's id or its fingerprint
        #[arg(value_name = "KEY-ID")]
        key: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ServiceAccountArgs {
    /// Name of the project
    pub(crate) project: String,
    /// Server of the destination, with wildcards
    pub(crate) server: String,
    /// Namespace of the destination, with wildcards
    pub(crate) namespace: String,
    /// Name of the service account
    #[arg(value_name = "SERVICE_ACCOUNT")]
    pub(crate) account: String,
    /// Namespace of the service account [default: the destination's]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) service_account_namespace: Option<String>,
}
