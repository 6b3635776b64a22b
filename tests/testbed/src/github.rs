//! What GitHub's API answers to an app: tokens for its installations, to whoever has its key.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::TestbedError;
use crate::git_http::{Request, read_request};
use crate::identity::RSA;

/// A key of PKCS #8 is one of PKCS #1 behind so many bytes, which say that it is RSA's.
const PKCS8_HEAD: usize = 26;
/// The longest life of a request's signature.
const SIGNED_MAX_SECS: u64 = 600;
/// Installations on one page, whoever wants more.
const PAGE: usize = 2;

/// One app and its installations, on loopback, as long as the process lives.
#[derive(Debug)]
pub struct GithubApi {
    address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    app: u64,
    /// The number of each, and the account that it is for.
    installations: Vec<(u64, String)>,
    public_key: Vec<u8>,
    issued: AtomicU64,
    lifetime_secs: AtomicU64,
    asked: Mutex<Vec<String>>,
}

fn bad(error: impl std::fmt::Display) -> TestbedError {
    TestbedError::io("a key")(std::io::Error::other(error.to_string()))
}

impl GithubApi {
    /// Starts answering.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(app: u64, installations: &[(u64, &str)]) -> Result<Self, TestbedError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(RSA.as_bytes()).map_err(bad)?;
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(bad)?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let named = installations
            .iter()
            .map(|(id, account)| (*id, (*account).to_owned()));
        let state = Arc::new(State {
            app,
            installations: named.collect(),
            public_key: pair.public_key().as_ref().to_vec(),
            issued: AtomicU64::new(0),
            lifetime_secs: AtomicU64::new(3_600),
            asked: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that breaks off is its own affair.
                std::thread::spawn(move || state.serve(stream));
            }
        });
        Ok(Self {
            address: address.to_string(),
            state,
        })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The app's key, as GitHub hands it out.
    ///
    /// # Errors
    /// Never, as long as the key at hand is one.
    pub fn private_key() -> Result<String, TestbedError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(RSA.as_bytes()).map_err(bad)?;
        let der = der.secret_pkcs8_der().get(PKCS8_HEAD..);
        let text = STANDARD.encode(der.unwrap_or_default());
        let lines: Vec<&str> = (0..text.len())
            .step_by(64)
            .filter_map(|at| text.get(at..text.len().min(at + 64)))
            .collect();
        let name = "RSA PRIVATE KEY";
        let lines = lines.join("\n");
        Ok(format!(
            "-----BEGIN {name}-----\n{lines}\n-----END {name}-----\n"
        ))
    }

    /// The same key in the form that other tools write.
    pub fn private_key_pkcs8() -> &'static str {
        RSA
    }

    /// The token that is given out as the n-th, from 1.
    pub fn token(n: u64) -> String {
        format!("ghs_test{n}")
    }

    /// What a client sends to log in with a token.
    pub fn login(token: &str) -> String {
        let login = STANDARD.encode(format!("x-access-token:{token}"));
        format!("Basic {login}")
    }

    /// Tokens live so long from now on.
    pub fn set_lifetime(&self, secs: u64) {
        self.state.lifetime_secs.store(secs, Ordering::Relaxed);
    }

    /// What was asked since the last such call: method, path and query.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.state.asked.lock();
        let asked = asked.as_deref_mut();
        asked.map(std::mem::take).unwrap_or_default()
    }
}

impl State {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let request = read_request(&stream)?;
        let query = match request.query.as_str() {
            "" => String::new(),
            query => format!("?{query}"),
        };
        let line = format!("{} {}{query}", request.method, request.path);
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
        let (status, more, body) = match self.refusal(&request) {
            Some(message) => (401, String::new(), json!({"message": message})),
            None => self.answer(&request),
        };
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n{more}\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes())
    }

    /// Why a request is none of the app's.
    fn refusal(&self, request: &Request) -> Option<&'static str> {
        let undecoded = "A JSON web token could not be decoded";
        let sent = request.header("authorization").unwrap_or_default();
        let Some(token) = sent.strip_prefix("Bearer ") else {
            return Some(undecoded);
        };
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return Some(undecoded);
        };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        if key.verify(signed.as_bytes(), &signature).is_err() {
            return Some(undecoded);
        }
        let part = |at: usize| -> Value {
            let part = signed.split('.').nth(at).unwrap_or_default();
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            serde_json::from_slice(&bytes).unwrap_or_default()
        };
        let (head, claims) = (part(0), part(1));
        let time = |key: &str| claims[key].as_u64().unwrap_or_default();
        let now = now().as_secs();
        if head["alg"] != "RS256" || time("iat") > now || time("exp") <= now {
            return Some(undecoded);
        }
        if time("exp") > now + SIGNED_MAX_SECS {
            return Some("'Expiration time' claim ('exp') is too far in the future");
        }
        let is_own = claims["iss"].as_str() == Some(self.app.to_string().as_str());
        (!is_own).then_some("Integration not found")
    }

    /// Status, more headers, and body.
    fn answer(&self, request: &Request) -> (u16, String, Value) {
        let nothing = (404, String::new(), json!({"message": "Not Found"}));
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["app", "installations"]) => self.page(&request.query),
            ("POST", ["app", "installations", id, "access_tokens"]) => {
                let mut known = self.installations.iter();
                if !known.any(|(known, _)| known.to_string() == *id) {
                    return nothing;
                }
                let n = self.issued.fetch_add(1, Ordering::Relaxed) + 1;
                let life = Duration::from_secs(self.lifetime_secs.load(Ordering::Relaxed));
                let end = humantime::format_rfc3339_seconds(UNIX_EPOCH + now() + life);
                let body = json!({"token": GithubApi::token(n), "expires_at": end.to_string()});
                (201, String::new(), body)
            }
            _ => nothing,
        }
    }

    fn page(&self, query: &str) -> (u16, String, Value) {
        let wanted = query.split('&').find_map(|pair| pair.strip_prefix("page="));
        let page: usize = wanted.and_then(|n| n.parse().ok()).unwrap_or(1);
        let rest = self
            .installations
            .iter()
            .skip(page.saturating_sub(1) * PAGE);
        let shown = rest
            .clone()
            .take(PAGE)
            .map(|(id, account)| json!({"id": id, "account": {"login": account}}));
        let next = page + 1;
        let link = format!("Link: <https://api/app/installations?page={next}>; rel=\"next\"\r\n");
        let has_more = rest.count() > PAGE;
        let link = if has_more { link } else { String::new() };
        (200, link, shown.collect())
    }
}

fn now() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}
