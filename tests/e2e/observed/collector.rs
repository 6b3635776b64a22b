//! An OpenTelemetry collector: takes spans by OTLP over HTTP in protobuf, and keeps them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A span, as far as it is asked about.
#[derive(Clone, Debug, Default)]
pub(super) struct Span {
    pub(super) id: Vec<u8>,
    pub(super) parent: Vec<u8>,
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

pub(super) struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Span {
    /// Whether it has an attribute that is, or ends with, a text.
    pub(super) fn has(&self, key: &str, value: &str) -> bool {
        let mut attributes = self.attributes.iter();
        attributes.any(|(name, text)| name == key && text.ends_with(value))
    }
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || take_all(&stream, &kept));
            }
        });
        Self { url, spans }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// All that have come.
    pub(super) fn spans(&self) -> Vec<Span> {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.clone()
    }
}

/// Takes the requests of a connection.
fn take_all(stream: &TcpStream, kept: &Mutex<Vec<Span>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream.try_clone()?;
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line)? > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            line.clear();
        }
        if length == 0 {
            return Ok(());
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let spans = spans(&body);
        kept.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(spans);
        writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}

/// The spans of an `ExportTraceServiceRequest`.
fn spans(request: &[u8]) -> Vec<Span> {
    let of_resources = texts(request, 1);
    let of_scopes = of_resources.flat_map(|resource| texts(resource, 2));
    of_scopes
        .flat_map(|scope| texts(scope, 2))
        .map(span)
        .collect()
}

fn span(message: &[u8]) -> Span {
    let one = |field: u64| texts(message, field).next().unwrap_or_default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let attribute = |pair: &[u8]| {
        let key = texts(pair, 1).next().unwrap_or_default();
        let value = texts(pair, 2).next().unwrap_or_default();
        let words = texts(value, 1).next().map(text);
        let number = || {
            let mut numbers = fields(value).filter_map(|(field, value)| match value {
                Field::Number(number) if field == 3 => Some(number.to_string()),
                _ => None,
            });
            numbers.next()
        };
        (text(key), words.or_else(number).unwrap_or_default())
    };
    Span {
        id: one(2).to_vec(),
        parent: one(4).to_vec(),
        name: text(one(5)),
        attributes: texts(message, 9).map(attribute).collect(),
    }
}

/// A field of a protobuf message.
enum Field<'a> {
    Number(u64),
    Text(&'a [u8]),
}

/// The texts and messages of one field.
fn texts(message: &[u8], wanted: u64) -> impl Iterator<Item = &[u8]> {
    fields(message).filter_map(move |(field, value)| match value {
        Field::Text(text) if field == wanted => Some(text),
        _ => None,
    })
}

/// The fields of a message, up to what is none.
fn fields(message: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let tag = varint(&mut rest)?;
        let mut cut = |length: usize| {
            let (text, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(text)
        };
        let field = match tag & 7 {
            1 => Field::Text(cut(8)?),
            5 => Field::Text(cut(4)?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let (text, after) = rest.split_at_checked(length)?;
                rest = after;
                Field::Text(text)
            }
            0 => Field::Number(varint(&mut rest)?),
            _ => return None,
        };
        Some((tag >> 3, field))
    })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
