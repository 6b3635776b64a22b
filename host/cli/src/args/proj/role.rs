//! Roles of a project: who may what in it, and their tokens.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{ListFormat, ListType};

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the roles of a project
    List {
        /// Name of the project
        project: String,
        /// Output format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Show one role, with its policies, groups and tokens
    Get(RoleArgs),
    /// Add a role
    Create {
        #[command(flatten)]
        role: RoleArgs,
        /// What the role is for
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
    },
    /// Delete a role, with its tokens
    Delete(RoleArgs),
    /// Let a role do something, or forbid it
    AddPolicy(PolicyArgs),
    /// Take a policy away
    RemovePolicy(PolicyArgs),
    /// Give a role to a group
    AddGroup(GroupArgs),
    /// Take a role from a group
    RemoveGroup(GroupArgs),
    /// Give out a token of a role; it is shown now, and never again
    #[command(alias = "token-create")]
    CreateToken(NewToken),
    /// List the tokens of a role
    #[command(aliases = ["list-token", "token-list"])]
    ListTokens {
        #[command(flatten)]
        role: RoleArgs,
        /// Times as seconds since 1970
        #[arg(short, long)]
        unixtime: bool,
    },
    /// Take a token back
    #[command(aliases = ["token-delete", "remove-token"])]
    DeleteToken {
        #[command(flatten)]
        role: RoleArgs,
        /// When it was given out, in seconds since 1970; or its id
        #[arg(value_name = "ISSUED-AT")]
        token: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RoleArgs {
    /// Name of the project
    pub(crate) project: String,
    /// Name of the role
    #[arg(value_name = "ROLE-NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    pub(crate) role: RoleArgs,
    /// What is done: get, create, update, delete, sync, override, action/…
    #[arg(short, long)]
    pub(crate) action: String,
    /// `allow` or `deny`
    #[arg(short, long, value_enum, default_value_t = ListType::Allow)]
    pub(crate) permission: ListType,
    /// To what in the project: an application's name, `*` for any
    #[arg(short, long)]
    pub(crate) object: String,
    /// What kind of thing that is
    #[arg(short, long, value_enum, default_value_t = Resource::Applications)]
    pub(crate) resource: Resource,
}

/// What a project's role may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resource {
    Applications,
    Applicationsets,
    Clusters,
    Exec,
    Logs,
    Repositories,
}

#[derive(Debug, Args)]
pub(crate) struct GroupArgs {
    #[command(flatten)]
    pub(crate) role: RoleArgs,
    /// Group, as a claim of single sign-on names it
    #[arg(value_name = "GROUP-CLAIM")]
    pub(crate) group: String,
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    #[command(flatten)]
    pub(crate) role: RoleArgs,
    /// How long it is good, as 12h or 7d [default: for ever]
    #[arg(short, long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) expires_in: Option<Duration>,
    /// Its id [default: a random one]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) id: String,
    /// Print the token and nothing else
    #[arg(short, long)]
    pub(crate) token_only: bool,
}
