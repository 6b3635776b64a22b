use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use kube::config::{ExecConfig, ExecInteractiveMode};
use serde_json::json;

use super::{Login, Plugin};

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// A plugin that is a shell script, with a variable of the Secret.
fn script(text: &str, variable: &str) -> ExecConfig {
    let pair = [("name", "GIVEN"), ("value", variable)];
    let pair = pair.map(|(key, value)| (key.to_owned(), value.to_owned()));
    serde_json::from_value::<ExecConfig>(json!({
        "apiVersion": V1, "command": "sh", "args": ["-c", text], "interactiveMode": "Never",
        "env": [HashMap::from(pair)],
    }))
    .expect("a configuration")
}

async fn run(config: &ExecConfig) -> Result<Login, String> {
    Plugin::of(config, false)?.run().await
}

async fn fails(config: &ExecConfig) -> String {
    run(config).await.err().expect("an error")
}

#[tokio::test]
async fn what_it_prints_is_taken() {
    let status = "{token: '$GIVEN', expirationTimestamp: '2030-01-02T03:04:05Z'}";
    let text = format!("echo \"{{apiVersion: {V1}, kind: ExecCredential, status: {status}}}\"");
    let login = run(&script(&text, "abc")).await.expect("YAML is as good");
    assert_eq!(login.token.as_deref(), Some("abc"));
    let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_553_445);
    assert_eq!(login.expires, Some(expected));
    let printed = json!({"apiVersion": V1BETA1, "kind": "ExecCredential",
        "status": {"clientCertificateData": "c", "clientKeyData": "k"}});
    let mut config = script("printf %s \"$GIVEN\"", &printed.to_string());
    config.api_version = Some(V1BETA1.to_owned());
    let login = run(&config).await.expect("a certificate");
    assert_eq!(login.certificate, Some(("c".to_owned(), "k".to_owned())));
    assert_eq!((login.token, login.expires), (None, None));
}

#[tokio::test]
async fn it_is_told_what_is_wanted() {
    let text = "printf '{\"apiVersion\":\"%s\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' \
                \"$GIVEN\" \"$(printf %s \"$KUBERNETES_EXEC_INFO\" | tr -d '\"')\"";
    let login = run(&script(text, V1)).await.expect("a token");
    let told = login.token.expect("a token");
    assert!(told.contains(V1), "{told}");
    assert!(told.contains("spec:{interactive:false}"), "{told}");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_name_and_no_secret() {
    let printing = |value: serde_json::Value| script("printf %s \"$GIVEN\"", &value.to_string());
    let status = |value: serde_json::Value| {
        printing(json!({"apiVersion": V1, "kind": "ExecCredential", "status": value}))
    };
    let other =
        json!({"apiVersion": V1BETA1, "kind": "ExecCredential", "status": {"token": "hunter2"}});
    let cases = [
        (
            script(
                "echo; echo no session for $GIVEN >&2; echo more >&2; exit 7",
                "hunter2",
            ),
            "failed (exit status: 7): no session for ***",
        ),
        (script("exit 1", ""), "failed (exit status: 1)"),
        (
            script("echo hunter2", ""),
            "did not print an ExecCredential",
        ),
        (
            script("echo '{hunter2'", ""),
            "did not print an ExecCredential",
        ),
        (
            printing(other),
            "and \"client.authentication.k8s.io/v1\" is wanted",
        ),
        (
            status(json!({})),
            "neither a token nor a client certificate",
        ),
        (
            status(json!({"clientKeyData": "hunter2"})),
            "without the other",
        ),
        (
            status(json!({"token": "hunter2", "expirationTimestamp": "soon"})),
            "expirationTimestamp that is no time",
        ),
    ];
    for (config, expected) in cases {
        let error = fails(&config).await;
        let named = "the credential plugin \"sh\" ";
        assert!(
            error.starts_with(named) && error.contains(expected),
            "{error}"
        );
        assert!(
            !error.contains("hunter2") && error.lines().count() == 1,
            "{error}"
        );
    }
}

#[tokio::test]
async fn one_that_is_not_there_comes_with_a_hint() {
    let mut config = script("", "");
    config.command = Some("no-such-program".to_owned());
    let error = fails(&config).await;
    assert!(error.contains("is it installed?"), "{error}");
    config.install_hint = Some("get it\nfrom there\n".to_owned());
    let error = fails(&config).await;
    assert!(error.ends_with("get it from there"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    let mut config = script("", "");
    config.interactive_mode = Some(ExecInteractiveMode::Always);
    assert!(fails(&config).await.contains("interactiveMode Always"));
    config.interactive_mode = None;
    config.api_version = Some("client.authentication.k8s.io/v1alpha1".to_owned());
    assert!(fails(&config).await.contains("known are"));
    config.command = None;
    assert!(fails(&config).await.contains("has no command"));
}

#[tokio::test]
async fn one_that_hangs_ends_with_all_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("id");
    let config = script(
        "sh -c 'echo $$ > \"$GIVEN\"; exec sleep 600'; true",
        &file.display().to_string(),
    );
    let plugin = Plugin::of(&config, false).expect("a plugin");
    let began = Instant::now();
    let begun = async {
        loop {
            let id = std::fs::read_to_string(&file).unwrap_or_default();
            if id.ends_with('\n') {
                break id;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let id = tokio::select! {
        id = begun => id,
        _ = plugin.run() => unreachable!("it hangs"),
    };
    let process = format!("/proc/{}/stat", id.trim());
    let is_running = || {
        let stat = std::fs::read_to_string(&process).unwrap_or_default();
        // One that nobody has asked about yet is a zombie.
        !stat.is_empty() && !stat.contains(" Z ")
    };
    while is_running() {
        assert!(began.elapsed() < Duration::from_secs(60), "it still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_told() {
    let error = fails(&script("sleep 600", "")).await;
    assert!(error.contains("did not end within 20 s"), "{error}");
}
