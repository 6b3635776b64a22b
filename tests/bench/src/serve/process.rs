//! The server, and what it takes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gantry_testbed::{GitRepository, Testbed, free_port};
use serde_json::json;

use crate::Failure;

/// A server that runs until it is dropped.
pub(crate) struct Server {
    process: Child,
    port: u16,
    metrics_port: u16,
    data: PathBuf,
}

impl Server {
    /// Starts one and waits until it is ready.
    pub(crate) fn start(gantry: &Path, testbed: &Testbed) -> Result<Self, Failure> {
        let (port, metrics_port) = (free_port()?, free_port()?);
        let data = testbed.folder().join("data");
        std::fs::create_dir_all(&data)?;
        let log = std::fs::File::create(data.join("serve.log"))?;
        let process = Command::new(gantry)
            .args([
                "serve",
                "--insecure",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--metrics-listen",
                &format!("127.0.0.1:{metrics_port}"),
                "--data",
            ])
            .arg(&data)
            .arg("--kubeconfig")
            .arg(testbed.kubeconfig())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let server = Self {
            process,
            port,
            metrics_port,
            data,
        };
        let began = Instant::now();
        while !server
            .http(port, ("GET", "/readyz"), "", "")
            .is_ok_and(|a| a.starts_with("HTTP/1.1 200"))
        {
            if began.elapsed() > Duration::from_secs(60) {
                return Err("gantry serve is not ready in 60 s".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    fn http(
        &self,
        port: u16,
        (method, path): (&str, &str),
        headers: &str,
        body: &str,
    ) -> Result<String, Failure> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Tells it of a push, as GitHub does.
    pub(crate) fn push(&self, repository: &GitRepository) -> Result<(), Failure> {
        let url = repository.file_url();
        let body = json!({"ref": "refs/heads/main",
            "repository": {"html_url": url, "clone_url": url, "default_branch": "main"}});
        let headers = "x-github-event: push\r\ncontent-type: application/json\r\n";
        let answer = self.http(
            self.port,
            ("POST", "/api/webhook"),
            headers,
            &body.to_string(),
        )?;
        if answer.starts_with("HTTP/1.1 200") {
            Ok(())
        } else {
            Err(answer.into())
        }
    }

    /// How often plugins rendered so far.
    pub(crate) fn renders(&self) -> Result<f64, Failure> {
        let metrics = self.http(self.metrics_port, ("GET", "/metrics"), "", "")?;
        let calls = metrics
            .lines()
            .filter(|line| line.starts_with("gantry_plugin_calls_total{"));
        let renderer = calls.filter(|line| line.contains("\"plain-yaml\""));
        let values = renderer.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(values.sum())
    }

    /// The processor time that it took so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        crate::process::cpu(self.process.id())
    }

    /// The memory that it has now.
    pub(crate) fn memory_mib(&self) -> Result<u64, Failure> {
        crate::process::memory_mib(self.process.id(), "VmRSS:")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
