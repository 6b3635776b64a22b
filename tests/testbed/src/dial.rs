//! A TCP proxy with a dial: the server behind it is there, slow, gone, silent, or talks nonsense.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::TestbedError;
use crate::ports::free_port;

/// Pause between two looks at the dial and for clients.
const LOOK_MS: u64 = 5;
/// Bytes that are passed on at once.
const PIECE_BYTES: usize = 16 * 1024;

/// What clients meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The server.
    #[default]
    Open,
    /// The server, each connection so much later.
    Slow(Duration),
    /// Nobody: connections are refused.
    Refused,
    /// Somebody who takes all and answers nothing, in connections of before too.
    Silent,
    /// Somebody who answers what makes no sense, of several kinds in turn.
    Garbage,
    /// A web server that answers with this status.
    Failing(u16),
    /// The server, until it has answered so many bytes.
    Cut(usize),
}

/// Serves until it is dropped. Each turn of the dial ends the connections that there are, save one to
/// silence.
#[derive(Debug)]
pub struct Dial {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    mode: Mutex<Mode>,
    turns: AtomicU64,
    live: Mutex<HashMap<usize, Vec<TcpStream>>>,
    clients: AtomicUsize,
    ended: AtomicBool,
}

impl Dial {
    /// Starts in front of a server (`host:port`), open.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(server: &str) -> Result<Self, TestbedError> {
        // Nobody takes it while it is closed.
        let listener = TcpListener::bind(("127.0.0.1", free_port()?));
        let listener = listener.map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            mode: Mutex::default(),
            turns: AtomicU64::new(0),
            live: Mutex::default(),
            clients: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let other = Arc::clone(&shared);
        thread::spawn(move || accept(&other, address, listener));
        Ok(Self { address, shared })
    }

    /// Its address, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Turns the dial.
    pub fn set(&self, mode: Mode) {
        if mode != Mode::Silent {
            // Before the turn, too: what a silence kept back does not come through.
            self.shared.sever();
        }
        *lock(&self.shared.mode) = mode;
        self.shared.turns.fetch_add(1, Ordering::SeqCst);
        if mode != Mode::Silent {
            self.shared.sever();
        }
    }

    /// Connections so far.
    pub fn clients(&self) -> usize {
        self.shared.clients.load(Ordering::SeqCst)
    }
}

impl Drop for Dial {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.sever();
    }
}

fn accept(shared: &Arc<Shared>, address: SocketAddr, first: TcpListener) {
    let mut listener = Some(first);
    while !shared.ended.load(Ordering::SeqCst) {
        if shared.mode() == Mode::Refused {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).ok();
        }
        let accepted = listener.as_ref().map(|listener| {
            listener
                .set_nonblocking(true)
                .and_then(|()| listener.accept())
        });
        let Some(Ok((client, _))) = accepted else {
            thread::sleep(Duration::from_millis(LOOK_MS));
            continue;
        };
        let number = shared.clients.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(shared);
        // A client or server that breaks off ends its connection, no more.
        thread::spawn(move || shared.serve(number, client));
    }
}

impl Shared {
    fn mode(&self) -> Mode {
        *lock(&self.mode)
    }

    fn sever(&self) {
        for stream in lock(&self.live).values().flatten() {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn serve(&self, number: usize, mut client: TcpStream) -> io::Result<()> {
        client.set_nonblocking(false)?;
        // In this order: a turn between the two is seen below.
        let turn = self.turns.load(Ordering::SeqCst);
        let mode = self.mode();
        self.keep(number, &client)?;
        let served = if self.turns.load(Ordering::SeqCst) == turn {
            match mode {
                Mode::Refused => Ok(()),
                Mode::Silent => io::copy(&mut client, &mut io::sink()).map(drop),
                Mode::Garbage => answer(&mut client, &nonsense(number)),
                Mode::Failing(status) => answer(&mut client, &failure(status)),
                Mode::Open => self.relay(number, &client, usize::MAX),
                Mode::Cut(bytes) => self.relay(number, &client, bytes),
                Mode::Slow(pause) => {
                    thread::sleep(pause);
                    self.relay(number, &client, usize::MAX)
                }
            }
        } else {
            Ok(())
        };
        lock(&self.live).remove(&number);
        served
    }

    /// A connection that a turn of the dial ends.
    fn keep(&self, number: usize, stream: &TcpStream) -> io::Result<()> {
        let stream = stream.try_clone()?;
        lock(&self.live).entry(number).or_default().push(stream);
        Ok(())
    }

    fn relay(&self, number: usize, client: &TcpStream, bytes: usize) -> io::Result<()> {
        let server = TcpStream::connect(&self.server)?;
        self.keep(number, &server)?;
        for stream in [client, &server] {
            stream.set_nodelay(true)?;
        }
        let asked = (client.try_clone()?, server.try_clone()?);
        thread::scope(|scope| {
            scope.spawn(|| {
                let (client, server) = &asked;
                // The answer may still come.
                let _ = self.pass(client, server, usize::MAX);
                let _ = server.shutdown(Shutdown::Write);
            });
            let passed = self.pass(&server, client, bytes);
            for stream in [client, &server] {
                let _ = stream.shutdown(Shutdown::Both);
            }
            passed
        })
    }

    /// Passes on what comes, so much of it at most.
    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream, bytes: usize) -> io::Result<()> {
        let (mut piece, mut left) = (vec![0; PIECE_BYTES], bytes);
        while left > 0 {
            let read = from.read(&mut piece)?.min(left);
            while self.mode() == Mode::Silent && !self.ended.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(LOOK_MS));
            }
            if read == 0 {
                return Ok(());
            }
            to.write_all(piece.get(..read).unwrap_or_default())?;
            left -= read;
        }
        Ok(())
    }
}

