//! Times builds natively: `cargo run --release --package gantry-kustomize --example speed`.

#![allow(clippy::print_stdout, reason = "says how long it took")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant;

use gantry_kustomize::{Edits, Nothing, Options, build};
use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Entry, EntryKind, ReadError};

/// Deployments of the base, patches of the overlay, and how often it is built.
const CASES: [(usize, usize, u32); 3] = [(3, 2, 500), (100, 20, 50), (1_000, 200, 5)];

/// Files by path.
#[derive(Default)]
struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn list(&self, _: &str) -> Result<Vec<Entry>, ReadError> {
        Err(ReadError::NotFound)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let text = self.0.get(path).ok_or(ReadError::NotFound)?;
        Ok(text.clone().into_bytes())
    }

    fn kind(&self, path: &str) -> Result<EntryKind, ReadError> {
        match self.0.contains_key(path) {
            true => Ok(EntryKind::File),
            false if path == "base" => Ok(EntryKind::Directory),
            false => Err(ReadError::NotFound),
        }
    }
}

fn main() {
    for (deployments, patches, times) in CASES {
        let files = tree(deployments, patches);
        let start = Instant::now();
        let mut objects = 0;
        for _ in 0..times {
            let options = Options::default();
            match build(&files, "overlay", &Nothing, &options, &Edits::default()) {
                Ok(built) => objects = built.objects.len(),
                Err(problems) => return println!("{problems:?}"),
            }
        }
        let each = start.elapsed() / times;
        println!("{deployments} deployments, {patches} patches: {objects} objects in {each:?}");
    }
}

fn tree(deployments: usize, patches: usize) -> Memory {
    let mut files = Memory::default();
    let mut base = "resources:\n".to_owned();
    for number in 0..deployments {
        // Writing to a string cannot fail.
        let _ = writeln!(base, "- {number}.yaml");
        let text = DEPLOYMENT.replace("NUMBER", &number.to_string());
        files.0.insert(format!("base/{number}.yaml"), text);
    }
    base.push_str("configMapGenerator: [{name: config, literals: [a=1]}]\n");
    let mut overlay = OVERLAY.to_owned();
    for number in 0..patches {
        let _ = writeln!(overlay, "- path: {number}.yaml");
        let text = PATCH.replace("NUMBER", &number.to_string());
        files.0.insert(format!("overlay/{number}.yaml"), text);
    }
    for (path, text) in [
        ("base/kustomization.yaml", base),
        ("overlay/kustomization.yaml", overlay),
    ] {
        files.0.insert(path.to_owned(), text);
    }
    files
}

const OVERLAY: &str = "resources: [../base]
namePrefix: prod-
namespace: prod
labels: [{pairs: {env: prod}, includeSelectors: true}]
images: [{name: registry.example/web, newTag: v2}, {name: busybox, newTag: '1'}]
configMapGenerator: [{name: config, behavior: merge, literals: [b=2]}]
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: replace, path: /spec/replicas, value: 3}
";

const PATCH: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web-NUMBER}
spec: {template: {spec: {containers: [{name: web, env: [{name: B, value: 'x'}]}]}}}
";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-NUMBER
  labels:
    app: web-NUMBER
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web-NUMBER
  template:
    metadata:
      labels:
        app: web-NUMBER
    spec:
      initContainers:
      - name: init
        image: busybox
        command: [sh, -c, 'sleep 1']
      containers:
      - name: web
        image: registry.example/web:v1
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: A
          valueFrom:
            configMapKeyRef:
              name: config
              key: a
        envFrom:
        - configMapRef:
            name: config
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
        livenessProbe:
          httpGet:
            path: /healthz
            port: http
      volumes:
      - name: config
        configMap:
          name: config
";
