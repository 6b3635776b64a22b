//! The testbed itself: a cluster starts, and its workloads become ready.

#![allow(clippy::expect_used, reason = "a test stops where it fails")]

use std::io::Write;
use std::process::Stdio;

use gantry_testbed::{Parts, Testbed};

const DEPLOYMENT: &str = r#"{
  "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
  "spec": {
    "replicas": 2,
    "selector": {"matchLabels": {"app": "web"}},
    "template": {
      "metadata": {"labels": {"app": "web"}},
      "spec": {"containers": [{"name": "web", "image": "web:1"}]}
    }
  }
}"#;

#[test]
fn a_deployment_becomes_ready() {
    let testbed = Testbed::start(&["one"], Parts::Full).expect("a cluster");
    let mut apply = testbed
        .kubectl("one")
        .args(["apply", "-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    let mut input = apply.stdin.take().expect("its input");
    input.write_all(DEPLOYMENT.as_bytes()).expect("it reads");
    drop(input);
    assert!(apply.wait().expect("it ends").success());
    let ready = testbed
        .kubectl("one")
        .args(["rollout", "status", "deployment/web", "--timeout", "60s"])
        .status()
        .expect("kubectl starts");
    assert!(ready.success());
}
