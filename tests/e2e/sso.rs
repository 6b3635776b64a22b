//! `argocd login --sso`: the unmodified client, a browser that only follows redirects, an identity provider, and
//! `gantry serve`.

#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gantry_testbed::{Binaries, IdentityClient, IdentityProvider, free_port};
use serde_json::json;

use crate::place::Place;
use crate::world::{Ended, command, share_compiled};

/// Ends a process with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until<T>(what: &str, mut is: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = is() {
            return found;
        }
        assert!(
            began.elapsed() < Duration::from_secs(90),
            "not in time: {what}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Where a page leads, or nothing.
fn location(url: &str) -> Option<String> {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).ok()?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let line = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.to_owned())
    });
    Some(line.unwrap_or_default())
}

/// A server whose people come from the provider, and its address.
fn serve(place: &Place, provider: &IdentityProvider) -> (Ends, String) {
    let address = format!("127.0.0.1:{}", free_port().expect("a port"));
    let oidc = json!({
        "name": "Company", "issuer": provider.issuer(), "clientID": "gantry", "cliClientID": "cli",
    });
    let settings = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"},
         "data": {"url": format!("https://{address}"), "oidc.config": oidc.to_string()}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-rbac-cm", "namespace": "argocd"},
         "data": {"policy.csv": "p, role:dev, applications, sync, shop/*, allow\ng, platform, role:dev"}},
    ]});
    let file = place.write("settings.yaml", &settings.to_string());
    place.gantry(&["import", "-f", &file]).expect(0);
    let data = place.path("data");
    share_compiled(data.as_ref());
    let log = std::fs::File::create(place.path("serve.log")).expect("a log");
    let server = command(data.as_ref(), &["serve", "--listen", &address])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    (Ends(server.expect("gantry starts")), address)
}

#[test]
fn the_argocd_client_logs_in_by_single_sign_on() {
    let Some(client) = Binaries::find_or_build().expect("binaries").built_argocd() else {
        eprintln!("SKIPPED: no argocd client: get it with: cargo run -p gantry-testbed -- argocd");
        return;
    };
    let place = Place::new();
    let provider = IdentityProvider::start().expect("a provider");
    let port = free_port().expect("a port");
    provider.register(IdentityClient {
        id: "cli".to_owned(),
        secret: None,
        callbacks: vec![format!("http://localhost:{port}/auth/callback")],
    });
    provider.user(json!({"sub": "user-1", "email": "ada@shop.example", "groups": ["platform"]}));
    let (_server, address) = serve(&place, &provider);
    until("the server listens", || TcpStream::connect(&address).ok());
    let argocd = |typed: &str| {
        let mut command = Command::new(&client);
        command
            .args(typed.split_whitespace())
            .env("HOME", place.path("home"))
            .env("ARGOCD_CONFIG_DIR", place.path("home"));
        command
    };
    let login = argocd(&format!(
        "login {address} --insecure --sso --sso-launch-browser=false --sso-port {port}"
    ))
    .stdout(Stdio::piped())
    .spawn();
    let mut login = Ends(login.expect("argocd starts"));
    let said = login.0.stdout.take().expect("its output");
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    let url = lines.find_map(|line| line.split_once("browser: ").map(|(_, url)| url.to_owned()));
    let callback = location(&url.expect("it says where to log in")).expect("an answer");
    assert!(callback.contains("code="), "{callback}");
    until("the client listens", || location(&callback));
    let rest: Vec<String> = lines.collect();
    let rest = rest.join("\n");
    assert!(
        rest.contains("'ada@shop.example' logged in successfully"),
        "{rest}"
    );
    assert!(login.0.wait().expect("it ends").success());

    let says = |typed: &str| {
        let output = argocd(typed).output().expect("argocd starts");
        Ended::from(output).expect(0).stdout
    };
    let who = says("account get-user-info");
    for text in [
        "Logged In: true",
        "ada@shop.example",
        provider.issuer(),
        "platform",
    ] {
        assert!(who.contains(text), "{text}: {who}");
    }
    assert_eq!(
        says("account can-i sync applications shop/web").trim(),
        "yes"
    );
    assert_eq!(
        says("account can-i delete applications shop/web").trim(),
        "no"
    );
}
