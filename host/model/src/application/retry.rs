//! `spec.syncPolicy.retry`: how often, and after which pauses, a failed sync is tried again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;

/// Argo CD's defaults (`types.go`, `DefaultSyncRetryDuration` and its neighbours).
const PAUSE: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(180);
const FACTOR: u32 = 2;

/// How a failed sync is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries after the first one; none is without end.
    pub limit: Option<u32>,
    /// The first pause.
    pub pause: Duration,
    /// What each pause is longer than the one before by.
    pub factor: u32,
    /// No pause is longer.
    pub pause_max: Duration,
    /// Take what the revision is by then, instead of what was tried first.
    pub refresh: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            limit: Some(0),
            pause: PAUSE,
            factor: FACTOR,
            pause_max: PAUSE_MAX,
            refresh: false,
        }
    }
}

impl Retry {
    /// The pause before the retry of that number, counted from 0; none when there is to be none.
    pub fn pause_before(&self, retry: u32) -> Option<Duration> {
        if self.limit.is_some_and(|limit| retry >= limit) {
            return None;
        }
        let factor = self.factor.checked_pow(retry).unwrap_or(u32::MAX);
        Some(self.pause.saturating_mul(factor).min(self.pause_max))
    }

    /// As a `retry` block has it.
    pub fn written(&self) -> Value {
        let seconds = |duration: Duration| format!("{}s", duration.as_secs_f64());
        json!({
            "limit": self.limit.map_or(-1, i64::from),
            "refresh": self.refresh,
            "backoff": {
                "duration": seconds(self.pause),
                "factor": self.factor,
                "maxDuration": seconds(self.pause_max),
            },
        })
    }

    /// Reads a `retry` block that passed the schema. What is no duration is told, and its default
    /// taken, as Argo CD refuses it only when the time comes.
    pub fn read(retry: &Value, field: &str) -> (Self, Vec<Diagnostic>) {
        let default = Self::default();
        let backoff = &retry["backoff"];
        let mut warnings = Vec::new();
        let mut duration = |name: &str, default: Duration| {
            let Some(text) = backoff[name].as_str().filter(|text| !text.is_empty()) else {
                return default;
            };
            go_duration(text).unwrap_or_else(|| {
                let message = format!("{text:?} is no duration such as 30s or 1m30s");
                warnings.push(
                    Diagnostic::warning("invalid-duration", message)
                        .field(format!("{field}.backoff.{name}"))
                        .help(format!("{} s are taken", default.as_secs())),
                );
                default
            })
        };
        let (pause, pause_max) = (
            duration("duration", default.pause),
            duration("maxDuration", default.pause_max),
        );
        let factor = backoff["factor"].as_u64().filter(|factor| *factor > 0);
        let retry = Self {
            // A number below zero is no limit.
            limit: u32::try_from(retry["limit"].as_i64().unwrap_or_default()).ok(),
            pause,
            pause_max,
            factor: factor.map_or(FACTOR, |factor| u32::try_from(factor).unwrap_or(u32::MAX)),
            refresh: retry["refresh"] == true,
        };
        (retry, warnings)
    }
}

/// A duration as Go's `time.ParseDuration` reads it, or a number of seconds.
pub fn go_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit_secs = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        total += Duration::try_from_secs_f64(number * unit_secs).ok()?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{Retry, go_duration};
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let block =
            json!({"limit": 4, "backoff": {"duration": "10", "factor": 3, "maxDuration": "1m30s"}});
        let (retry, warnings) = Retry::read(&block, "retry");
        assert!(warnings.is_empty(), "{warnings:?}");
        let pauses: Vec<_> = (0..5).map(|n| retry.pause_before(n)).collect();
        let secs = |s| Some(Duration::from_secs(s));
        assert_eq!(pauses, [secs(10), secs(30), secs(90), secs(90), None]);
        assert_eq!(Retry::read(&retry.written(), "retry"), (retry, vec![]));
        assert_eq!(Retry::default().pause_before(0), None);
        let (endless, _) = Retry::read(&json!({"limit": -1}), "retry");
        assert_eq!(endless.pause_before(1_000), secs(180));
    }

    #[test]
    fn durations_are_gos() {
        let cases = [
            ("5", Some(5_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("250ms", Some(250)),
            ("5 s", None),
            ("s", None),
            ("5d", None),
            ("", None),
        ];
        for (text, millis) in cases {
            assert_eq!(
                go_duration(text),
                millis.map(Duration::from_millis),
                "{text:?}"
            );
        }
        let (retry, warnings) = Retry::read(&json!({"backoff": {"duration": "soon"}}), "retry");
        assert_eq!(retry, Retry::default());
        assert_eq!(warnings.len(), 1);
    }
}
