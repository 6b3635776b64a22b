//! As much HTTP/1.1 as a proxy needs that looks at no content.

use std::io::{self, BufRead, Read, Write};

/// A request, as it came.
pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// A field of its head.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// Puts another value in the place of one in the head.
    pub(crate) fn replace(&mut self, value: &str, other: &str) {
        self.head = self.head.replacen(value, other, 1);
    }
}

/// The next request of a connection; none when the client has closed it.
pub(crate) fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(head) = read_head(reader)? else {
        return Ok(None);
    };
    let length = header(&head, "content-length").and_then(|value| value.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { head, body }))
}

/// Sends a request on.
pub(crate) fn send(server: &mut impl Write, request: &Request) -> io::Result<()> {
    server.write_all(request.head.as_bytes())?;
    server.write_all(&request.body)?;
    server.flush()
}

/// Answers by itself. 429 says when to come back, as API servers do.
pub(crate) fn answer(client: &mut impl Write, code: u16, body: &str) -> io::Result<()> {
    let retry = if code == 429 {
        "retry-after: 1\r\n"
    } else {
        ""
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {code} Fault\r\ncontent-type: application/json\r\n{retry}content-length: {length}\r\n\r\n{body}"
    );
    client.write_all(text.as_bytes())?;
    client.flush()
}

/// Passes an answer on as it comes. False when the connection ends with it.
pub(crate) fn relay(server: &mut impl BufRead, client: &mut impl Write) -> io::Result<bool> {
    let Some(head) = read_head(server)? else {
        return Ok(false);
    };
    client.write_all(head.as_bytes())?;
    client.flush()?;
    let lower = head.to_ascii_lowercase();
    let is_bare = [" 204 ", " 304 "]
        .iter()
        .any(|code| lower.get(8..).is_some_and(|rest| rest.starts_with(code)));
    if header(&lower, "transfer-encoding").is_some() {
        while relay_chunk(server, client)? {}
    } else if let Some(length) = header(&lower, "content-length") {
        let length = length.parse().map_err(io::Error::other)?;
        io::copy(&mut server.take(length), client)?;
    } else if !is_bare {
        io::copy(server, client)?;
        return Ok(false);
    }
    client.flush()?;
    Ok(header(&lower, "connection") != Some("close"))
}

/// One chunk; false after the last. A watch sends one for each event: none may wait here.
fn relay_chunk(server: &mut impl BufRead, client: &mut impl Write) -> io::Result<bool> {
    let mut line = String::new();
    server.read_line(&mut line)?;
    let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
    client.write_all(line.as_bytes())?;
    // The line end after the chunk goes with it.
    io::copy(&mut server.take(length + 2), client)?;
    client.flush()?;
    Ok(length > 0)
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut found = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim())
}
