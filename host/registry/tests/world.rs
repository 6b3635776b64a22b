//! A registry, plugins, and what is pushed by hand because our own push would not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use gantry_plugins::{Digest, Policy};
use gantry_registry::{Connection, Credentials, Pull, Pulled, Push, Pushed, RegistryError, place};
use gantry_testbed::Registry;
use serde_json::{Value, json};

/// A registry, a plugin directory, and no credentials.
pub(crate) struct World {
    folder: tempfile::TempDir,
    registry: Registry,
}

/// A component that passes for a renderer; `mark` makes it another file.
pub(crate) fn plugin(mark: &str) -> Vec<u8> {
    let text = format!(
        "(component (instance $empty) (@custom \"mark\" \"{mark}\") \
         (export \"gantry:plugin/about@0.1.0\" (instance $empty)) \
         (export \"gantry:plugin/renderer@0.1.0\" (instance $empty)))"
    );
    wat::parse_str(text).expect("valid text")
}

/// Runs what is asynchronous to its end.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

impl World {
    pub(crate) fn start(closed: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = Registry::start(&folder.path().join("registry"), closed);
        Self {
            registry: registry.expect("a registry"),
            folder,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A reference to an artifact of this registry.
    pub(crate) fn at(&self, artifact: &str) -> String {
        format!("{}/{artifact}", self.registry.address())
    }

    fn open(&self, artifact: &str, as_who: &Credentials) -> gantry_registry::Registry {
        let reference = self.at(artifact);
        gantry_registry::Registry::open(&reference, as_who, &Connection::plain_http(true))
            .expect("a reference")
    }

    /// Nobody: a Docker configuration that is not there.
    pub(crate) fn nobody(&self) -> Credentials {
        Credentials::Docker {
            path: self.path("config.json"),
        }
    }

    pub(crate) fn push(
        &self,
        artifact: &str,
        wasm: Vec<u8>,
        as_who: &Credentials,
    ) -> Result<Pushed, RegistryError> {
        let title = "plugin.wasm".to_owned();
        wait(Push { wasm, title }.run(&self.open(artifact, as_who)))
    }

    pub(crate) fn pull(
        &self,
        artifact: &str,
        pull: &Pull,
        as_who: &Credentials,
    ) -> Result<Pulled, RegistryError> {
        wait(pull.run(&self.open(artifact, as_who), &|_, _| {}))
    }

    /// Pulls as nobody with nothing demanded, into the directory.
    pub(crate) fn install(&self, artifact: &str, pull: &Pull) -> Result<PathBuf, RegistryError> {
        let pulled = self.pull(artifact, pull, &self.nobody())?;
        place(&self.path("plugins"), "helm", &pulled)
    }

    /// Puts a blob under a repository, as any client would.
    pub(crate) fn blob(&self, repository: &str, content: &[u8]) -> Value {
        let begun = self.http(
            "POST",
            &format!("/v2/{repository}/blobs/uploads/"),
            &[],
            b"",
        );
        let location = begun
            .lines()
            .find_map(|line| line.strip_prefix("Location: "))
            .expect("a place to upload to");
        let path = &location[location.find("/v2/").expect("a path")..];
        let digest = Digest::of(content).to_string();
        let path = format!("{path}&digest={}", digest.replace(':', "%3A"));
        let octets = ("Content-Type", "application/octet-stream");
        let put = self.http("PUT", &path, &[octets], content);
        assert!(put.starts_with("HTTP/1.1 201"), "{put}");
        json!({"mediaType": "application/octet-stream", "digest": digest, "size": content.len()})
    }

    /// Puts a manifest with these layers under a tag; its digest.
    pub(crate) fn manifest(&self, repository: &str, tag: &str, layers: &[Value]) -> Digest {
        let mut config = self.blob(repository, b"{}");
        config["mediaType"] = json!("application/vnd.oci.empty.v1+json");
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers});
        let manifest = manifest.to_string().into_bytes();
        let path = format!("/v2/{repository}/manifests/{tag}");
        let put = self.http("PUT", &path, &[("Content-Type", media_type)], &manifest);
        assert!(put.starts_with("HTTP/1.1 201"), "{put}");
        Digest::of(&manifest)
    }

    /// Where the registry keeps the content of a digest.
    pub(crate) fn stored(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let blobs = "registry/storage/docker/registry/v2/blobs/sha256";
        self.path(&format!("{blobs}/{}/{hex}/data", &hex[..2]))
    }

    /// One request, and its answer's head.
    fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
        let address = self.registry.address();
        let mut stream = TcpStream::connect(address).expect("the registry");
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).expect("it reads");
        stream.write_all(body).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }
}

/// Demands nothing but this.
pub(crate) fn with_policy(policy: Policy) -> Pull {
    Pull {
        policy,
        ..Pull::default()
    }
}

pub(crate) fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory").flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
