//! The log of a container, line by line as it comes.

use std::sync::Arc;

use futures::stream::{self, BoxStream};
use gantry_model::cluster::LogOptions;
use gantry_model::{ClusterError, Gvk, ObjectRef, limits};
use http_body_util::BodyExt;
use kube::client::Body;

use crate::connection::Connection;
use crate::lanes::Lane;
use crate::lines::Lines;
use crate::request::{Call, segment};

/// An open log. It keeps its place on the connection until it is dropped.
struct Log {
    _lane: Arc<Lane>,
    body: Body,
    lines: Lines,
    is_over: bool,
}

/// Opens a log.
///
/// # Errors
/// What the server says: the pod is gone, the container has not started.
pub(crate) async fn logs(
    server: &Connection,
    pod: &ObjectRef,
    options: LogOptions<'_>,
) -> Result<BoxStream<'static, Result<String, ClusterError>>, ClusterError> {
    let call = call(pod, options)?;
    let gvk = Gvk::parse("v1", "Pod");
    let (lane, body) = match server.stream(&call, &gvk).await? {
        Ok(opened) => opened,
        Err(answer) => return Err(server.asked(&call, Some(&gvk)).error(&answer)),
    };
    let log = Log {
        _lane: lane,
        body,
        lines: Lines::default(),
        is_over: false,
    };
    Ok(Box::pin(stream::unfold(log, |mut log| async {
        let next = log.next().await?;
        Some((next, log))
    })))
}

fn call(pod: &ObjectRef, options: LogOptions<'_>) -> Result<Call, ClusterError> {
    let mut path = "/api/v1/namespaces/".to_owned();
    segment("metadata.namespace", &pod.namespace, &mut path)?;
    path.push_str("/pods/");
    segment("metadata.name", &pod.name, &mut path)?;
    path.push_str("/log");
    let mut call = Call::get(path).accept("*/*");
    if !options.container.is_empty() {
        call = call.query("container", options.container);
    }
    for (key, asked) in [
        ("follow", options.follow),
        ("previous", options.previous),
        ("timestamps", options.timestamps),
    ] {
        if asked {
            call = call.query(key, "true");
        }
    }
    if !options.since_time.is_empty() {
        call = call.query("sinceTime", options.since_time);
    }
    for (key, number) in [
        ("tailLines", options.tail_lines),
        ("sinceSeconds", options.since_secs),
    ] {
        if let Some(number) = number {
            call = call.query(key, &number.to_string());
        }
    }
    Ok(call)
}

impl Log {
    /// The next line; none at the end.
    async fn next(&mut self) -> Option<Result<String, ClusterError>> {
        let text = |line: Vec<u8>| Ok(String::from_utf8_lossy(&line).into_owned());
        loop {
            if let Some(line) = self.lines.take() {
                return Some(text(line));
            }
            if self.is_over || self.lines.len() > limits::LOG_LINE_MAX_BYTES {
                return self.lines.rest().map(text);
            }
            match self.body.frame().await {
                None => self.is_over = true,
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.lines.push(&bytes);
                    }
                }
                Some(Err(error)) => {
                    self.is_over = true;
                    let message = format!("the log broke: {error}");
                    return Some(Err(ClusterError::Transient(message)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::cluster::LogOptions;
    use gantry_model::{Gvk, ObjectRef};

    use super::call;

    fn pod(name: &str) -> ObjectRef {
        ObjectRef {
            gvk: Gvk::parse("v1", "Pod"),
            namespace: "shop".to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn options_become_a_query() {
        let all = LogOptions {
            container: "web",
            follow: true,
            previous: true,
            timestamps: true,
            tail_lines: Some(5),
            since_secs: Some(60),
            since_time: "2030-01-02T03:04:05Z",
        };
        let path = "/api/v1/namespaces/shop/pods/web-1/log";
        let query = "?container=web&follow=true&previous=true&timestamps=true&sinceTime=2030-01-02T03:04:05Z\
             &tailLines=5&sinceSeconds=60";
        let cases = [
            (LogOptions::default(), path.to_owned()),
            (all, format!("{path}{query}")),
        ];
        for (options, expected) in cases {
            assert_eq!(
                call(&pod("web-1"), options).expect("a call").target,
                expected
            );
        }
        assert!(call(&pod("../secrets"), LogOptions::default()).is_err());
    }
}
