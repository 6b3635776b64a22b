//! Proxies that a client goes through to any server: HTTP's CONNECT, and SOCKS 5.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::TestbedError;

/// SOCKS 5: its version, that no login is wanted, one of name and password, and none that would do.
const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const BY_PASSWORD: u8 = 2;
const NONE_DOES: u8 = 255;

/// Serves as long as the process lives.
#[derive(Debug)]
pub struct Tunnel {
    address: String,
    opened: Arc<AtomicUsize>,
}

impl Tunnel {
    /// An HTTP proxy; with `login` (the value of a basic `Proxy-Authorization` header) only for those who
    /// send it.
    ///
    /// # Errors
    /// When no port is free.
    pub fn http(login: Option<&str>) -> Result<Self, TestbedError> {
        let login = login.map(str::to_owned);
        Self::start(move |client| connect(client, login.as_deref()))
    }

    /// A SOCKS 5 proxy; with `login` (name and password, with a colon between them) only for those who
    /// send it.
    ///
    /// # Errors
    /// When no port is free.
    pub fn socks5(login: Option<&str>) -> Result<Self, TestbedError> {
        let login = login.map(str::to_owned);
        Self::start(move |client| socks5(client, login.as_deref()))
    }

    fn start(
        open: impl Fn(&mut TcpStream) -> io::Result<Option<TcpStream>> + Send + Sync + 'static,
    ) -> Result<Self, TestbedError> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let opened = Arc::new(AtomicUsize::new(0));
        let (count, open) = (Arc::clone(&opened), Arc::new(open));
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let (count, open) = (Arc::clone(&count), Arc::clone(&open));
                // A client or server that breaks off ends its connection, no more.
                thread::spawn(move || -> io::Result<()> {
                    if let Some(server) = open(&mut client)? {
                        count.fetch_add(1, Ordering::Relaxed);
                        carry(&client, &server)?;
                    }
                    Ok(())
                });
            }
        });
        Ok(Self {
            address: address.to_string(),
            opened,
        })
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Connections so far that were let through.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

fn connect(client: &mut TcpStream, login: Option<&str>) -> io::Result<Option<TcpStream>> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut line, mut target, mut sent) = (String::new(), String::new(), None);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("CONNECT ") {
            rest.split(' ')
                .next()
                .unwrap_or_default()
                .clone_into(&mut target);
        } else if let Some((name, value)) = text.split_once(": ")
            && name.eq_ignore_ascii_case("proxy-authorization")
        {
            sent = Some(value.to_owned());
        } else if text.is_empty() {
            break;
        }
    }
    if login.is_some() && login != sent.as_deref() {
        client.write_all(
            b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        )?;
        return Ok(None);
    }
    let server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    Ok(Some(server))
}

fn socks5(client: &mut TcpStream, login: Option<&str>) -> io::Result<Option<TcpStream>> {
    let [_, count] = take(client)?;
    let ways = text(client, count)?;
    let wanted = if login.is_some() {
        BY_PASSWORD
    } else {
        NO_LOGIN
    };
    if !ways.contains(&wanted) {
        client.write_all(&[VERSION, NONE_DOES])?;
        return Ok(None);
    }
    client.write_all(&[VERSION, wanted])?;
    if let Some(login) = login {
        let [_, length] = take(client)?;
        let mut sent = text(client, length)?;
        sent.push(b':');
        let [length] = take(client)?;
        sent.extend(text(client, length)?);
        let is_right = sent == login.as_bytes();
        client.write_all(&[1, u8::from(!is_right)])?;
        if !is_right {
            return Ok(None);
        }
    }
    let [_, _, _, kind] = take(client)?;
    let host = match kind {
        1 => Ipv4Addr::from(take::<4>(client)?).to_string(),
        3 => {
            let [length] = take(client)?;
            String::from_utf8_lossy(&text(client, length)?).into_owned()
        }
        _ => return Ok(None),
    };
    let port = u16::from_be_bytes(take(client)?);
    let server = TcpStream::connect((host, port))?;
    // Done; from an address that nobody asks about.
    client.write_all(&[VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(Some(server))
}

fn take<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(client: &mut TcpStream, length: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Both ways, until one of them ends.
fn carry(client: &TcpStream, server: &TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let there = thread::spawn(move || {
        // However it ends: the other side is told.
        let _ = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Both)
    });
    let copied = io::copy(&mut server.try_clone()?, &mut client.try_clone()?);
    // It may be closed already.
    let _ = client.shutdown(Shutdown::Both);
    let _ = there.join();
    copied.map(drop)
}