/// Answers without looking at what is asked.
fn answer(client: &mut TcpStream, text: &[u8]) -> io::Result<()> {
    let mut request = vec![0; PIECE_BYTES];
    let _asked = client.read(&mut request)?;
    client.write_all(text)?;
    client.shutdown(Shutdown::Write)?;
    // Closed at once, what was not read would take the answer with it.
    io::copy(client, &mut io::sink()).map(drop)
}

fn failure(status: u16) -> Vec<u8> {
    let body = "the server has a bad day";
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} Fault\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    text.into_bytes()
}

/// No HTTP at all; a page where data should be; data that ends in the middle.
fn nonsense(number: usize) -> Vec<u8> {
    let texts: [&[u8]; 3] = [
        b"\x16\x03\x01\x00\xffgrmblfx\r\n\r\n\x00\x01",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 30\r\nconnection: close\r\n\r\n<html>Please log in.</html>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n\
          content-length: 9999\r\nconnection: close\r\n\r\n001e# service=git-upload-pack\n0000ffff",
    ];
    let text = texts.get(number % texts.len());
    text.copied().unwrap_or_default().to_vec()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Answers each connection with the same line, once it was asked.
    fn server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut asked = [0; 4];
                let _ = stream.read(&mut asked);
                let _ = stream.write_all(b"hello, world");
            }
        });
        address
    }

    /// What comes back within a moment: none where the connection is refused.
    fn ask(dial: &Dial) -> Option<String> {
        let mut stream = TcpStream::connect(dial.address()).ok()?;
        let is_silent = dial.shared.mode() == Mode::Silent;
        let moment = Duration::from_millis(if is_silent { 300 } else { 30_000 });
        stream.set_read_timeout(Some(moment)).expect("a timeout");
        stream.write_all(b"ping").expect("it is sent");
        let mut text = Vec::new();
        // What came before the end of the time counts.
        let _ = stream.read_to_end(&mut text);
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn clients_meet_what_the_dial_says() {
        let dial = Dial::start(&server()).expect("a dial");
        let hello = Some("hello, world".to_owned());
        assert_eq!(ask(&dial), hello);
        for (mode, expected) in [
            (Mode::Slow(Duration::from_millis(50)), "hello, world"),
            (Mode::Cut(5), "hello"),
            (Mode::Silent, ""),
            (Mode::Failing(503), "HTTP/1.1 503 Fault"),
        ] {
            dial.set(mode);
            let answer = ask(&dial).expect("a connection");
            assert!(
                answer.starts_with(expected) && answer.is_empty() == expected.is_empty(),
                "{mode:?}: {answer}"
            );
        }
        dial.set(Mode::Garbage);
        let answers: Vec<_> = (0..3).filter_map(|_| ask(&dial)).collect();
        assert!(answers.iter().any(|a| a.starts_with("HTTP/1.1 200")));
        assert!(answers.iter().any(|a| !a.starts_with("HTTP/1.1")));
        assert_eq!(dial.clients(), 8);
        for (mode, expected) in [(Mode::Refused, None), (Mode::Open, hello)] {
            dial.set(mode);
            let began = Instant::now();
            while ask(&dial) != expected {
                assert!(began.elapsed() < Duration::from_secs(30), "{mode:?}");
            }
        }
    }

    #[test]
    fn a_turn_ends_the_connections_that_there_are() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let dial = Dial::start(&address).expect("a dial");
        let mut client = TcpStream::connect(dial.address()).expect("a connection");
        let (mut server, _) = listener.accept().expect("a client");
        let moment = Some(Duration::from_millis(200));
        client.set_read_timeout(moment).expect("a timeout");
        dial.set(Mode::Silent);
        server.write_all(b"lost").expect("it is sent");
        let mut text = [0; 4];
        assert!(client.read(&mut text).is_err(), "nothing comes through");
        dial.set(Mode::Open);
        assert_eq!(client.read(&mut text).expect("an end"), 0);
    }
}
