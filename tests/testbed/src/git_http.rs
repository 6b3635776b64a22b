//! A Git server over http: Git's own `git http-backend` behind the smallest web server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::TestbedError;

/// Serves the repositories below a folder on loopback, as long as the process lives.
#[derive(Debug)]
pub struct GitHttpServer {
    address: String,
    requests: Arc<AtomicUsize>,
}

/// What a client asked for.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl GitHttpServer {
    /// Starts serving; with `login` (the value of a basic `Authorization` header) only to those
    /// who send it.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(folder: &Path, login: Option<&str>) -> Result<Self, TestbedError> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener
            .local_addr()
            .map_err(TestbedError::io("a port"))?
            .to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let (folder, login) = (folder.to_owned(), login.map(str::to_owned));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let (folder, login) = (folder.clone(), login.clone());
                // A client that breaks off is its own affair.
                std::thread::spawn(move || serve(stream, &folder, login.as_deref()));
            }
        });
        Ok(Self { address, requests })
    }

    /// The URL of a repository below the folder.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// Its address, `host:port`.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(stream: TcpStream, folder: &Path, login: Option<&str>) -> std::io::Result<()> {
    let request = read_request(&stream)?;
    let mut stream = stream;
    let sent = request.header("authorization");
    if login.is_some() && sent != login {
        return stream.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\n\
              Content-Length: 0\r\nConnection: close\r\n\r\n",
        );
    }
    let answer = backend(folder, &request)?;
    stream.write_all(&answer)
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

pub(crate) fn read_request(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        request
            .headers
            .push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                break;
            }
            request
                .body
                .extend_from_slice(chunk.get(..size).unwrap_or_default());
        }
    } else if let Some(length) = request
        .header("content-length")
        .and_then(|l| l.parse().ok())
    {
        request.body = vec![0; length];
        reader.read_exact(&mut request.body)?;
    }
    Ok(request)
}

/// Runs `git http-backend` (git-http-backend(1): a CGI program) and words its answer as HTTP.
fn backend(folder: &Path, request: &Request) -> std::io::Result<Vec<u8>> {
    let root: PathBuf = folder.to_owned();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env(
            "CONTENT_TYPE",
            request.header("content-type").unwrap_or_default(),
        )
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env(
            "HTTP_CONTENT_ENCODING",
            request.header("content-encoding").unwrap_or_default(),
        )
        .env(
            "GIT_PROTOCOL",
            request.header("git-protocol").unwrap_or_default(),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&request.body)?;
    }
    let output = child.wait_with_output()?.stdout;
    let split = output
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .unwrap_or(output.len());
    let head = String::from_utf8_lossy(output.get(..split).unwrap_or_default()).into_owned();
    let body = output.get(split + 4..).unwrap_or_default();
    let status = head
        .lines()
        .find_map(|l| l.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let mut answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for line in head.lines().filter(|line| !line.starts_with("Status: ")) {
        answer.push_str(line);
        answer.push_str("\r\n");
    }
    answer.push_str("Connection: close\r\n\r\n");
    Ok([answer.as_bytes(), body].concat())
}
