//! Logs of an application's pods.

use clap::Args;
use jiff::Timestamp;

use super::OneApp;

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Only pods of, or owned by, objects of this API group
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Only pods of, or owned by, objects of this kind
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only pods of, or owned by, objects in this namespace
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Only pods of, or owned by, objects of this name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) object_name: Option<String>,
    /// The container [default: all of a pod]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) container: Option<String>,
    /// Stay, and print what comes
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only so many last lines of each container; 0 is all [default: all]
    #[arg(long, value_name = "LINES")]
    pub(crate) tail: Option<u64>,
    /// Only lines of so many seconds ago at most
    #[arg(long, value_name = "SECONDS", conflicts_with = "since")]
    pub(crate) since_seconds: Option<u64>,
    /// Only lines of so long ago at most, as 90s, 5m, 1h
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) since: Option<std::time::Duration>,
    /// Only lines from that time on, as 2030-01-02T03:04:05Z
    #[arg(long, value_name = "TIME", conflicts_with_all = ["since", "since_seconds"])]
    pub(crate) since_time: Option<Timestamp>,
    /// Only lines up to that time
    #[arg(long, value_name = "TIME")]
    pub(crate) until_time: Option<Timestamp>,
    /// Only lines that hold this text; with a `!` before it, only those that do not
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Mind upper and lower case in --filter
    #[arg(short, long, requires = "filter")]
    pub(crate) match_case: bool,
    /// The lines of the container that ran before this one
    #[arg(short, long)]
    pub(crate) previous: bool,
}
