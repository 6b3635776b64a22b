//! Logins of cluster Secrets.

use serde_json::{Value, json};

use super::{Desk, printing, secret};
use crate::server::{Home, Server};

/// A Secret, and whom the API server sees.
fn ways(desk: &Desk<'_>) -> Vec<(&'static str, Value, &'static str)> {
    let (url, trusting) = (desk.cluster.url(), desk.trusting());
    let by_token = |mut config: Value| {
        config["bearerToken"] = desk.cluster.token.clone().into();
        config
    };
    let mut certificate = trusting.clone();
    certificate["certData"] = desk.base64(&desk.certificate.certificate).into();
    certificate["keyData"] = desk.base64(&desk.certificate.key).into();
    let mut named = trusting.clone();
    named["serverName"] = "localhost".into();
    let plugin = desk.plugin(&printing("2099-01-01T00:00:00Z"));
    let by_plugin = json!({"tlsClientConfig": trusting, "execProviderConfig": plugin});
    let through = |proxy: String| by_token(json!({"tlsClientConfig": trusting, "proxyUrl": proxy}));
    let connect = through(format!("http://robot:s3cret@{}", desk.connect.address()));
    let socks = through(format!("socks5://robot:s3cret@{}", desk.socks.address()));
    let front = json!({"username": "robot", "password": "s3cret", "disableCompression": true});
    let ways = [
        (
            "certificate",
            &url,
            json!({"tlsClientConfig": certificate}),
            "carla",
        ),
        ("plugin", &url, by_plugin, "admin"),
        ("password", &desk.front.url(), front, "admin"),
        (
            "unchecked",
            &url,
            by_token(json!({"tlsClientConfig": {"insecure": true}})),
            "admin",
        ),
        (
            "named",
            &url,
            by_token(json!({"tlsClientConfig": named})),
            "admin",
        ),
        ("connect", &url, connect, "admin"),
        ("socks", &url, socks, "admin"),
    ];
    ways.into_iter()
        .map(|(name, server, config, user)| (name, secret(name, server, &config), user))
        .collect()
}

/// They are imported as Argo CD exports them, listed, renamed, and used.
pub(super) fn each_secret_logs_in(desk: &Desk<'_>) {
    let ways = ways(desk);
    let all: Vec<&Value> = ways.iter().map(|(_, secret, _)| secret).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all}).to_string();
    let file = desk.world.file("logins.json", &list);
    desk.gantry(&["import", "-f", &file]).expect(0);
    let listed = desk.gantry(&["cluster", "list", "-o", "json"]).expect(0);
    let rows = listed.json();
    for (name, _, _) in &ways {
        let mut rows = rows.as_array().into_iter().flatten();
        let row = rows.find(|row| row["name"] == *name).expect(name);
        assert_eq!(row["connectionState"]["status"], "Successful", "{row}");
        assert_eq!(row["serverVersion"], "v1.35.4", "{row}");
    }
    for kept in [&desk.cluster.token, "s3cret", "PRIVATE"] {
        assert!(!listed.stdout.contains(kept), "{}", listed.stdout);
    }
    let renamed = ["cluster", "set", "plugin", "--name", "program"];
    desk.gantry(&renamed).expect(0);
    let got = desk.gantry(&["cluster", "get", "program", "-o", "json"]);
    let got = got.expect(0).json();
    assert_eq!(got["connectionState"]["status"], "Successful", "{got}");
    for (name, secret, user) in &ways {
        assert_eq!(&syncs(desk, name, secret), user, "{name}");
    }
    assert!(desk.connect.opened() > 0 && desk.socks.opened() > 0);
    assert_eq!(desk.front.compressible(), 0, "no compression is asked for");
}

/// Syncs an application there, from nothing but files; who did so, as the server says.
fn syncs(desk: &Desk<'_>, name: &str, secret: &Value) -> String {
    let (world, app) = (desk.world, format!("login-{name}"));
    let application = world.application(&app, "guestbook", &format!("name: {name}"));
    let file = format!("{}\n---\n{application}", secret);
    let file = world.file(&format!("{app}.yaml"), &file);
    desk.gantry(&["sync", "-f", &file]).expect(0);
    let history = ["history", "-f", &file, "-o", "json"];
    let history = desk.gantry(&history).expect(0).json();
    desk.gantry(&["delete", "-f", &file, "--yes"]).expect(0);
    let user = &history[0]["history"][0]["initiatedBy"]["username"];
    user.as_str().unwrap_or_default().to_owned()
}

/// A control plane asks every few seconds; the plugin runs when its token ends, and not before.
pub(super) fn a_credential_is_kept_until_it_ends(desk: &Desk<'_>) {
    let world = desk.world;
    let runs = world.testbed.folder().join("plugin-runs");
    let counted = |ends: &str| {
        let text = printing(ends);
        let count = format!("echo run >> {}; {text}", runs.display());
        let plugin = desk.plugin(&count);
        secret(
            "counted",
            &desk.cluster.url(),
            &json!({"tlsClientConfig": desk.trusting(), "execProviderConfig": plugin}),
        )
    };
    let count = || {
        std::fs::read_to_string(&runs)
            .unwrap_or_default()
            .lines()
            .count()
    };
    let server = Server::start(world, Home::Embedded, "counted", &[]);
    let keep = |secret: &Value| {
        let file = world.file("counted.json", &secret.to_string());
        server.gantry(&["import", "-f", &file]).expect(0);
    };
    keep(&counted("2099-01-01T00:00:00Z"));
    let repository = world.repository.file_url();
    let create = [
        "app",
        "create",
        "counted",
        "--repo",
        &repository,
        "--path",
        "guestbook",
        "--dest-name",
        "counted",
        "--dest-namespace",
        "counted",
        "--sync-option",
        "CreateNamespace=true",
    ];
    server.gantry(&create).expect(0);
    server.until_state("counted", "OutOfSync Missing");
    // Once by the server, and once by the command that creates.
    assert_eq!(count(), 2);
    server
        .gantry(&["app", "get", "counted", "--hard-refresh"])
        .expect(0);
    assert_eq!(count(), 2, "it was kept");
    keep(&counted("$(date -u -d '+12 seconds' +%Y-%m-%dT%H:%M:%SZ)"));
    world.until("the token ended twice", || count() >= 5);
    let name = "gantry_cluster_connection_status{server=";
    let metrics = server.metrics();
    let of_it = |line: &&str| line.starts_with(name) && line.contains(&desk.cluster.url());
    let line = metrics.lines().find(of_it).unwrap_or_default();
    assert!(line.ends_with(" 1"), "{metrics}");
    server
        .gantry(&["app", "delete", "counted", "-y", "--wait"])
        .expect(0);
}
