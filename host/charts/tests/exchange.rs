//! Single requests, for other rooms.

use std::time::Duration;

use gantry_charts::{Bounds, Exchange};
use gantry_testbed::FileServer;
use http::Request;

use crate::world::World;

const BOUNDS: Bounds = Bounds {
    timeout: Duration::from_secs(10),
    max_bytes: 100,
};

fn get(url: &str, root_ca: &str, is_insecure: bool) -> Result<(u16, Vec<u8>), String> {
    let request = Request::get(url).body(Vec::new()).expect("a request");
    let answer = Exchange::default().send(request, root_ca, is_insecure, BOUNDS)?;
    Ok((answer.status().as_u16(), answer.into_body()))
}

#[test]
fn cve_2022_31105_a_certificate_that_nobody_trusts_is_refused() {
    let world = World::new();
    world.write("a", b"content");
    let server = FileServer::start_tls(&world.served(), None).expect("a server");
    let other = FileServer::start_tls(&world.served(), None).expect("a server");
    let url = server.url("a");
    let good = Ok((200, b"content".to_vec()));
    assert_eq!(get(&url, server.certificate(), false), good);
    assert_eq!(get(&url, "", true), good);
    for trusted in ["", other.certificate()] {
        let why = get(&url, trusted, false).expect_err("refused");
        assert!(why.contains("certificate"), "{why}");
    }
    assert!(get(&url, "no PEM", false).is_err());
}

#[test]
fn an_answer_is_bounded_and_leads_nowhere_else() {
    let world = World::new();
    world.write("large", &[0; 101]);
    world.write("a", b"content");
    let server = FileServer::start(&world.served(), None).expect("a server");
    let why = get(&server.url("large"), "", false).expect_err("too large");
    assert!(why.contains("larger than 100 bytes"), "{why}");
    server.redirect("moved", &server.url("a"));
    assert_eq!(get(&server.url("moved"), "", false), Ok((302, Vec::new())));
    assert_eq!(get(&server.url("none"), "", false), Ok((404, Vec::new())));
    let why = get("http://user:hush@127.0.0.1:1/x?code=hush", "", false).expect_err("nobody there");
    assert!(
        why.starts_with("127.0.0.1:1: ") && !why.contains("hush"),
        "{why}"
    );
}
