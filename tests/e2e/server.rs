//! A running `gantry serve`, and the commands that work on its store.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use gantry_testbed::free_port;
use serde_json::{Value, json};

use crate::pod;
use crate::world::{Ended, PATIENCE, World, command, share_compiled};

/// Where a control plane keeps what it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// A file in its data folder.
    Embedded,
    /// The cluster `hub`, in this namespace.
    Hub(&'static str),
    /// The same from within: as a pod of that namespace sees its cluster, with the rights of its account.
    Pod(&'static str),
}

/// A control plane that runs until it is dropped.
pub(crate) struct Server<'a> {
    world: &'a World,
    home: Home,
    data: PathBuf,
    kubeconfig: PathBuf,
    port: u16,
    metrics_port: u16,
    process: Option<Child>,
}

impl<'a> Server<'a> {
    /// Starts one with a data folder of that name, and waits until it is ready.
    pub(crate) fn start(world: &'a World, home: Home, data: &str, flags: &[&str]) -> Self {
        Self::start_with(world, home, data, flags, world.testbed.kubeconfig())
    }

    /// The same with other ways to the clusters.
    pub(crate) fn start_with(
        world: &'a World,
        home: Home,
        data: &str,
        flags: &[&str],
        kubeconfig: PathBuf,
    ) -> Self {
        let data = world.testbed.folder().join(data);
        share_compiled(&data);
        let [port, metrics_port] = [free_port(), free_port()].map(|port| port.expect("a port"));
        let mut server = Self {
            world,
            home,
            data,
            kubeconfig,
            port,
            metrics_port,
            process: None,
        };
        server.run(flags);
        server
    }

    /// Starts the process again, in the same place.
    pub(crate) fn run(&mut self, flags: &[&str]) {
        let [listen, metrics] =
            [self.port, self.metrics_port].map(|port| format!("127.0.0.1:{port}"));
        let serve = [
            "serve",
            "--insecure",
            "--listen",
            &listen,
            "--metrics-listen",
            &metrics,
        ];
        let [log, said] = ["serve.log", "serve.out"].map(|name| {
            let options = &mut std::fs::File::options();
            let file = options.create(true).append(true);
            file.open(self.data.join(name)).expect("a file")
        });
        let process = self
            .command(&[&serve, flags].concat())
            .stdout(said)
            .stderr(log)
            .spawn();
        self.process = Some(process.expect("gantry starts"));
        self.world.until("the control plane is ready", || {
            self.http("GET", "/readyz", &[], "")
                .starts_with("HTTP/1.1 200")
        });
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself: then its log says why.
            let _ = process.kill();
            process.wait().expect("it ends");
        }
    }

    /// Asks it to end (SIGTERM), and waits for that: whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        let Some(mut process) = self.process.take() else {
            return false;
        };
        let asked = Command::new("kill").arg(process.id().to_string()).status();
        asked.expect("kill starts").success() && process.wait().expect("it ends").success()
    }

    /// What it has written to its log since it was first started.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("serve.log")).unwrap_or_default()
    }

    /// The first password of `admin`, once it was printed.
    pub(crate) fn password(&self) -> String {
        let path = self.data.join("serve.out");
        let said = || {
            let said = std::fs::read_to_string(&path).unwrap_or_default();
            let line = said.lines().next()?.to_owned();
            Some(line.rsplit_once(": ")?.1.to_owned()).filter(|_| said.ends_with('\n'))
        };
        self.world
            .until("the first password is shown", || said().is_some());
        said().unwrap_or_default()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn command(&self, args: &[&str]) -> Command {
        let kubeconfig = self.kubeconfig.display().to_string();
        let mut all: Vec<&str> = args.to_vec();
        all.extend(["--kubeconfig", &kubeconfig]);
        match self.home {
            Home::Embedded => {}
            Home::Hub(namespace) => all.extend(["--hub", "hub", "--hub-namespace", namespace]),
            Home::Pod(namespace) => {
                all.extend(["--hub", "in-cluster", "--hub-namespace", namespace]);
                return pod::within(self.world, command(&self.data, &all));
            }
        }
        command(&self.data, &all)
    }

    /// A command on its store.
    pub(crate) fn gantry(&self, args: &[&str]) -> Ended {
        Ended::from(self.command(args).output().expect("gantry starts"))
    }

    /// The application as its store has it.
    pub(crate) fn application(&self, name: &str) -> Value {
        self.gantry(&["app", "get", name, "-o", "json"])
            .expect(0)
            .json()
    }

    /// Its sync status and health.
    pub(crate) fn state(&self, name: &str) -> String {
        let status = &self.application(name)["status"];
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        format!(
            "{} {}",
            text(&status["sync"]["status"]),
            text(&status["health"]["status"])
        )
    }

    /// Waits for a sync status and a health.
    pub(crate) fn until_state(&self, name: &str, expected: &str) {
        let start = Instant::now();
        loop {
            let state = self.state(name);
            if state == expected {
                return;
            }
            if start.elapsed() > PATIENCE {
                let status = &self.application(name)["status"];
                let log = self.log();
                unreachable!("{name} is {state}, not {expected}: {status:#}\n{log}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What it has counted.
    pub(crate) fn metrics(&self) -> String {
        self.http_at(self.metrics_port, ("GET", "/metrics"), &[], "")
    }

    /// Tells it of a push to a repository's main branch, as GitHub does; `more` is what else is known of it.
    pub(crate) fn pushed(&self, url: &str, more: Value) {
        let mut push = json!({
            "ref": "refs/heads/main",
            "repository": {"html_url": url, "clone_url": url, "default_branch": "main"},
        });
        if let (Value::Object(push), Value::Object(more)) = (&mut push, more) {
            push.extend(more);
        }
        let headers = [
            ("x-github-event", "push"),
            ("content-type", "application/json"),
        ];
        let answer = self.http("POST", "/api/webhook", &headers, &push.to_string());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// A plain HTTP request; the whole answer.
    pub(crate) fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        self.http_at(self.port, (method, path), headers, body)
    }

    fn http_at(
        &self,
        port: u16,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
            return String::new();
        };
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        let asked = stream.write_all(request.as_bytes());
        asked
            .and_then(|()| stream.read_to_string(&mut answer))
            .map(|_| answer)
            .unwrap_or_default()
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        self.kill();
    }
}
