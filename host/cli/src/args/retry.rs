//! How often a failed sync is tried again: `argocd app sync`'s flags.

use std::time::Duration;

use clap::Args;
use gantry_model::application::{Retry, go_duration};

/// What replaces `spec.syncPolicy.retry`, if there is a limit.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct RetryArgs {
    /// Try a sync that failed again so many times; below 0 without end
    /// [default: spec.syncPolicy.retry]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    retry_limit: Option<i64>,
    /// Pause before the first retry [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "retry_limit")]
    retry_backoff_duration: Option<Duration>,
    /// How many times as long each pause is as the one before [default: 2]
    #[arg(long, value_name = "N", requires = "retry_limit")]
    retry_backoff_factor: Option<u32>,
    /// No pause is longer [default: 3m]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "retry_limit")]
    retry_backoff_max_duration: Option<Duration>,
    /// With each retry take the newest commit of the revision
    #[arg(long, requires = "retry_limit")]
    retry_refresh: bool,
}

impl RetryArgs {
    /// These, else what the application says.
    pub(crate) fn over(self, policy: Retry) -> Retry {
        let default = Retry::default();
        let Some(limit) = self.retry_limit else {
            return policy;
        };
        Retry {
            limit: u32::try_from(limit).ok(),
            pause: self.retry_backoff_duration.unwrap_or(default.pause),
            factor: self.retry_backoff_factor.unwrap_or(default.factor),
            pause_max: self.retry_backoff_max_duration.unwrap_or(default.pause_max),
            refresh: self.retry_refresh,
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    go_duration(text).ok_or_else(|| "a duration is 30s, 1m30s or a number of seconds".to_owned())
}
