//! What flags say of an operation. Pure.

use gantry_api::app::operation;
use gantry_model::Diagnostic;
use gantry_model::application::Retry;
use serde_json::{Value, json};

use crate::args::app::{RetryFlags, Strategy};

/// `syncStrategy` of an operation.
pub(super) fn strategy(wanted: Strategy, force: bool) -> Value {
    let wanted = match wanted {
        Strategy::Hook => operation::Strategy::Hook,
        Strategy::Apply => operation::Strategy::Apply,
    };
    operation::strategy(wanted, force)
}

/// `retry` of an operation, where flags say one.
pub(super) fn retry(flags: RetryFlags) -> Option<Value> {
    let limit = flags.retry_limit.filter(|limit| *limit != 0)?;
    let default = Retry::default();
    let pause = flags.retry_backoff_duration.unwrap_or(default.pause);
    let longest = flags
        .retry_backoff_max_duration
        .unwrap_or(default.pause_max);
    let mut retry = json!({"limit": limit, "backoff": {
        "duration": format!("{}s", pause.as_secs_f64()),
        "factor": flags.retry_backoff_factor.unwrap_or(default.factor),
        "maxDuration": format!("{}s", longest.as_secs_f64()),
    }});
    if flags.retry_refresh {
        retry["refresh"] = true.into();
    }
    Some(retry)
}

/// `info` of an operation.
///
/// # Errors
/// One that has no `=`.
pub(super) fn infos(texts: &[String]) -> Result<Vec<Value>, Diagnostic> {
    let one = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Diagnostic::error("flag", format!("--info {text}: there is no `=`"))
                .help("write --info NAME=VALUE")
        })?;
        Ok(json!({"name": name, "value": value}))
    };
    texts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{infos, retry};
    use crate::args::app::RetryFlags;

    #[test]
    fn retries_are_those_of_the_flags() {
        assert_eq!(retry(RetryFlags::default()), None);
        let flags = RetryFlags {
            retry_limit: Some(-1),
            retry_backoff_duration: Some(Duration::from_millis(1500)),
            retry_refresh: true,
            ..RetryFlags::default()
        };
        let expected = json!({"limit": -1, "refresh": true,
            "backoff": {"duration": "1.5s", "factor": 2, "maxDuration": "180s"}});
        assert_eq!(retry(flags), Some(expected));
    }

    #[test]
    fn notes_have_names() {
        let found = infos(&["why=because".into()]);
        assert_eq!(found, Ok(vec![json!({"name": "why", "value": "because"})]));
        assert!(infos(&["why".into()]).is_err());
    }
}
