//! Contexts of a kubeconfig, each with a login of its own, from which `cluster add` makes a cluster.

use serde_json::{Value, json};

use super::{Desk, printing};

pub(super) fn each_context_is_added(desk: &Desk<'_>) {
    let logins = logins(desk);
    let names: Vec<&str> = logins.iter().map(|(name, _, _)| *name).collect();
    let file = desk
        .world
        .file("contexts.json", &kubeconfig(&logins).to_string());
    for name in names {
        let add = ["cluster", "add", name, "--name", "added", "--upsert", "-y"];
        desk.gantry_with(&add, &file).expect(0);
        let got = ["cluster", "get", "added", "-o", "json"];
        let got = desk.gantry_with(&got, &file).expect(0).json();
        assert_eq!(
            got["connectionState"]["status"], "Successful",
            "{name}: {got}"
        );
    }
    desk.gantry_with(&["cluster", "rotate", "added"], &file)
        .expect(0);
    desk.gantry_with(&["cluster", "rm", "added", "-y"], &file)
        .expect(0);
}

fn logins(desk: &Desk<'_>) -> Vec<(&'static str, Value, Value)> {
    let folder = desk.world.testbed.folder();
    let written = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let (certificate, key) = (&desk.certificate.certificate, &desk.certificate.key);
    let (url, token) = (desk.cluster.url(), &desk.cluster.token);
    let at = |mut more: Value| {
        more["server"] = url.clone().into();
        if more["insecure-skip-tls-verify"].is_null() {
            more["certificate-authority-data"] = desk.base64(&desk.authority).into();
        }
        more
    };
    let mut plugin = desk.plugin(&printing("2099-01-01T00:00:00Z"));
    plugin["env"] = json!([{"name": "TOKEN", "value": token}]);
    plugin["interactiveMode"] = "IfAvailable".into();
    plugin["provideClusterInfo"] = true.into();
    let data = json!({"client-certificate-data": desk.base64(certificate), "client-key-data": desk.base64(key)});
    let files = json!({"client-certificate": written("carla.crt", certificate), "client-key": written("carla.key", key)});
    let by_token = json!({"token": token});
    let connect = format!("http://robot:s3cret@{}", desk.connect.address());
    let socks = format!("socks5://robot:s3cret@{}", desk.socks.address());
    vec![
        ("by-certificate", at(json!({})), data),
        ("by-files", at(json!({})), files),
        (
            "by-token-file",
            at(json!({})),
            json!({"tokenFile": written("token", token)}),
        ),
        ("by-plugin", at(json!({})), json!({"exec": plugin})),
        (
            "unchecked",
            at(json!({"insecure-skip-tls-verify": true})),
            by_token.clone(),
        ),
        (
            "by-name",
            at(json!({"tls-server-name": "localhost"})),
            by_token.clone(),
        ),
        (
            "by-connect",
            at(json!({"proxy-url": connect})),
            by_token.clone(),
        ),
        ("by-socks", at(json!({"proxy-url": socks})), by_token),
    ]
}

fn kubeconfig(logins: &[(&str, Value, Value)]) -> Value {
    let each = |entry: &dyn Fn(&(&str, Value, Value)) -> Value| -> Vec<Value> {
        logins.iter().map(entry).collect()
    };
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "",
        "clusters": each(&|(name, cluster, _)| json!({"name": name, "cluster": cluster})),
        "users": each(&|(name, _, user)| json!({"name": name, "user": user})),
        "contexts": each(&|(name, _, _)| json!({"name": name, "context": {"cluster": name, "user": name}})),
    })
}
