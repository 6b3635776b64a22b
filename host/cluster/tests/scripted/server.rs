//! The scripted server.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use gantry_cluster::{ClusterConfig, Clusters, KubeCluster};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Answers by the start of the path and query, one after the other; the last one stays.
pub(crate) type Script = HashMap<&'static str, VecDeque<Reply>>;
/// Paths and queries of every request.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) head: &'static str,
    pub(crate) body: String,
}

/// The connection ends instead of an answer.
pub(crate) fn cut() -> Reply {
    reply("", &json!(""))
}

pub(crate) fn reply(head: &'static str, body: &Value) -> Reply {
    Reply {
        head,
        body: body.to_string(),
    }
}

pub(crate) fn script(replies: Vec<(&'static str, Vec<Reply>)>) -> Script {
    let version = (
        "/version",
        vec![reply("200 OK", &json!({"gitVersion": "v0"}))],
    );
    let all = [version].into_iter().chain(replies);
    all.map(|(path, replies)| (path, replies.into())).collect()
}

/// A server that can be stopped, and started again where it was.
pub(crate) struct Server {
    port: u16,
    script: Arc<Mutex<Script>>,
    seen: Log,
    running: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let mut server = Self {
            port: 0,
            script: Arc::new(Mutex::new(script)),
            seen: Log::default(),
            running: None,
        };
        server.start_again().await;
        server
    }

    pub(crate) async fn start_again(&mut self) {
        let address = ("127.0.0.1", self.port);
        let listener = TcpListener::bind(address).await.expect("a port");
        self.port = listener.local_addr().expect("its address").port();
        let (script, log) = (Arc::clone(&self.script), Arc::clone(&self.seen));
        self.running = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        }));
    }

    /// Nothing listens any more, and every connection is closed.
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            assert!(running.await.is_err(), "it was running");
        }
    }

    /// A cluster that is served by it, and every request that it got.
    pub(crate) fn cluster(&self) -> (Arc<KubeCluster>, Log) {
        let mut clusters = Clusters::default();
        clusters.add(ClusterConfig {
            name: "scripted".to_owned(),
            server: format!("http://127.0.0.1:{}", self.port),
            ..ClusterConfig::default()
        });
        let cluster = clusters.by_name("scripted").expect("it");
        (cluster, Arc::clone(&self.seen))
    }
}

/// A cluster that follows the script, and every request that it got.
pub(crate) async fn cluster(script: Script) -> (Arc<KubeCluster>, Log) {
    Server::start(script).await.cluster()
}

async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>, seen: Log) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            match stream.read_line(&mut request).await {
                Ok(read) if read > 0 => {}
                _ => return,
            }
        }
        let lower = request.to_lowercase();
        let length = lower.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or_default()];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let tag = if lower.contains("if-none-match: \"t\"") {
            " T"
        } else {
            ""
        };
        seen.lock().expect("the log").push(format!("{target}{tag}"));
        let Reply { head, body } = next(&script, &target);
        if head.is_empty() {
            return;
        }
        let length = body.len();
        let text = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}");
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The longest start that fits decides.
fn next(script: &Mutex<Script>, target: &str) -> Reply {
    let mut script = script.lock().expect("the script");
    let fits = script
        .iter_mut()
        .filter(|(start, _)| target.starts_with(**start));
    let Some((_, replies)) = fits.max_by_key(|(start, _)| start.len()) else {
        return Reply {
            head: "404 Not Found",
            body: "404 page not found\n".to_owned(),
        };
    };
    if replies.len() > 1 {
        return replies.pop_front().expect("one");
    }
    replies.front().cloned().expect("the last")
}
