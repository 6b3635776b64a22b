//! The lines of several logs, as they were written one after the other.

use futures::StreamExt;
use futures::future::join_all;
use futures::stream::{self, BoxStream, Stream};
use jiff::Timestamp;
use serde_json::Value;

use crate::fault::Fault;

type Lines = BoxStream<'static, Result<Value, Fault>>;

/// A log, and its next line.
struct Log {
    next: Result<Value, Fault>,
    /// None comes first: it tells why there is no log.
    time: Option<Timestamp>,
    rest: Lines,
}

/// Reads logs to their ends, the oldest line first.
pub(super) fn merged(logs: Vec<Lines>) -> impl Stream<Item = Result<Value, Fault>> + Send {
    let begun = async move { join_all(logs.into_iter().map(advance)).await };
    let lines = |logs: Vec<Option<Log>>| {
        let logs: Vec<Log> = logs.into_iter().flatten().collect();
        stream::unfold(logs, |mut logs| async {
            let oldest = logs.iter().enumerate().min_by_key(|(_, log)| log.time)?.0;
            let Log { next, rest, .. } = logs.swap_remove(oldest);
            logs.extend(advance(rest).await);
            Some((next, logs))
        })
    };
    stream::once(begun).map(lines).flatten()
}

async fn advance(mut rest: Lines) -> Option<Log> {
    let next = rest.next().await?;
    let time = next.as_ref().ok().and_then(|line| {
        let text = line["timeStampStr"].as_str()?;
        text.parse().ok()
    });
    Some(Log { next, time, rest })
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream;
    use serde_json::{Value, json};

    use super::merged;

    #[tokio::test]
    async fn the_oldest_line_comes_first_whoever_wrote_it() {
        let line = |time: &str| Ok(json!({"timeStampStr": time}));
        let log = |times: &[&str]| {
            stream::iter(times.iter().map(|t| line(t)).collect::<Vec<_>>()).boxed()
        };
        let logs = vec![
            log(&["2030-01-01T00:00:01Z", "2030-01-01T00:00:03Z"]),
            log(&[
                "2030-01-01T00:00:02Z",
                "2030-01-01T00:00:02.5Z",
                "2030-01-01T01:00:09+01:00",
            ]),
            log(&[]),
            log(&[""]),
        ];
        let all: Vec<Value> = merged(logs)
            .map(|line| line.expect("a line"))
            .collect()
            .await;
        let times: Vec<&str> = all
            .iter()
            .filter_map(|line| line["timeStampStr"].as_str())
            .collect();
        let expected = [
            "",
            "2030-01-01T00:00:01Z",
            "2030-01-01T00:00:02Z",
            "2030-01-01T00:00:02.5Z",
            "2030-01-01T00:00:03Z",
            "2030-01-01T01:00:09+01:00",
        ];
        assert_eq!(times, expected);
    }
}
