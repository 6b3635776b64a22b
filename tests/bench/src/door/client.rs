//! Requests over plain HTTP/1.0: what is answered is all that comes until the end of the connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use super::objects::PASSWORD;
use crate::Failure;

/// Somebody who calls.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) token: String,
}

/// An answer, and how long it took.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) took: Duration,
}

impl Answer {
    /// The body as JSON, of a good answer.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        if self.status != 200 {
            let text = String::from_utf8_lossy(&self.body).into_owned();
            return Err(format!("{}: {text}", self.status).into());
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A request.
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) headers: &'a str,
    pub(super) body: &'a [u8],
}

impl<'a> Ask<'a> {
    pub(super) fn get(path: &'a str) -> Self {
        Self {
            method: "GET",
            path,
            headers: "",
            body: b"",
        }
    }
}

impl Client {
    /// Somebody who has logged in.
    pub(super) async fn login(address: SocketAddr, user: &str) -> Result<Self, Failure> {
        let nobody = Self {
            address,
            token: String::new(),
        };
        let answer = nobody.try_login(user, PASSWORD).await?.json()?;
        let token = answer["token"].as_str().ok_or("no token")?.to_owned();
        Ok(Self { address, token })
    }

    /// One try to log in.
    pub(super) async fn try_login(&self, user: &str, password: &str) -> Result<Answer, Failure> {
        let body = json!({"username": user, "password": password}).to_string();
        let ask = Ask {
            method: "POST",
            path: "/api/v1/session",
            headers: "content-type: application/json\r\n",
            body: body.as_bytes(),
        };
        self.send(&ask).await
    }

    async fn write(&self, stream: &mut TcpStream, ask: &Ask<'_>) -> Result<(), Failure> {
        let (method, path, token) = (ask.method, ask.path, &self.token);
        let auth = match token.is_empty() {
            true => String::new(),
            false => format!("cookie: argocd.token={token}\r\nauthorization: Bearer {token}\r\n"),
        };
        let length = ask.body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nhost: localhost\r\n{auth}{}content-length: {length}\r\n\r\n",
            ask.headers
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(ask.body);
        Ok(stream.write_all(&request).await?)
    }

    /// Asks, and reads the whole answer.
    pub(super) async fn send(&self, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let began = Instant::now();
        let mut stream = TcpStream::connect(self.address).await?;
        self.write(&mut stream, ask).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        let took = began.elapsed();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.ok_or("the answer has no end of its headers")?;
        let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok(Answer {
            status: status.ok_or("no status")?,
            body: bytes.split_off(end + 4),
            took,
        })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send(&Ask::get(path)).await
    }

    /// A stream of server-sent events. With a small buffer the server notices at once that nobody reads.
    pub(super) async fn events(&self, path: &str, buffer: Option<u32>) -> Result<Events, Failure> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let mut stream = socket.connect(self.address).await?;
        let ask = Ask {
            headers: "accept: text/event-stream\r\n",
            ..Ask::get(path)
        };
        self.write(&mut stream, &ask).await?;
        Ok(Events(BufReader::with_capacity(1 << 16, stream)))
    }
}

/// Events as they come.
pub(super) struct Events(BufReader<TcpStream>);

impl Events {
    /// The data of the next event; none when the stream has ended.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            let mut line = Vec::new();
            if self.0.read_until(b'\n', &mut line).await? == 0 {
                return Ok(None);
            }
            if let Some(data) = line.strip_prefix(b"data: ") {
                return Ok(Some(data.to_vec()));
            }
        }
    }
}
