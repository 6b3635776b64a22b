//! Logins that fail: each is told in one line that says what to look at.

use std::time::{Duration, SystemTime};

use gantry_testbed::{FaultProxy, Faults, Tunnel};
use serde_json::{Value, json};

use super::{Desk, secret};

pub(super) fn each_failure_is_one_line(desk: &Desk<'_>) {
    for (name, server, config, expected) in cases(desk) {
        let secret = secret(name, &server, &config).to_string();
        let file = desk.world.file("refused.json", &secret);
        desk.gantry(&["import", "-f", &file]).expect(0);
        let got = desk.gantry(&["cluster", "get", name, "-o", "json"]);
        let got = got.expect(0).json();
        let state = &got["connectionState"];
        assert_eq!(state["status"], "Failed", "{got}");
        let message = state["message"].as_str().unwrap_or_default();
        assert!(message.contains(expected), "{name}: {message}");
        assert_eq!(message.lines().count(), 1, "{name}: {message}");
        assert!(!message.contains("hunter2"), "{name}: {message}");
        let listed = desk.gantry(&["cluster", "list"]).expect(0).stdout;
        let line = listed
            .lines()
            .find(|line| line.contains(&format!(" {name} ")));
        assert!(line.is_some_and(|line| line.contains(expected)), "{listed}");
        desk.gantry(&["cluster", "rm", name, "--keep-rbac", "-y"])
            .expect(0);
    }
}

type Case = (&'static str, String, Value, &'static str);

fn cases(desk: &Desk<'_>) -> Vec<Case> {
    let mut all = of_tls(desk);
    all.extend(of_logins(desk));
    all.extend(of_plugins_and_proxies(desk));
    all
}

/// A good configuration with one field changed.
fn with(desk: &Desk<'_>, pointer: &str, value: &str) -> Value {
    let mut config = json!({
        "tlsClientConfig": desk.trusting(),
        "bearerToken": desk.cluster.token,
        "proxyUrl": "",
    });
    config["tlsClientConfig"]["serverName"] = "".into();
    if let Some(field) = config.pointer_mut(pointer) {
        *field = value.into();
    }
    config
}

fn of_tls(desk: &Desk<'_>) -> Vec<Case> {
    let url = desk.cluster.url();
    let other = desk.world.testbed.cluster("spoke-2").expect("a cluster");
    let other = std::fs::read_to_string(other.folder.join("ca.crt")).expect("an authority");
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 3600);
    let expired = desk
        .cluster
        .client_certificate("carla", "system:masters", yesterday);
    let expired = expired.expect("a certificate");
    let mut certificate = desk.trusting();
    certificate["certData"] = desk.base64(&expired.certificate).into();
    certificate["keyData"] = desk.base64(&expired.key).into();
    vec![
        (
            "wrong-authority",
            url.clone(),
            with(desk, "/tlsClientConfig/caData", &desk.base64(&other)),
            "signed by an unknown authority",
        ),
        (
            "wrong-name",
            url.clone(),
            with(desk, "/tlsClientConfig/serverName", "elsewhere.example"),
            "for another host name",
        ),
        (
            "expired",
            url,
            json!({"tlsClientConfig": certificate}),
            "does not accept the credentials: the client certificate has expired",
        ),
    ]
}

fn of_logins(desk: &Desk<'_>) -> Vec<Case> {
    let forbidding = FaultProxy::start(desk.cluster).expect("a proxy");
    forbidding.set(Faults {
        statuses: vec![403],
        every: 1,
        ..Faults::default()
    });
    vec![
        (
            "no-token",
            desk.cluster.url(),
            with(desk, "/bearerToken", "hunter2"),
            "does not accept the credentials",
        ),
        (
            "wrong-password",
            desk.front.url(),
            json!({"username": "robot", "password": "hunter2"}),
            "does not accept the credentials",
        ),
        (
            "forbidden",
            forbidding.url(),
            json!({"bearerToken": "hunter2"}),
            "the fault proxy says so",
        ),
    ]
}

fn of_plugins_and_proxies(desk: &Desk<'_>) -> Vec<Case> {
    let url = desk.cluster.url();
    let plugin = |text: &str| json!({"tlsClientConfig": desk.trusting(), "execProviderConfig": desk.plugin(text)});
    let mut absent = plugin("");
    absent["execProviderConfig"]["command"] = "no-such-program".into();
    let closed = Tunnel::http(Some("Basic nobody")).expect("a proxy");
    let through = |scheme: &str, address: &str| {
        let proxy = format!("{scheme}://robot:hunter2@{address}");
        with(desk, "/proxyUrl", &proxy)
    };
    vec![
        (
            "complaining",
            url.clone(),
            plugin("echo no session of \"$TOKEN\" >&2; exit 3"),
            "the credential plugin \"sh\" failed (exit status: 3): no session of ***",
        ),
        (
            "absent",
            url.clone(),
            absent,
            "\"no-such-program\" cannot be started",
        ),
        (
            "closed-proxy",
            url.clone(),
            through("http", closed.address()),
            "its proxy: ",
        ),
        (
            "closed-socks",
            url.clone(),
            through("socks5", desk.socks.address()),
            "its proxy: ",
        ),
        (
            "no-proxy",
            url,
            through("http", "127.0.0.1:1"),
            "its proxy: connection refused",
        ),
    ]
}
