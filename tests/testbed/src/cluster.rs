//! One control plane: its programs, their flags, and how it is known to be ready.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use crate::binaries::{Binaries, say};
use crate::certificates::ClientCertificate;
use crate::ports::free_port;
use crate::process::Process;
use crate::{TestbedError, certificates, kubeconfig};

/// Longest wait for a program: a cold start on a loaded machine takes ten seconds, one beside many others a minute.
const READY_TIMEOUT_SECS: u64 = 300;
/// How often a cluster is begun whose programs end by themselves: another may have taken one's port just then.
const STARTS: u32 = 3;
/// Pause between two looks.
const READY_POLL_MS: u64 = 100;

/// How much of a control plane runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// etcd and the API server: enough where nothing must become ready.
    Api,
    /// Also controller manager, scheduler, and kwok as the kubelet of one node: Deployments become
    /// ready, Jobs complete, garbage is collected.
    Full,
}

/// A running cluster. Dropping it stops its programs.
#[derive(Debug)]
pub struct Cluster {
    /// Its name, and its context's.
    pub name: String,
    /// The admin's bearer token.
    pub token: String,
    /// Certificates, logs, and etcd's data.
    pub folder: PathBuf,
    port: u16,
    etcd_port: u16,
    binaries: Binaries,
    processes: Vec<Process>,
    apiserver: Option<Process>,
}

impl Cluster {
    /// Starts a cluster in a folder and waits until it is ready.
    ///
    /// # Errors
    /// The program that did not start, with the end of its log.
    pub fn start(
        name: &str,
        folder: &Path,
        parts: Parts,
        binaries: &Binaries,
    ) -> Result<Self, TestbedError> {
        for _ in 1..STARTS {
            match Self::begin(name, folder, parts, binaries) {
                Err(TestbedError::Ended { program, log, .. }) => {
                    say(&format!("{program} of {name} ended, once more: {log}"));
                    fs::remove_dir_all(folder).map_err(TestbedError::io("the cluster's folder"))?;
                }
                begun => return begun,
            }
        }
        Self::begin(name, folder, parts, binaries)
    }

