//! Whether a repository answers, without asking it for a chart.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use gantry_charts::{ChartAccess, ChartError, ChartRequest};
use gantry_testbed::{FileServer, Registry};

use crate::world::{LOGIN, World, basic, login, request};

/// What came of it, in a word.
fn word(asked: Result<(), ChartError>) -> &'static str {
    match asked {
        Ok(()) => "ok",
        Err(ChartError::Unauthorized { .. }) => "login",
        Err(ChartError::Forbidden { .. }) => "forbidden",
        Err(ChartError::Unreachable { .. }) => "gone",
        Err(ChartError::Access { .. }) => "access",
        Err(ChartError::NotFound { .. }) => "nothing",
        Err(_) => "something else",
    }
}

fn ping(world: &World, url: &str, access: ChartAccess) -> &'static str {
    let request = ChartRequest {
        access,
        ..request(url, "any", "")
    };
    word(world.charts().ping(&request))
}

#[test]
fn a_registry_answers_and_takes_the_login() {
    let world = World::new();
    let open = Registry::start(&world.path("open"), false).expect("a registry");
    let closed = Registry::start(&world.path("closed"), true).expect("a registry");
    let tls = Registry::start_tls(&world.path("tls")).expect("a registry");
    let insecure = ChartAccess {
        insecure: true,
        ..ChartAccess::default()
    };
    let trusting = ChartAccess {
        tls_ca: tls.certificate().to_owned(),
        ..ChartAccess::default()
    };
    for (registry, access, expected) in [
        (&open, ChartAccess::default(), "ok"),
        (&open, login(("any", "body")), "ok"),
        (&closed, login(LOGIN), "ok"),
        (&closed, login(("gantry", "wrong")), "login"),
        (&closed, ChartAccess::default(), "login"),
        (&tls, insecure, "ok"),
        (&tls, trusting, "ok"),
    ] {
        // The host alone, and with a path that is not there: it is the registry that is asked.
        for path in ["", "/charts/none"] {
            let url = format!("oci://{}{path}", registry.address());
            assert_eq!(
                ping(&world, &url, access.clone()),
                expected,
                "{url} {access:?}"
            );
        }
    }
    let gone = format!("oci://{}", open.address());
    drop(open);
    assert_eq!(ping(&world, &gone, ChartAccess::default()), "gone");
}

#[test]
fn a_helm_repository_is_asked_for_its_index() {
    let mut world = World::new();
    let server = FileServer::start(&world.served(), Some(&basic(LOGIN))).expect("a server");
    assert_eq!(ping(&world, &server.url(""), login(LOGIN)), "nothing");
    world.publish("web", &["1.0.0"]);
    for (access, expected) in [
        (login(LOGIN), "ok"),
        (login(("gantry", "wrong")), "login"),
        (ChartAccess::default(), "login"),
    ] {
        assert_eq!(ping(&world, &server.url(""), access), expected);
    }
}

/// A registry whose tokens come from the server itself, for one login.
fn with_tokens() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    let address = listener.local_addr().expect("an address").to_string();
    let own = address.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &own);
        }
    });
    address
}

fn answer(mut stream: TcpStream, address: &str) {
    let lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
    let lines: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let path = lines.first().map_or("", String::as_str);
    let has = |value: &str| {
        lines
            .iter()
            .any(|line| line.to_lowercase().starts_with("authorization") && line.ends_with(value))
    };
    let (status, header, body) = if path.starts_with("GET /token?service=a+service ") {
        match (has(&basic(LOGIN)), has(&basic(("other", "user")))) {
            (true, _) => ("200 OK", String::new(), r#"{"access_token": "good"}"#),
            (_, true) => ("200 OK", String::new(), r#"{"token": "bad"}"#),
            _ => ("401 Unauthorized", String::new(), ""),
        }
    } else if path.starts_with("GET /v2/ ") && has("Bearer good") {
        ("200 OK", String::new(), "{}")
    } else {
        let challenge = format!("Bearer realm=\"http://{address}/token\",service=\"a service\"");
        (
            "401 Unauthorized",
            format!("WWW-Authenticate: {challenge}\r\n"),
            "",
        )
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).expect("written");
}

#[test]
fn a_registry_may_give_out_tokens() {
    let world = World::new();
    let url = format!("oci://{}/charts", with_tokens());
    let bearer = |token: &str| ChartAccess {
        bearer_token: token.to_owned(),
        ..ChartAccess::default()
    };
    for (access, expected) in [
        (login(LOGIN), "ok"),
        (login(("gantry", "wrong")), "login"),
        // A token that is worth nothing.
        (login(("other", "user")), "login"),
        // Strangers: what they may read is told by each repository.
        (ChartAccess::default(), "ok"),
        (bearer("good"), "ok"),
        (bearer("bad"), "login"),
    ] {
        assert_eq!(ping(&world, &url, access), expected);
    }
}
