//! What `gantry install` makes, on a real API server; and a process that sees what a pod of it would see.
//!
//! There is no kubelet that could run it. What a kubelet would put into the container is put into a mount
//! namespace of the process instead, which takes `unshare` and root.

#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::world::{World, gantry};

pub(crate) const NAMESPACE: &str = "in-pod";
/// Where a kubelet would mount the account.
const MOUNTED: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Installs it into a namespace that admits restricted pods only, and takes away what is for the hub as a
/// destination. A kubeconfig with the other clusters; none where no process can be put there.
pub(crate) fn install(world: &World) -> Option<PathBuf> {
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let run = |flags: &[&str]| {
        let install = [
            "install",
            "--namespace",
            NAMESPACE,
            "--context",
            "hub",
            "--kubeconfig",
            &kubeconfig,
        ];
        gantry(
            &world.testbed.folder().join("pod-data"),
            &[&install, flags].concat(),
        )
        .expect(0)
    };
    world.kubectl("hub", &["create", "namespace", NAMESPACE]);
    let restricted = "pod-security.kubernetes.io/enforce=restricted";
    world.kubectl("hub", &["label", "namespace", NAMESPACE, restricted]);
    the_server_takes_what_is_printed(world, &run(&["-o", "yaml"]).stdout);
    run(&["--apply"]);
    // The controllers make the pod with the account's rights, and admission lets it through.
    let rollout = [
        "rollout",
        "status",
        "deployment/gantry",
        "-n",
        NAMESPACE,
        "--timeout",
        "180s",
    ];
    world.kubectl("hub", &rollout);
    let destination = format!("{NAMESPACE}-gantry-destination");
    world.kubectl("hub", &["delete", "clusterrolebinding", &destination]);
    let account = account(world);
    let mut probe = Command::new("unshare");
    let is_possible = probe
        .args(["-m", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_possible {
        eprintln!("SKIPPED: no mount namespace for a process (unshare -m wants root)");
        return None;
    }
    assert!(account.join("token").is_file());
    Some(others(world))
}

/// By server-side dry-run, without a warning: of a pod that is not restricted it would warn.
fn the_server_takes_what_is_printed(world: &World, printed: &str) {
    let file = world.file("install.yaml", printed);
    let mut dry = world.testbed.kubectl("hub");
    let dry = dry.args([
        "apply",
        "--server-side",
        "--dry-run=server",
        "--force-conflicts",
        "-f",
        &file,
    ]);
    let output = dry.output().expect("kubectl starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !error.contains("Warning"),
        "{error}"
    );
}

/// The files that a kubelet would mount.
fn account(world: &World) -> PathBuf {
    let folder = world.testbed.folder().join("account");
    std::fs::create_dir_all(&folder).expect("a folder");
    let token = world.kubectl("hub", &["create", "token", "gantry", "-n", NAMESPACE]);
    let hub = world.testbed.cluster("hub").expect("a cluster");
    let authority = std::fs::read_to_string(hub.folder.join("ca.crt")).expect("an authority");
    for (name, text) in [
        ("token", token.as_str()),
        ("ca.crt", &authority),
        ("namespace", NAMESPACE),
    ] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    folder
}

/// The kubeconfig without the hub.
fn others(world: &World) -> PathBuf {
    let text = std::fs::read_to_string(world.testbed.kubeconfig()).expect("a kubeconfig");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    for part in ["clusters", "users", "contexts"] {
        if let Some(entries) = config[part].as_array_mut() {
            entries.retain(|entry| entry["name"] != "hub");
        }
    }
    config["current-context"] = json!("");
    PathBuf::from(world.file("spokes.json", &config.to_string()))
}

/// The same command where it finds the account, and the variables that say where the API server is.
pub(crate) fn within(world: &World, command: Command) -> Command {
    let hub = world.testbed.cluster("hub").expect("a cluster").url();
    let (host, port) = hub
        .trim_start_matches("https://")
        .rsplit_once(':')
        .expect("a port");
    let mount = format!(
        "mount -t tmpfs none /run && mkdir -p {MOUNTED} && cp \"$1\"/* {MOUNTED}/ && shift && exec \"$@\""
    );
    let mut within = Command::new("unshare");
    within
        .args(["-m", "sh", "-c", &mount, "pod"])
        .arg(world.testbed.folder().join("account"))
        .arg(command.get_program())
        .args(command.get_args())
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("POD_NAME", "gantry-0");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => within.env(name, value),
            None => within.env_remove(name),
        };
    }
    within
}