    fn begin(
        name: &str,
        folder: &Path,
        parts: Parts,
        binaries: &Binaries,
    ) -> Result<Self, TestbedError> {
        fs::create_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))?;
        certificates::write(folder)?;
        let token = format!("admin-of-{name}");
        let tokens = format!("{token},admin,admin,\"system:masters\"\n");
        fs::write(folder.join("tokens.csv"), tokens).map_err(TestbedError::io("tokens.csv"))?;
        let mut cluster = Self {
            name: name.to_owned(),
            token,
            folder: folder.to_owned(),
            port: free_port()?,
            etcd_port: free_port()?,
            binaries: binaries.clone(),
            processes: Vec::new(),
            apiserver: None,
        };
        kubeconfig::write(&folder.join("kubeconfig"), [&cluster])?;
        cluster.start_etcd()?;
        cluster.start_apiserver()?;
        if parts == Parts::Full {
            cluster.start_controllers()?;
        }
        Ok(cluster)
    }

    /// The API server's URL.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// A certificate that the API server takes for this user of this group, until then.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn client_certificate(
        &self,
        user: &str,
        group: &str,
        ends: SystemTime,
    ) -> Result<ClientCertificate, TestbedError> {
        certificates::client(&self.folder, user, group, ends)
    }

    /// Ends the API server, as a crash would.
    pub fn stop_apiserver(&mut self) {
        self.apiserver = None;
    }

    /// Starts the API server (again, on the same port) and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start_apiserver(&mut self) -> Result<(), TestbedError> {
        let mut flags = vec![
            format!("--etcd-servers=http://127.0.0.1:{}", self.etcd_port),
            format!("--secure-port={}", self.port),
        ];
        let fixed = [
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--client-ca-file=ca.crt",
            "--tls-cert-file=server.crt",
            "--tls-private-key-file=server.key",
            "--service-account-key-file=sa.pub",
            "--service-account-signing-key-file=sa.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--authorization-mode=RBAC",
            "--token-auth-file=tokens.csv",
            "--allow-privileged=true",
            "--endpoint-reconciler-type=none",
        ];
        flags.extend(fixed.map(str::to_owned));
        let program = self.binaries.path("kube-apiserver");
        self.apiserver = Some(Process::start(&program, &self.folder, &flags)?);
        self.wait("kube-apiserver", &["get", "--raw", "/readyz"])
    }

    /// Waits until a kubectl command succeeds.
    ///
    /// # Errors
    /// When it does not in a long time.
    pub fn wait_for(&self, command: &[&str]) -> Result<(), TestbedError> {
        if self.apiserver.is_none() {
            return Err(TestbedError::io("kube-apiserver")(std::io::Error::other(
                "it is stopped",
            )));
        }
        self.wait("kube-apiserver", command)
    }

    /// Ends the API server as `kill` does, so that it says goodbye to its clients, keeps it away for
    /// a time, and starts it again.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn restart_apiserver(&mut self, away: Duration) -> Result<(), TestbedError> {
        if let Some(process) = self.apiserver.take() {
            process.end();
        }
        thread::sleep(away);
        self.start_apiserver()
    }

    fn start_etcd(&mut self) -> Result<(), TestbedError> {
        let client = format!("http://127.0.0.1:{}", self.etcd_port);
        let peer = format!("http://127.0.0.1:{}", free_port()?);
        let flags = [
            "--data-dir=etcd".to_owned(),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=error".to_owned(),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
        ];
        let process = Process::start(&self.binaries.path("etcd"), &self.folder, &flags)?;
        self.processes.push(process);
        // An API server gives up 20 s after its start, which a loaded machine may need for etcd.
        self.wait_for_port("etcd", self.etcd_port)
    }

    fn start_controllers(&mut self) -> Result<(), TestbedError> {
        let managed = |port: u16| {
            let mut flags = vec![format!("--secure-port={port}")];
            let fixed = [
                "--kubeconfig=kubeconfig",
                "--authentication-kubeconfig=kubeconfig",
                "--authorization-kubeconfig=kubeconfig",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
            ];
            flags.extend(fixed.map(str::to_owned));
            flags
        };
        let [manager_port, scheduler_port, kwok_port] = [free_port()?, free_port()?, free_port()?];
        let mut manager = managed(manager_port);
        manager.push("--service-account-private-key-file=sa.key".to_owned());
        manager.push("--root-ca-file=ca.crt".to_owned());
        // On a busy machine kwok's heartbeat comes late; the pods of a node that was given up once
        // would never be ready again.
        manager.push("--node-monitor-grace-period=24h".to_owned());
        let kwok = [
            "--kubeconfig=kubeconfig".to_owned(),
            "--manage-all-nodes=true".to_owned(),
            format!("--server-address=127.0.0.1:{}", kwok_port),
        ];
        let programs = [
            ("kube-controller-manager", manager_port, manager.as_slice()),
            ("kube-scheduler", scheduler_port, &managed(scheduler_port)),
            ("kwok", kwok_port, &kwok),
        ];
        for (name, _, flags) in programs {
            self.processes.push(Process::start(
                &self.binaries.path(name),
                &self.folder,
                flags,
            )?);
        }
        fs::write(self.folder.join("node.json"), NODE).map_err(TestbedError::io("node.json"))?;
        self.wait("kube-apiserver", &["apply", "-f", "node.json"])?;
        for (name, port, _) in programs {
            self.wait_for_port(name, port)?;
        }
        let account = ["get", "serviceaccount", "default"];
        self.wait("kube-controller-manager", &account)
    }

    fn programs(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().chain(&self.apiserver)
    }

    /// Waits until a program takes connections.
    fn wait_for_port(&self, program: &str, port: u16) -> Result<(), TestbedError> {
        self.wait_until(program, || {
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok())
        })
    }

    /// Waits until a kubectl command succeeds, which a program does.
    fn wait(&self, program: &str, command: &[&str]) -> Result<(), TestbedError> {
        self.wait_until(program, || {
            let status = Command::new(self.binaries.path("kubectl"))
                .current_dir(&self.folder)
                .args(["--kubeconfig", "kubeconfig", "--request-timeout", "10s"])
                .args(command)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            Ok(status.map_err(TestbedError::io("kubectl"))?.success())
        })
    }

    fn wait_until(
        &self,
        program: &str,
        is_ready: impl Fn() -> Result<bool, TestbedError>,
    ) -> Result<(), TestbedError> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(READY_TIMEOUT_SECS) {
            if is_ready()? {
                return Ok(());
            }
            let is_needed = |process: &&Process| {
                [program, "etcd", "kube-apiserver"].contains(&process.name.as_str())
            };
            let mut needed = self.programs().filter(is_needed);
            if let Some(ended) = needed.find(|process| process.has_ended()) {
                return Err(TestbedError::Ended {
                    program: ended.name.clone(),
                    cluster: self.name.clone(),
                    log: ended.log_tail(),
                });
            }
            thread::sleep(Duration::from_millis(READY_POLL_MS));
        }
        let named = |process: &&Process| process.name == program;
        let log = self.programs().find(named).map(Process::log_tail);
        Err(TestbedError::NotReady {
            program: program.to_owned(),
            cluster: self.name.clone(),
            seconds: READY_TIMEOUT_SECS,
            log: log.unwrap_or_default(),
        })
    }

    /// Lets the programs run on when this value goes.
    pub(crate) fn detach(mut self) {
        for process in self.processes.drain(..).chain(self.apiserver.take()) {
            std::mem::forget(process);
        }
    }
}

/// One node that kwok plays.
const NODE: &str = r#"{
  "apiVersion": "v1",
  "kind": "Node",
  "metadata": {
    "name": "node-1",
    "annotations": {"kwok.x-k8s.io/node": "fake"},
    "labels": {"kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux"}
  },
  "status": {
    "allocatable": {"cpu": "64", "memory": "256Gi", "pods": "5000"},
    "capacity": {"cpu": "64", "memory": "256Gi", "pods": "5000"}
  }
}"#;
