//! As much of a kubelet as an API server asks for logs: TLS, and `/containerLogs`.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::TestbedError;
use crate::certificates::untrusted_tls;

/// Lines that each container has printed when it is first asked.
const LINES: usize = 4;
/// Pause before each line that comes later.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves as long as the process lives. Each pod prints a line every second minute from the year 2030 on,
/// the second that is asked for a minute after the first.
#[derive(Debug)]
pub struct Kubelet {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: Mutex<Vec<String>>,
    pods: Mutex<Vec<String>>,
}

impl Kubelet {
    /// Starts serving.
    ///
    /// # Errors
    /// When no port is free, or no certificate can be made.
    pub fn start() -> Result<Self, TestbedError> {
        let (_, tls) = untrusted_tls()?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, tls) = (Arc::clone(&shared), Arc::clone(&tls));
                // A client that breaks off is its own affair.
                thread::spawn(move || match ServerConnection::new(tls) {
                    Ok(connection) => state.answer(StreamOwned::new(connection, stream)),
                    Err(error) => Err(io::Error::other(error)),
                });
            }
        });
        Ok(Self {
            port: address.port(),
            state,
        })
    }

    /// Its port, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was asked since the last time: paths with their queries.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.state.asked))
    }
}

/// What is asked of a container's log.
struct Asked {
    pod: String,
    container: String,
    query: HashMap<String, String>,
}

impl Asked {
    fn of(target: &str) -> Option<Self> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut parts = path.strip_prefix("/containerLogs/")?.split('/').skip(1);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Some(Self {
            pod: parts.next()?.to_owned(),
            container: parts.next()?.to_owned(),
            query: pairs
                .map(|(key, value)| (key.to_owned(), value.replace("%3A", ":")))
                .collect(),
        })
    }

    fn is(&self, key: &str) -> bool {
        self.query.get(key).is_some_and(|value| value == "true")
    }
}

impl State {
    fn answer(&self, mut stream: impl Read + Write) -> io::Result<()> {
        let mut reader = BufReader::new(&mut stream);
        let (mut line, mut target) = (String::new(), String::new());
        while reader.read_line(&mut line)? > 2 {
            if let Some(rest) = line.strip_prefix("GET ") {
                rest.split(' ')
                    .next()
                    .unwrap_or_default()
                    .clone_into(&mut target);
            }
            line.clear();
        }
        lock(&self.asked).push(target.clone());
        let Some(asked) = Asked::of(&target) else {
            return stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        };
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        for line in self.lines(&asked, 0..LINES) {
            chunk(&mut stream, &line)?;
        }
        for number in LINES.. {
            if !asked.is("follow") {
                break;
            }
            thread::sleep(PAUSE);
            for line in self.lines(&asked, number..number + 1) {
                chunk(&mut stream, &line)?;
            }
        }
        stream.write_all(b"0\r\n\r\n")?;
        stream.flush()
    }

    fn lines(&self, asked: &Asked, numbers: std::ops::Range<usize>) -> Vec<String> {
        let since = asked.query.get("sinceTime").cloned().unwrap_or_default();
        let shift = self.shift(&asked.pod);
        let when = if asked.is("previous") { "earlier " } else { "" };
        let line = |number: usize| {
            let time = format!("2030-01-01T00:{:02}:00Z", (number * 2 + shift) % 60);
            let text = format!(
                "{when}line {number} of {} in {}\n",
                asked.container, asked.pod
            );
            let shown = if asked.is("timestamps") {
                format!("{time} {text}")
            } else {
                text
            };
            (time >= since).then_some(shown)
        };
        let mut lines: Vec<String> = numbers.clone().filter_map(line).collect();
        let tail = asked
            .query
            .get("tailLines")
            .and_then(|tail| tail.parse().ok());
        if let Some(tail) = tail.filter(|_| numbers.start == 0) {
            lines.drain(..lines.len().saturating_sub(tail));
        }
        lines
    }

    /// How many minutes later than others a pod prints.
    fn shift(&self, pod: &str) -> usize {
        let mut pods = lock(&self.pods);
        let at = pods.iter().position(|known| known == pod);
        at.unwrap_or_else(|| {
            pods.push(pod.to_owned());
            pods.len() - 1
        })
    }
}

fn chunk(stream: &mut impl Write, text: &str) -> io::Result<()> {
    write!(stream, "{:x}\r\n{text}\r\n", text.len())?;
    stream.flush()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
