//! An identity provider: OpenID Connect's code flow with PKCE. It asks nobody for a password: whoever is set logs
//! in at once.

mod keys;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::TestbedError;
pub(crate) use keys::RSA;
use keys::{Key, random};

/// Who may send people to log in.
#[derive(Clone, Debug, Default)]
pub struct IdentityClient {
    /// Its name.
    pub id: String,
    /// What it must know; a public client knows nothing.
    pub secret: Option<String>,
    /// Where people may be sent back to.
    pub callbacks: Vec<String>,
}

/// Serves on loopback, as long as the process lives.
#[derive(Debug)]
pub struct IdentityProvider {
    issuer: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    issuer: String,
    clients: Vec<IdentityClient>,
    keys: Vec<Key>,
    /// Claims of who logs in next.
    user: Value,
    /// What the user info says.
    info: Value,
    codes: HashMap<String, Code>,
    /// Access tokens that were given out.
    given: Vec<String>,
    asked: Vec<String>,
    is_down: bool,
    refuses: bool,
}

/// A code that was given out.
#[derive(Debug)]
struct Code {
    client: String,
    callback: String,
    challenge: String,
    nonce: Option<String>,
}

/// Status, a header, body.
type Answer = (&'static str, String, String);

impl IdentityProvider {
    /// Starts serving.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start() -> Result<Self, TestbedError> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(TestbedError::io("a port"))?;
        let address = listener.local_addr().map_err(TestbedError::io("a port"))?;
        let issuer = format!("http://{address}/realm");
        let state = Arc::new(Mutex::new(State {
            issuer: issuer.clone(),
            clients: Vec::new(),
            keys: vec![Key::rsa("first")?],
            user: json!({"sub": "user-1"}),
            info: json!({}),
            codes: HashMap::new(),
            given: Vec::new(),
            asked: Vec::new(),
            is_down: false,
            refuses: false,
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that breaks off is its own affair.
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Ok(Self { issuer, state })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What clients know it by.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Lets a client send people.
    pub fn register(&self, client: IdentityClient) {
        self.state().clients.push(client);
    }

    /// Who logs in from now on: claims, that go before the usual ones.
    pub fn user(&self, claims: Value) {
        self.state().user = claims;
    }

    /// What `/realm/me` says of whoever logged in.
    pub fn info(&self, info: Value) {
        self.state().info = info;
    }

    /// From now on it answers nothing but errors, or does again.
    pub fn set_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    /// From now on it sends people back without a code.
    pub fn refuse(&self, refuses: bool) {
        self.state().refuses = refuses;
    }

    /// Signs with a new key from now on; with `forgets`, the old ones are taken back.
    ///
    /// # Errors
    /// When none can be made.
    pub fn rotate(&self, forgets: bool) -> Result<(), TestbedError> {
        let mut state = self.state();
        let key = Key::ec(&format!("key-{}", state.keys.len()))?;
        if forgets {
            state.keys.clear();
        }
        state.keys.push(key);
        Ok(())
    }

    /// A token without a login: `claims` go before good ones, null takes one away; `head` as well.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self, head: &Value, claims: &Value) -> Result<String, TestbedError> {
        let state = self.state();
        let audience = state.clients.first().map_or("", |client| &client.id);
        state.signed(head, audience, claims)
    }

    /// A token by a key that it does not have.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn stranger(&self, id: &str, claims: &Value) -> Result<String, TestbedError> {
        let state = self.state();
        let audience = state.clients.first().map_or("", |client| &client.id);
        Key::ec(id)?.sign(&json!({}), &state.claims(audience, claims))
    }

    /// The paths that were asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split_whitespace().nth(1).unwrap_or_default();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let login = headers
        .get("authorization")
        .map(String::as_str)
        .unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.asked.push(path.to_owned());
    let (status, more, body) = match path {
        _ if state.is_down => ("503 Service Unavailable", String::new(), "down".to_owned()),
        "/realm/.well-known/openid-configuration" => json_answer(&state.metadata()),
        "/realm/keys" => {
            let keys: Vec<Value> = state.keys.iter().map(Key::public).collect();
            json_answer(&json!({"keys": keys}))
        }
        "/realm/login" => state.login(&fields(query.as_bytes())),
        "/realm/token" => state.token(&fields(&body), login),
        "/realm/me" => state.me(login),
        _ => ("404 Not Found", String::new(), String::new()),
    };
    drop(state);
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    stream.flush()
}

fn fields(bytes: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn json_answer(value: &Value) -> Answer {
    (
        "200 OK",
        "Content-Type: application/json\r\n".to_owned(),
        value.to_string(),
    )
}

fn refusal(error: &str) -> Answer {
    let body = json!({"error": error}).to_string();
    (
        "400 Bad Request",
        "Content-Type: application/json\r\n".to_owned(),
        body,
    )
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}

impl State {
    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("login"),
            "token_endpoint": at("token"),
            "jwks_uri": at("keys"),
            "userinfo_endpoint": at("me"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "groups"],
            // Honest providers do not say `none` and `HS256`; one that does makes forgers no easier.
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        })
    }

    fn claims(&self, audience: &str, claims: &Value) -> Value {
        let now = now();
        let mut whole = json!({"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 600, "sub": "user-1"});
        for (name, value) in claims.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        if let Some(map) = whole.as_object_mut() {
            map.retain(|_, value| !value.is_null());
        }
        whole
    }

    fn signed(&self, head: &Value, audience: &str, claims: &Value) -> Result<String, TestbedError> {
        let none = || TestbedError::io("a key")(std::io::Error::other("there is none"));
        let key = self.keys.last().ok_or_else(none)?;
        key.sign(head, &self.claims(audience, claims))
    }

    fn login(&mut self, asked: &HashMap<String, String>) -> Answer {
        let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let client = self
            .clients
            .iter()
            .find(|client| client.id == of("client_id"));
        let callback = of("redirect_uri");
        let is_registered = client.is_some_and(|client| client.callbacks.contains(&callback));
        let Some(mut back) = Url::parse(&callback).ok().filter(|_| is_registered) else {
            return (
                "400 Bad Request",
                String::new(),
                "no such client or callback".to_owned(),
            );
        };
        let Ok(code) = random() else {
            return ("500 Internal Server Error", String::new(), String::new());
        };
        let is_good = of("response_type") == "code"
            && of("code_challenge_method") == "S256"
            && of("scope").split(' ').any(|scope| scope == "openid");
        let result = match (is_good, self.refuses) {
            (false, _) => ("error", "invalid_request".to_owned()),
            (true, true) => ("error", "access_denied".to_owned()),
            (true, false) => ("code", code.clone()),
        };
        let code_of = Code {
            client: of("client_id"),
            callback,
            challenge: of("code_challenge"),
            nonce: asked.get("nonce").cloned(),
        };
        self.codes.insert(code, code_of);
        back.query_pairs_mut()
            .append_pair(result.0, &result.1)
            .append_pair("state", &of("state"));
        ("302 Found", format!("Location: {back}\r\n"), String::new())
    }

    fn token(&mut self, asked: &HashMap<String, String>, login: &str) -> Answer {
        let of = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        // A code is good once.
        let Some(code) = self.codes.remove(of("code")) else {
            return refusal("invalid_grant");
        };
        let basic = login.strip_prefix("Basic ").and_then(|text| {
            let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
            let (id, secret) = text.split_once(':')?;
            Some((id.to_owned(), Some(secret.to_owned())))
        });
        let body = (
            of("client_id").to_owned(),
            asked.get("client_secret").cloned(),
        );
        let (id, secret) = basic.unwrap_or(body);
        // Go's clients send an empty secret where there is none.
        let secret = secret.filter(|secret| !secret.is_empty());
        let client = self.clients.iter().find(|client| client.id == id);
        if client.is_none_or(|client| client.secret != secret) || code.client != id {
            return refusal("invalid_client");
        }
        let verifier = ring::digest::digest(&ring::digest::SHA256, of("code_verifier").as_bytes());
        let is_same = URL_SAFE_NO_PAD.encode(verifier) == code.challenge;
        if !is_same
            || of("redirect_uri") != code.callback
            || of("grant_type") != "authorization_code"
        {
            return refusal("invalid_grant");
        }
        let mut claims = self.user.clone();
        if let Some(nonce) = code.nonce
            && claims.get("nonce").is_none()
        {
            claims["nonce"] = nonce.into();
        }
        match (self.signed(&json!({}), &id, &claims), random()) {
            (Ok(token), Ok(access)) => {
                self.given.push(access.clone());
                json_answer(
                    &json!({"access_token": access, "token_type": "Bearer", "expires_in": 600, "id_token": token}),
                )
            }
            _ => refusal("server_error"),
        }
    }

    fn me(&self, login: &str) -> Answer {
        let token = login.strip_prefix("Bearer ").unwrap_or_default();
        if self.given.iter().any(|given| given == token) {
            json_answer(&self.info)
        } else {
            ("401 Unauthorized", String::new(), String::new())
        }
    }
}
